//! Where a rollback goes, and what it needs to go there.

use std::sync::Arc;

use super::candidate::{Candidate, Running};
use crate::base::{Name, SavedState};
use crate::release::{Records, Row, RowResult, Target};

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

/// The behaviour, as far as it is known, and why it cannot go back.
pub(super) struct NoWay {
    pub(super) behaviour: String,
    pub(super) why: String,
}

/// What runs after the rollback, and the states of the swap that is undone by it.
pub(super) fn way_back(
    rollback: &Rollback,
    running: &[Running],
    records: &Records,
) -> Result<(Candidate, Option<StatesBefore>), NoWay> {
    let (behaviour, target) = target(rollback, running, records)?;
    let no_way = |why: String| NoWay { behaviour: behaviour.clone(), why };
    let bytes = records.components().get(&target.digest).map_err(|error| no_way(error.to_string()))?;
    let file_name = format!("{behaviour}-{}.wasm", target.version);
    let candidate = Candidate::new(bytes, file_name, "rollback".to_owned(), rollback.dry_run);
    let states = target.swap.map(|revision| records.swaps().load(revision)).transpose();
    let states = states.map_err(|error| no_way(error.to_string()))?.flatten();
    Ok((candidate, states.map(|states| Arc::new(states.into_iter().collect()))))
}

fn target(rollback: &Rollback, running: &[Running], records: &Records) -> Result<(String, Target), NoWay> {
    let history = records.history();
    let row = last_change(rollback, records)?;
    let no_way = |why: &str| NoWay { behaviour: row.behaviour.clone(), why: why.to_owned() };
    let running = running.iter().find(|running| running.plan.behaviour.as_str() == row.behaviour);
    let running = &running.ok_or_else(|| no_way("no such behaviour runs here"))?.plan.digest;
    let target = match rollback.revision {
        Some(revision) => history.back_to(revision, running),
        None => history.previous(&row.behaviour, running),
    };
    let known = target.map(|target| (row.behaviour.clone(), target));
    known.ok_or_else(|| no_way("the history knows no version before the one that runs; see `tomte history`"))
}

/// The row that says which behaviour goes back.
fn last_change<'a>(rollback: &Rollback, records: &'a Records) -> Result<&'a Row, NoWay> {
    let history = records.history();
    let is_it = |row: &&Row| {
        row.result == RowResult::Permanent && rollback.behaviour.as_ref().is_none_or(|name| *name == row.behaviour)
    };
    let row = match rollback.revision {
        Some(revision) => history.row(revision),
        None => history.rows().iter().rev().find(is_it),
    };
    row.ok_or_else(|| NoWay {
        behaviour: rollback.behaviour.clone().unwrap_or_default(),
        why: match (rollback.revision, &rollback.behaviour) {
            (Some(revision), _) => format!("there is no revision {revision}; see `tomte history`"),
            (None, Some(name)) => format!("`{name}` was not upgraded yet; see `tomte history`"),
            (None, None) => "nothing was upgraded yet, so there is no version to go back to".to_owned(),
        },
    })
}
