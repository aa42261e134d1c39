//! The whole outside world of a tree: what it is told and what it wants done.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{ChildId, Report, Why};
use crate::base::limits::DYNAMIC_CHILDREN_MAX;
use crate::base::{ExitReason, Name, Shutdown};

/// What came of an [`Action::Start`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartOutcome {
    /// The worker runs.
    Up,
    /// Its `init` said that it is not needed now; there is no instance.
    Ignored,
    /// It could not be started; there is no instance.
    Failed(ExitReason),
}

/// A dynamic child that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartChild {
    /// The simple_one_for_one supervisor it is to stand under.
    pub supervisor: ChildId,
    /// What it is addressed by.
    pub key: Name,
    /// Its configuration as JSON text, in place of its template's.
    pub config: Option<Arc<[u8]>>,
    /// Given back with the outcome.
    pub asked: u64,
}

/// Why there is no such dynamic child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartChildError {
    /// The supervisor is no simple_one_for_one.
    NoTemplate,
    /// It does not run.
    SupervisorStopped,
    /// A child has that key and runs, is being started or stopped, or waits for its restart.
    AlreadyStarted,
    /// There are [`DYNAMIC_CHILDREN_MAX`](crate::base::limits::DYNAMIC_CHILDREN_MAX).
    TooMany,
    /// Its `init` said that it is not needed.
    Ignored,
    /// It could not be started. Nothing is kept of it.
    Failed(ExitReason),
}

impl fmt::Display for StartChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartChildError::NoTemplate => f.write_str("the supervisor is not simple_one_for_one"),
            StartChildError::SupervisorStopped => f.write_str("the supervisor does not run"),
            StartChildError::AlreadyStarted => f.write_str("already started"),
            StartChildError::TooMany => {
                write!(f, "there are {DYNAMIC_CHILDREN_MAX} dynamic children, the most there may be")
            }
            StartChildError::Ignored => f.write_str("not needed now (its `init` said ignore)"),
            StartChildError::Failed(reason) => write!(f, "{reason}"),
        }
    }
}

/// What happened. An event that does not fit the state of its child is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Start the tree. Once.
    Boot,
    /// The answer to [`Action::Start`].
    Started {
        /// The worker.
        child: ChildId,
        /// What came of it.
        outcome: StartOutcome,
    },
    /// A running worker ended by itself: it crashed, or it was done.
    Exited {
        /// The worker.
        child: ChildId,
        /// Why.
        reason: ExitReason,
    },
    /// The answer to [`Action::Stop`].
    Stopped {
        /// The worker.
        child: ChildId,
        /// How it ended. An [`Event::Exited`] that came before holds the real reason.
        reason: ExitReason,
    },
    /// The time of an [`Action::Wait`] is over.
    Due {
        /// The child that waits.
        child: ChildId,
        /// The token of the wait. One that is no longer wanted is ignored, so that nobody has to
        /// cancel a timer.
        token: u64,
    },
    /// Somebody wants a dynamic child; exactly one [`Action::ChildStarted`] answers.
    StartChild(StartChild),
    /// Start an application that is down: the child of the host's own supervisor that is its root. A
    /// failure is reported, and it stays down.
    StartApplication {
        /// Its root.
        root: ChildId,
    },
    /// Stop an application, in reverse start order; it stays down. On one that is down: nothing.
    StopApplication {
        /// Its root.
        root: ChildId,
    },
    /// Stop everything, in reverse start order; [`Action::Finished`] follows.
    Shutdown,
    /// The operator stops a child and all below it. Its spec is kept, unless it is temporary; a
    /// restart loop of it ends. On a child that is stopped: nothing.
    Terminate {
        /// The child, a worker or a supervisor.
        child: ChildId,
    },
    /// The operator starts a stopped child, or stops and starts a running one. Not a failure, so it
    /// is not counted against the supervisor's intensity; if the start fails the child stays stopped.
    Restart {
        /// The child, a worker or a supervisor.
        child: ChildId,
    },
}

/// What is to be done now, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make an instance of this worker; exactly one [`Event::Started`] answers.
    Start {
        /// The worker.
        child: ChildId,
    },
    /// End this worker; exactly one [`Event::Stopped`] answers, also when the worker has ended by
    /// itself in the meantime.
    Stop {
        /// The worker.
        child: ChildId,
        /// How, and how long it may take: its own `shutdown`, cut to what the supervisors above it
        /// have left.
        how: Shutdown,
    },
    /// Send [`Event::Due`] with this token after this time.
    Wait {
        /// The child that is to be restarted then, a worker or a supervisor.
        child: ChildId,
        /// To be given back.
        token: u64,
        /// How long, from now.
        delay: Duration,
    },
    /// The answer to [`Event::StartChild`].
    ChildStarted {
        /// What was given with it.
        asked: u64,
        /// The address of the child, which runs, or why there is none.
        outcome: Result<Name, StartChildError>,
    },
    /// An application has started: all of its tree runs.
    ApplicationUp {
        /// Its root.
        root: ChildId,
    },
    /// An application has ended or did not start: nothing of its tree runs.
    ApplicationDown {
        /// Its root.
        root: ChildId,
        /// Why.
        why: Why,
    },
    /// For the log.
    Report(Report),
    /// The root ended: nothing runs, and nothing more will be asked.
    Finished {
        /// How, as OTP names it.
        reason: ExitReason,
        /// Why, for people and for the exit code.
        why: Why,
    },
}

/// Where a child stands, as its supervisor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Its start is awaited; for a supervisor, that of its children.
    Starting,
    /// It runs.
    Running,
    /// It ended and is restarted when its backoff is over. OTP's `restarting`.
    Waiting,
    /// Its end is awaited.
    Stopping,
    /// It does not run.
    Stopped,
    /// It does not run, because its `init` said that it is not needed.
    Ignored,
}
