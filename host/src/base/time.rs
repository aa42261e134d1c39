//! Points in time as plain numbers. The pure rooms take them as arguments and never ask a clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Milliseconds since the Unix epoch, as guests see them.
pub type Millis = u64;

/// Nanoseconds on a monotonic clock whose zero is the start of the host.
pub type Nanos = u64;

/// A length of time in nanoseconds; one of more than 584 years is cut to that.
pub const fn nanos(time: Duration) -> Nanos {
    let nanos = time.as_nanos();
    if nanos > Nanos::MAX as u128 { Nanos::MAX } else { nanos as Nanos }
}

/// A count of ticks that one thread advances and others look at, for less than a clock costs. All clones are
/// one. It orders nothing.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// So many more ticks have passed.
    pub fn beat(&self, ticks: u64) {
        self.0.fetch_add(ticks, Ordering::Relaxed);
    }

    /// The ticks so far.
    #[inline]
    pub fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
