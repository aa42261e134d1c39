//! The way from a shard to the others, and who waits here for their answers.
//!
//! Invariant: what must not be lost is posted in order, as soon as its lane has room; every caller that is
//! kept here comes out once.

use std::collections::HashMap;

use super::caller::Caller;
use crate::protocol::{Driver, Mail, Origin};

/// The post of one shard.
#[derive(Debug)]
pub(crate) struct Post {
    index: usize,
    /// Callers of this shard until another one, or the tree, has their answer.
    awaited: HashMap<u64, Caller>,
    numbers: u64,
    /// What must not be lost and found its lane full.
    unsent: Vec<(usize, Mail)>,
}

impl Post {
    /// The post of the shard with this index.
    pub(crate) fn new(index: usize) -> Post {
        Post { index, awaited: HashMap::new(), numbers: 0, unsent: vec![] }
    }

    /// The index of its shard.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Keeps a caller until there is an answer under this number.
    pub(crate) fn keep(&mut self, caller: Caller) -> u64 {
        self.numbers += 1;
        self.awaited.insert(self.numbers, caller);
        self.numbers
    }

    /// Keeps a caller, as another shard sees it.
    pub(crate) fn origin(&mut self, caller: Caller) -> (u64, Origin) {
        let id = self.keep(caller);
        (id, Origin::Peer { shard: self.index, id })
    }

    /// Whoever was kept under this number.
    pub(crate) fn take(&mut self, id: u64) -> Option<Caller> {
        self.awaited.remove(&id)
    }

    /// Posts to another shard, behind what could not be posted before.
    ///
    /// # Errors
    /// Its lane is full; the mail comes back.
    pub(crate) fn try_post(&mut self, driver: &mut impl Driver, shard: usize, mail: Mail) -> Result<(), Mail> {
        if self.unsent.iter().any(|(to, _)| *to == shard) {
            return Err(mail);
        }
        driver.post(shard, mail)
    }

    /// Posts what must not be lost; mail that finds its lane full is tried again next turn.
    pub(crate) fn post(&mut self, driver: &mut impl Driver, shard: usize, mail: Mail) {
        if let Err(mail) = self.try_post(driver, shard, mail) {
            self.unsent.push((shard, mail));
        }
    }

    /// Tries again what could not be posted.
    pub(crate) fn resend(&mut self, driver: &mut impl Driver) {
        for (shard, mail) in std::mem::take(&mut self.unsent) {
            self.post(driver, shard, mail);
        }
    }

    /// Whether something waits for room in a lane.
    pub(crate) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// How many wait here.
    #[cfg(test)]
    pub(crate) fn awaited(&self) -> usize {
        self.awaited.len()
    }
}
