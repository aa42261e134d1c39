//! Children that come and go at run time, and how many there are.

use std::sync::Arc;

use super::child::{By, Child, State};
use super::phase::{Phase, SupervisorId};
use super::turn::Turn;
use super::{Action, ChildId, StartChild, StartChildError, Tree};
use crate::base::limits::DYNAMIC_CHILDREN_MAX;
use crate::base::{ChildSpec, Name, Strategy};

/// A supervisor's children by number: OTP's `count_children`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Child specifications; one, the template, for a simple_one_for_one.
    pub specs: usize,
    /// Children that run. One that waits for its restart does not.
    pub active: usize,
    /// Children that are supervisors, running or not.
    pub supervisors: usize,
    /// Children that are workers, running or not.
    pub workers: usize,
}

impl Tree {
    /// A supervisor's children by number; none for a worker.
    pub fn count_children(&self, supervisor: ChildId) -> Option<Counts> {
        let strategy = self.strategy(supervisor)?;
        let mut counts = Counts::default();
        for child in self.children(supervisor) {
            counts.specs += 1;
            counts.active += usize::from(self.child(child).state == State::Running);
            *(if self.is_supervisor(child) { &mut counts.supervisors } else { &mut counts.workers }) += 1;
        }
        if strategy == Strategy::SimpleOneForOne {
            counts.specs = 1;
        }
        Some(counts)
    }

    /// The template of a simple_one_for_one supervisor.
    pub fn template(&self, supervisor: ChildId) -> Option<&ChildSpec> {
        self.supervisor(self.child(supervisor).supervises?).template.as_deref()
    }

    /// Whether any supervisor takes dynamic children.
    pub fn has_templates(&self) -> bool {
        self.supervisors.iter().any(|supervisor| supervisor.template.is_some())
    }

    pub(super) fn start_child(&mut self, start: StartChild, turn: &mut Turn<'_>) {
        let asked = start.asked;
        match self.place(start) {
            Ok(child) => self.start(child, By::Operator, turn),
            Err(error) => turn.actions.push(Action::ChildStarted { asked, outcome: Err(error) }),
        }
    }

    /// Makes room for a dynamic child.
    fn place(&mut self, start: StartChild) -> Result<ChildId, StartChildError> {
        let known = self.contains(start.supervisor).then(|| self.child(start.supervisor).supervises).flatten();
        let parent = known.ok_or(StartChildError::NoTemplate)?;
        let supervisor = self.supervisor(parent);
        let template = supervisor.template.clone().ok_or(StartChildError::NoTemplate)?;
        if supervisor.phase != Phase::Running {
            return Err(StartChildError::SupervisorStopped);
        }
        let name = Name::address(self.name(supervisor.child), &start.key);
        if self.names.contains_key(&name) {
            return Err(StartChildError::AlreadyStarted);
        }
        self.dynamic += 1;
        if self.dynamic > DYNAMIC_CHILDREN_MAX {
            self.dynamic -= 1;
            return Err(StartChildError::TooMany);
        }
        Ok(self.insert(parent, name, template, start))
    }

    fn insert(&mut self, parent: SupervisorId, name: Name, template: Arc<ChildSpec>, start: StartChild) -> ChildId {
        let position = self.supervisor(parent).children.len();
        let mut child = Child::of_template(name.clone(), template, parent, position);
        child.config = start.config;
        child.asked = Some(start.asked);
        let index = match self.free.pop() {
            Some(free) => {
                let free = free as usize;
                child.generation = self.children[free].generation.wrapping_add(1);
                self.children[free] = child;
                free
            }
            None => {
                self.children.push(child);
                self.children.len() - 1
            }
        };
        let id = self.children[index].id(index);
        self.names.insert(name, id);
        self.supervisor_mut(parent).children.push(id);
        id
    }

    /// Tells who asked for a dynamic child what came of its first start.
    pub(super) fn answer(&mut self, id: ChildId, outcome: Result<(), StartChildError>, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        if let Some(asked) = child.asked.take() {
            let outcome = outcome.map(|()| child.name.clone());
            turn.actions.push(Action::ChildStarted { asked, outcome });
        }
    }

    /// A child has no instance, and none is wanted. A dynamic one is forgotten; its id is nobody's
    /// any more.
    pub(super) fn rest(&mut self, id: ChildId) {
        let child = self.child_mut(id);
        if !child.dynamic {
            child.state = if child.is_temporary() { State::Gone } else { State::Down };
            return;
        }
        if std::mem::replace(&mut child.state, State::Gone) == State::Gone {
            return;
        }
        let (name, parent, position) = (child.name.clone(), child.parent, child.position);
        child.config = None;
        self.names.remove(&name);
        self.dynamic -= 1;
        // An index fits: it came from an id.
        self.free.push(u32::try_from(id.index()).unwrap_or(u32::MAX));
        let Some(parent) = parent else { return };
        let siblings = &mut self.supervisor_mut(parent).children;
        siblings.swap_remove(position);
        if let Some(&moved) = siblings.get(position) {
            self.child_mut(moved).position = position;
        }
    }
}
