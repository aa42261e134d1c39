//! What a caller is told where there is nobody to answer, in the same words everywhere.

use crate::base::{Failure, Kind};
use crate::supervisor::ChildError;

/// There is no worker of this name.
pub fn no_worker(name: &str) -> Failure {
    Failure::new(Kind::NoWorker, format!("no worker is named `{name}`"))
}

/// A tree's refusal in the words of every other answer.
pub fn order_failure(error: &ChildError) -> Failure {
    let kind = match error {
        ChildError::NoSupervisor(_) | ChildError::NotFound => Kind::NoWorker,
        ChildError::SupervisorDown(_) | ChildError::ApplicationDown(_) => Kind::Stopped,
        ChildError::Busy(_) | ChildError::TooMany => Kind::Overloaded,
        ChildError::Failed(_) => Kind::Crashed,
        _ => Kind::Refused,
    };
    Failure::new(kind, error.to_string())
}
