//! The heartbeat of guest budgets: one thread that advances the engines' epochs every
//! [`limits::TICK`] while guests run, and parks when none has for a while.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};
use std::{io, thread};

use wasmtime::EngineWeak;

use crate::base::{Pulse, limits};

/// Ticks without a guest after which whoever enters one also wakes the thread.
const DROWSY: u32 = 100;

/// Ticks without a guest after which the thread parks. The gap to [`DROWSY`] is the time an
/// entering thread's relaxed load may be stale; no fence is needed on the hot path.
const PARKED: u32 = DROWSY + 10;

/// The ticking thread's shared half.
pub(super) struct Ticker {
    /// Ticks since a guest was entered last.
    idle: AtomicU32,
    stop: AtomicBool,
    thread: OnceLock<Thread>,
    engines: Mutex<Vec<EngineWeak>>,
    pulse: Pulse,
}

impl Ticker {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Arc<Ticker>> {
        let ticker = Arc::new(Ticker {
            idle: AtomicU32::new(0),
            stop: AtomicBool::new(false),
            thread: OnceLock::new(),
            engines: Mutex::default(),
            pulse: Pulse::default(),
        });
        let shared = ticker.clone();
        let thread = thread::Builder::new().name("tomte-ticker".into()).spawn(move || shared.run())?;
        ticker.thread.get_or_init(|| thread.thread().clone());
        Ok(ticker)
    }

    /// Advances this engine's epoch, too, from now on.
    pub(super) fn drive(&self, engine: &wasmtime::Engine) {
        self.engines.lock().unwrap_or_else(PoisonError::into_inner).push(engine.weak());
    }

    /// Says that a guest is about to run for a slice at most. One relaxed load when guests are busy.
    #[inline]
    pub(super) fn enter(&self) {
        let idle = self.idle.load(Ordering::Relaxed);
        if idle != 0 {
            self.wake(idle);
        }
    }

    /// What it beats.
    pub(super) fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    #[cold]
    fn wake(&self, idle: u32) {
        self.idle.store(0, Ordering::Release);
        if idle >= DROWSY
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }

    /// Ends the thread.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.wake(DROWSY);
    }

    fn run(&self) {
        let mut beaten = Instant::now();
        while !self.stop.load(Ordering::Acquire) {
            if self.idle.load(Ordering::Acquire) >= PARKED {
                thread::park();
                beaten = Instant::now();
                continue;
            }
            self.idle.fetch_add(1, Ordering::AcqRel);
            thread::sleep(limits::TICK);
            let ticks = whole_ticks(beaten.elapsed());
            beaten += limits::TICK.saturating_mul(ticks);
            self.pulse.beat(ticks.into());
            let engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
            engines.iter().filter_map(EngineWeak::upgrade).for_each(|engine| engine.increment_epoch());
        }
    }
}

/// The ticks of a time, at least one. A busy machine wakes this thread late; a slice that counted how often it woke
/// would be several slices long then.
fn whole_ticks(passed: Duration) -> u32 {
    u32::try_from(passed.as_nanos() / limits::TICK.as_nanos()).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_that_comes_late_counts_for_all_the_time_that_has_passed() {
        let ticks = [900, 1_000, 1_999, 5_300].map(|micros| whole_ticks(Duration::from_micros(micros)));
        assert_eq!(ticks, [1, 1, 1, 5]);
    }
}
