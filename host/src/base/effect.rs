//! What a guest asks for: the effects of `wit/types.wit` in Rust.

use serde::{Deserialize, Serialize};

use super::HttpReply;

/// A handler that is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum HandlerChange {
    /// One comes.
    Add(HandlerStart),
    /// The one of this name leaves.
    Delete(String),
    /// The one of this name leaves and another gets what it saved.
    Swap(String, HandlerStart),
}

impl HandlerChange {
    /// Bytes of the configuration that comes with it.
    pub fn bytes(&self) -> usize {
        match self {
            HandlerChange::Add(new) | HandlerChange::Swap(_, new) => new.config.len(),
            HandlerChange::Delete(_) => 0,
        }
    }

    /// The contract's word.
    pub fn word(&self) -> &'static str {
        match self {
            HandlerChange::Add(_) => "add-handler",
            HandlerChange::Delete(_) => "delete-handler",
            HandlerChange::Swap(..) => "swap-handler",
        }
    }
}

/// A change of handlers that a step asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandlerOrder {
    /// The manager.
    pub manager: String,
    /// What is to change.
    pub change: HandlerChange,
    /// Whether the handler that comes is tied to the worker that asks.
    pub supervised: bool,
    /// Asks for the outcome as [`Input::Response`](super::Input::Response).
    pub tag: Option<u64>,
}

/// A call a step asks for; its outcome comes back as [`Input::Response`](super::Input::Response).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutgoingCall {
    /// The callee's name.
    pub to: String,
    /// The request.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
    /// Chosen by the behaviour, returned with the response.
    pub tag: u64,
    /// The deadline, in milliseconds from now.
    pub timeout_ms: u64,
}

/// Which of a worker's timers is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimerKind {
    /// Runs on whatever happens; any number of them, told apart by name.
    Named,
    /// Cancelled by a change of state.
    State,
    /// Cancelled by any other input.
    Event,
}

impl TimerKind {
    /// The contract's word.
    pub fn word(self) -> &'static str {
        match self {
            TimerKind::Named => "named",
            TimerKind::State => "state",
            TimerKind::Event => "event",
        }
    }
}

/// A timer a step asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimerStart {
    /// Which kind.
    pub kind: TimerKind,
    /// Its name; a running timer of the same kind and name is replaced.
    pub name: String,
    /// When it goes off, in milliseconds from now; `u64::MAX` is never.
    pub after_ms: u64,
    /// Given back with the input.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

/// The guest's word for why a worker ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SupervisorRequest {
    /// Its name.
    pub supervisor: String,
    /// What is asked.
    pub wish: Wish,
    /// Chosen by the behaviour, returned with the answer; none asks for no answer.
    pub tag: Option<u64>,
}

/// What may be asked of a supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Wish {
    /// Start one more child of its template.
    StartChild {
        /// What it is addressed by.
        key: String,
        /// Its configuration; its template's if empty.
        config: Vec<u8>,
    },
    /// The same, unless one of this key is there.
    EnsureChild {
        /// As for [`Wish::StartChild`].
        key: String,
        /// As for [`Wish::StartChild`].
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
            Wish::EnsureChild { .. } => "ensure-child",
            Wish::StopChild(_) => "stop-child",
            Wish::RestartChild(_) => "restart-child",
            Wish::DeleteChild(_) => "delete-child",
            Wish::WhichChildren => "which-children",
            Wish::CountChildren => "count-children",
        }
    }
}

/// What a step wants done. Nothing is done unless the step returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Effect {
    /// Answer the caller with this token.
    Reply {
        /// The caller's token.
        token: u64,
        /// The answer.
        #[serde(with = "serde_bytes")]
        body: Vec<u8>,
    },
    /// Answer the caller with this token, with a status and headers if it came by HTTP.
    HttpReply {
        /// The caller's token.
        token: u64,
        /// The answer.
        reply: Box<HttpReply>,
    },
    /// Have another worker answer the caller with this token.
    Forward {
        /// The caller's token.
        token: u64,
        /// The other worker's name.
        to: String,
        /// What it is asked.
        #[serde(with = "serde_bytes")]
        body: Vec<u8>,
    },
    /// Send a message to a worker.
    Cast {
        /// Its name.
        to: String,
        /// The message.
        #[serde(with = "serde_bytes")]
        body: Vec<u8>,
    },
    /// Call a worker.
    Call(OutgoingCall),
    /// Publish to all subscribers of a topic.
    Publish {
        /// The topic.
        topic: String,
        /// The message.
        #[serde(with = "serde_bytes")]
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
    NextEvent(#[serde(with = "serde_bytes")] Vec<u8>),
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
    /// Be told when a worker ends.
    Monitor {
        /// Its name.
        worker: String,
        /// Chosen by the behaviour, returned with the [`Down`](super::Down).
        tag: u64,
    },
    /// Watch no longer what was monitored with this tag.
    Demonitor(u64),
    /// The state is what it was before this input.
    Unchanged,
    /// Save, drop the instance, wake on the next input.
    Hibernate,
    /// End this worker.
    Stop(ExitKind),
    /// The growth point of the contract.
    Other(String, Vec<u8>),
}

impl Effect {
    /// The caller who waits no longer for this worker.
    pub fn answers(&self) -> Option<u64> {
        match self {
            Effect::Reply { token, .. } | Effect::HttpReply { token, .. } | Effect::Forward { token, .. } => {
                Some(*token)
            }
            _ => None,
        }
    }

    /// The contract's word.
    pub fn word(&self) -> &'static str {
        match self {
            Effect::Reply { .. } => "reply",
            Effect::HttpReply { .. } => "http-reply",
            Effect::Forward { .. } => "forward",
            Effect::Cast { .. } => "cast",
            Effect::Call(_) => "call",
            Effect::Publish { .. } => "publish",
            Effect::Subscribe(_) => "subscribe",
            Effect::Unsubscribe(_) => "unsubscribe",
            Effect::NextState(_) => "next-state",
            Effect::RepeatState => "repeat-state",
            Effect::EnterCalls => "enter-calls",
            Effect::Postpone => "postpone",
            Effect::NextEvent(_) => "next-event",
            Effect::StartTimer(_) => "start-timer",
            Effect::UpdateTimer(_) => "update-timer",
            Effect::CancelTimer(_) => "cancel-timer",
            Effect::Handler(order) => order.change.word(),
            Effect::Supervisor(request) => request.wish.word(),
            Effect::Monitor { .. } => "monitor",
            Effect::Demonitor(_) => "demonitor",
            Effect::Unchanged => "unchanged",
            Effect::Hibernate => "hibernate",
            Effect::Stop(_) => "stop",
            Effect::Other(..) => "other",
        }
    }
}
