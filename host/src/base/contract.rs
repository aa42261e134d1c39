//! The contract of `wit/behaviour.wit` in Rust: what a guest is told and what it asks for.

use super::Millis;

/// A worker's state outside an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedState {
    /// The schema the bytes are written in, for example `counter/2`.
    pub schema: String,
    /// The bytes; their meaning belongs to the behaviour.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A caller waits for the reply with this token.
    Call {
        /// Names the waiting caller in a later [`Effect::Reply`].
        token: u64,
        /// The request.
        body: Vec<u8>,
    },
    /// A message nobody waits for.
    Cast(Vec<u8>),
    /// A publication on a topic this worker subscribed to.
    Published {
        /// The topic.
        topic: String,
        /// The message.
        body: Vec<u8>,
    },
    /// A timer went off.
    Timer {
        /// The name it was started with.
        name: String,
        /// The body it was started with.
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
    Internal(Vec<u8>),
    /// A state was entered from this one.
    Entered(String),
    /// A handler that this worker has supervised is gone.
    HandlerEnded(Box<HandlerEnd>),
    /// A phase of the start of this worker's application.
    StartPhase(String),
    /// This worker's application is about to stop.
    PrepStop,
    /// This worker's configuration has changed to this JSON text.
    ConfigChanged(Vec<u8>),
    /// The growth point of the contract.
    Other(String, Vec<u8>),
}

/// Why a handler has left its manager.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerEnd {
    /// The manager it has left.
    pub manager: String,
    /// What it was called there.
    pub handler: String,
    /// Why.
    pub why: HandlerWhy,
}

/// A handler that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerStart {
    /// What it is to be called within its manager.
    pub handler: String,
    /// The behaviour it is to run.
    pub behaviour: String,
    /// Its configuration as JSON text; none of its own if empty.
    pub config: Vec<u8>,
}

/// OTP's word for a handler that cannot come because one of its name is there.
pub const ALREADY_EXISTS: &str = "already_exists";
/// OTP's word for a handler that cannot leave because there is none of its name.
pub const MODULE_NOT_FOUND: &str = "module_not_found";
/// How the failure of a swap ends whose old handler has left although the new one did not come.
pub const HANDLER_LEFT: &str = "has left all the same";

/// What is to change about the handlers of a manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandlerChange {
    /// One comes.
    Add(HandlerStart),
    /// The one of this name leaves.
    Delete(String),
    /// The one of this name leaves and another gets what it saved.
    Swap(String, HandlerStart),
}

/// A change of handlers that a step asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerOrder {
    /// The manager.
    pub manager: String,
    /// What is to change.
    pub change: HandlerChange,
    /// Whether the handler that comes is tied to the worker that asks.
    pub supervised: bool,
    /// Asks for the outcome as [`Input::Response`].
    pub tag: Option<u64>,
}

/// What a behaviour learns about a call of its own that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// No such worker.
    NoWorker,
    /// The callee crashed on it.
    Crashed,
    /// The callee stopped first.
    Stopped,
    /// The callee's queue was full; not executed.
    Overloaded,
    /// The deadline passed.
    TimedOut,
    /// The callee said no.
    Refused(String),
}

/// A call a step asks for; its outcome comes back as [`Input::Response`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingCall {
    /// The callee's name.
    pub to: String,
    /// The request.
    pub body: Vec<u8>,
    /// Chosen by the behaviour, returned with the response.
    pub tag: u64,
    /// The deadline, in milliseconds from now.
    pub timeout_ms: u64,
}

/// Which of a worker's timers is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// Runs on whatever happens; any number of them, told apart by name.
    Named,
    /// Cancelled by a change of state.
    State,
    /// Cancelled by any other input.
    Event,
}

/// A timer a step asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerStart {
    /// Which kind.
    pub kind: TimerKind,
    /// Its name; a running timer of the same kind and name is replaced.
    pub name: String,
    /// When it goes off, in milliseconds from now; `u64::MAX` is never.
    pub after_ms: u64,
    /// Given back with the input.
    pub body: Vec<u8>,
}

/// The guest's word for why a worker ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitKind {
    /// Done.
    Normal,
    /// Ordered.
    Shutdown,
    /// A newer version takes over.
    Upgrade,
    /// Crashed, with the reason.
    Crashed(String),
}

/// What a step asks of a supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupervisorRequest {
    /// Its name.
    pub supervisor: String,
    /// What is asked.
    pub wish: Wish,
    /// Chosen by the behaviour, returned with the answer; none asks for no answer.
    pub tag: Option<u64>,
}

/// What may be asked of a supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Start one more child of its template.
    StartChild {
        /// What it is addressed by.
        key: String,
        /// Its configuration; its template's if empty.
        config: Vec<u8>,
    },
    /// Stop the child of this name or key.
    StopChild(String),
    /// Start the child of this name again, which was stopped.
    RestartChild(String),
    /// Forget the child of this name, which was stopped.
    DeleteChild(String),
    /// Name its children.
    WhichChildren,
    /// Count its children.
    CountChildren,
}

impl Wish {
    /// The contract's word.
    pub fn word(&self) -> &'static str {
        match self {
            Wish::StartChild { .. } => "start-child",
            Wish::StopChild(_) => "stop-child",
            Wish::RestartChild(_) => "restart-child",
            Wish::DeleteChild(_) => "delete-child",
            Wish::WhichChildren => "which-children",
            Wish::CountChildren => "count-children",
        }
    }
}

/// What a step wants done. Nothing is done unless the step returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Answer the caller with this token.
    Reply {
        /// The caller's token.
        token: u64,
        /// The answer.
        body: Vec<u8>,
    },
    /// Have another worker answer the caller with this token.
    Forward {
        /// The caller's token.
        token: u64,
        /// The other worker's name.
        to: String,
        /// What it is asked.
        body: Vec<u8>,
    },
    /// Send a message to a worker.
    Cast {
        /// Its name.
        to: String,
        /// The message.
        body: Vec<u8>,
    },
    /// Call a worker.
    Call(OutgoingCall),
    /// Publish to all subscribers of a topic.
    Publish {
        /// The topic.
        topic: String,
        /// The message.
        body: Vec<u8>,
    },
    /// Receive the publications of a topic from now on.
    Subscribe(String),
    /// Receive them no longer.
    Unsubscribe(String),
    /// Enter a named state.
    NextState(String),
    /// Enter the current state again.
    RepeatState,
    /// From `init`: be told of each state that is entered.
    EnterCalls,
    /// Keep this input for the next state.
    Postpone,
    /// Be given this before anything that is queued.
    NextEvent(Vec<u8>),
    /// Start a timer.
    StartTimer(TimerStart),
    /// Give a running timer another body; one that does not run goes off at once.
    UpdateTimer(TimerStart),
    /// Cancel every timer of this name.
    CancelTimer(String),
    /// Add, delete or swap a handler of an event manager.
    Handler(Box<HandlerOrder>),
    /// Ask something of a supervisor.
    Supervisor(Box<SupervisorRequest>),
    /// Save, drop the instance, wake on the next input.
    Hibernate,
    /// End this worker.
    Stop(ExitKind),
    /// The growth point of the contract.
    Other(String, Vec<u8>),
}
