//! Why a question about one child of a running tree is answered with no. The codes are OTP's.

use std::fmt;

use super::TreeError;
use crate::base::limits::{CHILDREN_MAX, DYNAMIC_CHILDREN_MAX, DYNAMIC_CONFIG_BYTES_MAX};
use crate::base::{ExitReason, Name};

/// Why a child was not added, stopped, started or deleted, or why a supervisor was not changed.
/// Nothing happened, save for the last two: there the start was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChildError {
    /// No supervisor has this name.
    NoSupervisor(String),
    /// The supervisor does not run, or is about to end.
    SupervisorDown(Name),
    /// This one does not run, and is the root of an application that is stopped.
    ApplicationDown(Name),
    /// The supervisor is starting or stopping its children; a moment later it is not.
    Busy(Name),
    /// The supervisor is simple_one_for_one: its children are added by key, and are neither
    /// restarted nor deleted but gone when they end.
    SimpleOneForOne(Name),
    /// The supervisor is not simple_one_for_one: its children need a spec.
    NoTemplate(Name),
    /// Its key is no name, for this reason.
    NotAName(String),
    /// A child of this name or key is there already, and runs or is on its way.
    AlreadyStarted,
    /// A child of this name or key is there already, and is stopped or waits for its restart.
    AlreadyPresent,
    /// The name belongs to something else in the tree.
    NameTaken(Name),
    /// A supervisor cannot be added or changed into a worker, or a worker into a supervisor.
    NotAWorker(Name),
    /// The child runs.
    Running,
    /// The child is being restarted.
    Restarting,
    /// There is no such child, or its spec is gone.
    NotFound,
    /// It is the root, or that of an application.
    Root,
    /// More than [`DYNAMIC_CHILDREN_MAX`] children added at run time or [`DYNAMIC_CONFIG_BYTES_MAX`] of their
    /// configuration, or more than [`CHILDREN_MAX`]
    /// declared.
    TooMany,
    /// A simple_one_for_one supervisor stays one, and no other becomes one.
    OtherKind(Name),
    /// The spec or the flags are none that a tree may have.
    Invalid(TreeError),
    /// Its `init` said that it is not needed now.
    Ignored,
    /// It could not be started. [`ExitReason::Shutdown`] if it was stopped before it came up.
    Failed(ExitReason),
}

impl ChildError {
    /// The word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            ChildError::NoSupervisor(_) => "no_supervisor",
            ChildError::SupervisorDown(_) | ChildError::ApplicationDown(_) => "supervisor_down",
            ChildError::Busy(_) => "busy",
            ChildError::SimpleOneForOne(_) => "simple_one_for_one",
            ChildError::NoTemplate(_) => "no_template",
            ChildError::NotAName(_) => "not_a_name",
            ChildError::AlreadyStarted => "already_started",
            ChildError::AlreadyPresent => "already_present",
            ChildError::NameTaken(_) => "name_taken",
            ChildError::NotAWorker(_) => "not_a_worker",
            ChildError::Running => "running",
            ChildError::Restarting => "restarting",
            ChildError::NotFound => "not_found",
            ChildError::Root => "root",
            ChildError::TooMany => "too_many",
            ChildError::OtherKind(_) => "other_kind",
            ChildError::Invalid(_) => "invalid",
            ChildError::Ignored => "ignored",
            ChildError::Failed(_) => "failed",
        }
    }
}

impl From<TreeError> for ChildError {
    fn from(error: TreeError) -> ChildError {
        ChildError::Invalid(error)
    }
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ChildError as E;
        match self {
            E::NoSupervisor(name) => write!(f, "no supervisor is named {name}; `tomte tree` shows those there are"),
            E::SupervisorDown(name) => write!(f, "supervisor {name} does not run; restart it first"),
            E::ApplicationDown(name) => {
                write!(f, "{name} does not run: its application is stopped; `tomte start-application` starts it")
            }
            E::Busy(name) => write!(f, "supervisor {name} is starting or stopping its children; try again"),
            E::SimpleOneForOne(name) => write!(
                f,
                "supervisor {name} is simple_one_for_one: start a child of it by key and stop it; it is gone when it ends"
            ),
            E::NoTemplate(name) => {
                write!(f, "supervisor {name} is not simple_one_for_one, so a key is not enough; give a child spec")
            }
            E::AlreadyStarted => f.write_str("a child of this name is there and runs; use it, or stop it first"),
            E::AlreadyPresent => {
                f.write_str("a child of this name is there and does not run; restart it, or delete it first")
            }
            E::NameTaken(name) => write!(f, "the name {name} is taken by something else; use another"),
            E::NotAWorker(name) => {
                write!(
                    f,
                    "{name} is a supervisor on one side and a worker on the other; only workers come and go alone"
                )
            }
            E::NotAName(why) => f.write_str(why),
            E::Running => f.write_str("it runs; stop it first"),
            E::Restarting => f.write_str("it is being restarted; stop it first to end that"),
            E::NotFound => f.write_str("there is no such child; `tomte tree` shows those there are"),
            E::Root => {
                f.write_str("a root stops with its application: `tomte stop-application`, or `tomte shutdown` for all")
            }
            E::TooMany => write!(
                f,
                "too many children: {CHILDREN_MAX} may be declared and {DYNAMIC_CHILDREN_MAX} added, with {} MiB of \
                 configuration together; stop some first",
                DYNAMIC_CONFIG_BYTES_MAX >> 20
            ),
            E::OtherKind(name) => write!(
                f,
                "supervisor {name} cannot change to or from simple_one_for_one while it runs; declare a new supervisor"
            ),
            E::Invalid(error) => error.fmt(f),
            E::Ignored => f.write_str("not needed now (its `init` said ignore)"),
            E::Failed(ExitReason::Shutdown) => f.write_str("it was stopped before it came up"),
            E::Failed(reason) => write!(f, "it could not be started: {reason}"),
        }
    }
}

impl std::error::Error for ChildError {}
