//! How long a restart waits.

use std::time::Duration;

use crate::base::{Backoff, Nanos, nanos};

/// How often in a row a child has failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    in_a_row: u32,
    up_since: Option<Nanos>,
}

impl Pace {
    /// The child came up.
    pub(super) fn up(&mut self, now: Nanos) {
        self.up_since = Some(now);
    }

    /// The child ended; one that ran long enough is forgiven.
    pub(super) fn ended(&mut self, now: Nanos, backoff: &Backoff) {
        let ran = self.up_since.take().map(|since| Duration::from_nanos(now.saturating_sub(since)));
        if ran.is_some_and(|ran| ran >= backoff.reset_after) {
            self.in_a_row = 0;
        }
    }

    /// Counts one failure and says how long its restart waits.
    pub(super) fn fail(&mut self, backoff: &Backoff, random: &mut dyn FnMut() -> u64) -> Duration {
        let before = self.in_a_row;
        self.in_a_row = before.saturating_add(1);
        match before.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => jittered(doubled(backoff, doublings), backoff.jitter, random),
        }
    }
}

fn doubled(backoff: &Backoff, doublings: u32) -> Nanos {
    let wait = u128::from(nanos(backoff.first)) << doublings.min(63);
    Nanos::try_from(wait).unwrap_or(Nanos::MAX).min(nanos(backoff.max))
}

fn jittered(wait: Nanos, jitter: f64, random: &mut dyn FnMut() -> u64) -> Duration {
    // Not a number becomes 0 in the cast, like everything below.
    let share = (wait as f64 * jitter.clamp(0.0, 1.0)) as Nanos;
    let share = share.min(wait);
    let drawn = if share == 0 { 0 } else { random() % share.saturating_add(1) };
    Duration::from_nanos(wait - share + drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Nanos = 1_000_000_000;

    fn backoff() -> Backoff {
        Backoff { max: Duration::from_millis(100), jitter: 0.0, ..Backoff::default() }
    }

    fn fail(pace: &mut Pace, backoff: &Backoff, random: u64) -> u128 {
        pace.fail(backoff, &mut || random).as_millis()
    }

    #[test]
    fn a_lone_failure_waits_not_at_all_and_those_that_follow_twice_as_long_each() {
        let mut pace = Pace::default();
        let waits: Vec<u128> = (0..7).map(|_| fail(&mut pace, &backoff(), 0)).collect();
        assert_eq!(waits, [0, 10, 20, 40, 80, 100, 100]);
    }

    #[test]
    fn a_child_that_ran_for_reset_after_is_forgiven_and_one_that_ran_less_is_not() {
        let mut pace = Pace::default();
        for (ran, wait) in [(0, 0), (1, 10), (60 * SECOND - 1, 20), (60 * SECOND, 0), (1, 10)] {
            pace.up(7);
            pace.ended(7 + ran, &backoff());
            assert_eq!(fail(&mut pace, &backoff(), 0), wait);
        }
    }

    #[test]
    fn jitter_is_the_share_of_the_wait_that_is_random() {
        let waits = |jitter: f64, random: u64| {
            let backoff = Backoff { jitter, ..backoff() };
            let mut pace = Pace { in_a_row: 1, up_since: None };
            pace.fail(&backoff, &mut || random).as_nanos()
        };
        assert_eq!(waits(0.2, 0), 8_000_000);
        assert_eq!(waits(0.2, 2_000_000), 10_000_000);
        assert!((8_000_000..=10_000_000).contains(&waits(0.2, u64::MAX)));
        assert_eq!(waits(f64::NAN, 5), 10_000_000);
        assert_eq!(waits(-3.0, 5), 10_000_000);
        assert!(waits(9.0, 5) <= 10_000_000);
    }

    #[test]
    fn no_number_of_failures_and_no_setting_overflows() {
        let odd = Backoff { first: Duration::MAX, max: Duration::MAX, jitter: 1.0, ..backoff() };
        let mut pace = Pace { in_a_row: u32::MAX - 1, up_since: None };
        (0..3).for_each(|_| assert!(pace.fail(&odd, &mut || u64::MAX - 1) > Duration::ZERO));
    }
}
