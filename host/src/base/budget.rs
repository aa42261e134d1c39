//! A bound on bytes that many queues share: one for a node, and a share of it for each thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most that a share draws at once, so that threads seldom touch what they have in common.
const CHUNK_MAX: usize = 1 << 20;

/// The bytes that may wait on a node, in all its queues together.
#[derive(Debug)]
pub struct Budget {
    max: usize,
    /// What a share draws at once.
    chunk: usize,
    drawn: AtomicUsize,
}

impl Budget {
    /// A budget of so many bytes for so many shares. What all of them together keep for themselves without a need is
    /// less than half of it.
    pub fn new(max: usize, shares: usize) -> Arc<Budget> {
        let chunk = (max / (8 * shares.max(1))).clamp(1, CHUNK_MAX);
        Arc::new(Budget { max, chunk, drawn: AtomicUsize::new(0) })
    }

    fn draw(&self, bytes: usize) -> bool {
        let more = |drawn: usize| drawn.checked_add(bytes).filter(|sum| *sum <= self.max);
        self.drawn.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.drawn.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one thread has drawn of a budget, and what its queues have used of that. Atomic only so that it may be
/// handed to that thread: nobody else may use it, or bytes are counted wrong.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Budget>,
    drawn: AtomicUsize,
    used: AtomicUsize,
}

impl Share {
    /// A share of this budget that has drawn nothing yet.
    pub fn of(budget: &Arc<Budget>) -> Arc<Share> {
        Arc::new(Share { budget: Arc::clone(budget), drawn: AtomicUsize::new(0), used: AtomicUsize::new(0) })
    }

    /// Takes so many bytes. Whether they are there.
    fn take(&self, bytes: usize) -> bool {
        let used = self.used.load(Ordering::Relaxed).saturating_add(bytes);
        let drawn = self.drawn.load(Ordering::Relaxed);
        if used > drawn {
            // The last bytes of a budget are drawn one by one.
            let more = (used - drawn).next_multiple_of(self.budget.chunk);
            let more = [more, used - drawn].into_iter().find(|more| self.budget.draw(*more));
            let Some(more) = more else { return false };
            self.drawn.store(drawn + more, Ordering::Relaxed);
        }
        self.used.store(used, Ordering::Relaxed);
        true
    }

