//! What was done, counted, and what failed.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Failures whose words are kept; more are only counted.
const FAILURES_KEPT: usize = 10;

/// Counts by what was done, and failures. Shared by all who do something.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: BTreeMap<&'static str, u64>,
    failed: u64,
    words: Vec<String>,
    longest: Duration,
}

impl Tally {
    /// This was done once more.
    pub(super) fn add(&self, what: &'static str) {
        *self.counts().done.entry(what).or_default() += 1;
    }

    /// An honest caller waited so long.
    pub(super) fn took(&self, time: Duration) {
        let mut counts = self.counts();
        counts.longest = counts.longest.max(time);
    }

    /// The longest that an honest caller waited.
    pub(super) fn longest(&self) -> Duration {
        self.counts().longest
    }

    /// Something failed that must not.
    pub(super) fn fail(&self, words: String) {
        let mut counts = self.counts();
        counts.failed += 1;
        if counts.words.len() < FAILURES_KEPT {
            counts.words.push(words);
        }
    }

    /// How often this was done.
    pub(super) fn of(&self, what: &str) -> u64 {
        self.counts().done.get(what).copied().unwrap_or_default()
    }

    /// All that was done.
    pub(super) fn done(&self) -> Vec<(&'static str, u64)> {
        self.counts().done.iter().map(|(what, count)| (*what, *count)).collect()
    }

    /// How many failed, and the words of the first.
    pub(super) fn failures(&self) -> (u64, Vec<String>) {
        let counts = self.counts();
        (counts.failed, counts.words.clone())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a stage, which everybody who does something waits for between two acts.
#[derive(Debug, Default)]
pub(super) struct End {
    over: Mutex<bool>,
    told: Condvar,
}

impl End {
    /// It is over.
    pub(super) fn tell(&self) {
        *self.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.told.notify_all();
    }

    /// Waits so long, or until it is over; whether to go on.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let last = Instant::now() + time;
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        while !*over {
            let left = last.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            over = self.told.wait_timeout(over, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_counted_by_its_name_and_failures_keep_their_first_words() {
        let tally = Tally::default();
        for what in ["a", "b", "a"] {
            tally.add(what);
        }
        assert_eq!((tally.of("a"), tally.of("c"), tally.done()), (2, 0, vec![("a", 2), ("b", 1)]));
        (0..100).for_each(|number| tally.fail(number.to_string()));
        let (failed, words) = tally.failures();
        assert_eq!((failed, words.len(), words[0].as_str()), (100, FAILURES_KEPT, "0"));
    }

    #[test]
    fn a_pause_ends_with_the_stage() {
        let end = End::default();
        assert!(end.pause(Duration::ZERO));
        end.tell();
        assert!(!end.pause(Duration::from_secs(3600)));
    }
}
