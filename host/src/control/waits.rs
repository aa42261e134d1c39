//! What the tree waits for.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::{Nanos, nanos};
use crate::supervisor::{ChildId, Event};

/// The children that wait, by when their time is over and the token of the wait. A wait that the tree no
/// longer wants stays until then; the tree knows its token and ignores it.
#[derive(Debug, Default)]
pub(super) struct Waits(BTreeMap<(Nanos, u64), ChildId>);

impl Waits {
    pub(super) fn add(&mut self, now: Nanos, delay: Duration, token: u64, child: ChildId) {
        self.0.insert((now.saturating_add(nanos(delay)), token), child);
    }

    /// The next wait that is over.
    pub(super) fn due(&mut self, now: Nanos) -> Option<Event> {
        let entry = self.0.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((_, token), child) = entry.remove_entry();
        Some(Event::Due { child, token })
    }

    /// When the next one is over.
    pub(super) fn next(&self) -> Option<Nanos> {
        self.0.first_key_value().map(|((at, _), _)| *at)
    }
}
