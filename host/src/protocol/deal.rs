//! Who lives where from the start: the workers and managers of a tree, dealt out to shards.

use std::collections::HashMap;

use super::{Directory, ManagerSpec, Supervision, WorkerSpec};
use crate::base::Name;
use crate::journal::Tail;
use crate::supervisor::{ChildId, Tree};
use crate::wasm::Component;

/// What one shard has from the start, in the order of its own numbers for it.
#[derive(Debug, Default)]
pub struct Dealt {
    /// Its declared workers.
    pub workers: Vec<WorkerSpec>,
    /// Its event managers.
    pub managers: Vec<ManagerSpec>,
    /// What an earlier host has left of its durable workers.
    pub found: HashMap<String, Tail>,
    /// The code that such workers were recorded with, where they do not run it any more.
    pub recorded: Vec<Component>,
}

impl Dealt {
    /// The position before which nothing is needed of what was found.
    pub fn needed(&self) -> u64 {
        self.found.values().map(|tail| tail.needed).min().unwrap_or(u64::MAX)
    }
}

/// Deals the workers and managers of a tree out to this many shards, with what was found of the durable ones.
pub fn deal(tree: Tree, shards: usize, mut found: HashMap<String, Tail>) -> (Supervision, Vec<Dealt>) {
    // A handler lives with its manager, wherever that is.
    let is_handler = |child: &ChildId| tree.name(*child).as_str().contains('/');
    let declared = tree.workers().filter(|child| !is_handler(child));
    let workers: Vec<(Name, ChildId)> = declared.map(|child| (tree.name(child).clone(), child)).collect();
    let mut directory = Directory::new(workers.iter().cloned(), shards);
    let managers = directory.deal_managers(ManagerSpec::all(&tree));
    let mut dealt: Vec<Dealt> = managers.into_iter().map(|managers| Dealt { managers, ..Dealt::default() }).collect();
    for (_, child) in workers {
        if let (Some(place), Some(spec)) = (directory.of(child), WorkerSpec::of(&tree, child)) {
            let dealt = &mut dealt[place.shard];
            dealt.found.extend(found.remove_entry(spec.name.as_str()));
            dealt.workers.push(spec);
        }
    }
    // Of workers that will be started later, and of those that nobody declares any more: what they have is kept.
    for (worker, tail) in found {
        dealt[directory.home(&worker)].found.insert(worker, tail);
    }
    (Supervision::new(tree, directory), dealt)
}
