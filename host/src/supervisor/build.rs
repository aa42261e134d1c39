//! From a declaration to a tree: everything OTP refuses is refused here, before anything starts.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::child::Child;
use super::phase::{Supervisor, SupervisorId};
use super::{ChildId, Tree, TreeError};
use crate::base::limits::{CHILDREN_MAX, RESTARTS_MAX, SUPERVISOR_DEPTH_MAX};
use crate::base::{
    AutoShutdown, Backoff, ChildKind, ChildSpec, Name, QueueSpec, Restart, Shutdown, Strategy, SupervisorSpec, TreeSpec,
};

pub(super) fn build(spec: TreeSpec) -> Result<Tree, TreeError> {
    let count = spec.supervisors.len() + spec.children.len();
    // The host's own supervisor, and what makes a root its child, are not declared by anybody.
    let own = spec.children.iter().filter(|child| child.under == Name::host()).count();
    if count > CHILDREN_MAX + own + usize::from(own > 0) {
        return Err(TreeError::TooMany(count));
    }
    let mut draft = Draft::new(spec.supervisors)?;
    spec.children.into_iter().try_for_each(|child| draft.add(child))?;
    draft.finish()
}

/// A tree being put together. A supervisor's `child` is the root's until its entry is found.
struct Draft {
    tree: Tree,
    templates: HashSet<Name>,
    supervisors: HashMap<Name, SupervisorId>,
}

impl Draft {
    fn new(specs: Vec<(Name, SupervisorSpec)>) -> Result<Draft, TreeError> {
        let root = specs.first().map(|(name, _)| name.clone());
        let root = root.filter(|name| name.as_str() == "root" || *name == Name::host()).ok_or(TreeError::NoRoot)?;
        let on_order = root == Name::host();
        let mut supervisors = HashMap::new();
        let mut tree = Tree {
            children: vec![Child::new(root_entry(root.clone()), None, 0)],
            supervisors: vec![],
            names: HashMap::from([(root, ChildId::ROOT)]),
            free: vec![],
            dynamic: 0,
            agenda: VecDeque::new(),
            next_token: 0,
            on_order,
            finished: false,
        };
        for ((name, spec), id) in specs.into_iter().zip(0..) {
            check_supervisor(&name, &spec)?;
            tree.supervisors.push(Supervisor::new(spec, ChildId::ROOT));
            if supervisors.insert(name.clone(), SupervisorId(id)).is_some() {
                return Err(TreeError::DuplicateName(name));
            }
        }
        tree.children[0].supervises = Some(SupervisorId::ROOT);
        Ok(Draft { tree, templates: HashSet::new(), supervisors })
    }

    fn add(&mut self, spec: ChildSpec) -> Result<(), TreeError> {
        let name = spec.name.clone();
        let Some(&parent) = self.supervisors.get(&spec.under) else {
            return Err(TreeError::UnknownSupervisor { child: name, under: spec.under });
        };
        check_significant(&spec, &self.tree.supervisor(parent).spec)?;
        let id = ChildId::new(self.tree.children.len(), 0);
        let is_template = self.tree.supervisor(parent).spec.strategy == Strategy::SimpleOneForOne;
        if is_template && matches!(spec.kind, ChildKind::Supervisor(_)) {
            return Err(TreeError::TemplateSupervisor(name));
        }
        let supervises = self.claim(&spec, id)?;
        if supervises.is_none() && self.supervisors.contains_key(&name) {
            return Err(TreeError::DuplicateName(name));
        }
        let taken = self.tree.names.get(&name).is_some_and(|&other| other != id) || self.templates.contains(&name);
        if taken {
            return Err(TreeError::DuplicateName(name));
        }
        if is_template {
            return self.add_template(parent, spec);
        }
        self.tree.names.insert(name, id);
        let siblings = &mut self.tree.supervisor_mut(parent).children;
        let mut child = Child::new(spec, Some(parent), siblings.len());
        siblings.push(id);
        child.supervises = supervises;
        self.tree.children.push(child);
        Ok(())
    }

    /// The one child of a simple_one_for_one says what its dynamic children are like. It never runs.
    fn add_template(&mut self, parent: SupervisorId, spec: ChildSpec) -> Result<(), TreeError> {
        let supervisor = self.tree.supervisor_mut(parent);
        if supervisor.template.is_some() {
            return Err(TreeError::Templates(spec.under, 2));
        }
        self.templates.insert(spec.name.clone());
        supervisor.template = Some(Arc::new(spec));
        Ok(())
    }

    /// Makes a child the supervisor that it says it is.
    fn claim(&mut self, spec: &ChildSpec, id: ChildId) -> Result<Option<SupervisorId>, TreeError> {
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
        self.tree.supervisor_mut(own).child = id;
        self.tree.names.insert(supervisor, id);
        Ok(Some(own))
    }

    /// Every supervisor must stand below the root, and not too far.
    fn finish(self) -> Result<Tree, TreeError> {
        for (name, &id) in &self.supervisors {
            let supervisor = self.tree.supervisor(id);
            if supervisor.spec.strategy == Strategy::SimpleOneForOne && supervisor.template.is_none() {
                return Err(TreeError::Templates(name.clone(), 0));
            }
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

fn root_entry(name: Name) -> ChildSpec {
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
        redact: false,
    }
}

fn check_supervisor(name: &Name, spec: &SupervisorSpec) -> Result<(), TreeError> {
    if spec.intensity.period.is_zero() {
        return Err(TreeError::ZeroPeriod(name.clone()));
    }
    if spec.intensity.restarts > RESTARTS_MAX {
        return Err(TreeError::TooManyRestarts(name.clone()));
    }
    Ok(())
}

fn check_significant(spec: &ChildSpec, parent: &SupervisorSpec) -> Result<(), TreeError> {
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
