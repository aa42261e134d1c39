//! Who waits for what was ordered of children: to come, to stop, to come back, to be deleted. The tree
//! answers each order when what it wants has come about, or cannot.

use std::collections::HashMap;

use tokio::sync::oneshot;

use crate::base::{Failure, Name};
use crate::protocol::order_failure;
use crate::supervisor::ChildError;

/// Takes the address of the child of which something was wanted, or why it is not as it was wanted.
pub(super) type Done = oneshot::Sender<Result<Name, Failure>>;

/// The questions that the tree has yet to answer, by number. 0 is nobody's.
#[derive(Debug, Default)]
pub(super) struct Orders {
    awaited: HashMap<u64, Done>,
    last: u64,
}

impl Orders {
    /// A number under which the tree can be asked; `done` is told what it answers.
    pub(super) fn ask(&mut self, done: Done) -> u64 {
        self.last += 1;
        self.awaited.insert(self.last, done);
        self.last
    }

    /// The tree is not asked after all, for this reason.
    pub(super) fn refuse(&mut self, asked: u64, failure: Failure) {
        if let Some(done) = self.awaited.remove(&asked) {
            // The asker may have gone.
            let _ = done.send(Err(failure));
        }
    }

    /// The tree has answered.
    pub(super) fn answer(&mut self, asked: u64, outcome: Result<Name, ChildError>) {
        match (self.awaited.remove(&asked), outcome) {
            // The asker may have gone.
            (Some(done), outcome) => drop(done.send(outcome.map_err(|error| order_failure(&error)))),
            (None, Err(error)) => tracing::warn!(%error, "a step asked for a child and did not get it"),
            (None, Ok(_)) => {}
        }
    }
}
