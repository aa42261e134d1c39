//! Where an input of a worker came from.

use serde::{Deserialize, Serialize};

use super::{Nanos, RequestId, TimerKind};

/// Where an input came from: what of the worker's own it has used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Others sent it.
    Others {
        /// When whoever waits for it stops waiting, if somebody waits.
        deadline: Option<Nanos>,
    },
    /// It was before all that is queued: a state that was entered, an event of the worker's own, what it postponed, a
    /// timer of no time in a state machine.
    Front,
    /// A timer of this kind went off.
    Timer(TimerKind),
    /// The call with this number was answered.
    Call(u64),
    /// Something became of the handler that is tied to the worker.
    Handler {
        /// The worker's number for the tie.
        tie: u64,
        /// The tie is no more.
        gone: bool,
    },
    /// The worker that was monitored by this number is gone.
    Monitor(u64),
    /// Another configuration came.
    Config,
    /// Others sent it, to be done once.
    Request {
        /// When whoever waits for it stops waiting.
        deadline: Nanos,
        /// Its id.
        id: RequestId,
    },
}
