//! Vocabulary: the nouns every other room speaks in, and every bound of the product.
//!
//! Invariant: imports `std` and `serde`'s traits, and nothing else; decides nothing and does no I/O. What stands in a
//! journal derives those: its cases and fields are only ever added at the end.

mod budget;
mod chance;
mod contract;
mod effect;
mod http;
mod ident;
pub mod limits;
mod outcome;
mod planted;
mod queue;
mod reason;
mod request_id;
mod source;
mod spec;
mod time;

pub use budget::{Budget, Share, Tally};
pub use chance::Chance;
pub use contract::{CallError, Context, Down, DownWhy, HandlerEnd, HandlerWhy, Input, SavedState, Start, StartFailure};
pub use effect::{
    ALREADY_EXISTS, Effect, ExitKind, HANDLER_LEFT, HandlerChange, HandlerOrder, HandlerStart, MODULE_NOT_FOUND,
    OutgoingCall, SupervisorRequest, TimerKind, TimerStart, Wish,
};
pub use http::{HttpHeader, HttpReply, HttpRequest};
pub use ident::{BehaviourName, Digest, Name, NameError, Version, VersionError, check_topic};
pub use outcome::{Failure, Kind, Outcome};
#[cfg(test)]
pub(crate) use planted::Planted;
pub use planted::{Bug, is_planted};
pub use queue::{BoundedQueue, Full, WhenFull};
pub use reason::{ExitReason, Fault, FaultClass};
pub use request_id::RequestId;
pub use source::Source;
pub use spec::{
    AutoShutdown, Backoff, ChildKind, ChildSpec, GuestLimits, Intensity, Protocol, QueueSpec, Restart, Shutdown,
    Strategy, SupervisorSpec, TreeSpec,
};
pub use time::{Millis, Nanos, Pulse, nanos};
