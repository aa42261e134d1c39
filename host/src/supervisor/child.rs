//! What the tree remembers of one child. A hundred thousand of these must be cheap: what only some
//! children have at some time is boxed or kept elsewhere.

use std::sync::Arc;

use super::backoff::Pace;
use super::event::Status;
use super::id::SupervisorId;
use crate::base::{ChildSpec, ExitReason, Name};

/// Who wanted a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The supervisor: a failure is counted and retried.
    Supervisor,
    /// Somebody who ordered it: a failure is reported and that is all.
    Order,
    /// Somebody who adds the child: one that fails is not kept.
    Newcomer,
}

/// An order that waits until the supervisor is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mailed {
    Terminate,
    Restart,
    /// A new child is to join its siblings and to start.
    Join,
}

/// Where a child comes from, and so what happens to it when its supervisor ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Declared: it comes back with its supervisor.
    Declared,
    /// No longer declared, but not stopped either: it ends with its supervisor. Its place is kept.
    Kept,
    /// Added at run time: it ends with its supervisor, and nothing is kept of it.
    Dynamic,
}

/// Where a child stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Down,
    Ignored,
    /// Its spec is forgotten until its supervisor starts again: a temporary child that ended, or a
    /// declared one that was deleted.
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
        exit: Option<Box<ExitReason>>,
    },
    /// Ended by itself, and its supervisor has not yet decided.
    Ended(Box<ExitReason>),
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
    /// None for a dynamic child of a template, which shares that.
    pub(super) spec: Option<Arc<ChildSpec>>,
    /// Its address: that of a keyed child names its supervisor too.
    pub(super) name: Name,
    /// Its own instead of its spec's.
    pub(super) config: Option<Arc<[u8]>>,
    /// None for the root.
    pub(super) parent: Option<SupervisorId>,
    /// Orders it among its siblings.
    pub(super) place: u64,
    /// Itself as a supervisor, if it is one.
    pub(super) supervises: Option<SupervisorId>,
    pub(super) state: State,
    /// Whether it stands in its parent's mail. At most once, which bounds the mail.
    pub(super) mailed: bool,
    pub(super) order: Option<Mailed>,
    pub(super) origin: Origin,
    pub(super) pace: Pace,
    /// How often it came up; more often than 255 times is 255.
    pub(super) starts: u8,
    /// How often it came up again without anybody's order.
    pub(super) restarts: u32,
}

impl Child {
    pub(super) fn new(name: Name, spec: Arc<ChildSpec>, parent: Option<SupervisorId>, place: u64) -> Child {
        Child {
            name,
            spec: Some(spec),
            config: None,
            parent,
            place,
            supervises: None,
            state: State::Down,
            mailed: false,
            order: None,
            origin: Origin::Declared,
            pace: Pace::default(),
            starts: 0,
            restarts: 0,
        }
    }

    /// A dynamic child of the supervisor's template.
    pub(super) fn of_template(name: Name, config: Option<Arc<[u8]>>, parent: SupervisorId, place: u64) -> Child {
        Child {
            spec: None,
            name,
            config,
            parent: Some(parent),
            place,
            supervises: None,
            state: State::Down,
            mailed: false,
            order: None,
            origin: Origin::Dynamic,
            pace: Pace::default(),
            starts: 0,
            restarts: 0,
        }
    }

    /// Bytes of the configuration that it alone has. Of a dynamic child they never change.
    pub(super) fn own_config(&self) -> usize {
        let declared = self.spec.as_ref().map_or(0, |spec| spec.config.len());
        declared + self.config.as_ref().map_or(0, |config| config.len())
    }

    pub(super) fn is_of_template(&self) -> bool {
        self.spec.is_none()
    }

    /// As its supervisor's fresh `init` declares it.
    pub(super) fn reset(&mut self, spec: Arc<ChildSpec>) {
        self.spec = Some(spec);
        self.state = State::Down;
        self.mailed = false;
        self.order = None;
        self.pace = Pace::default();
    }

    /// The reason of an end that is not yet decided upon.
    pub(super) fn take_end(&mut self) -> Option<ExitReason> {
        match std::mem::replace(&mut self.state, State::Down) {
            State::Ended(reason) => Some(*reason),
            other => {
                self.state = other;
                None
            }
        }
    }
}

/// Somebody waits until a child is up, or until it is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asker {
    pub(super) asked: u64,
    /// What is wanted.
    pub(super) up: bool,
    /// What was ordered waits in the supervisor's mail; what happens before that is no answer.
    pub(super) mailed: bool,
}
