//! Virtual clocks. They stand at the time the guest was told, move a little when looked at, and
//! jump when the guest waits for a time, so that nobody ever sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::component::Resource;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use super::super::state::State;
use crate::base::{Millis, Nanos};

/// How far a clock moves when it is looked at. Programs that spin until a time has passed end.
const LOOK: Nanos = 1_000;

const NANOS_PER_MS: u64 = 1_000_000;
const NANOS_PER_S: u64 = 1_000_000_000;

/// Both clocks of one instance.
pub(super) struct Clock {
    /// The monotonic clock, shared with the pollables that make it jump.
    now: Arc<AtomicU64>,
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

    fn monotonic(&mut self) -> Nanos {
        let now = self.now.load(Ordering::Relaxed).saturating_add(LOOK);
        self.now.store(now, Ordering::Relaxed);
        now
    }

    fn wall(&mut self) -> Nanos {
        let passed = self.monotonic().saturating_sub(self.began);
        self.wall.saturating_add(passed)
    }
}

/// Ready at once; whoever waits for it finds that its time has come.
struct Jump {
    to: Nanos,
    clock: Arc<AtomicU64>,
}

#[async_trait]
impl Pollable for Jump {
    async fn ready(&mut self) {
        self.clock.fetch_max(self.to, Ordering::Relaxed);
    }
}

fn datetime(nanos: Nanos) -> wall_clock::Datetime {
    let nanoseconds = u32::try_from(nanos % NANOS_PER_S).unwrap_or_default();
    wall_clock::Datetime { seconds: nanos / NANOS_PER_S, nanoseconds }
}

impl wall_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(datetime(self.wasi_call()?.clock.wall()))
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.host_call()?;
        Ok(datetime(LOOK))
    }
}

impl monotonic_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.wasi_call()?.clock.monotonic())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.host_call()?;
        Ok(LOOK)
    }

    fn subscribe_instant(&mut self, to: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let wasi = self.wasi_call()?;
        let jump = wasi.table.push(Jump { to, clock: wasi.clock.now.clone() })?;
        subscribe(&mut wasi.table, jump)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let to = self.wasi().clock.now.load(Ordering::Relaxed).saturating_add(duration);
        self.subscribe_instant(to)
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
