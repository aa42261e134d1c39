//! Who waits for an answer, as a shard knows them.

use tokio::sync::oneshot;

use crate::base::Outcome;
use crate::net::Ticket;
use crate::protocol::Origin;
use crate::supervisor::ChildId;

/// Who waits for the answer of a call.
#[derive(Debug)]
pub(crate) enum Caller {
    /// A request on a connection of this shard.
    Ticket(Ticket),
    /// A worker of this shard, by slot, and its own number for the call.
    Worker { slot: usize, call: u64 },
    /// A caller on another shard, and that shard's number for the call.
    Peer { shard: usize, id: u64 },
    /// A thread outside the loops.
    Port(oneshot::Sender<Outcome>),
    /// Control, which asked under this number.
    Host(u64),
    /// Whoever waited has gone with the host that it waited for.
    Nobody,
    /// A worker of this shard that wants no answer: the log is told if it comes to nothing.
    Log(Box<Untold>),
}

/// What a worker asked of a supervisor without asking what comes of it.
#[derive(Debug)]
pub(crate) struct Untold {
    pub(crate) child: ChildId,
    pub(crate) supervisor: String,
    /// What it asked for, in the contract's word.
    pub(crate) wish: &'static str,
}

impl From<Origin> for Caller {
    fn from(origin: Origin) -> Caller {
        match origin {
            Origin::Peer { shard, id } => Caller::Peer { shard, id },
            Origin::Port(port) => Caller::Port(port),
        }
    }
}
