//! How a worker ends: there is one place where it is gone, however that came about.

use super::body::{Body, End, InitFor, Next, Undelivered};
use super::part::not_running;
use super::shard::Shard;
use super::workers::{Ending, Errand};
use crate::base::{ExitKind, ExitReason, Fault, Kind, Nanos, Restart, Shutdown, Strategy, nanos};
use crate::protocol::{Came, Driver};
use crate::supervisor::ChildId;

impl<D: Driver> Shard<D> {
    /// The guest crashed: everyone it owed an answer is told at once. Then it ends, after a `terminate` on a
    /// fresh instance if its manifest asks for that.
    pub(super) fn crashed(&mut self, at: usize, fault: Fault) -> Next {
        let reason = ExitReason::Crashed(fault);
        if self.workers[at].tail.is_some() {
            self.report_crash(at, &reason);
            return self.recovers(at, reason);
        }
        let owed = self.workers[at].worker.crashed();
        self.answer_all(owed, Kind::Crashed, &reason.to_string());
        self.report_crash(at, &reason);
        let component = self.code.get(&self.workers[at].spec.behaviour);
        match (self.parts.after_crash.take(at), component) {
            (Some(state), Some(component)) => {
                self.workers[at].instances += 1;
                Next::Init(component, Some(Box::new(state)), InitFor::Mourning(Box::new(reason)))
            }
            _ => Next::Gone(End::Exited(reason)),
        }
    }

    /// A worker is about to crash, since this function of it did not return: what that means, in words.
    pub(super) fn lost_in(&self, function: &str, at: usize, fault: &Fault) -> String {
        let spec = &self.workers[at].spec;
        let tree = self.supervision.tree();
        let (declared, parent) = (tree.spec(spec.child), tree.parent(spec.child));
        let supervisor = parent.map_or(&declared.under, |parent| tree.name(parent));
        let follows = match (declared.restart, parent.and_then(|parent| tree.strategy(parent))) {
            (Restart::Temporary, _) => "it is temporary and does not come back".to_owned(),
            (_, Some(Strategy::OneForAll)) => format!("`{supervisor}` restarts it and all its siblings"),
            (_, Some(Strategy::RestForOne)) => format!("`{supervisor}` restarts it and those started after it"),
            _ => format!("`{supervisor}` restarts it"),
        };
        let state = if self.workers[at].tail.is_some() { "its state is in its journal" } else { "its state is lost" };
        format!("`{}` crashed in its `{function}`: {fault}; {state}, and {follows}", spec.name)
    }

    /// A worker has no instance any more: whoever waited for that instance is told, then the parts, and then
    /// the tree, which decides what follows.
    pub(super) fn ended(&mut self, at: usize, end: End) {
        self.workers.put(at, Body::Down);
        match &end {
            End::Recovers(_) => {}
            End::Exited(reason) => {
                let owed = self.workers[at].worker.crashed();
                match reason.is_clean() {
                    true => self.answer_all(owed, Kind::Stopped, &format!("the worker stopped: {reason}")),
                    false => self.answer_all(owed, Kind::Crashed, &reason.to_string()),
                }
            }
            End::Failed(reason) => {
                let owed = self.workers[at].worker.crashed();
                self.answer_all(owed, Kind::Crashed, &reason.to_string());
            }
            End::Stopped(reason) => {
                if let ExitReason::Crashed(_) = reason {
                    let owed = self.workers[at].worker.crashed();
                    self.answer_all(owed, Kind::Crashed, &reason.to_string());
                }
                self.close(at, "stopped");
            }
            End::Ignored => self.close(at, "not needed now (its `init` said ignore)"),
        }
        self.refuse_errands(at);
        self.settle_tail(at, &end);
        self.parts.left(at, &mut self.workers[at], &end, &mut self.wants);
        let event = self.workers[at].ended(end);
        self.supervise(event);
    }