    /// Takes so many bytes, also beyond the budget.
    fn carry(&self, bytes: usize) {
        if !self.take(bytes) {
            self.budget.drawn.fetch_add(bytes, Ordering::Relaxed);
            self.drawn.fetch_add(bytes, Ordering::Relaxed);
            self.used.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// Gives so many bytes back; what is spare by more than two chunks goes back to all, but for one.
    fn give(&self, bytes: usize) {
        let used = self.used.load(Ordering::Relaxed).saturating_sub(bytes);
        self.used.store(used, Ordering::Relaxed);
        let drawn = self.drawn.load(Ordering::Relaxed);
        let chunk = self.budget.chunk;
        if drawn - used > 2 * chunk {
            self.drawn.store(used + chunk, Ordering::Relaxed);
            self.budget.give_back(drawn - used - chunk);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.give_back(*self.drawn.get_mut());
    }
}

/// The bytes of one queue: a bound of its own, and its part of a share if it has one.
#[derive(Debug)]
pub struct Tally {
    bytes: usize,
    max: usize,
    share: Option<Arc<Share>>,
}

impl Tally {
    /// Nothing yet, of at most so many bytes.
    pub fn new(max: usize, share: Option<Arc<Share>>) -> Tally {
        Tally { bytes: 0, max, share }
    }

    /// Counts so many bytes more, beside those that are counted elsewhere. Whether they fit; if not, they are not
    /// counted.
    pub fn take(&mut self, bytes: usize, elsewhere: usize) -> bool {
        let sum = self.bytes.saturating_add(bytes);
        let fits = sum.saturating_add(elsewhere) <= self.max;
        let fits = fits && self.share.as_ref().is_none_or(|share| share.take(bytes));
        self.bytes = if fits { sum } else { self.bytes };
        fits
    }

    /// Counts bytes that were counted elsewhere a moment ago, whether they fit or not.
    pub fn carry(&mut self, bytes: usize) {
        self.bytes += bytes;
        if let Some(share) = &self.share {
            share.carry(bytes);
        }
    }

    /// So many bytes are there no longer.
    pub fn give(&mut self, bytes: usize) {
        self.bytes -= bytes;
        if let Some(share) = &self.share {
            share.give(bytes);
        }
    }

    /// None is there any longer.
    pub fn clear(&mut self) {
        self.give(self.bytes);
    }

    /// How many are counted.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHUNK: usize = CHUNK_MAX;

    #[test]
    fn a_queue_has_a_bound_of_its_own_and_shares_one_with_all() {
        let budget = Budget::new(3 * CHUNK, 2);
        let [here, there] = [0, 1].map(|_| Share::of(&budget));
        let mut a = Tally::new(2 * CHUNK, Some(Arc::clone(&here)));
        let mut b = Tally::new(2 * CHUNK, Some(here));
        let mut c = Tally::new(2 * CHUNK, Some(there));
        assert!(a.take(2 * CHUNK, 0) && !a.take(1, 0), "its own bound");
        assert!(b.take(CHUNK - 7, 0) && !b.take(8, 0) && b.take(7, 0), "to the last byte of all");
        assert!(!c.take(1, 0), "another thread has none left");
        b.give(CHUNK);
        assert!(b.take(CHUNK, 0));
        b.carry(CHUNK);
        assert!(b.bytes() == 2 * CHUNK && !c.take(1, 0), "what is carried counts, also beyond the bound");
        b.give(CHUNK);
        drop(a);
        assert!(c.take(CHUNK, CHUNK) && !c.take(1, CHUNK), "what is counted elsewhere counts");
    }

    #[test]
    fn shares_that_need_nothing_leave_most_of_a_budget_to_the_one_that_does() {
        const SHARES: usize = 1000;
        let budget = Budget::new(64 * CHUNK, SHARES);
        let shares: Vec<_> = (0..SHARES).map(|_| Share::of(&budget)).collect();
        let queue = |share: &Arc<Share>| Tally::new(usize::MAX, Some(Arc::clone(share)));
        for share in &shares {
            let mut idle = queue(share);
            assert!(idle.take(1, 0));
            idle.give(1);
        }
        assert!(queue(&shares[0]).take(40 * CHUNK, 0));
    }

    proptest! {
        #[test]
        fn whatever_is_taken_and_given_the_budget_holds_and_all_comes_back(
            moves in prop::collection::vec((0..4_usize, 0..3 * CHUNK, any::<bool>()), 0..200),
        ) {
            let budget = Budget::new(5 * CHUNK + 13, 2);
            let shares = [0, 1].map(|_| Share::of(&budget));
            let mut queues: Vec<_> = (0..4).map(|at| Tally::new(4 * CHUNK, Some(Arc::clone(&shares[at % 2])))).collect();
            for (at, bytes, takes) in moves {
                let before: usize = queues.iter().map(Tally::bytes).sum();
                let own = queues[at].bytes();
                if takes {
                    let took = queues[at].take(bytes, 0);
                    prop_assert!(took || own + bytes > 4 * CHUNK || before + bytes + 3 * CHUNK > 5 * CHUNK + 13);
                } else {
                    queues[at].give(bytes.min(own));
                }
                let now: usize = queues.iter().map(Tally::bytes).sum();
                prop_assert!(now <= budget.drawn.load(Ordering::Relaxed) && budget.drawn.load(Ordering::Relaxed) <= 5 * CHUNK + 13);
            }
            drop((queues, shares));
            prop_assert_eq!(budget.drawn.load(Ordering::Relaxed), 0);
        }
    }
}
