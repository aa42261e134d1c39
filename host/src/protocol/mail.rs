//! What users send across threads, and what shards send each other on their behalf.

use std::sync::Arc;

use super::{ChangeHandlers, Origin, Tie, WorkerSpec};
use crate::base::{DownWhy, HttpReply, Name, Nanos, Outcome, RequestId};
use crate::worker::OwnerNews;

/// One letter. Shards hear it after every [`super::Command`] of the same turn.
#[derive(Debug)]
pub enum Mail {
    /// A call to a worker of the receiving shard.
    Call {
        /// The worker.
        to: Name,
        /// The request.
        body: Vec<u8>,
        /// When the caller stops waiting.
        deadline: Nanos,
        /// Who waits.
        origin: Origin,
        /// The id of a request that is to be done once; few have one.
        id: Option<Box<RequestId>>,
    },
    /// A message to a worker of the receiving shard.
    Cast {
        /// The worker.
        to: Name,
        /// The message.
        body: Vec<u8>,
        /// Who wants to know whether it was queued.
        origin: Option<Origin>,
    },
    /// A publication, for the receiving shard's subscribers.
    Published {
        /// The topic.
        topic: Arc<str>,
        /// The message.
        body: Arc<[u8]>,
    },
    /// Change the handlers of an event manager of the receiving shard.
    Handlers(Box<ChangeHandlers>),
    /// The worker that a handler of this manager is tied to has ended.
    OwnerEnded {
        /// The manager.
        manager: String,
        /// The tie.
        tie: Tie,
    },
    /// What became of a handler that is tied to a worker of the receiving shard.
    TellOwner {
        /// The tie.
        tie: Tie,
        /// What became of it.
        news: OwnerNews,
    },
    /// A worker of another shard watches this one of the receiving shard, or does so no longer.
    Watch {
        /// Who is watched.
        to: Name,
        /// Who watches.
        tie: Tie,
        /// Whether it still does.
        on: bool,
    },
    /// A worker that was watched by one of the receiving shard is gone.
    Down {
        /// Who has watched.
        tie: Tie,
        /// Why.
        why: DownWhy,
    },
    /// Start this dynamic child, which lives on the receiving shard. By mail, so that it comes before
    /// whatever is sent to the child.
    Start(Box<WorkerSpec>),
    /// The answer of a call the receiving shard posted.
    Answer {
        /// Its number for the call.
        id: u64,
        /// The answer.
        outcome: Outcome,
    },
    /// The same with what belongs to HTTP.
    HttpAnswer {
        /// Its number for the call.
        id: u64,
        /// The answer.
        reply: Box<HttpReply>,
    },
}

impl Mail {
    /// Bytes of what somebody sent with it; of what is shared as often as it is.
    pub fn bytes(&self) -> usize {
        match self {
            Mail::Call { body, .. } | Mail::Cast { body, .. } | Mail::Answer { outcome: Ok(body), .. } => body.len(),
            Mail::HttpAnswer { reply, .. } => reply.body.len(),
            Mail::Published { body, .. } => body.len(),
            Mail::Handlers(change) => change.change.bytes(),
            Mail::Answer { outcome: Err(failure), .. } => failure.text.len(),
            Mail::OwnerEnded { .. }
            | Mail::TellOwner { .. }
            | Mail::Watch { .. }
            | Mail::Down { .. }
            | Mail::Start(_) => 0,
        }
    }
}
