//! The time of one turn: both clocks are read when it begins and stand still until the next.

use crate::base::limits::{TICK, TURN};
use crate::base::{Millis, Nanos};
use crate::protocol::Driver;

/// How long the wall clock, which shows milliseconds, is not read again: reading a clock takes as long
/// as a tenth of a step.
const WALL_GOOD_FOR: Nanos = 250_000;

/// The beats of a turn.
const TURN_BEATS: u64 = (TURN.as_nanos() / TICK.as_nanos()) as u64;

/// The time of the turn under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TurnClock {
    /// The monotonic clock.
    pub(crate) now: Nanos,
    /// The clock that guests are shown.
    pub(crate) wall: Millis,
    wall_until: Nanos,
    beats: u64,
}

impl TurnClock {
    pub(crate) fn new(driver: &impl Driver) -> TurnClock {
        TurnClock { now: driver.now(), wall: driver.wall_ms(), wall_until: 0, beats: driver.beats() }
    }

    /// Whether the time of this turn is over: no worker is given a further input.
    #[inline]
    pub(crate) fn is_over(&self, driver: &impl Driver) -> bool {
        driver.beats().saturating_sub(self.beats) >= TURN_BEATS
    }

    /// A turn begins.
    pub(crate) fn read(&mut self, driver: &impl Driver) {
        self.now = driver.now();
        self.beats = driver.beats();
        if self.now >= self.wall_until {
            self.wall = driver.wall_ms();
            self.wall_until = self.now + WALL_GOOD_FOR;
        }
    }
}
