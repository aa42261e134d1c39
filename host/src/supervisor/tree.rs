//! The tree itself, and what one may ask about it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::child::{Child, State};
use super::event::Status;
use super::phase::{Phase, Supervisor, SupervisorId};
use super::{ChildId, TreeError};
use crate::base::{ChildSpec, Name, Strategy, SupervisorSpec, TreeSpec};

/// A supervision tree: every supervisor and worker of one manifest, and what is under way.
///
/// An id handed to a tree must come from that tree; another one may panic.
#[derive(Debug)]
pub struct Tree {
    pub(super) children: Vec<Child>,
    pub(super) supervisors: Vec<Supervisor>,
    pub(super) names: HashMap<Name, ChildId>,
    /// Places in `children` that a dynamic child has left.
    pub(super) free: Vec<u32>,
    /// How many dynamic children there are.
    pub(super) dynamic: usize,
    /// Supervisors that may have a next thing to do. Kept so that no event walks the tree and no
    /// nesting is a recursion.
    pub(super) agenda: VecDeque<SupervisorId>,
    pub(super) next_token: u64,
    /// Whether the root is the host's own, whose children, the roots of applications, start and stop
    /// on order only.
    pub(super) on_order: bool,
    pub(super) finished: bool,
}

impl Tree {
    /// Checks a declaration and builds its tree, with nothing running. A root that is named
    /// [`Name::host`] starts none of its children by itself: see [`super::Event::StartApplication`].
    ///
    /// # Errors
    /// The declaration is no tree, or asks for what OTP refuses; the error names the place.
    pub fn new(spec: TreeSpec) -> Result<Tree, TreeError> {
        super::build::build(spec)
    }

    /// The root supervisor.
    pub fn root(&self) -> ChildId {
        ChildId::ROOT
    }

    /// The child of this name. A supervisor answers to its own name and to that of its child entry.
    pub fn id(&self, name: &str) -> Option<ChildId> {
        self.names.get(name).copied()
    }

    /// Whether this child is, or was declared; a dynamic one that has ended is not.
    pub fn contains(&self, child: ChildId) -> bool {
        self.children.get(child.index()).is_some_and(|known| known.id(child.index()) == child && !known.is_free())
    }

    /// What was declared; for a dynamic child, of its template. The root's spec is made up: a
    /// permanent child under itself.
    pub fn spec(&self, child: ChildId) -> &ChildSpec {
        &self.child(child).spec
    }

    /// Its name; for a dynamic child, its address `SUPERVISOR/KEY`.
    pub fn name(&self, child: ChildId) -> &Name {
        &self.child(child).name
    }

    /// Its configuration as JSON text.
    pub fn config(&self, child: ChildId) -> &Arc<[u8]> {
        let child = self.child(child);
        child.config.as_ref().unwrap_or(&child.spec.config)
    }

    /// Where it stands.
    pub fn status(&self, child: ChildId) -> Status {
        self.child(child).state.status()
    }

    /// Whether nothing is under way that will change where it stands: it runs or is down, and its
    /// supervisor, if it runs, has nothing left to do for its children.
    pub fn is_settled(&self, child: ChildId) -> bool {
        let is_free = |parent| matches!(self.supervisor(parent).phase, Phase::Running | Phase::Down);
        matches!(self.status(child), Status::Running | Status::Stopped | Status::Ignored)
            && self.child(child).parent.is_none_or(is_free)
    }

    /// How often it has come up again after its first start, for whatever reason.
    pub fn restarts(&self, child: ChildId) -> u64 {
        self.child(child).starts.saturating_sub(1)
    }

    /// The supervisor it stands under; none for the root.
    pub fn parent(&self, child: ChildId) -> Option<ChildId> {
        self.child(child).parent.map(|parent| self.supervisor(parent).child)
    }

    /// Whether it is a supervisor.
    pub fn is_supervisor(&self, child: ChildId) -> bool {
        self.child(child).supervises.is_some()
    }

    /// What was declared of it as a supervisor; none for a worker.
    pub fn supervisor_spec(&self, child: ChildId) -> Option<&SupervisorSpec> {
        self.child(child).supervises.map(|own| &self.supervisor(own).spec)
    }

    /// Its strategy; none for a worker.
    pub fn strategy(&self, child: ChildId) -> Option<Strategy> {
        self.supervisor_spec(child).map(|spec| spec.strategy)
    }

    /// The children of a supervisor in start order, without temporary ones that have ended; none
    /// for a worker.
    pub fn children(&self, supervisor: ChildId) -> impl Iterator<Item = ChildId> + '_ {
        let own = self.child(supervisor).supervises;
        let children = own.map_or(&[][..], |own| &self.supervisor(own).children);
        children.iter().copied().filter(|&child| self.child(child).state != State::Gone)
    }

    /// Every worker that was declared, running or not, in the order of the declaration.
    pub fn workers(&self) -> impl Iterator<Item = ChildId> + '_ {
        let all = self.children.iter().enumerate();
        all.filter(|(_, child)| child.supervises.is_none() && !child.is_free()).map(|(at, child)| child.id(at))
    }

    /// Gives declared workers, and templates with all that are made after them and have no
    /// configuration of their own, another one each, as JSON text. Gives those whose configuration is
    /// another one now.
    pub fn configure(&mut self, configs: &HashMap<Name, Arc<[u8]>>) -> Vec<ChildId> {
        let mut changed = vec![];
        let other = |spec: &ChildSpec| configs.get(&spec.name).filter(|config| spec.config != **config).cloned();
        for (at, child) in self.children.iter_mut().enumerate().filter(|(_, child)| !child.dynamic) {
            if let Some(config) = other(&child.spec).filter(|_| child.supervises.is_none()) {
                Arc::make_mut(&mut child.spec).config = config;
                changed.push(child.id(at));
            }
        }
        for supervisor in &mut self.supervisors {
            let Some(template) = &mut supervisor.template else { continue };
            let Some(config) = other(template) else { continue };
            Arc::make_mut(template).config = config;
            for id in &supervisor.children {
                let child = &mut self.children[id.index()];
                child.spec = Arc::clone(template);
                changed.extend(child.config.is_none().then_some(*id));
            }
        }
        changed
    }

    /// Whether it is the root of an application.
    pub(super) fn is_application(&self, child: ChildId) -> bool {
        self.on_order && self.parent(child) == Some(self.root())
    }

    pub(super) fn child(&self, id: ChildId) -> &Child {
        &self.children[id.index()]
    }

    pub(super) fn child_mut(&mut self, id: ChildId) -> &mut Child {
        &mut self.children[id.index()]
    }

    pub(super) fn supervisor(&self, id: SupervisorId) -> &Supervisor {
        &self.supervisors[id.index()]
    }

    pub(super) fn supervisor_mut(&mut self, id: SupervisorId) -> &mut Supervisor {
        &mut self.supervisors[id.index()]
    }
}
