//! Workers that come and go: which slot each has, and which slots are free.
//!
//! A child that was added at run time lives on the shard that its address points to
//! ([`Directory::home`](crate::protocol::Directory::home)), so every shard knows where it would be
//! without asking. What is sent to it goes the way its start went, and so comes after it.

use std::collections::HashMap;

use super::Part;
use crate::base::Name;
use crate::shard::workers::Slot;
use crate::supervisor::ChildId;

/// The dynamic children of one shard.
#[derive(Debug, Default)]
pub(crate) struct Children {
    by_id: HashMap<ChildId, usize>,
    by_name: HashMap<Name, usize>,
    /// Slots whose child is gone.
    spare: Vec<usize>,
}

impl Children {
    /// The slot of this child.
    pub(crate) fn find(&self, child: ChildId) -> Option<usize> {
        self.by_id.get(&child).copied()
    }

    /// The slot of the child with this address.
    pub(crate) fn named(&self, address: &str) -> Option<usize> {
        self.by_name.get(address).copied()
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.by_id.len() + self.by_name.len()
    }

    /// A slot that is free, if there is one.
    pub(crate) fn take_spare(&mut self) -> Option<usize> {
        self.spare.pop()
    }

    /// This child has this slot now.
    pub(crate) fn enter(&mut self, child: ChildId, address: Name, at: usize) {
        self.by_id.insert(child, at);
        self.by_name.insert(address, at);
    }
}

impl Part for Children {
    fn forgotten(&mut self, at: usize, slot: &mut Slot) {
        self.by_id.remove(&slot.spec.child);
        // Its address may be that of another one by now.
        if self.by_name.get(&slot.spec.name) == Some(&at) {
            self.by_name.remove(&slot.spec.name);
        }
        slot.vacant = true;
        self.spare.push(at);
    }
}
