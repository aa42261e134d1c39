//! What the tree remembers of one child.

use std::sync::Arc;

use super::backoff::Pace;
use super::event::Status;
use super::phase::SupervisorId;
use crate::base::{ChildSpec, ExitReason, Name, Restart};

/// One child of a tree, a worker or a supervisor, the root included. Means something only to the
/// tree it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ChildId {
    index: u32,
    /// Tells the children apart that had this place one after the other.
    generation: u32,
}

impl ChildId {
    pub(super) const ROOT: ChildId = ChildId { index: 0, generation: 0 };

    pub(super) fn new(index: usize, generation: u32) -> ChildId {
        // A tree is bounded far below this.
        ChildId { index: u32::try_from(index).unwrap_or(u32::MAX), generation }
    }

    pub(super) fn index(self) -> usize {
        self.index as usize
    }
}

/// Who wanted a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The supervisor: a failure is counted and retried.
    Supervisor,
    /// The operator, or whoever asked for a dynamic child: a failure is reported and that is all.
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
    pub(super) name: Name,
    /// Shared by all children of one template.
    pub(super) spec: Arc<ChildSpec>,
    /// A dynamic child's own, in place of its template's.
    pub(super) config: Option<Arc<[u8]>>,
    /// Whether it was added at run time. Then nothing is kept of it once it is down.
    pub(super) dynamic: bool,
    /// Who waits for its first start.
    pub(super) asked: Option<u64>,
    /// How many children had its place before.
    pub(super) generation: u32,
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
        Child::made(spec.name.clone(), Arc::new(spec), parent, position)
    }

    /// A dynamic child.
    pub(super) fn of_template(name: Name, template: Arc<ChildSpec>, parent: SupervisorId, position: usize) -> Child {
        Child { dynamic: true, ..Child::made(name, template, Some(parent), position) }
    }

    fn made(name: Name, spec: Arc<ChildSpec>, parent: Option<SupervisorId>, position: usize) -> Child {
        Child {
            name,
            spec,
            config: None,
            dynamic: false,
            asked: None,
            generation: 0,
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

    pub(super) fn id(&self, index: usize) -> ChildId {
        ChildId::new(index, self.generation)
    }

    /// Whether nobody has its place.
    pub(super) fn is_free(&self) -> bool {
        self.dynamic && self.state == State::Gone
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.spec.restart == Restart::Temporary
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
