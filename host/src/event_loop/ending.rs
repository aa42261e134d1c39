//! How a worker ends: on the supervisor's order or of its own accord, with `terminate` or without.

use super::driver::Driver;
use super::recent::Came;
use super::shard::{Shard, lock};
use super::slot::{Activity, Body, Ending, Slot};
use crate::base::limits::CALL_TIME_MAX;
use crate::base::{Context, ExitKind, ExitReason, FaultClass, Kind, Nanos, Shutdown, nanos};
use crate::supervisor::{Event, Status};
use crate::wasm::{Crash, Instance, LogLine};
use std::time::Duration;

/// What `terminate` may take when a worker stops by itself. OTP's time for workers.
const OWN_TIME: Duration = Duration::from_secs(5);

impl Slot {
    /// By when an ordered end must have happened.
    pub(super) fn ending_by(&self) -> Option<Nanos> {
        match self.ending {
            Some(Ending::Ordered { by }) => by,
            Some(Ending::Own(_)) | None => None,
        }
    }
}

impl<D: Driver> Shard<D> {
    /// The supervisor orders this worker to stop.
    pub(super) fn order_stop(&mut self, slot: usize, how: Shutdown) {
        let by = by(how, self.now);
        let entry = &mut self.slots[slot];
        if let Some(part) = &mut entry.swap {
            part.start_after = false;
        }
        entry.ending = Some(Ending::Ordered { by });
        if matches!(entry.body, Body::Down) {
            self.exited_on_order(slot, ExitReason::Shutdown);
        } else if how == Shutdown::BrutalKill {
            self.kill(slot);
        }
        self.schedule(slot);
        self.update_wake(slot);
    }

    /// The end that it was ordered to come to may take no longer than this.
    pub(super) fn hurry(&mut self, slot: usize, how: Shutdown) {
        let Some(Ending::Ordered { by: told }) = self.slots[slot].ending else { return };
        let by = by(how, self.now);
        let by = told.into_iter().chain(by).min();
        self.slots[slot].ending = Some(Ending::Ordered { by });
        self.check_ending(slot);
        self.update_wake(slot);
    }

    /// A step asked for the end of its own worker.
    pub(super) fn stop_itself(&mut self, slot: usize, reason: ExitReason) {
        let entry = &mut self.slots[slot];
        if entry.ending.is_none() {
            entry.ending = Some(Ending::Own(reason));
        }
    }

    /// Kills a worker whose time to stop is over.
    pub(super) fn check_ending(&mut self, slot: usize) {
        if self.slots[slot].ending_by().is_some_and(|by| by <= self.now) {
            self.kill(slot);
        }
    }

    fn kill(&mut self, slot: usize) {
        match std::mem::replace(&mut self.slots[slot].body, Body::Down) {
            Body::Idle(instance) => self.garbage.push(instance),
            Body::Ready(ready) => self.garbage.extend([ready.old, ready.new]),
            Body::Busy(_) | Body::Asleep(_) | Body::Down => {}
        }
        self.mark_ready(slot);
        self.note_crash(slot, Came::Killed, &ExitReason::Killed.to_string());
        self.exited_on_order(slot, ExitReason::Killed);
    }

    /// Runs `terminate` with the time there is.
    pub(super) fn terminate(&mut self, slot: usize, instance: Instance) {
        let entry = &mut self.slots[slot];
        let (kind, budget) = match &entry.ending {
            Some(Ending::Own(reason)) => (exit_kind(reason), OWN_TIME),
            Some(Ending::Ordered { by: Some(by) }) => {
                (ExitKind::Shutdown, Duration::from_nanos(by.saturating_sub(self.now)))
            }
            _ => (ExitKind::Shutdown, CALL_TIME_MAX),
        };
        let context = Context { now_ms: self.wall, seq: entry.worker.steps() };
        let task = instance.begin_terminate(context, kind, budget);
        self.resume(slot, Activity::Terminating(task));
    }

    pub(super) fn terminated(&mut self, slot: usize, result: Result<Vec<LogLine>, Crash>) {
        self.mark_ready(slot);
        let result = match result {
            Ok(log) => {
                self.log_lines(slot, log);
                Ok(())
            }
            Err(crash) => Err(self.fault_of(slot, crash)),
        };
        let own = match &self.slots[slot].ending {
            Some(Ending::Own(reason)) => Some(reason.clone()),
            _ => None,
        };
        let reason = match (result, own.clone()) {
            (Ok(()), own) => own.unwrap_or(ExitReason::Shutdown),
            (Err(fault), None) if fault.class == FaultClass::Timeout => ExitReason::Killed,
            (Err(fault), _) => ExitReason::Crashed(fault),
        };
        if !reason.is_clean() {
            self.report_crash(slot, &reason);
        }
        if own.is_none() {
            return self.exited_on_order(slot, reason);
        }
        let owed = self.slots[slot].worker.crashed();
        self.answer_all(owed, Kind::Stopped, &format!("the worker stopped: {reason}"));
        self.exited(slot, reason);
    }

    fn exited_on_order(&mut self, slot: usize, reason: ExitReason) {
        self.close(slot, "stopped");
        self.forget_topics(slot);
        self.untie(slot);
        self.slots[slot].body = Body::Down;
        self.slots[slot].ending = None;
        self.answer_inspectors(slot);
        self.handler_left(slot, &reason);
        let child = self.slots[slot].spec.child;
        self.supervise(Event::Stopped { child, reason });
    }

    /// Turns away whoever waits and whoever comes.
    pub(super) fn close(&mut self, slot: usize, why: &'static str) {
        let entry = &mut self.slots[slot];
        entry.closed = Some(why);
        let owed = entry.worker.ended();
        let text = format!("worker `{}` is {why}", entry.spec.name);
        self.answer_all(owed, Kind::Stopped, &text);
        self.update_wake(slot);
    }

    /// After an exit: nobody waits for a worker that will not come back by itself.
    pub(super) fn close_if_down_for_good(&mut self, slot: usize) {
        let child = self.slots[slot].spec.child;
        let status = {
            let tree = lock(&self.tree);
            // Else it may come back; its supervisor will say.
            if tree.is_undecided(child) {
                return;
            }
            tree.contains(child).then(|| tree.status(child))
        };
        let is_down = matches!(self.slots[slot].body, Body::Down);
        if is_down && matches!(status, None | Some(Status::Stopped | Status::Stopping)) {
            self.close(slot, "stopped");
        }
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

pub(super) fn exit_kind(reason: &ExitReason) -> ExitKind {
    match reason {
        ExitReason::Normal => ExitKind::Normal,
        ExitReason::Shutdown => ExitKind::Shutdown,
        ExitReason::Killed => ExitKind::Crashed("killed".to_owned()),
        ExitReason::Crashed(fault) => ExitKind::Crashed(fault.text.clone()),
    }
}
