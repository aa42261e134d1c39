//! How many instances there are, and how many this machine holds. Counted where they are made, so
//! that the kernel's limits are never met: beyond them a process cannot even report its trouble.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// More threads than ever look at the same time.
const SPARE: u32 = 64;

/// How scarce places are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressure {
    /// There are plenty.
    Low,
    /// More than a quarter of the pool is taken.
    Medium,
    /// More than half of it.
    High,
}

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

    pub(super) fn pressure(&self) -> Pressure {
        match self.live.load(Ordering::Relaxed) {
            live if live > self.easy / 2 => Pressure::High,
            live if live > self.easy / 4 => Pressure::Medium,
            _ => Pressure::Low,
        }
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
        use Pressure::{High, Low, Medium};
        let room = Room::new(4, 4);
        let mut places: Vec<Option<Place>> = vec![];
        for (pressure, full) in [(Low, false), (Low, false), (Medium, false), (High, false), (High, true)] {
            assert_eq!((room.pressure(), room.is_full()), (pressure, full), "{places:?}");
            places.push(room.take());
        }
        assert_eq!(places.iter().flatten().count(), 4, "the fifth had no place");
        drop(places);
        assert_eq!((room.pressure(), room.is_full()), (Low, false));
    }

    #[test]
    fn without_a_pool_every_place_is_easy() {
        let room = Room::new(0, 8);
        let calm = || (room.pressure() == Pressure::Low).then(|| room.take()).flatten();
        assert_eq!(std::iter::from_fn(calm).collect::<Vec<Place>>().len(), 3);
    }
}
