//! What a tree tells the log, and why it ended.

use std::fmt;
use std::time::Duration;

use crate::base::{ExitReason, Name};

/// Something worth a line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A child ended and is started again, with its siblings if the strategy says so.
    Restarting {
        /// The child that ended, or whose restart failed.
        child: Name,
        /// Why.
        reason: ExitReason,
        /// How long the restart waits.
        delay: Duration,
    },
    /// A child ended and is not started again: it is temporary, or transient and ended cleanly.
    Ended {
        /// The child.
        child: Name,
        /// Why.
        reason: ExitReason,
    },
    /// A child could not be started.
    StartFailed {
        /// The child.
        child: Name,
        /// Why.
        reason: ExitReason,
    },
    /// A child that was to stop ended for a reason of its own.
    StoppedOddly {
        /// The child.
        child: Name,
        /// Its reason.
        reason: ExitReason,
    },
    /// More restarts were needed than the supervisor allows; it stops its children and ends.
    GaveUp {
        /// The supervisor.
        supervisor: Name,
        /// The child that ended once too often.
        child: Name,
        /// Why it ended.
        reason: ExitReason,
    },
    /// A significant child ended and its supervisor ends with it.
    AutoShutdown {
        /// The supervisor.
        supervisor: Name,
        /// The significant child.
        child: Name,
    },
    /// An operator's order was refused; nothing changed.
    Refused {
        /// The child it named.
        child: Name,
        /// Why.
        why: Refusal,
    },
}

/// Why an operator's order was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It named the root, which only [`super::Event::Shutdown`] stops, or that of an application.
    Root,
    /// The child is being started or waits for its restart.
    Restarting,
    /// The child was temporary and is gone.
    Gone,
    /// It is a dynamic child, which is stopped and started, but not restarted by hand.
    Dynamic,
    /// The child's supervisor does not run.
    SupervisorStopped,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Root => "a root stops with its application: `tomte stop-application`, or `tomte shutdown` for all",
            Refusal::Restarting => "it is being restarted already; stop it first to end that",
            Refusal::Gone => "it was temporary and has ended; it comes back with its supervisor",
            Refusal::Dynamic => "it is a dynamic child; stop it and start it again under its key",
            Refusal::SupervisorStopped => "its supervisor does not run; restart that one",
        })
    }
}

/// Why a supervisor ended. Its text names the child that caused it and that child's reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was ordered to.
    Ordered,
    /// More restarts were needed than it allows.
    GaveUp {
        /// The supervisor.
        supervisor: Name,
        /// The child that ended once too often.
        child: Name,
        /// Its reason.
        reason: ExitReason,
        /// Why the child ended, if it is a supervisor.
        because: Option<Box<Why>>,
    },
    /// A child's first start failed.
    StartFailed {
        /// The child.
        child: Name,
        /// Its reason.
        reason: ExitReason,
        /// Why the child did not start, if it is a supervisor.
        because: Option<Box<Why>>,
    },
    /// A significant child ended.
    SignificantEnded {
        /// The supervisor.
        supervisor: Name,
        /// The child.
        child: Name,
        /// Its reason.
        reason: ExitReason,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (reason, because) = match self {
            Why::Ordered => return f.write_str("ordered to shut down"),
            Why::GaveUp { supervisor, child, reason, because } => {
                write!(f, "supervisor {supervisor} gave up: child {child} ended once too often")?;
                (reason, because.as_deref())
            }
            Why::StartFailed { child, reason, because } => {
                write!(f, "child {child} failed to start")?;
                (reason, because.as_deref())
            }
            Why::SignificantEnded { supervisor, child, reason } => {
                write!(f, "supervisor {supervisor} ended with its significant child {child}")?;
                (reason, None)
            }
        };
        match because {
            Some(inner) => write!(f, ", because {inner}"),
            None => write!(f, " ({reason})"),
        }
    }
}
