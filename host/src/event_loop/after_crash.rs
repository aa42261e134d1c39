//! `terminate` after a crash, for workers whose manifest asks for it, as OTP's servers have it: with the
//! state from before the input that crashed.
//!
//! An instance that trapped is never entered again, so the state must be known from before and the
//! function runs on a fresh instance. Such a worker saves before each input it is given.

use super::driver::Driver;
use super::ending::exit_kind;
use super::shard::Shard;
use super::slot::{Activity, Body, Slot};
use crate::base::limits::CALL_TIME_MAX;
use crate::base::{Context, ExitReason, SavedState, Shutdown};
use crate::wasm::{Crash, InitError, Instance, LogLine, Started, Task};

/// A crash on its way to `terminate`.
pub(super) struct Mourning {
    reason: ExitReason,
    stage: Stage,
}

enum Stage {
    Init(Task<Result<Started, InitError>>),
    Terminate(Task<Result<Vec<LogLine>, Crash>>),
}

impl Mourning {
    /// The guest function that runs.
    pub(super) fn word(&self) -> &'static str {
        match self.stage {
            Stage::Init(_) => "init (after a crash)",
            Stage::Terminate(_) => "terminate",
        }
    }
}

impl Slot {
    /// Whether the state is to be saved before the next input.
    pub(super) fn wants_saving(&self, instance: &Instance) -> bool {
        self.spec.terminate_after_crash
            && self.spec.shutdown != Shutdown::BrutalKill
            && self.before.is_none()
            && self.worker.is_ready()
            && instance.component().saves_state()
    }
}

impl<D: Driver> Shard<D> {
    /// A worker has crashed: its `terminate` if it wants that, and then its end. It takes no longer than
    /// an ordered one may, and one that is to be killed has none.
    pub(super) fn mourn(&mut self, slot: usize, reason: ExitReason) {
        let component = self.components.get(&self.slots[slot].spec.behaviour).cloned();
        let (Some(state), Some(component)) = (self.slots[slot].before.take(), component) else {
            return self.exited(slot, reason);
        };
        let start = self.start_argument(slot, Some(state));
        self.slots[slot].instances += 1;
        let stage = Stage::Init(component.start(start));
        self.resume_mourning(slot, Mourning { reason, stage });
    }

    pub(super) fn resume_mourning(&mut self, slot: usize, mut mourning: Mourning) {
        match &mut mourning.stage {
            Stage::Init(init) => match init.resume() {
                None => {}
                Some(Ok(started)) => return self.terminate_fresh(slot, started, mourning.reason),
                Some(Err(error)) => {
                    let fault = self.init_fault(slot, error);
                    self.log(slot, "warn", format!("no `terminate` after the crash: {fault}"));
                    return self.buried(slot, mourning.reason);
                }
            },
            Stage::Terminate(terminate) => match terminate.resume() {
                None => {}
                Some(Ok(log)) => {
                    self.log_lines(slot, log);
                    return self.buried(slot, mourning.reason);
                }
                Some(Err(crash)) => {
                    let reason = ExitReason::Crashed(self.fault_of(slot, crash));
                    self.report_crash(slot, &reason);
                    return self.buried(slot, reason);
                }
            },
        }
        self.slots[slot].body = Body::Busy(Activity::Mourning(Box::new(mourning)));
    }

    /// What its `init` wants done is not: nobody owes this instance anything.
    fn terminate_fresh(&mut self, slot: usize, mut started: Started, reason: ExitReason) {
        self.log_lines(slot, started.instance.take_log());
        let context = Context { now_ms: self.wall, seq: self.slots[slot].worker.steps() };
        let time = match self.slots[slot].spec.shutdown {
            Shutdown::Timeout(time) => time,
            Shutdown::Infinity | Shutdown::BrutalKill => CALL_TIME_MAX,
        };
        let task = started.instance.begin_terminate(context, exit_kind(&reason), time);
        self.resume_mourning(slot, Mourning { reason, stage: Stage::Terminate(task) });
    }

    fn buried(&mut self, slot: usize, reason: ExitReason) {
        // A change of code may have come meanwhile, and waits for this worker.
        self.mark_ready(slot);
        self.exited(slot, reason);
    }

    /// At a step boundary: what it would be told to terminate with.
    pub(super) fn resume_saving(&mut self, slot: usize, mut task: Task<crate::wasm::Returned<SavedState>>) {
        let body = match task.resume() {
            None => Body::Busy(Activity::SavingBefore(task)),
            Some(Ok((instance, state))) => {
                self.slots[slot].before = Some(state);
                Body::Idle(instance)
            }
            Some(Err(crash)) => {
                let fault = self.fault_of(slot, crash);
                return self.crash(slot, fault);
            }
        };
        self.slots[slot].body = body;
    }
}
