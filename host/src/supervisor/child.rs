//! What the tree remembers of one child.

use super::backoff::Pace;
use super::event::Status;
use super::phase::SupervisorId;
use crate::base::{ChildSpec, ExitReason, Restart};

/// One child of a tree, a worker or a supervisor, the root included. Means something only to the
/// tree it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ChildId(pub(super) u32);

impl ChildId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Who wanted a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The supervisor: a failure is counted and retried.
    Supervisor,
    /// The operator: a failure is reported and that is all.
    Operator,
}

/// An operator's order that waits until the supervisor is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Terminate,
    Restart,
}

/// Where a child stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Down,
    Ignored,
    /// A temporary child that ended: OTP forgets its spec.
    Gone,
    /// `then_stop`: it is no longer wanted, but what is under way cannot be recalled.
    Starting {
        by: By,
        then_stop: bool,
    },
    Running,
    /// `due`: the time is over, but the supervisor is busy.
    Waiting {
        token: u64,
        due: bool,
    },
    /// `again`: start it afterwards. `exit`: it ended by itself before it was told.
    Stopping {
        again: bool,
        exit: Option<ExitReason>,
    },
    /// Ended by itself, and its supervisor has not yet decided.
    Ended(ExitReason),
}

impl State {
    pub(super) fn status(&self) -> Status {
        match self {
            State::Down | State::Gone | State::Ended(_) => Status::Stopped,
            State::Ignored => Status::Ignored,
            State::Starting { .. } => Status::Starting,
            State::Running => Status::Running,
            State::Waiting { .. } => Status::Waiting,
            State::Stopping { .. } => Status::Stopping,
        }
    }
}

#[derive(Debug)]
pub(super) struct Child {
    pub(super) spec: ChildSpec,
    /// None for the root.
    pub(super) parent: Option<SupervisorId>,
    /// Its place among its parent's children.
    pub(super) position: usize,
    /// Itself as a supervisor, if it is one.
    pub(super) supervises: Option<SupervisorId>,
    pub(super) state: State,
    /// Whether it stands in its parent's mail. At most once, which bounds the mail.
    pub(super) mailed: bool,
    pub(super) order: Option<Order>,
    pub(super) pace: Pace,
    /// How often it came up.
    pub(super) starts: u64,
}

impl Child {
    pub(super) fn new(spec: ChildSpec, parent: Option<SupervisorId>, position: usize) -> Child {
        Child {
            spec,
            parent,
            position,
            supervises: None,
            state: State::Down,
            mailed: false,
            order: None,
            pace: Pace::default(),
            starts: 0,
        }
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.spec.restart == Restart::Temporary
    }

    /// No instance, and none wanted.
    pub(super) fn rest(&mut self) {
        self.state = if self.is_temporary() { State::Gone } else { State::Down };
    }

    /// As its supervisor's fresh `init` declares it.
    pub(super) fn reset(&mut self) {
        self.state = State::Down;
        self.mailed = false;
        self.order = None;
        self.pace = Pace::default();
    }

    /// The reason of an end that is not yet decided upon.
    pub(super) fn take_end(&mut self) -> Option<ExitReason> {
        match std::mem::replace(&mut self.state, State::Down) {
            State::Ended(reason) => Some(reason),
            other => {
                self.state = other;
                None
            }
        }
    }
}
