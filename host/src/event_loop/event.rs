//! Everything that can wake a shard or the control loop. Closed: a new source of work is a new variant.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::counts::Counts;
use super::managers::{ChangeHandlers, Tie};
use super::recent::Recorded;
use super::replace::Replacement;
use super::trace::TraceOrder;
use crate::base::{ExitReason, Failure, HandlerEnd, Input, Name, Nanos, Outcome, SavedState, Shutdown};
use crate::net::Ticket;
use crate::supervisor::{Action, ChildError, ChildId, Report};
use crate::wasm::Component;

/// Who waits for the answer of a call.
#[derive(Debug)]
pub enum Caller {
    /// A request on a connection of this shard.
    Ticket(Ticket),
    /// A worker of this shard, by slot, and its own number for the call.
    Worker {
        /// The slot.
        slot: usize,
        /// The call's number.
        call: u64,
    },
    /// A caller on another shard.
    Peer {
        /// That shard.
        shard: usize,
        /// Its number for the call.
        id: u64,
    },
    /// A thread outside the loops.
    Port(oneshot::Sender<Outcome>),
    /// Control, which asked under this number.
    Control(u64),
}

/// Who waits on another thread.
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

impl From<Origin> for Caller {
    fn from(origin: Origin) -> Caller {
        match origin {
            Origin::Peer { shard, id } => Caller::Peer { shard, id },
            Origin::Port(port) => Caller::Port(port),
        }
    }
}

/// What users send across threads. Waits behind the control lane.
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
    /// A handler tied to a worker of the receiving shard is gone; without an end, it never came.
    HandlerEnded {
        /// The tie.
        tie: Tie,
        /// The end.
        end: Option<Box<HandlerEnd>>,
    },
    /// Start this dynamic child, which lives on the receiving shard.
    Start(ChildId),
    /// The answer of a call the receiving shard posted.
    Answer {
        /// Its number for the call.
        id: u64,
        /// The answer.
        outcome: Outcome,
    },
}

/// What control asks of a shard. Never waits behind user inputs.
#[derive(Debug)]
pub enum Command {
    /// Start this worker.
    Start(ChildId),
    /// Stop this worker.
    Stop(ChildId, Shutdown),
    /// Let the end of this worker that was ordered take no longer than this.
    Hurry(ChildId, Shutdown),
    /// Turn away whoever waits for this worker, if it is still down.
    Rest(ChildId),
    /// The tree knows it no longer: its slot is free.
    Forget(ChildId),
    /// The tree has answered what a step of this shard asked for.
    Told(u64, Result<Name, ChildError>),
    /// Give it no input until it is resumed.
    Suspend(ChildId, oneshot::Sender<()>),
    /// Give it inputs again.
    Resume(ChildId, oneshot::Sender<()>),
    /// Give it this input, which is the host's own, within this time; what comes of it is told under
    /// this number.
    Tell(ChildId, u64, Input, Duration),
    /// Its configuration is this JSON text from now on.
    Configure(ChildId, Arc<[u8]>),
    /// Show it closely.
    Inspect(ChildId, oneshot::Sender<Result<Inspection, Failure>>),
    /// Give it this state instead of its own.
    Replace(ChildId, Replacement),
    /// Show each of its inputs and what comes of it, within limits.
    Trace(ChildId, TraceOrder),
    /// Show all workers briefly.
    Survey(oneshot::Sender<Vec<Brief>>),
    /// This event manager has come up, or is to stop.
    Manager(ChildId, bool),
    /// Get every worker of a behaviour ready to run a new component.
    Prepare(Swap),
    /// All shards are ready: run it.
    Commit(u64),
    /// One is not: go on as before.
    Abort(u64),
    /// Stop accepting; answer what is in flight.
    Drain,
    /// Nothing runs any more: end the thread.
    Quit,
}

/// A change of code, prepared by every shard before any of them commits.
#[derive(Clone, Debug)]
pub struct Swap {
    /// Names this change.
    pub id: u64,
    /// Whose code changes.
    pub behaviour: Name,
    /// The new code.
    pub component: Component,
    /// Going back: the states saved when the current code came, by worker.
    pub back: Option<Arc<Vec<(Name, SavedState)>>>,
}

/// A worker as the tree shows it.
#[derive(Clone, Debug)]
pub struct Brief {
    /// Which.
    pub child: ChildId,
    /// Inputs waiting.
    pub queued: usize,
    /// How many may wait. A changed manifest may want another number from the next start of the host.
    pub capacity: usize,
    /// Whether it is suspended.
    pub suspended: bool,
}

/// A worker seen closely.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// How many instances it has had before this one.
    pub generation: u64,
    /// Inputs waiting.
    pub queued: usize,
    /// Inputs stepped.
    pub steps: u64,
    /// Callers waiting for a delayed reply.
    pub pending_replies: usize,
    /// Timers running.
    pub timers: usize,
    /// Bytes of linear memory.
    pub memory: u64,
    /// Whether it is suspended.
    pub suspended: bool,
    /// What it saved, if it can; without its bytes if they are redacted.
    pub state: Option<SavedState>,
    /// How long that is.
    pub state_bytes: Option<usize>,
    /// Whether its state and its inputs are shown by their sizes alone.
    pub redacted: bool,
    /// The reason of its last crash.
    pub last_crash: Option<String>,
    /// What it has done since its start.
    pub counts: Counts,
    /// Its last inputs, newest first.
    pub recent: Vec<Recorded>,
}

/// What a shard tells control.
#[derive(Debug)]
pub enum Notice {
    /// The tree decided; these actions are not this shard's to carry out.
    Carry(Vec<Action>),
    /// The tree has something for the log.
    Report(Report),
    /// What came of [`Command::Tell`] with this number.
    Told(u64, Outcome),
    /// This worker was started or stopped, or ended by itself.
    Changed(ChildId),
    /// A worker ended uncleanly.
    Crashed {
        /// Its name.
        worker: Name,
        /// Which of its instances.
        generation: u64,
        /// Why.
        reason: ExitReason,
        /// Its last inputs, newest first.
        inputs: Vec<Recorded>,
    },
    /// A guest or the loop has something for the log.
    Log {
        /// The worker.
        worker: Name,
        /// The level, as in the contract: `error`, `warn`, `info`, `debug`, `trace`.
        level: &'static str,
        /// The line.
        text: String,
    },
    /// This shard's part of a change of code is ready, with the states it carries, or refused.
    Prepared(u64, Result<Vec<(Name, SavedState)>, String>),
    /// This shard's part of a change of code is done.
    Committed(u64, Committed),
    /// All connections of this shard are closed.
    Drained,
}

/// What a shard's part of a change of code came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Committed {
    /// How many workers changed.
    pub workers: usize,
    /// The longest time one of them took no input.
    pub pause: Nanos,
}