    /// Turns away whoever waits and whoever comes.
    pub(super) fn close(&mut self, at: usize, why: &'static str) {
        self.give_up_worker(at);
        let slot = &mut self.workers[at];
        slot.closed = Some(why);
        let owed = slot.worker.ended();
        let text = format!("worker `{}` is {why}", slot.spec.name);
        self.answer_all(owed, Kind::Stopped, &text);
    }

    /// The tree orders a worker to end.
    pub(super) fn order_end(&mut self, at: usize, how: Shutdown) {
        let slot = &mut self.workers[at];
        slot.ending = Some(Ending::Ordered { by: by(how, self.clock.now) });
        if slot.held {
            self.parts.swaps.start_after(at, None);
        }
        if self.workers[at].body.is_down() {
            self.ended(at, End::Stopped(ExitReason::Shutdown));
        } else if how == Shutdown::BrutalKill {
            self.kill(at);
        }
    }

    /// The end that a worker was ordered to come to may take no longer than this, nor the start of one that is
    /// to end.
    pub(super) fn hurry_end(&mut self, at: usize, how: Shutdown) {
        let slot = &self.workers[at];
        let told = match slot.ending {
            Some(Ending::Ordered { by }) => by,
            None if slot.body.is_starting() => None,
            Some(Ending::Own(_)) | None => return,
        };
        let by = told.into_iter().chain(by(how, self.clock.now)).min();
        self.workers[at].ending = Some(Ending::Ordered { by });
        self.check_ending(at);
    }

    /// Kills a worker whose time to end is over.
    pub(super) fn check_ending(&mut self, at: usize) {
        if self.workers[at].ending_by().is_some_and(|by| by <= self.clock.now) {
            self.kill(at);
        }
    }

    fn kill(&mut self, at: usize) {
        let end = match self.workers[at].body.is_starting() {
            true => End::Failed(ExitReason::Shutdown),
            false => End::Stopped(ExitReason::Killed),
        };
        let undelivered = self.workers.discard(at);
        self.note_crash(at, Came::Killed, &ExitReason::Killed.to_string());
        if let Some(undelivered) = undelivered {
            self.refuse(at, undelivered);
        }
        self.ended(at, end);
    }

    /// What was to be done with an instance at its next step boundary is not: whoever asked sees a worker
    /// that is down.
    fn refuse_errands(&mut self, at: usize) {
        for errand in self.workers[at].desk.clear() {
            match errand {
                Errand::Look(look) => self.refuse(at, Undelivered::Look(look)),
                Errand::Replace(replacement) => self.refuse(at, Undelivered::Replacement(replacement.done)),
                Errand::Swap | Errand::HandOver | Errand::Hibernate => {}
            }
        }
    }

    fn refuse(&mut self, at: usize, undelivered: Undelivered) {
        let slot = &self.workers[at];
        // Askers may have gone.
        match undelivered {
            Undelivered::Look(look) => drop(look.done.send(Ok(slot.inspection(self.clock.now, 0, None)))),
            Undelivered::Replacement(done) => drop(done.send(Err(not_running(slot)))),
        }
    }

    /// The tree knows a dynamic child no longer: its slot is free.
    pub(super) fn forget(&mut self, child: ChildId) {
        let Some(at) = self.parts.children.find(child) else { return };
        self.close(at, "gone");
        self.leave_tail(at);
        self.refuse_errands(at);
        self.parts.forgotten(at, &mut self.workers[at]);
    }
}

/// By when an end must have happened that was ordered now.
fn by(how: Shutdown, now: Nanos) -> Option<Nanos> {
    match how {
        Shutdown::Timeout(time) => Some(now.saturating_add(nanos(time))),
        Shutdown::BrutalKill => Some(now),
        Shutdown::Infinity => None,
    }
}

/// What `terminate` is told.
pub(super) fn exit_kind(reason: &ExitReason) -> ExitKind {
    match reason {
        ExitReason::Normal => ExitKind::Normal,
        ExitReason::Shutdown => ExitKind::Shutdown,
        ExitReason::Killed => ExitKind::Crashed("killed".to_owned()),
        ExitReason::Crashed(fault) => ExitKind::Crashed(fault.text.clone()),
    }
}
