//! A queue that says no.

use std::collections::VecDeque;

use super::budget::Tally;

/// What happens to an input that finds its queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// The newcomer is handed back.
    #[default]
    Reject,
    /// The oldest makes room and is handed back.
    DropOldest,
}

/// What a full queue handed back.
#[derive(Debug, PartialEq, Eq)]
pub enum Full<T> {
    /// The item that was to be pushed.
    Rejected(T),
    /// The oldest item; the new one is in the queue.
    Dropped(T),
}

/// First in, first out, never more than its capacity, nor more bytes than its bound.
#[derive(Debug)]
pub struct BoundedQueue<T> {
    items: VecDeque<T>,
    capacity: usize,
    when_full: WhenFull,
    /// The bytes of all items.
    tally: Tally,
    weigh: fn(&T) -> usize,
}

impl<T> BoundedQueue<T> {
    /// An empty queue for `capacity` items (at least one).
    pub fn new(capacity: usize, when_full: WhenFull) -> BoundedQueue<T> {
        BoundedQueue::weighing(capacity, when_full, Tally::new(usize::MAX, None), |_| 0)
    }

    /// The same for items of as many bytes as this tally takes, each as heavy as `weigh` says. The newcomer that
    /// would be too much is handed back, whatever happens to those that find no place: one that is dropped for it
    /// may be too small.
    pub fn weighing(capacity: usize, when_full: WhenFull, tally: Tally, weigh: fn(&T) -> usize) -> BoundedQueue<T> {
        BoundedQueue { items: VecDeque::new(), capacity: capacity.max(1), when_full, tally, weigh }
    }

    /// Appends an item.
    ///
    /// # Errors
    /// The queue was full; the error holds the item that has no place now.
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        self.push_beside(0, 0, item)
    }

    /// Appends an item to a queue of whose places, and bytes, so many are taken by what is kept elsewhere.
    ///
    /// # Errors
    /// The queue was full; the error holds the item that has no place now.
    pub fn push_beside(&mut self, places: usize, bytes: usize, item: T) -> Result<(), Full<T>> {
        let is_full = self.items.len() + places >= self.capacity;
        let makes_room = self.when_full == WhenFull::DropOldest && !self.items.is_empty();
        if (is_full && !makes_room) || !self.tally.take((self.weigh)(&item), bytes) {
            return Err(Full::Rejected(item));
        }
        let oldest = if is_full { self.pop() } else { None };
        self.items.push_back(item);
        oldest.map_or(Ok(()), |oldest| Err(Full::Dropped(oldest)))
    }

    /// Puts an item before all others, also into a full queue: whoever does so bounds it.
    pub fn push_first(&mut self, item: T) {
        self.tally.carry((self.weigh)(&item));
        self.items.push_front(item);
    }

    /// Takes the oldest item.
    pub fn pop(&mut self) -> Option<T> {
        let item = self.items.pop_front()?;
        self.tally.give((self.weigh)(&item));
        Some(item)
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items it can hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The waiting items, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    /// Removes every item for which `gone` says so, oldest first, and hands them to `removed`.
    pub fn remove_where(&mut self, mut gone: impl FnMut(&T) -> bool, mut removed: impl FnMut(T)) {
        for _ in 0..self.items.len() {
            let Some(item) = self.items.pop_front() else { return };
            if gone(&item) {
                self.tally.give((self.weigh)(&item));
                removed(item);
            } else {
                self.items.push_back(item);
            }
        }
    }

    /// Takes every item, oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = T> + '_ {
        self.tally.clear();
        self.items.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_hands_the_newcomer_back() {
        let mut queue = BoundedQueue::new(2, WhenFull::Reject);
        assert_eq!((queue.push(1), queue.push(2)), (Ok(()), Ok(())));
        assert_eq!(queue.push(3), Err(Full::Rejected(3)));
        assert_eq!(queue.drain().collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_full_queue_that_drops_the_oldest_keeps_the_newest() {
        let mut queue = BoundedQueue::new(2, WhenFull::DropOldest);
        assert_eq!((queue.push(1), queue.push(2)), (Ok(()), Ok(())));
        assert_eq!(queue.push(3), Err(Full::Dropped(1)));
        assert_eq!(queue.drain().collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn what_is_kept_elsewhere_takes_places() {
        for (when_full, full) in [(WhenFull::Reject, Full::Rejected(2)), (WhenFull::DropOldest, Full::Dropped(1))] {
            let mut queue = BoundedQueue::new(3, when_full);
            assert_eq!((queue.push_beside(2, 0, 1), queue.push_beside(2, 0, 2)), (Ok(()), Err(full)));
            queue.pop();
            assert_eq!(queue.push_beside(3, 0, 3), Err(Full::Rejected(3)), "there is nothing to drop");
        }
    }

    #[test]
    fn remove_where_keeps_the_order_of_the_rest() {
        let mut queue = BoundedQueue::new(5, WhenFull::Reject);
        (1..=5).for_each(|n| assert_eq!(queue.push(n), Ok(())));
        let mut gone = vec![];
        queue.remove_where(|n| n % 2 == 0, |n| gone.push(n));
        assert_eq!((gone, queue.drain().collect::<Vec<_>>()), (vec![2, 4], vec![1, 3, 5]));
    }

    #[test]
    fn bytes_have_a_bound_of_their_own_whatever_becomes_of_the_items() {
        for when_full in [WhenFull::Reject, WhenFull::DropOldest] {
            let mut queue = BoundedQueue::weighing(4, when_full, Tally::new(10, None), |item: &usize| *item);
            assert_eq!((queue.push(6), queue.push(4), queue.push(0)), (Ok(()), Ok(()), Ok(())));
            assert_eq!(queue.push(1), Err(Full::Rejected(1)), "{when_full:?}");
            queue.remove_where(|item| *item == 4, |_| ());
            assert_eq!((queue.push(4), queue.push(1)), (Ok(()), Err(Full::Rejected(1))));
            assert_eq!((queue.pop(), queue.push(6)), (Some(6), Ok(())));
            assert_eq!(queue.drain().sum::<usize>(), 10);
            assert_eq!((queue.push_beside(0, 1, 10), queue.push_beside(0, 0, 10)), (Err(Full::Rejected(10)), Ok(())));
            queue.push_first(5);
            assert_eq!((queue.pop(), queue.push(1)), (Some(5), Err(Full::Rejected(1))), "it counts");
        }
    }
}
