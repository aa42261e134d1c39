//! What every connection of one listener shares, and what the listener may tell each of them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::bind::NetLimits;
use super::outbox::Outbox;
use super::request::Sink;

/// The grain of a listener's clock is at most this; its bounds in time are seconds and more.
const GRAIN_MAX: Duration = Duration::from_secs(1);

/// And at least this, so that a small bound does not make the clock spin.
const GRAIN_MIN: Duration = Duration::from_millis(10);

/// Ticks of the listener's own coarse clock, which replaces a timer per request.
pub(super) type Tick = u32;

/// What the connections of one listener share.
pub(super) struct Common {
    pub(super) limits: NetLimits,
    pub(super) sink: Rc<dyn Sink>,
    pub(super) outbox: Rc<Outbox>,
    /// One buffer to read into, since only one connection reads at a time.
    pub(super) scratch: Cell<Vec<u8>>,
    tick: Cell<Tick>,
    grain: Duration,
}

impl Common {
    pub(super) fn new(limits: NetLimits, sink: Rc<dyn Sink>, outbox: Rc<Outbox>) -> Common {
        let shortest = limits.header_time.min(limits.frame_time).min(limits.idle_time);
        let grain = (shortest / 8).clamp(GRAIN_MIN, GRAIN_MAX);
        Common { limits, sink, outbox, scratch: Cell::new(Vec::new()), tick: Cell::new(0), grain }
    }

    /// How often [`Common::advance`] is to be called.
    pub(super) fn grain(&self) -> Duration {
        self.grain
    }

    pub(super) fn advance(&self) {
        self.tick.set(self.now().wrapping_add(1));
    }

    pub(super) fn now(&self) -> Tick {
        self.tick.get()
    }

    /// Whether more than `bound` has passed since then.
    pub(super) fn overdue(&self, since: Tick, bound: Duration) -> bool {
        self.grain * self.now().wrapping_sub(since) > bound
    }
}

/// One connection as its listener sees it. Each of these only leaves word; the connection's own
/// task acts on it.
pub(super) trait Peer {
    /// Answer what is in flight, take nothing new, close.
    fn drain(&self);
    /// Close at once.
    fn close(&self);
    /// The clock has advanced: close if a bound in time has passed.
    fn check(&self);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Request, Ticket};

    struct Nobody;

    impl Sink for Nobody {
        fn submit(&self, request: Request) {
            drop::<Ticket>(request.ticket);
        }
    }

    fn common(shortest: Duration) -> Common {
        let limits = NetLimits { frame_time: shortest, ..NetLimits::default() };
        Common::new(limits, Rc::new(Nobody), Rc::new(Outbox::default()))
    }

    #[test]
    fn the_grain_follows_the_shortest_bound_within_its_own() {
        assert_eq!(common(Duration::from_millis(400)).grain(), Duration::from_millis(50));
        assert_eq!(common(Duration::from_nanos(1)).grain(), GRAIN_MIN);
        assert_eq!(common(Duration::from_secs(3600)).grain(), GRAIN_MAX);
    }

    #[test]
    fn a_bound_is_overdue_only_once_more_than_it_has_passed_also_around_the_clock() {
        let common = common(Duration::from_secs(60));
        common.tick.set(Tick::MAX);
        let since = common.now();
        (0..3).for_each(|_| common.advance());
        assert!(!common.overdue(since, Duration::from_secs(3)));
        common.advance();
        assert!(common.overdue(since, Duration::from_secs(3)));
    }
}
