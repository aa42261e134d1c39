//! How many instances there are, and how many this machine holds. Counted where they are made, so
//! that the kernel's limits are never met: beyond them a process cannot even report its trouble.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// More threads than ever look at the same time.
const SPARE: u32 = 64;

/// The room of one engine for instances.
#[derive(Debug)]
pub(super) struct Room {
    live: AtomicU32,
    /// As many as are made quickly.
    easy: u32,
    /// As many as the machine holds.
    most: u32,
}

/// The place of one instance; free again when dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<Room>);

impl Room {
    /// Room for `most`, of which `easy` come from a pool; 0 if there is none.
    pub(super) fn new(easy: u32, most: u32) -> Arc<Room> {
        let easy = if easy == 0 { most } else { easy };
        Arc::new(Room { live: AtomicU32::new(0), easy, most })
    }

    /// A place; none if all are taken.
    pub(super) fn take(self: &Arc<Room>) -> Option<Place> {
        // Nothing is guarded by the number, it only bounds.
        let add = |live| (live < self.most).then_some(live + 1);
        self.live.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok()?;
        Some(Place(Arc::clone(self)))
    }

    /// Whether more than half of the easy places are taken.
    pub(super) fn is_crowded(&self) -> bool {
        self.live.load(Ordering::Relaxed) > self.easy / 2
    }

    /// Whether no place is free, but for some that are left for all who have just looked.
    pub(super) fn is_full(&self) -> bool {
        self.live.load(Ordering::Relaxed) >= self.most - (self.most / 16).min(SPARE)
    }

    /// How many places there are.
    pub(super) fn most(&self) -> u32 {
        self.most
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_up_to_the_last_and_come_back() {
        let room = Room::new(2, 3);
        let mut places: Vec<Option<Place>> = vec![];
        for (crowded, full) in [(false, false), (false, false), (true, false), (true, true)] {
            assert_eq!((room.is_crowded(), room.is_full()), (crowded, full), "{places:?}");
            places.push(room.take());
        }
        assert_eq!(places.iter().flatten().count(), 3, "the fourth had no place");
        drop(places);
        assert!(!room.is_crowded() && !room.is_full());
    }

    #[test]
    fn without_a_pool_every_place_is_easy() {
        let room = Room::new(0, 4);
        let places: Vec<Place> = std::iter::from_fn(|| if room.is_crowded() { None } else { room.take() }).collect();
        assert_eq!(places.len(), 3);
    }
}
