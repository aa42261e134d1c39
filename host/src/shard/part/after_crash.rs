//! `terminate` after a crash, for workers whose manifest asks for it, as OTP's servers have it: with the
//! state from before the input that crashed.
//!
//! An instance that trapped is never entered again, so the state must be known from before and the
//! function runs on a fresh instance. Such a worker saves before each input it is given.

use std::collections::HashMap;
use std::time::Duration;

use super::{Part, Wants};
use crate::base::limits::CALL_TIME_MAX;
use crate::base::{SavedState, Shutdown};
use crate::shard::body::End;
use crate::shard::workers::Slot;
use crate::wasm::Instance;

/// What workers saved before the input that they are given next, or that they step.
#[derive(Debug, Default)]
pub(crate) struct AfterCrash(HashMap<usize, SavedState>);

impl AfterCrash {
    /// Whether a worker is to save before its next input.
    pub(crate) fn wants_saving(&self, at: usize, slot: &Slot, instance: &Instance) -> bool {
        slot.spec.terminate_after_crash
            && slot.spec.shutdown != Shutdown::BrutalKill
            && !self.0.contains_key(&at)
            && slot.worker.is_ready()
            && instance.component().saves_state()
    }

    /// It has saved this.
    pub(crate) fn keep(&mut self, at: usize, state: SavedState) {
        self.0.insert(at, state);
    }

    /// What it has saved, which is no longer its state.
    pub(crate) fn take(&mut self, at: usize) -> Option<SavedState> {
        if self.0.is_empty() { None } else { self.0.remove(&at) }
    }

    /// How long its `terminate` may take: no longer than an ordered one may.
    pub(crate) fn time(slot: &Slot) -> Duration {
        match slot.spec.shutdown {
            Shutdown::Timeout(time) => time,
            Shutdown::Infinity | Shutdown::BrutalKill => CALL_TIME_MAX,
        }
    }
}

impl Part for AfterCrash {
    fn left(&mut self, at: usize, _: &mut Slot, _: &End, _: &mut Wants) {
        self.take(at);
    }

    fn began(&mut self, at: usize, _: &mut Slot, _: &mut Wants) {
        self.take(at);
    }
}
