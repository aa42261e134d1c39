//! The release under way, and those that wait for their turn.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::candidate::{Candidate, Fit, Told};
use super::event::Committed;
use crate::base::{Name, SavedState};
use crate::release::{Direction, Plan, States};

/// The states of an earlier swap, by worker, shared by all shards.
pub(super) type StatesBefore = Arc<Vec<(Name, SavedState)>>;

/// What to do, in the order it came.
pub(super) enum Work {
    Upgrade(Candidate, Option<oneshot::Sender<Told>>),
    /// Where it goes is decided when its turn comes: the releases before it change that.
    Rollback {
        behaviour: Option<String>,
        revision: Option<u64>,
        dry_run: bool,
        done: oneshot::Sender<Told>,
    },
}

/// The release under way.
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) candidate: Candidate,
    /// Going back: the states of the swap that brought the version that is left.
    pub(super) back: Option<StatesBefore>,
    pub(super) direction: Direction,
    pub(super) done: Option<oneshot::Sender<Told>>,
    pub(super) stage: Stage,
}

pub(super) enum Stage {
    Compiling,
    Preparing { fit: Fit, plan: Plan, waiting: usize, carried: States },
    Committing { fit: Fit, plan: Plan, waiting: usize, carried: States, done: Committed },
}
