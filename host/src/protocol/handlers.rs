//! Event managers and their handlers, as they are spoken of between shards.

use super::Origin;
use crate::base::{HandlerChange, Name, Nanos, QueueSpec};
use crate::supervisor::{ChildId, Tree};

/// What never changes about a manager.
#[derive(Clone, Debug)]
pub struct ManagerSpec {
    /// Its place in the tree.
    pub child: ChildId,
    /// Its name.
    pub name: Name,
    /// Its queue.
    pub queue: QueueSpec,
}

impl ManagerSpec {
    /// The managers of a tree.
    pub fn all(tree: &Tree) -> Vec<ManagerSpec> {
        let of = |child| {
            let queue = tree.supervisor_spec(child)?.manager?;
            Some(ManagerSpec { child, name: tree.name(child).clone(), queue })
        };
        tree.managers().filter_map(of).collect()
    }
}

/// A worker's own end of what ties it to a handler of its own, or to a worker that it watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Its shard.
    pub shard: usize,
    /// Its slot there.
    pub slot: usize,
    /// Its own number for the tie, which no other worker of this slot has.
    pub number: u64,
}

/// A change of handlers that somebody on another thread asks for.
#[derive(Debug)]
pub struct ChangeHandlers {
    /// The manager.
    pub manager: String,
    /// What is to change.
    pub change: HandlerChange,
    /// When whoever waits stops waiting.
    pub deadline: Nanos,
    /// Who wants to know what came of it.
    pub origin: Option<Origin>,
    /// The worker that the handler which comes is to be tied to.
    pub tie: Option<Tie>,
}
