//! What a committed step asks the loop to do.

use crate::base::{ExitReason, HandlerOrder, HttpReply, Nanos, Outcome, RequestId, SupervisorRequest};

/// A caller on its way to another worker.
#[derive(Debug, PartialEq, Eq)]
pub struct Forwarded<C> {
    /// Who waits.
    pub caller: C,
    /// The worker's name.
    pub to: String,
    /// The request.
    pub body: Vec<u8>,
    /// When the caller stops waiting.
    pub deadline: Nanos,
    /// The id of a request that is to be done once.
    pub id: Option<RequestId>,
}

/// One thing to do, with `C` the loop's handle of a caller. Every step moves some, so what is rare
/// and large is in a box.
#[derive(Debug, PartialEq, Eq)]
pub enum Action<C> {
    /// Answer this caller.
    Answer(C, Outcome),
    /// Answer this caller, with a status and headers if it came by HTTP.
    AnswerHttp(C, Box<HttpReply>),
    /// Have another worker answer this caller.
    Forward(Box<Forwarded<C>>),
    /// Send a message to a worker.
    Cast {
        /// Its name.
        to: String,
        /// The message.
        body: Vec<u8>,
    },
    /// Call a worker; the outcome goes to [`super::Worker::respond`] with the same id.
    Call {
        /// Its name.
        to: String,
        /// The request.
        body: Vec<u8>,
        /// Names the call within this worker, for ever.
        id: u64,
        /// When the callee must have answered.
        deadline: Nanos,
    },
    /// Send a message to every subscriber of a topic.
    Publish {
        /// The topic, of 1 to [`NAME_BYTES_MAX`](crate::base::limits::NAME_BYTES_MAX) bytes.
        topic: String,
        /// The message.
        body: Vec<u8>,
    },
    /// Hear a topic that was not heard before.
    Subscribe(String),
    /// Hear a topic no longer that was heard before.
    Unsubscribe(String),
    /// Ask something of a supervisor.
    Supervisor {
        /// Which, and what is asked.
        request: Box<SupervisorRequest>,
        /// Where the answer goes as that of a call does; none if nobody waits for it.
        id: Option<u64>,
    },
    /// Change the handlers of an event manager.
    Handler {
        /// Of which, and what is to change.
        order: Box<HandlerOrder>,
        /// The number of the call that wants the outcome, and its deadline.
        call: Option<(u64, Nanos)>,
        /// This worker's number for its tie to the handler that comes, if there is to be one; its end
        /// goes to [`super::Worker::owner_told`] with the same number.
        tie: Option<u64>,
    },
    /// Watch a worker; its end goes to [`super::Worker::down`] with the same number.
    Monitor {
        /// Its name.
        to: String,
        /// This worker's number for it, for ever.
        number: u64,
    },
    /// Watch it no longer.
    Demonitor {
        /// The worker's name.
        to: String,
        /// The number of the monitor.
        number: u64,
    },
    /// Save the state and drop the instance until the next input.
    Hibernate,
    /// End this worker.
    Stop(ExitReason),
}
