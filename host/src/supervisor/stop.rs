//! Stopping: right to left, each child awaited; the children of a template all at once.

use std::time::Duration;

use super::child::{By, Mailed, State};
use super::event::StartOutcome;
use super::id::SupervisorId;
use super::phase::{Phase, Then};
use super::turn::Turn;
use super::{Action, ChildError, ChildId, Report, Tree, Why};
use crate::base::{ExitReason, Nanos, Restart, Shutdown, nanos};

impl Tree {
    /// Orders a running child, or a starting supervisor, to stop. `again`: and to start afterwards.
    pub(super) fn stop(&mut self, id: ChildId, again: bool, turn: &mut Turn<'_>) {
        self.stop_by(id, again, None, turn);
    }

    /// The same; it must have ended by this time, if one is named.
    pub(super) fn stop_by(&mut self, id: ChildId, again: bool, by: Option<Nanos>, turn: &mut Turn<'_>) {
        let deadline = self.parent_of(id).and_then(|parent| self.supervisor(parent).deadline);
        let how = within(self.spec(id).shutdown, by.into_iter().chain(deadline).min(), turn.now);
        let child = self.child_mut(id);
        child.state = State::Stopping { again, exit: None };
        match child.supervises {
            None => turn.actions.push(Action::Stop { child: id, how }),
            Some(own) => {
                self.close(own, Why::Ordered, turn);
                self.bound(own, deadline_of(how, turn.now), turn);
            }
        }
    }

    pub(super) fn advance_stop(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        while let Phase::Stopping { next, floor, ref then } = self.supervisor(id).phase {
            if self.supervisor(id).template.is_some() {
                return self.stop_all_of_template(id, turn);
            }
            let Some((place, child)) = self.supervisor(id).siblings.last_of(floor, next) else {
                let then = then.clone();
                return self.all_stopped(id, floor, then, turn);
            };
            // What this is for is down and does not stay so.
            let starts_again = matches!(then, Then::Restart { cause, .. } if *cause == child);
            let found = self.child(child);
            let is_ready = starts_again && found.state == State::Down && found.order.is_none();
            if !is_ready && self.needs_to_stop(child, turn) {
                return;
            }
            if let Phase::Stopping { next, .. } = &mut self.supervisor_mut(id).phase {
                *next = place;
            }
        }
    }

    /// One deadline for all: it begins now, and a child that is still starting gets what is left.
    fn stop_all_of_template(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        let template = self.supervisor(id).template.as_ref().map(|template| template.shutdown);
        let own = template.and_then(|shutdown| deadline_of(shutdown, turn.now));
        let supervisor = self.supervisor_mut(id);
        supervisor.phase = Phase::Emptying;
        supervisor.deadline = [own, supervisor.deadline].into_iter().flatten().min();
        let children: Vec<ChildId> = supervisor.siblings.ids().rev().collect();
        for child in children {
            self.needs_to_stop(child, turn);
        }
        self.end_if_empty(id, turn);
    }

    pub(super) fn end_if_empty(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        if self.supervisor(id).siblings.is_empty() {
            self.ended(id, turn);
        }
    }

    /// Sees to it that a child stops; false if there is nothing to wait for.
    fn needs_to_stop(&mut self, id: ChildId, turn: &mut Turn<'_>) -> bool {
        let child = self.child_mut(id);
        let is_supervisor = child.supervises.is_some();
        match &mut child.state {
            State::Starting { then_stop, .. } if !is_supervisor => {
                *then_stop = true;
                let deadline = self.parent_of(id).and_then(|parent| self.supervisor(parent).deadline);
                deadline.into_iter().for_each(|by| self.hurry(id, by, turn));
            }
            State::Starting { .. } | State::Running => self.stop(id, false, turn),
            State::Stopping { .. } => {}
            State::Down | State::Ignored | State::Waiting { .. } => {
                self.stays_down(id, turn);
                return false;
            }
            State::Gone => return false,
            State::Ended(reason) => {
                let reason = (**reason).clone();
                self.report_odd(id, reason, turn);
                self.stays_down(id, turn);
                return false;
            }
        }
        true
    }

    /// All below a supervisor must have ended by this time, also whoever was told to stop before.
    fn bound(&mut self, id: SupervisorId, by: Option<Nanos>, turn: &mut Turn<'_>) {
        self.supervisor_mut(id).deadline = by;
        let Some(by) = by else { return };
        let children: Vec<ChildId> = self.supervisor(id).siblings.ids().collect();
        children.into_iter().for_each(|child| self.hurry(child, by, turn));
    }

    /// The end of a child that is under way must come by this time, and so must the start of a worker that is
    /// to stop then.
    pub(super) fn hurry(&mut self, id: ChildId, by: Nanos, turn: &mut Turn<'_>) {
        let child = self.child(id);
        match child.state {
            State::Stopping { .. } => {}
            State::Starting { then_stop: true, .. } if child.supervises.is_none() => {}
            _ => return,
        }
        match child.supervises {
            None => {
                let how = within(Shutdown::Infinity, Some(by), turn.now);
                turn.actions.push(Action::Hurry { child: id, how });
            }
            // Said again even if it is known: the first word may have come before the order to stop.
            Some(own) => {
                let told = self.supervisor(own).deadline;
                self.bound(own, told.into_iter().chain([by]).min(), turn);
            }
        }
    }

    /// Whatever is starting below this supervisor comes up no more: its end was ordered from outside the tree.
    pub(super) fn end_starts_below(&self, above: ChildId, turn: &mut Turn<'_>) {
        let starting = self
            .children
            .iter()
            .filter(|(_, child)| child.supervises.is_none() && matches!(child.state, State::Starting { .. }));
        for (id, _) in starting {
            if self.is_below(id, above) {
                turn.actions.push(Action::Hurry { child: id, how: Shutdown::BrutalKill });
            }
        }
    }

    fn is_below(&self, id: ChildId, above: ChildId) -> bool {
        let up = |id: &ChildId| self.parent_of(*id).map(|parent| self.supervisor(parent).child);
        std::iter::successors(up(&id), up).any(|found| found == above)
    }

    /// A restart that somebody wanted of it in the meantime is overtaken.
    fn stays_down(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        if child.order == Some(Mailed::Restart) {
            child.order = None;
            self.unmail_asks(id);
            self.answer_up(id, &Err(ChildError::Restarting), turn);
        }
        self.rest(id, turn);
    }

    /// A worker or a supervisor has stopped as ordered.
    pub(super) fn stopped(&mut self, id: ChildId, reason: ExitReason, turn: &mut Turn<'_>) {
        let State::Stopping { again, exit } = &mut self.child_mut(id).state else { return };
        let (again, reason) = (*again, exit.take().map_or(reason, |exit| *exit));
        self.report_odd(id, reason, turn);
        let parent = self.child(id).parent;
        match parent {
            Some(parent) if again && !self.supervisor(parent).is_closing() => self.start_again(parent, id, turn),
            Some(_) => self.rest(id, turn),
            None => return self.finish(turn),
        }
        self.tell_parent(parent);
    }

    fn start_again(&mut self, parent: SupervisorId, id: ChildId, turn: &mut Turn<'_>) {
        self.answer_down(id, turn);
        if self.supervisor(parent).phase == Phase::Running {
            self.start(id, By::Order, turn);
        } else {
            let child = self.child_mut(id);
            child.state = State::Down;
            child.order = Some(Mailed::Restart);
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

    fn all_stopped(&mut self, id: SupervisorId, floor: u64, then: Then, turn: &mut Turn<'_>) {
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
        self.forget_undeclared(id, turn);
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
