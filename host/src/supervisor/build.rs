//! From a declaration to a tree: everything OTP refuses is refused here, before anything starts.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::child::Child;
use super::id::SupervisorId;
use super::phase::Supervisor;
use super::slab::Slab;
use super::{ChildId, Tree, TreeError};
use crate::base::limits::{CHILDREN_MAX, RESTARTS_MAX, SUPERVISOR_DEPTH_MAX};
use crate::base::{
    AutoShutdown, Backoff, ChildKind, ChildSpec, Name, QueueSpec, Restart, Shutdown, Strategy, SupervisorSpec, TreeSpec,
};

impl Tree {
    /// Checks a declaration and builds its tree, with nothing running. A root that is named
    /// [`Name::host`] starts none of its children by itself: see [`super::Event::StartApplication`].
    ///
    /// # Errors
    /// The declaration is no tree, or asks for what OTP refuses; the error names the place.
    pub fn new(spec: TreeSpec) -> Result<Tree, TreeError> {
        build(spec)
    }
}

fn build(spec: TreeSpec) -> Result<Tree, TreeError> {
    let count = spec.supervisors.len() + spec.children.len();
    // The host's own supervisor, and what makes a root its child, are not declared by anybody.
    let own = spec.children.iter().filter(|child| child.under == Name::host()).count();
    if count > CHILDREN_MAX + own + usize::from(own > 0) {
        return Err(TreeError::TooMany(count));
    }
    let mut draft = Draft::new(&spec)?;
    let is_keyed = |child: &ChildSpec| draft.is_manager(&child.under);
    // The address of a manager's child has the name of the manager's own entry.
    let (keyed, named): (Vec<_>, Vec<_>) = spec.children.into_iter().partition(is_keyed);
    named.into_iter().chain(keyed).try_for_each(|child| draft.add(child))?;
    draft.finish()
}

/// The one child entry of a simple_one_for_one supervisor.
pub(super) fn the_template(
    supervisor: &Name,
    flags: &SupervisorSpec,
    children: &[ChildSpec],
) -> Result<Arc<ChildSpec>, TreeError> {
    let under: Vec<&ChildSpec> = children.iter().filter(|child| child.under == *supervisor).collect();
    let [template] = under[..] else { return Err(TreeError::Templates(supervisor.clone(), under.len())) };
    if matches!(template.kind, ChildKind::Supervisor(_)) {
        return Err(TreeError::TemplateSupervisor(template.name.clone()));
    }
    check_significant(template, flags)?;
    Ok(Arc::new(template.clone()))
}

/// A tree being put together. A supervisor's `child` is the root's until its entry is found.
struct Draft {
    tree: Tree,
    supervisors: HashMap<Name, SupervisorId>,
}

impl Draft {
    fn new(spec: &TreeSpec) -> Result<Draft, TreeError> {
        let root = spec.supervisors.first().map(|(name, _)| name.clone());
        let root = root.filter(|name| name.as_str() == "root" || *name == Name::host()).ok_or(TreeError::NoRoot)?;
        let mut draft = Draft { tree: rooted(root), supervisors: HashMap::new() };
        for ((name, flags), id) in spec.supervisors.iter().zip(0..) {
            check_supervisor(name, flags)?;
            let mut supervisor = Supervisor::new(flags.clone(), ChildId::ROOT);
            if flags.strategy == Strategy::SimpleOneForOne {
                supervisor.template = Some(the_template(name, flags, &spec.children)?);
            }
            draft.tree.supervisors.push(supervisor);
            if draft.supervisors.insert(name.clone(), SupervisorId(id)).is_some() {
                return Err(TreeError::DuplicateName(name.clone()));
            }
        }
        Ok(draft)
    }

    fn is_manager(&self, supervisor: &Name) -> bool {
        let own = self.supervisors.get(supervisor);
        own.is_some_and(|&own| self.tree.supervisor(own).spec.manager.is_some())
    }

    fn add(&mut self, spec: ChildSpec) -> Result<(), TreeError> {
        let name = spec.name.clone();
        let Some(&parent) = self.supervisors.get(&spec.under) else {
            return Err(TreeError::UnknownSupervisor { child: name, under: spec.under });
        };
        check_significant(&spec, &self.tree.supervisor(parent).spec)?;
        check_handler(&spec, &self.tree.supervisor(parent).spec)?;
        let supervises = self.supervised_by(&spec)?;
        let address = self.tree.address(parent, &name);
        if supervises.is_none() && self.supervisors.contains_key(&address) {
            return Err(TreeError::DuplicateName(address));
        }
        if self.tree.names.contains_key(&address) || self.tree.templates.contains_key(&address) {
            return Err(TreeError::DuplicateName(address));
        }
        if self.tree.supervisor(parent).template.is_some() {
            self.tree.templates.insert(name, parent);
            return Ok(());
        }
        let id = self.tree.declare(Arc::new(spec), parent);
        if let Some((own, supervisor)) = supervises {
            self.tree.child_mut(id).supervises = Some(own);
            self.tree.supervisor_mut(own).child = id;
            self.tree.names.insert(supervisor, id);
        }
        Ok(())
    }

