//! Which worker lives where, and where somebody hears a topic. Shared by every loop. Declared workers
//! are dealt out once; dynamic ones live where their address points.

use std::collections::HashMap;

use super::{ManagerSpec, Topics};
use crate::base::Name;
use crate::supervisor::{ChildId, Tree};

/// Where one worker lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its shard.
    pub shard: usize,
    /// Its slot on that shard; of a manager, its number there.
    pub slot: usize,
    /// Its place in the tree.
    pub child: ChildId,
}

/// Where every worker lives. Declared ones are dealt out to the shards in start order.
#[derive(Debug, Default)]
pub struct Directory {
    by_name: HashMap<Name, Place>,
    by_child: HashMap<ChildId, Place>,
    managers: HashMap<Name, Place>,
    shards: usize,
    topics: Topics,
}

impl Directory {
    /// Deals these workers out to this many shards.
    pub fn new(workers: impl Iterator<Item = (Name, ChildId)>, shards: usize) -> Directory {
        let mut directory = Directory { shards, ..Directory::default() };
        for (at, (name, child)) in workers.enumerate() {
            let place = Place { shard: at % shards, slot: at / shards, child };
            directory.by_name.insert(name, place);
            directory.by_child.insert(child, place);
        }
        directory
    }

    /// Deals the event managers out: each lives where its name points. Gives what every shard has of
    /// them, in the order of its own numbers for them.
    pub fn deal_managers(&mut self, managers: Vec<ManagerSpec>) -> Vec<Vec<ManagerSpec>> {
        let mut dealt: Vec<Vec<ManagerSpec>> = (0..self.shards).map(|_| vec![]).collect();
        for spec in managers {
            let shard = self.home(spec.name.as_str());
            let place = Place { shard, slot: dealt[shard].len(), child: spec.child };
            self.managers.insert(spec.name.clone(), place);
            dealt[shard].push(spec);
        }
        dealt
    }

    /// Where the event manager of this name lives, and its number there.
    pub fn manager(&self, name: &str) -> Option<Place> {
        self.managers.get(name).copied()
    }

    /// The manager that this is the name of, or the address of one of its handlers.
    pub fn manager_or_handler(&self, name: &str) -> Option<Place> {
        if self.managers.is_empty() {
            return None;
        }
        self.manager(name.split_once('/').map_or(name, |(manager, _)| manager))
    }

    /// Where the worker of this name lives.
    pub fn find(&self, name: &str) -> Option<Place> {
        self.by_name.get(name).copied()
    }

    /// The shard where a dynamic child of this address lives.
    ///
    /// A handler lives with its manager.
    pub fn home(&self, address: &str) -> usize {
        if let Some(place) = self.manager_or_handler(address) {
            return place.shard;
        }
        // FNV-1a (Fowler, Noll, Vo): short, and the same on every shard.
        let hash = address
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        // The remainder fits: it is less than a `usize`.
        usize::try_from(hash % self.shards.max(1) as u64).unwrap_or(0)
    }

    /// Where this child lives, if it is a worker that was declared.
    pub fn of(&self, child: ChildId) -> Option<Place> {
        self.by_child.get(&child).copied()
    }

    /// The shard where this child of this tree lives; none if the tree does not know it.
    pub fn shard_of(&self, tree: &Tree, child: ChildId) -> Option<usize> {
        match self.of(child) {
            Some(place) => Some(place.shard),
            None => tree.contains(child).then(|| self.home(tree.name(child).as_str())),
        }
    }

    /// The shard to ask for the worker at this address, and its checked name; none if it is no name.
    /// Whether there is such a dynamic child only that shard can say.
    pub fn route(&self, address: &str) -> Option<(usize, Name)> {
        match self.by_name.get_key_value(address) {
            Some((name, place)) => Some((place.shard, name.clone())),
            None => Some((self.home(address), Name::of_worker(address).ok()?)),
        }
    }

    /// The checked name, if there is such a worker.
    pub fn name(&self, name: &str) -> Option<&Name> {
        self.by_name.get_key_value(name).map(|(name, _)| name)
    }

    /// The topics with subscribers.
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// The name of every worker and every manager.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.by_name.keys().chain(self.managers.keys())
    }
}
