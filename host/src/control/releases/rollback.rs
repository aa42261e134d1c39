//! Where a rollback goes, and what it needs to go there.

use std::sync::Arc;

use super::candidate::{Candidate, Running};
use crate::base::{Name, SavedState};
use crate::release::{NoWay, ROLLBACK, Records};

/// Running what ran before.
#[derive(Clone, Debug, Default)]
pub struct Rollback {
    /// Of this behaviour; none means the one that changed last.
    pub behaviour: Option<String>,
    /// The version that this revision made permanent; none means the one before.
    pub revision: Option<u64>,
    /// Only tell what would be done.
    pub dry_run: bool,
}

/// The states of an earlier swap, by worker, shared by all shards.
pub(super) type StatesBefore = Arc<Vec<(Name, SavedState)>>;

/// What runs after the rollback, and the states of the swap that is undone by it.
pub(super) fn way_back(
    rollback: &Rollback,
    running: &[Running],
    records: &Records,
) -> Result<(Candidate, Option<StatesBefore>), NoWay> {
    let Rollback { behaviour, revision, dry_run } = rollback;
    let find = |name: &str| running.iter().find(|running| running.plan.behaviour.as_str() == name);
    let runs = |name: &str| find(name).map(|running| running.plan.digest);
    let (behaviour, target) = records.history().way_back(behaviour.as_deref(), *revision, runs)?;
    let no_way = |why: String| NoWay { behaviour: behaviour.clone(), why };
    records.history().in_place().map_err(|error| no_way(error.to_string()))?;
    let bytes = records.components().get(&target.digest).map_err(|error| no_way(error.to_string()))?;
    let file_name = format!("{behaviour}-{}.wasm", target.version);
    let candidate = Candidate::new(bytes, file_name, ROLLBACK.to_owned(), *dry_run);
    let states = target.swap.map(|revision| records.swaps().load(revision)).transpose();
    let states = states.map_err(|error| no_way(error.to_string()))?.flatten();
    Ok((candidate, states.map(|states| Arc::new(states.into_iter().collect()))))
}
