//! What the tree remembers of one supervisor.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Why;
use super::id::ChildId;
use super::intensity::Window;
use super::siblings::Siblings;
use crate::base::{ChildSpec, Nanos, SupervisorSpec};

/// What a supervisor is doing with all its children. While it is busy (starting or stopping), what
/// its children do is kept as mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It does not run.
    Down,
    /// Starts its children from the place `next` on. `boot`: its own start is not over before that.
    Starting { next: u64, boot: bool },
    /// Free to decide.
    Running,
    /// Stops its children from the last before the place `next` down to that at `floor`.
    Stopping { next: u64, floor: u64, then: Then },
    /// Has told all children of its template at once to stop, and ends when none is left.
    Emptying,
}

/// What follows when the children have stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The supervisor ends.
    Exit,
    /// They start again, for the sake of `cause`, after a wait if there is one.
    Restart { cause: ChildId, wait: Option<Duration> },
}

#[derive(Debug)]
pub(super) struct Supervisor {
    pub(super) spec: SupervisorSpec,
    /// Itself as a child.
    pub(super) child: ChildId,
    /// Whoever has joined it.
    pub(super) siblings: Siblings,
    /// What its dynamic children are made after, if it is a simple_one_for_one.
    pub(super) template: Option<Arc<ChildSpec>>,
    /// What its next start brings, in start order. A template is not among them.
    pub(super) declared: Vec<(ChildId, Arc<ChildSpec>)>,
    pub(super) phase: Phase,
    pub(super) window: Window,
    /// Children with something to decide, from while it was busy.
    pub(super) mail: VecDeque<ChildId>,
    /// When it must have stopped.
    pub(super) deadline: Option<Nanos>,
    /// Why it ended or is ending.
    pub(super) why: Option<Why>,
}

impl Supervisor {
    pub(super) fn new(spec: SupervisorSpec, child: ChildId) -> Supervisor {
        Supervisor {
            spec,
            child,
            siblings: Siblings::default(),
            template: None,
            declared: vec![],
            phase: Phase::Down,
            window: Window::default(),
            mail: VecDeque::new(),
            deadline: None,
            why: None,
        }
    }

    /// Whether it has ended or is about to.
    pub(super) fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Down | Phase::Emptying | Phase::Stopping { then: Then::Exit, .. })
    }
}
