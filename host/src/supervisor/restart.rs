//! A child comes back: alone, with its later siblings or with all of them, if the supervisor's
//! intensity allows it.

use std::time::Duration;

use super::child::{By, State};
use super::id::SupervisorId;
use super::phase::{Phase, Then};
use super::turn::Turn;
use super::{Action, ChildId, Report, Tree, Why};
use crate::base::{ExitReason, Strategy, nanos};

impl Tree {
    /// Counts a failure of a child that is down and restarts whom the strategy names. A restart
    /// that has itself failed always waits, so that the loop can be interrupted.
    pub(super) fn restart(
        &mut self,
        parent: SupervisorId,
        id: ChildId,
        reason: ExitReason,
        failed_start: bool,
        turn: &mut Turn<'_>,
    ) {
        let Some(delay) = self.admit(parent, id, turn) else { return self.give_up(parent, id, reason, turn) };
        turn.report(Report::Restarting { child: self.name(id).clone(), reason, delay });
        let wait = (failed_start || !delay.is_zero()).then_some(delay);
        match (self.first_restarted(parent, id), wait) {
            (Some(floor), wait) => self.round(parent, floor, Then::Restart { cause: id, wait }),
            (None, None) => self.start(id, By::Supervisor, turn),
            (None, Some(delay)) => self.wait(id, delay, turn),
        }
    }

    /// Counts a restart of a child and says how long it waits; none if it is one too many.
    fn admit(&mut self, parent: SupervisorId, id: ChildId, turn: &mut Turn<'_>) -> Option<Duration> {
        let backoff = self.spec(id).backoff;
        let intensity = self.supervisor(parent).spec.intensity;
        if !backoff.within_intensity && !self.supervisor_mut(parent).window.admit(turn.now, &intensity) {
            return None;
        }
        let delay = self.child_mut(id).pace.fail(&backoff, turn.random);
        if !backoff.within_intensity {
            return Some(delay);
        }
        let then = turn.now.saturating_add(nanos(delay));
        let at = self.supervisor_mut(parent).window.admit_from(then, &intensity)?;
        Some(Duration::from_nanos(at.saturating_sub(turn.now)))
    }

    /// The place of the first child that restarts with this one; none if it restarts alone.
    fn first_restarted(&self, parent: SupervisorId, id: ChildId) -> Option<u64> {
        match self.supervisor(parent).spec.strategy {
            Strategy::OneForOne | Strategy::SimpleOneForOne => None,
            Strategy::RestForOne => Some(self.child(id).place),
            Strategy::OneForAll => Some(0),
        }
    }

    /// Stops all children of this one supervisor from `floor` on, then starts them.
    fn round(&mut self, parent: SupervisorId, floor: u64, then: Then) {
        self.supervisor_mut(parent).phase = Phase::Stopping { next: u64::MAX, floor, then };
        self.agenda.push_back(parent);
    }

    pub(super) fn wait(&mut self, child: ChildId, delay: Duration, turn: &mut Turn<'_>) {
        let token = self.next_token;
        self.next_token += 1;
        self.child_mut(child).state = State::Waiting { token, due: false };
        turn.actions.push(Action::Wait { child, token, delay });
    }

    pub(super) fn due(&mut self, id: ChildId, token: u64, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        let Some(parent) = child.parent else { return };
        match &mut child.state {
            State::Waiting { token: wanted, due } if *wanted == token => *due = true,
            _ => return,
        }
        if self.supervisor(parent).phase == Phase::Running {
            self.retry(parent, id, turn);
        } else {
            self.mail(parent, id);
        }
    }

    /// The wait of a child is over and its supervisor is free.
    pub(super) fn retry(&mut self, parent: SupervisorId, id: ChildId, turn: &mut Turn<'_>) {
        self.child_mut(id).state = State::Down;
        match self.first_restarted(parent, id) {
            None => self.start(id, By::Supervisor, turn),
            Some(floor) => self.round(parent, floor, Then::Restart { cause: id, wait: None }),
        }
    }

    fn give_up(&mut self, parent: SupervisorId, id: ChildId, reason: ExitReason, turn: &mut Turn<'_>) {
        let (supervisor, child) = (self.own_name(parent).clone(), self.name(id).clone());
        let because = self.why_ended(id);
        let report = Report::GaveUp { supervisor: supervisor.clone(), child: child.clone(), reason: reason.clone() };
        turn.report(report);
        self.close(parent, Why::GaveUp { supervisor, child, reason, because }, turn);
    }
}
