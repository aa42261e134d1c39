//! The children of one supervisor among themselves, in start order.

use std::collections::BTreeMap;

use super::ChildId;
use super::effort::spend;

/// Each by its place. One may leave in any order, so places are sparse and never given twice.
#[derive(Debug, Default)]
pub(super) struct Siblings(BTreeMap<u64, ChildId>);

impl Siblings {
    /// The last one in a place from `floor` up to, and without, `end`.
    pub(super) fn last_of(&self, floor: u64, end: u64) -> Option<(u64, ChildId)> {
        if floor >= end {
            return None;
        }
        self.0.range(floor..end).next_back().map(|(&place, &id)| (place, id))
    }

    /// The first one in a place from `floor` on.
    pub(super) fn first_from(&self, floor: u64) -> Option<(u64, ChildId)> {
        self.0.range(floor..).next().map(|(&place, &id)| (place, id))
    }

    /// All, oldest first.
    pub(super) fn ids(&self) -> impl DoubleEndedIterator<Item = ChildId> + ExactSizeIterator + '_ {
        spend(self.0.len());
        self.0.values().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn insert(&mut self, place: u64, id: ChildId) {
        self.0.insert(place, id);
    }

    pub(super) fn remove(&mut self, place: u64) {
        self.0.remove(&place);
    }
}
