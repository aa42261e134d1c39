//! What an operator may order: stop a child, start it, restart it.

use super::child::{By, Order, State};
use super::phase::{Phase, SupervisorId};
use super::turn::Turn;
use super::{ChildId, Refusal, Tree};

impl Tree {
    pub(super) fn start_application(&mut self, root: ChildId, turn: &mut Turn<'_>) {
        let may = self.is_application(root) && self.supervisor(SupervisorId::ROOT).phase == Phase::Running;
        if may && self.child(root).state == State::Down {
            self.start(root, By::Operator, turn);
        }
    }

    pub(super) fn stop_application(&mut self, root: ChildId, turn: &mut Turn<'_>) {
        if self.is_application(root) && self.supervisor(SupervisorId::ROOT).phase == Phase::Running {
            self.terminate_now(root, turn);
        }
    }

    pub(super) fn terminate(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        let parent = self.child(id).parent.filter(|_| !self.is_application(id));
        let Some(parent) = parent else { return turn.refuse(self.name(id), Refusal::Root) };
        let supervisor = self.supervisor(parent);
        if supervisor.phase == Phase::Running {
            self.terminate_now(id, turn);
        } else if !supervisor.is_closing() {
            self.child_mut(id).order = Some(Order::Terminate);
            self.mail(parent, id);
        }
    }

    pub(super) fn order_restart(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        let parent = self.child(id).parent.filter(|_| !self.is_application(id));
        let Some(parent) = parent else { return turn.refuse(self.name(id), Refusal::Root) };
        let supervisor = self.supervisor(parent);
        if supervisor.phase == Phase::Running {
            self.restart_now(id, turn);
        } else if supervisor.is_closing() {
            turn.refuse(self.name(id), Refusal::SupervisorStopped);
        } else {
            self.child_mut(id).order = Some(Order::Restart);
            self.mail(parent, id);
        }
    }

    pub(super) fn obey(&mut self, order: Order, id: ChildId, turn: &mut Turn<'_>) {
        match order {
            Order::Terminate => self.terminate_now(id, turn),
            Order::Restart => self.restart_now(id, turn),
        }
    }

    fn terminate_now(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        let is_supervisor = child.supervises.is_some();
        match &mut child.state {
            State::Starting { then_stop, .. } if !is_supervisor => *then_stop = true,
            State::Starting { .. } | State::Running => self.stop(id, false, turn),
            State::Stopping { again, .. } => *again = false,
            State::Down | State::Ignored | State::Gone => {}
            State::Waiting { .. } | State::Ended(_) => self.rest(id),
        }
    }

    fn restart_now(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        if child.dynamic {
            return turn.refuse(&child.name, Refusal::Dynamic);
        }
        match &mut child.state {
            State::Running => self.stop(id, true, turn),
            State::Stopping { again, .. } => *again = true,
            State::Starting { .. } | State::Waiting { .. } => turn.refuse(&child.name, Refusal::Restarting),
            State::Gone => turn.refuse(&child.name, Refusal::Gone),
            State::Down | State::Ignored | State::Ended(_) => self.start(id, By::Operator, turn),
        }
    }
}
