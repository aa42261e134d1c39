//! Stopping: right to left, each child awaited.

use std::time::Duration;

use super::child::{By, Order, State};
use super::phase::{Phase, SupervisorId, Then};
use super::turn::Turn;
use super::{Action, ChildId, Report, StartOutcome, Tree, Why};
use crate::base::{ExitReason, Nanos, Restart, Shutdown, nanos};

impl Tree {
    /// Orders a running child, or a starting supervisor, to stop. `again`: and to start afterwards.
    pub(super) fn stop(&mut self, id: ChildId, again: bool, turn: &mut Turn<'_>) {
        let parent = self.child(id).parent;
        let deadline = parent.and_then(|parent| self.supervisor(parent).deadline);
        let child = self.child_mut(id);
        child.state = State::Stopping { again, exit: None };
        let how = within(child.spec.shutdown, deadline, turn.now);
        match child.supervises {
            None => turn.actions.push(Action::Stop { child: id, how }),
            Some(own) => {
                self.supervisor_mut(own).deadline = deadline_of(how, turn.now);
                self.close(own, Why::Ordered);
            }
        }
    }

    pub(super) fn advance_stop(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        if self.supervisor(id).template.is_some() {
            return self.advance_stop_all(id, turn);
        }
        while let Phase::Stopping { next, floor, ref then } = self.supervisor(id).phase {
            if next <= floor {
                let then = then.clone();
                return self.all_stopped(id, floor, then, turn);
            }
            let child = self.supervisor(id).children[next - 1];
            if self.needs_to_stop(child, turn) {
                return;
            }
            if let Phase::Stopping { next, .. } = &mut self.supervisor_mut(id).phase {
                *next -= 1;
            }
        }
    }

    /// Dynamic children are told all at once, and so share their deadline.
    fn advance_stop_all(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        let Phase::Stopping { next, then, .. } = &mut self.supervisor_mut(id).phase else { return };
        let (told, then) = (std::mem::replace(next, 0) == 0, then.clone());
        if !told {
            for child in self.supervisor(id).children.clone() {
                self.needs_to_stop(child, turn);
            }
        }
        if self.supervisor(id).children.is_empty() {
            self.all_stopped(id, 0, then, turn);
        }
    }

    /// Sees to it that a child stops; false if there is nothing to wait for.
    fn needs_to_stop(&mut self, id: ChildId, turn: &mut Turn<'_>) -> bool {
        let child = self.child_mut(id);
        let is_supervisor = child.supervises.is_some();
        match &mut child.state {
            State::Starting { then_stop, .. } if !is_supervisor => *then_stop = true,
            State::Starting { .. } | State::Running => self.stop(id, false, turn),
            State::Stopping { .. } => {}
            State::Down | State::Ignored | State::Gone | State::Waiting { .. } => {
                self.stays_down(id);
                return false;
            }
            State::Ended(reason) => {
                let reason = reason.clone();
                self.report_odd(id, reason, turn);
                self.stays_down(id);
                return false;
            }
        }
        true
    }

    /// What an operator wanted of it in the meantime is overtaken if it was a restart.
    fn stays_down(&mut self, id: ChildId) {
        self.rest(id);
        let child = self.child_mut(id);
        if child.order == Some(Order::Restart) {
            child.order = None;
        }
    }

    /// A worker or a supervisor has stopped as ordered.
    pub(super) fn stopped(&mut self, id: ChildId, reason: ExitReason, turn: &mut Turn<'_>) {
        let State::Stopping { again, exit } = &mut self.child_mut(id).state else { return };
        let (again, reason) = (*again, exit.take().unwrap_or(reason));
        self.report_odd(id, reason, turn);
        self.rest(id);
        let Some(parent) = self.child(id).parent else { return self.finish(turn) };
        if again {
            self.start_again(parent, id, turn);
        }
        self.tell_parent(id);
    }

    fn start_again(&mut self, parent: SupervisorId, id: ChildId, turn: &mut Turn<'_>) {
        if self.supervisor(parent).phase == Phase::Running {
            self.start(id, By::Operator, turn);
        } else if !self.supervisor(parent).is_closing() {
            self.child_mut(id).state = State::Down;
            self.child_mut(id).order = Some(Order::Restart);
            self.mail(parent, id);
        }
    }

    fn report_odd(&self, child: ChildId, reason: ExitReason, turn: &mut Turn<'_>) {
        let expected = match reason {
            ExitReason::Shutdown => true,
            ExitReason::Normal => self.spec(child).restart != Restart::Permanent,
            ExitReason::Killed => self.spec(child).shutdown == Shutdown::BrutalKill,
            ExitReason::Crashed(_) => false,
        };
        if !expected {
            turn.report(Report::StoppedOddly { child: self.name(child).clone(), reason });
        }
    }

    fn all_stopped(&mut self, id: SupervisorId, floor: usize, then: Then, turn: &mut Turn<'_>) {
        self.supervisor_mut(id).phase = match then {
            Then::Exit => return self.ended(id, turn),
            Then::Restart { wait: None, .. } => Phase::Starting { next: floor, boot: false },
            Then::Restart { wait: Some(_), .. } => Phase::Running,
        };
        if let Then::Restart { cause, wait: Some(delay) } = then {
            self.wait(cause, delay, turn);
        }
        self.agenda.push_back(id);
    }

    /// A supervisor has ended; what that means depends on what its parent wanted.
    fn ended(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        let supervisor = self.supervisor_mut(id);
        supervisor.phase = Phase::Down;
        let child = supervisor.child;
        if self.is_application(child) {
            let why = self.supervisor(id).why.clone().unwrap_or(Why::Ordered);
            turn.actions.push(Action::ApplicationDown { root: child, why });
        }
        match self.child(child).state {
            State::Starting { .. } => {
                let outcome = StartOutcome::Failed(ExitReason::Shutdown);
                self.started(child, outcome, turn);
            }
            State::Stopping { .. } => self.stopped(child, ExitReason::Shutdown, turn),
            _ => self.exited(child, ExitReason::Shutdown, turn),
        }
    }
}

/// A child's own shutdown, cut to what the supervisors above it have left. A supervisor that is
/// killed or runs out of time thus takes its whole subtree along, and no instance is left behind.
fn within(shutdown: Shutdown, deadline: Option<Nanos>, now: Nanos) -> Shutdown {
    let Some(deadline) = deadline else { return shutdown };
    let left = Duration::from_nanos(deadline.saturating_sub(now));
    match shutdown {
        Shutdown::BrutalKill => Shutdown::BrutalKill,
        _ if left.is_zero() => Shutdown::BrutalKill,
        Shutdown::Timeout(own) => Shutdown::Timeout(own.min(left)),
        Shutdown::Infinity => Shutdown::Timeout(left),
    }
}

fn deadline_of(how: Shutdown, now: Nanos) -> Option<Nanos> {
    match how {
        Shutdown::BrutalKill => Some(now),
        Shutdown::Timeout(time) => Some(now.saturating_add(nanos(time))),
        Shutdown::Infinity => None,
    }
}
