//! A child ended by itself: does it come back, and does its supervisor go with it?

use super::child::State;
use super::id::SupervisorId;
use super::phase::{Phase, Supervisor};
use super::turn::Turn;
use super::{ChildId, Report, Tree, Why};
use crate::base::{AutoShutdown, ExitReason, Restart};

impl Tree {
    /// A worker or a supervisor ended by itself.
    pub(super) fn exited(&mut self, id: ChildId, reason: ExitReason, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        match &mut child.state {
            State::Running => child.state = State::Ended(Box::new(reason)),
            // The answer to the stop is still to come and must find its child.
            State::Stopping { exit, .. } => return *exit = Some(Box::new(reason)),
            _ => return,
        }
        let backoff = self.spec(id).backoff;
        let child = self.child_mut(id);
        child.pace.ended(turn.now, &backoff);
        let Some(parent) = child.parent else { return self.finish(turn) };
        if self.supervisor(parent).phase == Phase::Running {
            self.settle(parent, id, turn);
        } else {
            self.mail(parent, id);
            self.tell_parent(Some(parent));
        }
    }

    /// Decides upon the end of a child of a supervisor that is free.
    pub(super) fn settle(&mut self, parent: SupervisorId, id: ChildId, turn: &mut Turn<'_>) {
        let Some(reason) = self.child_mut(id).take_end() else { return };
        let comes_back = match self.spec(id).restart {
            Restart::Permanent => true,
            Restart::Transient => !reason.is_clean(),
            Restart::Temporary => false,
        };
        if comes_back {
            return self.restart(parent, id, reason, false, turn);
        }
        let child = self.name(id).clone();
        turn.report(Report::Ended { child: child.clone(), reason: reason.clone() });
        if self.ends_supervisor(parent, id) {
            let supervisor = self.own_name(parent).clone();
            let why = Why::SignificantEnded { supervisor: supervisor.clone(), child: child.clone(), reason };
            turn.report(Report::AutoShutdown { supervisor, child });
            self.close(parent, why, turn);
        }
        self.rest(id, turn);
    }

    /// Whether this end, of a child that does not come back, is the end of its supervisor.
    fn ends_supervisor(&self, parent: SupervisorId, id: ChildId) -> bool {
        let supervisor = self.supervisor(parent);
        self.spec(id).significant
            && match supervisor.spec.auto_shutdown {
                AutoShutdown::Never => false,
                AutoShutdown::AnySignificant => true,
                AutoShutdown::AllSignificant => !self.has_other_significant(supervisor),
            }
    }

    /// The child that ended is down already, but still among its siblings.
    fn has_other_significant(&self, supervisor: &Supervisor) -> bool {
        let mut others = supervisor.siblings.ids();
        // All are of one template, and none stays that does not live.
        if supervisor.template.is_some() {
            return others.len() > 1;
        }
        others.any(|other| {
            let is_down = matches!(self.child(other).state, State::Down | State::Ignored | State::Gone);
            !is_down && self.spec(other).significant
        })
    }
}
