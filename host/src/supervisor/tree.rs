//! The tree itself, and what one may ask about it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::ChildId;
use super::child::{Asker, Child, State};
use super::event::Status;
use super::id::SupervisorId;
use super::phase::{Phase, Supervisor};
use super::slab::Slab;
use crate::base::{ChildSpec, Name, Strategy, SupervisorSpec};

/// A supervision tree: every supervisor and worker of one manifest, the children added since, and
/// what is under way.
///
/// An id handed to a tree must come from that tree. One whose child is gone is answered as that of a
/// stopped worker named `gone`, so that whoever comes late with one does no harm.
#[derive(Debug)]
pub struct Tree {
    pub(super) children: Slab,
    pub(super) supervisors: Vec<Supervisor>,
    pub(super) names: HashMap<Name, ChildId>,
    /// The names of templates, which are no children and yet have theirs.
    pub(super) templates: HashMap<Name, SupervisorId>,
    /// Whoever waits for a child.
    pub(super) askers: HashMap<ChildId, Vec<Asker>>,
    /// Supervisors that may have a next thing to do. Kept so that no event walks the tree and no
    /// nesting is a recursion.
    pub(super) agenda: VecDeque<SupervisorId>,
    pub(super) next_token: u64,
    pub(super) next_place: u64,
    /// How many children were added at run time and are not gone.
    pub(super) dynamic: usize,
    /// Bytes of the configurations that they came with.
    pub(super) dynamic_bytes: usize,
    /// Stands in for the spec of a child that is gone.
    pub(super) gone: Arc<ChildSpec>,
    /// Whether the root is the host's own, whose children, the roots of applications, start and stop
    /// on order only.
    pub(super) on_order: bool,
    pub(super) finished: bool,
}

impl Tree {
    /// The root supervisor.
    pub fn root(&self) -> ChildId {
        ChildId::ROOT
    }

    /// The child of this name or address: `SUPERVISOR/KEY` for a dynamic child of a template and for
    /// one of a manager. A supervisor answers to its own name and to that of its child entry. A
    /// template is no child.
    pub fn id(&self, name: &str) -> Option<ChildId> {
        self.names.get(name).copied()
    }

    /// The child of this name or key under this supervisor.
    pub fn child_named(&self, supervisor: ChildId, name: &str) -> Option<ChildId> {
        let own = self.supervises(supervisor)?;
        let address = format!("{}/{name}", self.own_name(own));
        let mut found = [address.as_str(), name].into_iter().filter_map(|name| self.id(name));
        found.find(|&child| self.parent_of(child) == Some(own))
    }

    /// What was declared of it; for a dynamic child of a template that template, under the template's
    /// own name. The root's spec is made up: a permanent child under itself.
    pub fn spec(&self, child: ChildId) -> &ChildSpec {
        let Some(found) = self.children.get(child) else { return &self.gone };
        let template = || found.parent.and_then(|parent| self.supervisor(parent).template.as_ref());
        found.spec.as_ref().or_else(template).unwrap_or(&self.gone)
    }

    /// Its name; for a child with a key its address.
    pub fn name(&self, child: ChildId) -> &Name {
        self.children.get(child).map_or(&self.gone.name, |child| &child.name)
    }

    /// Its `config` table as JSON text: its own, or that of its spec.
    pub fn config(&self, child: ChildId) -> &Arc<[u8]> {
        let own = self.children.get(child).and_then(|child| child.config.as_ref());
        own.unwrap_or(&self.spec(child).config)
    }

    /// Where it stands.
    pub fn status(&self, child: ChildId) -> Status {
        self.children.get(child).map_or(Status::Stopped, |child| child.state.status())
    }

    /// Whether it is in the tree. A dynamic child that ended is not; a declared one always is.
    pub fn contains(&self, child: ChildId) -> bool {
        self.children.get(child).is_some()
    }

    /// Whether it has ended by itself and its busy supervisor has yet to decide what that means.
    pub fn is_undecided(&self, child: ChildId) -> bool {
        self.children.get(child).is_some_and(|child| matches!(child.state, State::Ended(_)))
    }

    /// Whether nothing is under way that will change where it stands: it runs or is down, and its
    /// supervisor, if it runs, has nothing left to do for its children.
    pub fn is_settled(&self, child: ChildId) -> bool {
        let is_free = |parent| matches!(self.supervisor(parent).phase, Phase::Running | Phase::Down);
        matches!(self.status(child), Status::Running | Status::Stopped | Status::Ignored)
            && self.parent_of(child).is_none_or(is_free)
    }

    /// How often it has come up again after its first start, but for what somebody ordered.
    pub fn restarts(&self, child: ChildId) -> u64 {
        self.children.get(child).map_or(0, |child| u64::from(child.restarts))
    }

    /// The supervisor it stands under; none for the root.
    pub fn parent(&self, child: ChildId) -> Option<ChildId> {
        self.parent_of(child).map(|parent| self.supervisor(parent).child)
    }

