//! A worker's timers.

use super::inbox::Own;
use crate::base::{Nanos, TimerKind};

#[derive(Debug)]
struct Timer {
    at: Nanos,
    kind: TimerKind,
    name: String,
    body: Vec<u8>,
}

/// Running timers, in the order of their start. Few per worker, so a plain list.
#[derive(Debug, Default)]
pub(super) struct Timers {
    running: Vec<Timer>,
}

impl Timers {
    /// Starts a timer. None of its kind and name runs.
    pub(super) fn start(&mut self, kind: TimerKind, name: String, at: Nanos, body: Vec<u8>) {
        self.running.push(Timer { at, kind, name, body });
    }

    /// Whether a timer of this kind and name runs.
    pub(super) fn runs(&self, kind: TimerKind, name: &str) -> bool {
        self.running.iter().any(|timer| timer.kind == kind && timer.name == name)
    }

    /// Gives the running timer of this kind and name another body. Whether there is one.
    pub(super) fn update(&mut self, kind: TimerKind, name: &str, body: &[u8]) -> bool {
        let running = self.running.iter_mut().find(|timer| timer.kind == kind && timer.name == name);
        running.map(|timer| timer.body = body.to_vec()).is_some()
    }

    pub(super) fn cancel(&mut self, name: &str) {
        self.running.retain(|timer| timer.name != name);
    }

    pub(super) fn cancel_one(&mut self, kind: TimerKind, name: &str) {
        self.running.retain(|timer| !(timer.kind == kind && timer.name == name));
    }

    /// An event timer waits for silence, which any input ends; a state timer for its state's end.
    pub(super) fn cancel_all(&mut self, kind: TimerKind) {
        if !self.running.is_empty() {
            self.running.retain(|timer| timer.kind != kind);
        }
    }

    pub(super) fn clear(&mut self) {
        self.running.clear();
    }

    pub(super) fn running(&self) -> impl Iterator<Item = (TimerKind, &str, Nanos)> {
        self.running.iter().map(|timer| (timer.kind, timer.name.as_str(), timer.at))
    }

    /// All of them: when they go off, kinds, names and bodies.
    pub(super) fn all(&self) -> impl Iterator<Item = (Nanos, TimerKind, &str, &[u8])> {
        self.running.iter().map(|timer| (timer.at, timer.kind, timer.name.as_str(), timer.body.as_slice()))
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
        // Stable: those of one time stay in the order of their start.
        due.sort_by_key(|timer| timer.at);
        due.into_iter().map(|timer| Own::Fired(timer.kind, timer.name, timer.body)).collect()
    }
}
