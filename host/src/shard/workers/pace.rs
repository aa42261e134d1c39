//! How much a worker may log: so many bytes in a period. Pure.

use crate::base::limits::{LOG_PERIOD, LOG_PERIOD_BYTES_MAX};
use crate::base::{Nanos, nanos};

/// What a line counts for beside its text, so that empty ones have a bound too.
const LINE_BYTES: usize = 64;

/// What a worker has logged in this period.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    until: Nanos,
    bytes: usize,
    lost: u64,
}

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Paced {
    /// It is logged; so many were lost before it, which nobody was told yet.
    Passes(u64),
    /// It is lost, the first of its period.
    Ends,
    /// It is lost like the one before it.
    Lost,
}

impl Pace {
    /// What becomes of a line of so many bytes now.
    pub(crate) fn line(&mut self, now: Nanos, bytes: usize) -> Paced {
        let mut told = 0;
        if now >= self.until {
            told = self.lost;
            *self = Pace { until: now.saturating_add(nanos(LOG_PERIOD)), ..Pace::default() };
        }
        if self.bytes < LOG_PERIOD_BYTES_MAX {
            self.bytes += bytes + LINE_BYTES;
            return Paced::Passes(told);
        }
        self.lost += 1;
        if self.lost == 1 { Paced::Ends } else { Paced::Lost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_ends_within_its_period_and_is_counted_in_the_next() {
        let mut pace = Pace::default();
        let line = LOG_PERIOD_BYTES_MAX / 4;
        let passed = (0..10).filter(|_| pace.line(5, line) == Paced::Passes(0)).count();
        assert_eq!(passed, 4);
        assert_eq!(pace.line(5 + nanos(LOG_PERIOD) - 1, 0), Paced::Lost);
        assert_eq!(pace.line(5 + nanos(LOG_PERIOD), 0), Paced::Passes(7));
        assert_eq!(pace.line(5 + nanos(LOG_PERIOD), 0), Paced::Passes(0));
    }

    #[test]
    fn the_first_that_is_lost_says_so() {
        let mut pace = Pace::default();
        assert_eq!(pace.line(0, LOG_PERIOD_BYTES_MAX), Paced::Passes(0));
        assert_eq!((pace.line(0, 1), pace.line(0, 1)), (Paced::Ends, Paced::Lost));
    }

    #[test]
    fn empty_lines_are_bounded_too() {
        let mut pace = Pace::default();
        let passed = (0..LOG_PERIOD_BYTES_MAX).filter(|_| pace.line(0, 0) == Paced::Passes(0)).count();
        assert_eq!(passed, LOG_PERIOD_BYTES_MAX / LINE_BYTES);
    }
}
