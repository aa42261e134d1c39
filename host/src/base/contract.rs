//! What a guest is told: its inputs and what comes with them, as `wit/types.wit` has them, in Rust.

use serde::{Deserialize, Serialize};

use super::{HttpRequest, Millis};

/// A worker's state outside an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedState {
    /// The schema the bytes are written in, for example `counter/2`.
    pub schema: String,
    /// The bytes; their meaning belongs to the behaviour.
    #[serde(with = "serde_bytes")]
    pub data: Vec<u8>,
}

/// Everything an instance is told when it starts.
#[derive(Clone, Debug)]
pub struct Start {
    /// Path in the supervision tree.
    pub worker: String,
    /// How many instances this worker has had before this one.
    pub generation: u64,
    /// The host's clock, milliseconds since the Unix epoch.
    pub now_ms: Millis,
    /// The seed of every random number this instance may draw.
    pub seed: u64,
    /// The child's `config` table as JSON text.
    pub config: Vec<u8>,
    /// Absent on a fresh start.
    pub state: Option<SavedState>,
}

/// Why an `init` returned without a running worker. A trap in `init` is a [`super::Fault`] instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartFailure {
    /// Not needed now: the child is kept without a worker.
    Ignore,
    /// The saved state's schema is not one this component can read.
    UnknownSchema,
    /// The behaviour gave up, with its reason.
    Stop(String),
}

/// What comes with every input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// The host's clock, milliseconds since the Unix epoch.
    pub now_ms: Millis,
    /// How many inputs this worker has been given before, over all its instances.
    pub seq: u64,
}

/// One input of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// A caller waits for the reply with this token.
    Call {
        /// Names the waiting caller in a later [`Effect::Reply`](super::Effect::Reply).
        token: u64,
        /// The request.
        #[serde(with = "serde_bytes")]
        body: Vec<u8>,
    },
    /// A client of HTTP waits for the reply with this token.
    Http {
        /// Names the waiting caller, as for [`Input::Call`].
        token: u64,
        /// What it sent; few workers hear such, so that it makes no other input larger.
        request: Box<HttpRequest>,
    },
    /// A message nobody waits for.
    Cast(#[serde(with = "serde_bytes")] Vec<u8>),
    /// A publication on a topic this worker subscribed to.
    Published {
        /// The topic.
        topic: String,
        /// The message.
        #[serde(with = "serde_bytes")]
        body: Vec<u8>,
    },
    /// A timer went off.
    Timer {
        /// The name it was started with.
        name: String,
        /// The body it was started with.
        #[serde(with = "serde_bytes")]
        body: Vec<u8>,
    },
    /// The outcome of an outgoing call.
    Response {
        /// The tag of the call.
        tag: u64,
        /// What came of it.
        outcome: Result<Vec<u8>, CallError>,
    },
    /// A `next-event` of an earlier step.
    Internal(#[serde(with = "serde_bytes")] Vec<u8>),
    /// A state was entered from this one.
    Entered(String),
    /// A handler that this worker has supervised is gone.
    HandlerEnded(Box<HandlerEnd>),
    /// A worker that this one has monitored is gone.
    Down(Box<Down>),
    /// A phase of the start of this worker's application.
    StartPhase(String),
    /// This worker's application is about to stop.
    PrepStop,
    /// This worker's configuration has changed to this JSON text.
    ConfigChanged(#[serde(with = "serde_bytes")] Vec<u8>),
    /// The growth point of the contract.
    Other(String, Vec<u8>),
}

/// Why a handler has left its manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandlerWhy {
    /// It stopped itself, or was deleted.
    Normal,
    /// Its manager stopped, or somebody ordered it to stop.
    Shutdown,
    /// The handler of this name has its place.
    Swapped(String),
    /// It crashed, with the reason.
    Crashed(String),
}

/// The end of a handler that a worker has supervised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerEnd {
    /// The manager it has left.
    pub manager: String,
    /// What it was called there.
    pub handler: String,
    /// Why.
    pub why: HandlerWhy,
}

/// Why a worker that another one has monitored is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DownWhy {
    /// None of that name ran (OTP's `noproc`).
    NoWorker,
    /// It was done.
    Normal,
    /// Its supervisor ordered it.
    Shutdown,
    /// It was killed.
    Killed,
    /// It crashed, or came to a bad end by its own word.
    Crashed(String),
    /// Whether it runs cannot be known (OTP's `noconnection`).
    Unreachable,
}

/// The end of a worker that another one has monitored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Down {
    /// The tag of the monitor.
    pub tag: u64,
    /// The worker, as it was named there.
    pub worker: String,
    /// Why.
    pub why: DownWhy,
}

/// What a behaviour learns about a call of its own that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallError {
    /// No such worker.
    NoWorker,
    /// The callee crashed on it, or came to a bad end.
    Crashed(String),
    /// The callee stopped first, in an orderly way.
    Stopped(String),
    /// The callee's queue was full; not executed.
    Overloaded,
    /// The deadline passed.
    TimedOut,
    /// The callee said no.
    Refused(String),
}
