//! Who waits on another thread.

use tokio::sync::oneshot;

use crate::base::Outcome;

/// Who waits on another thread for the answer of a call.
#[derive(Debug)]
pub enum Origin {
    /// A caller on another shard.
    Peer {
        /// That shard.
        shard: usize,
        /// Its number for the call.
        id: u64,
    },
    /// A thread outside the loops.
    Port(oneshot::Sender<Outcome>),
}
