//! Virtual clocks. They stand at the time the guest was told, move a little when looked at, and
//! jump when the guest waits for a time, so that nobody ever sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::Pollable;

use crate::base::{Millis, Nanos};

/// How far a clock moves when it is looked at. Programs that spin until a time has passed end.
pub(super) const LOOK: Nanos = 1_000;

const NANOS_PER_MS: u64 = 1_000_000;

/// Both clocks of one instance.
pub(super) struct Clock {
    /// The monotonic clock, shared with the pollables that make it jump.
    pub(super) now: Arc<AtomicU64>,
    /// Where it stood when the current function began.
    began: Nanos,
    /// What the guest was told then.
    wall: Nanos,
}

impl Clock {
    pub(super) fn new(now_ms: Millis) -> Clock {
        let wall = now_ms.saturating_mul(NANOS_PER_MS);
        Clock { now: Arc::new(AtomicU64::new(wall)), began: wall, wall }
    }

    pub(super) fn begin(&mut self, now_ms: Millis) {
        self.wall = now_ms.saturating_mul(NANOS_PER_MS);
        self.began = self.now.fetch_max(self.wall, Ordering::Relaxed).max(self.wall);
    }

    pub(super) fn monotonic(&mut self) -> Nanos {
        let now = self.now.load(Ordering::Relaxed).saturating_add(LOOK);
        self.now.store(now, Ordering::Relaxed);
        now
    }

    pub(super) fn wall(&mut self) -> Nanos {
        let passed = self.monotonic().saturating_sub(self.began);
        self.wall.saturating_add(passed)
    }
}

/// Ready at once; whoever waits for it finds that its time has come.
pub(super) struct Jump {
    pub(super) to: Nanos,
    pub(super) clock: Arc<AtomicU64>,
}

#[async_trait]
impl Pollable for Jump {
    async fn ready(&mut self) {
        self.clock.fetch_max(self.to, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_follows_what_the_guest_is_told_and_the_monotonic_one_never_goes_back() {
        let mut clock = Clock::new(1_000);
        assert_eq!(clock.wall(), 1_000 * NANOS_PER_MS + LOOK);
        let before = clock.monotonic();
        clock.begin(500);
        assert_eq!(clock.wall(), 500 * NANOS_PER_MS + LOOK);
        assert!(clock.monotonic() > before);
        clock.begin(u64::MAX);
        assert_eq!(clock.wall(), u64::MAX);
    }
}