    /// Whether it is a supervisor.
    pub fn is_supervisor(&self, child: ChildId) -> bool {
        self.supervises(child).is_some()
    }

    /// What was declared of it as a supervisor; none for a worker.
    pub fn supervisor_spec(&self, child: ChildId) -> Option<&SupervisorSpec> {
        self.supervises(child).map(|own| &self.supervisor(own).spec)
    }

    /// Its strategy; none for a worker.
    pub fn strategy(&self, child: ChildId) -> Option<Strategy> {
        self.supervisor_spec(child).map(|spec| spec.strategy)
    }

    /// The template of a simple_one_for_one supervisor; none for any other and for a worker.
    pub fn template(&self, supervisor: ChildId) -> Option<&ChildSpec> {
        self.supervisor(self.supervises(supervisor)?).template.as_deref()
    }

    /// Whether any supervisor is made for children that come and go: one with a template, a manager.
    pub fn has_keyed_children(&self) -> bool {
        self.supervisors.iter().any(|supervisor| supervisor.template.is_some() || supervisor.spec.manager.is_some())
    }

    /// Every event manager, in the order of the declaration.
    pub fn managers(&self) -> impl Iterator<Item = ChildId> + '_ {
        let managers = self.supervisors.iter().filter(|supervisor| supervisor.spec.manager.is_some());
        managers.map(|supervisor| supervisor.child)
    }

    /// The children of a supervisor in start order, without those whose spec is gone; none for a
    /// worker.
    pub fn children(&self, supervisor: ChildId) -> impl DoubleEndedIterator<Item = ChildId> + '_ {
        let own = self.supervises(supervisor).map(|own| self.supervisor(own).siblings.ids());
        own.into_iter().flatten().filter(|&child| self.child(child).state != State::Gone)
    }

    /// Every worker, running or not: those declared in the order of the declaration, and the dynamic
    /// ones. A template is none.
    pub fn workers(&self) -> impl Iterator<Item = ChildId> + '_ {
        self.children.iter().filter(|(_, child)| child.supervises.is_none()).map(|(id, _)| id)
    }

    /// Gives declared workers, and templates with all that are made after them and have no
    /// configuration of their own, another one each, as JSON text, by address; a template by its name.
    /// Gives those whose configuration is another one now.
    pub fn configure(&mut self, configs: &HashMap<Name, Arc<[u8]>>) -> Vec<ChildId> {
        let mut changed = vec![];
        let other = |name: &Name, spec: &ChildSpec| configs.get(name).filter(|config| spec.config != **config).cloned();
        for supervisor in &mut self.supervisors {
            for (id, spec) in &mut supervisor.declared {
                let child = self.children.get_mut(*id).filter(|child| child.supervises.is_none());
                let Some((config, child)) = child.and_then(|child| Some((other(&child.name, spec)?, child))) else {
                    continue;
                };
                // One that was deleted may have come again with a specification of its own.
                let is_own = child.spec.as_ref().is_some_and(|own| !Arc::ptr_eq(own, spec));
                Arc::make_mut(spec).config = config;
                if !is_own {
                    child.spec = Some(Arc::clone(spec));
                    changed.push(*id);
                }
            }
            let Some(template) = &mut supervisor.template else { continue };
            let Some(config) = other(&template.name, template) else { continue };
            Arc::make_mut(template).config = config;
            let children = &self.children;
            let follows = |id: &ChildId| children.get(*id).is_some_and(|child| child.config.is_none());
            changed.extend(supervisor.siblings.ids().filter(follows));
        }
        changed
    }

    /// Whether it is the root of an application.
    pub(super) fn is_application(&self, child: ChildId) -> bool {
        self.on_order && self.parent(child) == Some(self.root())
    }

    /// A child that is known to be in the tree.
    pub(super) fn child(&self, id: ChildId) -> &Child {
        self.children.get(id).expect("a child of this tree")
    }

    /// A child that is known to be in the tree.
    pub(super) fn child_mut(&mut self, id: ChildId) -> &mut Child {
        self.children.get_mut(id).expect("a child of this tree")
    }

    pub(super) fn parent_of(&self, id: ChildId) -> Option<SupervisorId> {
        self.children.get(id)?.parent
    }

    pub(super) fn supervises(&self, id: ChildId) -> Option<SupervisorId> {
        self.children.get(id)?.supervises
    }

    pub(super) fn supervisor(&self, id: SupervisorId) -> &Supervisor {
        &self.supervisors[id.index()]
    }

    pub(super) fn supervisor_mut(&mut self, id: SupervisorId) -> &mut Supervisor {
        &mut self.supervisors[id.index()]
    }

    /// The name of a supervisor's child entry.
    pub(super) fn own_name(&self, id: SupervisorId) -> &Name {
        self.name(self.supervisor(id).child)
    }
}
