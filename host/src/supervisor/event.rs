//! The whole outside world of a tree: what it is told and what it wants done.

use std::sync::Arc;
use std::time::Duration;

use super::{ChildError, ChildId, Report, Why};
use crate::base::{ChildSpec, ExitReason, Name, Shutdown};

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

/// A child to be added at run time.
#[derive(Clone, Debug, PartialEq)]
pub enum NewChild {
    /// One more child of a simple_one_for_one supervisor's template. Its address is
    /// `SUPERVISOR/KEY`; when it ends and is not restarted, the key is free again.
    Keyed {
        /// Its key, unique under its supervisor.
        key: Name,
        /// Its configuration as JSON text, in place of its template's.
        config: Option<Arc<[u8]>>,
    },
    /// A worker with a specification of its own, under any other supervisor. Starts last and stops
    /// first. Under a manager its name is its key, and it must be temporary.
    Spec(Box<ChildSpec>),
}

/// Somebody wants a new child.
#[derive(Clone, Debug, PartialEq)]
pub struct StartChild {
    /// The supervisor it is to stand under.
    pub supervisor: ChildId,
    /// What it is.
    pub new: NewChild,
    /// Given back with the answer; see [`Action::Answer`].
    pub asked: u64,
}

/// What somebody wants of a child, a worker or a supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// OTP's terminate_child: stop it and all below it; a restart loop of it ends. Its specification
    /// is kept, unless it is temporary or of a template. Done when it has stopped, at once if it had.
    Terminate,
    /// The same without waiting for anybody's `terminate`, nor for that of one whose stop is under way. OTP's
    /// `exit(Pid, kill)`, after which it stays down.
    Kill,
    /// OTP's restart_child: start it, if it is stopped. If that fails it stays stopped, and nothing
    /// is counted against its supervisor's intensity.
    Start,
    /// As `Start`, but a child that runs is stopped first. What an operator means by a restart.
    Restart,
    /// OTP's delete_child: forget its specification, if it is stopped. A declared one comes back when
    /// its supervisor starts again, since that starts from the declaration.
    Delete,
}

/// What happened. An event that does not fit the state of its child is ignored.
#[derive(Clone, Debug, PartialEq)]
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
    /// Somebody wants a new child; exactly one [`Action::Answer`] follows. A supervisor that is busy
    /// with its other children takes the new one up when it is done. A child that does not come up is
    /// not kept, unless it has a specification of its own and its `init` said ignore.
    StartChild(StartChild),
    /// Somebody wants something of a child; exactly one [`Action::Answer`] follows.
    Order {
        /// The child.
        child: ChildId,
        /// What is wanted.
        order: Order,
        /// Given back with the answer.
        asked: u64,
    },
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
    /// The same without waiting for anybody: what still runs is killed, and so is what is stopping.
    Halt,
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
    /// The end that this worker was ordered to come to may take no longer than this. Means nothing if it
    /// has ended in the meantime.
    Hurry {
        /// The worker.
        child: ChildId,
        /// How long it may take from now.
        how: Shutdown,
    },
    /// This worker has no instance, and will have none until it is started anew: whoever waits for it
    /// waits in vain. Not said after an [`Action::Stop`]. Means nothing if it was started since.
    Rest {
        /// The worker.
        child: ChildId,
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
    /// The answer to [`Event::StartChild`] or [`Event::Order`], when what was wanted has come about or
    /// cannot. Nobody waits for the number 0: it is told at most what is refused at once, for the log.
    Answer {
        /// What was given with the event.
        asked: u64,
        /// The address of the child, or why it is not as it was wanted.
        outcome: Result<Name, ChildError>,
    },
    /// An event manager has come up and takes what it is told, or is about to stop and takes no more.
    Manager {
        /// The manager.
        child: ChildId,
        /// Whether it has come up.
        open: bool,
    },
    /// Nothing more will be asked for this child, which has no instance: whatever is kept for it goes.
    /// Its address may be another child's already.
    Forget {
        /// The child; its id means nothing any more.
        child: ChildId,
        /// The address it had.
        name: Name,
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
