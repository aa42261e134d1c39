//! Who lives where from the start: the workers and managers of a tree, dealt out to shards.

use super::{Directory, ManagerSpec, Supervision, WorkerSpec};
use crate::base::Name;
use crate::supervisor::{ChildId, Tree};

/// What one shard has from the start, in the order of its own numbers for it.
#[derive(Clone, Debug, Default)]
pub struct Dealt {
    /// Its declared workers.
    pub workers: Vec<WorkerSpec>,
    /// Its event managers.
    pub managers: Vec<ManagerSpec>,
}

/// Deals the workers and managers of a tree out to this many shards.
pub fn deal(tree: Tree, shards: usize) -> (Supervision, Vec<Dealt>) {
    // A handler lives with its manager, wherever that is.
    let is_handler = |child: &ChildId| tree.name(*child).as_str().contains('/');
    let declared = tree.workers().filter(|child| !is_handler(child));
    let workers: Vec<(Name, ChildId)> = declared.map(|child| (tree.name(child).clone(), child)).collect();
    let mut directory = Directory::new(workers.iter().cloned(), shards);
    let managers = directory.deal_managers(ManagerSpec::all(&tree));
    let mut dealt: Vec<Dealt> = managers.into_iter().map(|managers| Dealt { workers: vec![], managers }).collect();
    for (_, child) in workers {
        if let (Some(place), Some(spec)) = (directory.of(child), WorkerSpec::of(&tree, child)) {
            dealt[place.shard].workers.push(spec);
        }
    }
    (Supervision::new(tree, directory), dealt)
}
