//! Handlers of event managers, as the workers they are: when one comes, has heard what it was given,
//! hands its state over, leaves.

use super::driver::Driver;
use super::shard::Shard;
use super::slot::{Activity, Body};
use crate::base::{ExitReason, Name, SavedState};
use crate::wasm::Instance;

impl<D: Driver> Shard<D> {
    /// It has come up.
    pub(super) fn handler_joined(&mut self, slot: usize) {
        let Some(at) = self.slots[slot].manager else { return };
        let (_, handler) = self.slots[slot].spec.name.as_str().split_once('/').unwrap_or_default();
        if let Ok(handler) = Name::new(handler) {
            self.managers[at].machine.joined(handler, slot);
            self.stir(at);
        }
    }

    /// Whatever it was given may have been stepped, or its caller waits no longer. Where the step was its
    /// last one, it has been heard when the handler is gone.
    pub(super) fn check_heard(&mut self, slot: usize) {
        let entry = &mut self.slots[slot];
        let has_heard = entry.hearing && !entry.worker.hears() && entry.ending.is_none();
        if let Some(at) = entry.manager.filter(|_| has_heard) {
            entry.hearing = false;
            self.managers[at].machine.heard(slot);
            self.stir(at);
        }
    }

    /// It is gone. It is temporary, so it does not come back by itself.
    pub(super) fn handler_left(&mut self, slot: usize, reason: &ExitReason) {
        let entry = &mut self.slots[slot];
        let Some(at) = entry.manager else { return };
        (entry.hearing, entry.hands_over) = (false, false);
        self.managers[at].machine.left(slot, reason);
        self.stir(at);
    }

    /// What it takes over from the handler whose place it has.
    pub(super) fn inherited(&mut self, slot: usize) -> Option<SavedState> {
        let entry = &self.slots[slot];
        let carried = &mut self.managers[entry.manager?].carried;
        carried.take_if(|(name, _)| *name == entry.spec.name).map(|(_, state)| state)
    }

    /// At a step boundary: another handler is to have its state.
    pub(super) fn begin_handover(&mut self, slot: usize, instance: Instance) {
        self.slots[slot].hands_over = false;
        if instance.component().saves_state() {
            self.resume_handover(slot, Activity::HandingOver(instance.begin_save()));
        } else {
            self.handed_over(slot, instance, None);
        }
    }

    pub(super) fn resume_handover(&mut self, slot: usize, activity: Activity) {
        let Activity::HandingOver(mut task) = activity else {
            self.slots[slot].body = Body::Busy(activity);
            return;
        };
        match task.resume() {
            None => self.slots[slot].body = Body::Busy(Activity::HandingOver(task)),
            Some(Ok((instance, state))) => self.handed_over(slot, instance, Some(state)),
            Some(Err(crash)) => {
                let fault = self.fault_of(slot, crash);
                self.crash(slot, fault);
            }
        }
    }

    fn handed_over(&mut self, slot: usize, instance: Instance, state: Option<SavedState>) {
        let entry = &mut self.slots[slot];
        entry.body = Body::Idle(instance);
        if let Some(at) = entry.manager {
            self.managers[at].machine.saved(slot, state);
            self.stir(at);
        }
    }
}
