//! How a child comes into the tree, and how it leaves it.

use std::sync::Arc;

use super::child::{Child, Origin, State};
use super::id::SupervisorId;
use super::turn::Turn;
use super::{Action, ChildId, Tree};
use crate::base::{ChildKind, ChildSpec, Name, Restart};

impl Tree {
    /// Adds a child that its supervisor starts, last of all.
    pub(super) fn declare(&mut self, spec: Arc<ChildSpec>, parent: SupervisorId) -> ChildId {
        let place = self.new_place();
        let name = self.address(parent, &spec.name);
        let id = self.children.insert(Child::new(name.clone(), Arc::clone(&spec), Some(parent), place));
        self.names.insert(name, id);
        let supervisor = self.supervisor_mut(parent);
        supervisor.siblings.insert(place, id);
        supervisor.declared.push((id, spec));
        id
    }

    /// What a child of this supervisor is addressed by; not for one of a template.
    pub(super) fn address(&self, parent: SupervisorId, name: &Name) -> Name {
        match self.supervisor(parent).spec.manager {
            Some(_) => Name::address(self.own_name(parent), name),
            None => name.clone(),
        }
    }

    /// The name that `under` of its children says.
    pub(super) fn declared_name(&self, own: SupervisorId) -> Name {
        match &self.spec(self.supervisor(own).child).kind {
            ChildKind::Supervisor(name) | ChildKind::Worker(name) => name.clone(),
        }
    }

    pub(super) fn new_place(&mut self) -> u64 {
        self.next_place += 1;
        self.next_place
    }

    /// Stands among its siblings no longer, wherever it stood.
    pub(super) fn leave(&mut self, id: ChildId) {
        let child = self.child(id);
        let place = child.place;
        if let Some(parent) = child.parent {
            self.supervisor_mut(parent).siblings.remove(place);
        }
    }

    /// No instance, and none wanted. A temporary child and one of a template lose their spec.
    pub(super) fn rest(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        if self.is_dropped_at_rest(id) {
            return self.drop_spec(id, turn);
        }
        self.put_down(id, State::Down, turn);
        self.answer_at_rest(id, turn);
    }

    /// Who was not told to stop does not know yet that it stays down.
    fn put_down(&mut self, id: ChildId, state: State, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        let knows = match child.state {
            State::Running | State::Stopping { .. } | State::Ignored | State::Gone => true,
            State::Down => child.starts > 0,
            State::Starting { .. } | State::Waiting { .. } | State::Ended(_) => false,
        };
        child.state = state;
        if !knows && child.supervises.is_none() {
            turn.actions.push(Action::Rest { child: id });
        }
    }

    /// Whether a child that is down and not to be restarted leaves nothing behind.
    pub(super) fn is_dropped_at_rest(&self, id: ChildId) -> bool {
        self.child(id).is_of_template() || self.spec(id).restart == Restart::Temporary
    }

    /// What was ever declared keeps its place in the tree, for the next start of its supervisor or for
    /// another spec; any other child is forgotten.
    pub(super) fn drop_spec(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        if child.origin == Origin::Dynamic {
            return self.forget(id, turn);
        }
        self.put_down(id, State::Gone, turn);
        self.answer_at_rest(id, turn);
    }

    /// Takes a child out of the tree; its id means nothing from now on.
    pub(super) fn forget(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        self.answer_for_good(id, turn);
        self.leave(id);
        let Some(child) = self.children.remove(id) else { return };
        self.dynamic -= 1;
        self.dynamic_bytes -= child.own_config();
        self.names.remove(&child.name);
        turn.actions.push(Action::Forget { child: id, name: child.name });
    }

    /// A supervisor has ended, and with it all that it would not start again.
    pub(super) fn forget_undeclared(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        let mail = std::mem::take(&mut self.supervisor_mut(id).mail);
        let siblings: Vec<ChildId> = self.supervisor(id).siblings.ids().collect();
        // Those among the mail have not yet joined their siblings.
        for child in siblings.into_iter().chain(mail) {
            if self.children.get(child).is_some_and(|child| child.origin != Origin::Declared) {
                self.drop_spec(child, turn);
            }
            if self.contains(child) {
                self.answer_for_good(child, turn);
            }
        }
    }
}
