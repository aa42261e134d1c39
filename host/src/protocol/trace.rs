//! A trace of a worker: each input and what came of it, as lines to whoever asked, within limits.

use tokio::sync::{mpsc, oneshot};

use super::{Head, Recorded};
use crate::base::limits::TRACE_LANE;
use crate::base::{Failure, Millis, Nanos};

/// Somebody wants to watch a worker.
#[derive(Debug)]
pub struct TraceOrder {
    /// Where the lines go.
    pub lane: mpsc::Sender<TraceLine>,
    /// Inputs to show at most.
    pub inputs: u64,
    /// How long at most.
    pub time: Nanos,
    /// Told once it has begun.
    pub begun: oneshot::Sender<Result<(), Failure>>,
}

/// The other end of a trace that was ordered.
#[derive(Debug)]
pub struct Ordered {
    /// Its lines.
    pub lines: mpsc::Receiver<TraceLine>,
    /// Whether it has begun.
    pub begun: oneshot::Receiver<Result<(), Failure>>,
}

impl TraceOrder {
    /// An order for so many inputs and so much time.
    pub fn new(inputs: u64, time: Nanos) -> (TraceOrder, Ordered) {
        let (lane, lines) = mpsc::channel(TRACE_LANE);
        let (begun, told) = oneshot::channel();
        (TraceOrder { lane, inputs, time, begun }, Ordered { lines, begun: told })
    }
}

/// One line of a trace.
#[derive(Clone, Debug)]
pub struct TraceLine {
    /// Lines lost before this one, because the reader was slow.
    pub lost: u64,
    /// When.
    pub at: Millis,
    /// What.
    pub event: TraceEvent,
}

/// What happened to a traced worker.
#[derive(Clone, Debug)]
pub enum TraceEvent {
    /// It was given an input.
    Input(Recorded),
    /// The input with this number was stepped, in this time on the clock.
    Outcome(u64, Nanos, TraceOutcome),
    /// It crashed outside a step, with the reason.
    Crashed(String),
    /// The trace is over.
    Ended(TraceEnd),
}

/// What came of a traced input.
#[derive(Clone, Debug)]
pub enum TraceOutcome {
    /// What it asked for, by name with how often, and how its first reply begins.
    Done(Vec<(String, u64)>, Option<Head>),
    /// It was refused, with the reason.
    Refused(Head),
    /// The worker crashed on it, with the reason.
    Crashed(String),
}

/// Why a trace is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceEnd {
    /// As many inputs as were asked for.
    Inputs,
    /// As much time as was asked for.
    Time,
    /// The worker is stopped for good.
    Stopped,
}
