//! Workers without an instance: their state is kept, and the next input wakes them.
//!
//! Queue, timers, callers who wait and topics belong to the worker and stay. Whoever only looks at a
//! worker that hibernates is shown what it saved. A change of code and an ordered end wake it first.
//!
//! Where instances get scarce, a worker that may hibernate when it is idle does so soon: the more
//! workers there are the fewer of them stand idle, and so there may be far more than instances.

use std::time::Duration;

use super::driver::Driver;
use super::shard::Shard;
use super::slot::{Activity, Body, Slot};
use crate::base::limits::{IDLE_TIME_SCARCE, IDLE_TIME_SCARCER};
use crate::base::{Nanos, SavedState, nanos};
use crate::wasm::{InitError, Instance, Pressure, Started};
use crate::worker::Began;

impl Slot {
    /// When to look whether it has been idle for long enough. Not set anew with every input: a look
    /// that comes too early sets the next one.
    /// One that found no room to wake looks again then.
    pub(super) fn sleeps_at(&self, now: Nanos) -> Option<Nanos> {
        match &self.body {
            Body::Idle(instance) => {
                let after = self.idle_time(instance)?.max(IDLE_TIME_SCARCER);
                self.sleep_at.or(Some(now.saturating_add(nanos(after))))
            }
            Body::Asleep(_) => self.sleep_at,
            _ => None,
        }
    }

    /// How long it may be idle now; none if for ever.
    fn idle_time(&self, instance: &Instance) -> Option<Duration> {
        let after = self.spec.hibernate_after.filter(|_| instance.component().saves_state())?;
        Some(match instance.component().engine().pressure() {
            Pressure::Low => after,
            Pressure::Medium => after.min(IDLE_TIME_SCARCE),
            Pressure::High => after.min(IDLE_TIME_SCARCER),
        })
    }
}

impl<D: Driver> Shard<D> {
    /// Its time may have come.
    pub(super) fn check_idle(&mut self, slot: usize) {
        let entry = &mut self.slots[slot];
        if entry.sleep_at.is_none_or(|at| at > self.now) {
            return;
        }
        entry.sleep_at = None;
        let Body::Idle(instance) = &entry.body else { return };
        let Some(after) = entry.idle_time(instance) else { return };
        let due = entry.idle_since.saturating_add(nanos(after));
        entry.drowsy |= due <= self.now;
        entry.sleep_at = (due > self.now).then_some(due);
    }

    /// At a step boundary, with nothing left to step. A component that saves no state stays as it is.
    pub(super) fn hibernate(&mut self, slot: usize, instance: Instance) {
        let entry = &mut self.slots[slot];
        entry.drowsy = false;
        entry.idle_since = self.now;
        if instance.component().saves_state() {
            self.resume_sleep(slot, Activity::Hibernating(instance.begin_save()));
        } else {
            entry.body = Body::Idle(instance);
        }
    }

    /// Whoever looks is shown the state; whoever wants more wakes it.
    pub(super) fn visit_asleep(&mut self, slot: usize, state: Box<SavedState>) {
        for done in std::mem::take(&mut self.slots[slot].inspect) {
            // The asker may have gone.
            let _ = done.send(Ok(self.slots[slot].inspection(0, Some((*state).clone()))));
        }
        if !self.slots[slot].has_business() {
            self.slots[slot].body = Body::Asleep(state);
            return;
        }
        let behaviour = &self.slots[slot].spec.behaviour;
        let Some(component) = self.components.get(behaviour).cloned() else { return };
        if component.engine().is_full() {
            // Its state is worth more than a moment: idle neighbours are about to make room.
            self.slots[slot].body = Body::Asleep(state);
            self.slots[slot].sleep_at = Some(self.now.saturating_add(nanos(IDLE_TIME_SCARCER)));
            return;
        }
        let start = self.start_argument(slot, Some(*state));
        self.resume_sleep(slot, Activity::Waking(component.start(start)));
    }

    pub(super) fn resume_sleep(&mut self, slot: usize, activity: Activity) {
        let body = match activity {
            Activity::Hibernating(mut task) => match task.resume() {
                None => Body::Busy(Activity::Hibernating(task)),
                Some(Ok((instance, state))) => {
                    self.garbage.push(instance);
                    self.slots[slot].sleep_at = None;
                    Body::Asleep(Box::new(state))
                }
                Some(Err(crash)) => {
                    let fault = self.fault_of(slot, crash);
                    return self.crash(slot, fault);
                }
            },
            Activity::Waking(mut task) => match task.resume() {
                None => Body::Busy(Activity::Waking(task)),
                Some(result) => return self.woken(slot, result),
            },
            other => Body::Busy(other),
        };
        self.slots[slot].body = body;
    }

    /// One that cannot take its own state over has crashed: its supervisor starts it afresh.
    fn woken(&mut self, slot: usize, result: Result<Started, InitError>) {
        let mut started = match result {
            Ok(started) => started,
            Err(error) => {
                self.slots[slot].instances += 1;
                let fault = self.init_fault(slot, error);
                return self.crash(slot, fault);
            }
        };
        self.log_lines(slot, started.instance.take_log());
        self.take_over(slot, Began::Carried, started.instance, started.effects);
    }
}