    /// The supervisor that a child says it is.
    fn supervised_by(&self, spec: &ChildSpec) -> Result<Option<(SupervisorId, Name)>, TreeError> {
        let ChildKind::Supervisor(supervisor) = &spec.kind else { return Ok(None) };
        let (child, supervisor) = (spec.name.clone(), supervisor.clone());
        let Some(&own) = self.supervisors.get(&supervisor) else {
            return Err(TreeError::UndeclaredSupervisor { child, supervisor });
        };
        if own == SupervisorId::ROOT {
            return Err(TreeError::RootAsChild(child));
        }
        // The child may be named after any supervisor only if that is the one it is.
        if child != supervisor && self.supervisors.contains_key(&child) {
            return Err(TreeError::DuplicateName(child));
        }
        let first = self.tree.supervisor(own).child;
        if first != self.tree.root() {
            let first = self.tree.name(first).clone();
            return Err(TreeError::TwoParents { supervisor, first, second: child });
        }
        Ok(Some((own, supervisor)))
    }

    /// Every supervisor must stand below the root, and not too far.
    fn finish(self) -> Result<Tree, TreeError> {
        for (name, &id) in &self.supervisors {
            let mut at = id;
            let mut depth = 1;
            while at != SupervisorId::ROOT {
                let entry = self.tree.supervisor(at).child;
                let Some(parent) = self.tree.child(entry).parent else {
                    return Err(self.unclaimed(at, name));
                };
                depth += 1;
                if depth > self.supervisors.len() {
                    return Err(TreeError::Cycle(name.clone()));
                }
                at = parent;
            }
            if depth > SUPERVISOR_DEPTH_MAX + usize::from(self.tree.on_order) {
                return Err(TreeError::TooDeep(name.clone()));
            }
        }
        Ok(self.tree)
    }

    fn unclaimed(&self, id: SupervisorId, otherwise: &Name) -> TreeError {
        let name = self.supervisors.iter().find(|(_, other)| **other == id).map(|(name, _)| name);
        TreeError::NoParent(name.unwrap_or(otherwise).clone())
    }
}

/// A tree of the root's entry alone.
fn rooted(name: Name) -> Tree {
    let on_order = name == Name::host();
    let gone =
        Arc::new(ChildSpec { kind: ChildKind::Worker(name.clone()), ..entry(Name::new("gone").expect("a name")) });
    let mut children = Slab::default();
    let mut root = Child::new(name.clone(), Arc::new(entry(name.clone())), None, 0);
    root.supervises = Some(SupervisorId::ROOT);
    let id = children.insert(root);
    Tree {
        children,
        supervisors: vec![],
        names: HashMap::from([(name, id)]),
        templates: HashMap::new(),
        askers: HashMap::new(),
        agenda: VecDeque::new(),
        next_token: 0,
        next_place: 1,
        dynamic: 0,
        dynamic_bytes: 0,
        gone,
        on_order,
        finished: false,
    }
}

fn entry(name: Name) -> ChildSpec {
    ChildSpec {
        under: name.clone(),
        kind: ChildKind::Supervisor(name.clone()),
        name,
        restart: Restart::Permanent,
        backoff: Backoff::default(),
        shutdown: Shutdown::Infinity,
        significant: false,
        queue: QueueSpec::default(),
        hibernate_after: None,
        config: Arc::from(&b"{}"[..]),
        durable: false,
        redact: false,
        terminate_after_crash: false,
    }
}

pub(super) fn check_supervisor(name: &Name, spec: &SupervisorSpec) -> Result<(), TreeError> {
    if spec.intensity.period.is_zero() {
        return Err(TreeError::ZeroPeriod(name.clone()));
    }
    if spec.intensity.restarts > RESTARTS_MAX {
        return Err(TreeError::TooManyRestarts(name.clone()));
    }
    if spec.strategy == Strategy::SimpleOneForOne && spec.auto_shutdown != AutoShutdown::Never {
        return Err(TreeError::SimpleAutoShutdown(name.clone()));
    }
    if spec.manager.is_some() && spec.strategy != Strategy::OneForOne {
        return Err(TreeError::ManagerStrategy(name.clone()));
    }
    Ok(())
}

/// What stands under a manager is a worker that is never restarted.
pub(super) fn check_handler(spec: &ChildSpec, parent: &SupervisorSpec) -> Result<(), TreeError> {
    let is_handler = matches!(spec.kind, ChildKind::Worker(_)) && spec.restart == Restart::Temporary;
    if parent.manager.is_some() && !is_handler {
        return Err(TreeError::Handler(spec.name.clone()));
    }
    Ok(())
}

pub(super) fn check_significant(spec: &ChildSpec, parent: &SupervisorSpec) -> Result<(), TreeError> {
    let child = spec.name.clone();
    if spec.significant && spec.restart == Restart::Permanent {
        return Err(TreeError::SignificantPermanent(child));
    }
    if spec.significant && parent.auto_shutdown == AutoShutdown::Never {
        let supervisor = spec.under.clone();
        return Err(TreeError::SignificantUnderNever { child, supervisor });
    }
    Ok(())
}
