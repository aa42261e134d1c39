//! The way from control to the shards.

use tokio::sync::mpsc;

use crate::protocol::Command;

/// The lane to every shard, in the order of their indices. Sending never waits.
#[derive(Debug)]
pub(super) struct Shards(Vec<mpsc::UnboundedSender<Command>>);

impl Shards {
    pub(super) fn new(lanes: Vec<mpsc::UnboundedSender<Command>>) -> Shards {
        Shards(lanes)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn send(&self, shard: usize, command: Command) {
        // A shard that is gone has ended with the node.
        let _ = self.0[shard].send(command);
    }

    pub(super) fn send_all(&self, command: impl Fn() -> Command) {
        (0..self.count()).for_each(|shard| self.send(shard, command()));
    }
}
