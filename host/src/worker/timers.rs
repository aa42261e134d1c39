//! A worker's timers.

use super::inbox::Own;
use crate::base::limits::TIMERS_MAX;
use crate::base::{Nanos, TimerKind};

#[derive(Debug)]
struct Timer {
    at: Nanos,
    started: u64,
    kind: TimerKind,
    name: String,
    body: Vec<u8>,
}

/// Running timers. Few per worker, so a plain list.
#[derive(Debug, Default)]
pub(super) struct Timers {
    running: Vec<Timer>,
    started: u64,
}

impl Timers {
    /// Starts a timer in place of one of the same kind and name. Says whether there was room.
    pub(super) fn start(&mut self, kind: TimerKind, name: String, at: Nanos, body: Vec<u8>) -> bool {
        self.running.retain(|timer| !(timer.kind == kind && timer.name == name));
        if self.running.len() >= TIMERS_MAX {
            return false;
        }
        self.started += 1;
        self.running.push(Timer { at, started: self.started, kind, name, body });
        true
    }

    pub(super) fn cancel(&mut self, name: &str) {
        self.running.retain(|timer| timer.name != name);
    }

    /// An event timer waits for silence; any input ends the wait.
    pub(super) fn cancel_event_timers(&mut self) {
        if !self.running.is_empty() {
            self.running.retain(|timer| timer.kind != TimerKind::Event);
        }
    }

    pub(super) fn clear(&mut self) {
        self.running.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    pub(super) fn next_at(&self) -> Option<Nanos> {
        self.running.iter().map(|timer| timer.at).min()
    }

    /// Takes out the timers that are due, in order of time, then of start.
    pub(super) fn due(&mut self, now: Nanos) -> Vec<Own> {
        if self.next_at().is_none_or(|at| at > now) {
            return vec![];
        }
        let mut due: Vec<Timer> = self.running.extract_if(.., |timer| timer.at <= now).collect();
        due.sort_by_key(|timer| (timer.at, timer.started));
        due.into_iter().map(|timer| Own::Fired(timer.kind, timer.name, timer.body)).collect()
    }
}
