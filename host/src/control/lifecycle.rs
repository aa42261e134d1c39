//! How far the node is between its start and its end. Pure.

use std::time::Duration;

use tokio::sync::oneshot;

use crate::base::{Nanos, nanos};

/// How the node ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to.
    Shutdown,
    /// The tree could not be started, with the reason.
    BootFailed(String),
    /// The root supervisor gave up, with the reason.
    GaveUp(String),
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Running,
    /// Shards answer what is in flight, so many still do, and until then at the latest.
    Draining {
        shards_left: usize,
        by: Nanos,
    },
    Stopping,
}

/// How far the node is. It drains at most once, and what has begun to stop does not run again.
#[derive(Debug)]
pub(super) struct Lifecycle {
    phase: Phase,
    drain_time: Duration,
    /// When whatever still runs is killed, once it has begun to stop.
    halts_at: Option<Nanos>,
    /// Whoever waits for the whole tree to have started.
    booted: Option<oneshot::Sender<()>>,
    /// It has started, once.
    up: bool,
    ended: Option<Ended>,
}

impl Lifecycle {
    pub(super) fn new(drain_time: Duration) -> Lifecycle {
        Lifecycle { phase: Phase::Running, drain_time, halts_at: None, booted: None, up: false, ended: None }
    }

    /// This is told once the whole tree has started.
    pub(super) fn await_boot(&mut self, done: oneshot::Sender<()>) {
        self.booted = Some(done);
        self.tell_booted();
    }

    /// The whole tree has started.
    pub(super) fn rise(&mut self) {
        self.up = true;
        self.tell_booted();
    }

    pub(super) fn is_up(&self) -> bool {
        self.up
    }

    fn tell_booted(&mut self) {
        if self.up
            && let Some(done) = self.booted.take()
        {
            // Whoever starts the node may have gone.
            let _ = done.send(());
        }
    }

    /// Whether so many shards are to drain now: nobody has said so before.
    pub(super) fn drain(&mut self, shards: usize, now: Nanos) -> bool {
        if self.phase != Phase::Running {
            return false;
        }
        let time = nanos(self.drain_time);
        // The last quarter is for the tree.
        self.phase = Phase::Draining { shards_left: shards, by: now.saturating_add(time - time / 4) };
        self.halts_at = Some(now.saturating_add(time));
        true
    }

    /// One more shard has drained. Whether it was the last.
    pub(super) fn drained(&mut self) -> bool {
        let Phase::Draining { shards_left, .. } = &mut self.phase else { return false };
        *shards_left = shards_left.saturating_sub(1);
        *shards_left == 0
    }

    /// When it stops with requests in flight.
    pub(super) fn drains_until(&self) -> Option<Nanos> {
        match self.phase {
            Phase::Draining { by, .. } => Some(by),
            _ => None,
        }
    }

    /// From now on it stops. Whether it did not before.
    pub(super) fn stop(&mut self, now: Nanos) -> bool {
        self.halts_at.get_or_insert(now.saturating_add(nanos(self.drain_time)));
        std::mem::replace(&mut self.phase, Phase::Stopping) != Phase::Stopping
    }

    /// When whatever still runs is killed.
    pub(super) fn halts_at(&self) -> Option<Nanos> {
        self.halts_at
    }

    /// Whether the time for the whole stop is over; said once.
    pub(super) fn is_overdue(&mut self, now: Nanos) -> bool {
        self.halts_at.take_if(|at| *at <= now).is_some()
    }

    pub(super) fn end(&mut self, ended: Ended) {
        self.ended = Some(ended);
    }

    pub(super) fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }
}
