//! A child ended by itself: does it come back, and does its supervisor go with it?

use super::child::State;
use super::phase::{Phase, SupervisorId};
use super::turn::Turn;
use super::{ChildId, Report, Tree, Why};
use crate::base::{AutoShutdown, ExitReason, Restart};

impl Tree {
    /// A worker or a supervisor ended by itself.
    pub(super) fn exited(&mut self, id: ChildId, reason: ExitReason, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        match &mut child.state {
            State::Running => child.state = State::Ended(reason),
            // The answer to the stop is still to come and must find its child.
            State::Stopping { exit, .. } => return *exit = Some(reason),
            _ => return,
        }
        child.pace.ended(turn.now, &child.spec.backoff);
        let Some(parent) = child.parent else { return self.finish(turn) };
        if self.supervisor(parent).phase == Phase::Running {
            self.settle(parent, id, turn);
        } else {
            self.mail(parent, id);
            self.tell_parent(id);
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
        self.rest(id);
        let child = self.name(id).clone();
        turn.report(Report::Ended { child: child.clone(), reason: reason.clone() });
        if self.ends_supervisor(parent, id) {
            let supervisor = self.name(self.supervisor(parent).child).clone();
            turn.report(Report::AutoShutdown { supervisor: supervisor.clone(), child: child.clone() });
            self.close(parent, Why::SignificantEnded { supervisor, child, reason });
        }
    }

    fn ends_supervisor(&self, parent: SupervisorId, id: ChildId) -> bool {
        let supervisor = self.supervisor(parent);
        let lives = |&&id: &&ChildId| {
            let state = &self.child(id).state;
            !matches!(state, State::Down | State::Ignored | State::Gone)
        };
        self.spec(id).significant
            && match supervisor.spec.auto_shutdown {
                AutoShutdown::Never => false,
                AutoShutdown::AnySignificant => true,
                AutoShutdown::AllSignificant => {
                    !supervisor.children.iter().filter(lives).any(|&id| self.spec(id).significant)
                }
            }
    }
}
