//! Where a rollback goes, and what it needs to go there.

use std::sync::Arc;

use super::candidate::{Candidate, Running};
use crate::base::{Name, SavedState};
use crate::release::{Ledger, NoWay, ROLLBACK, Target};

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

/// Which component runs after the rollback, without its bytes, and where it is to be found.
pub(super) fn way_back(
    rollback: &Rollback,
    running: &[Running],
    ledger: &Ledger,
) -> Result<(Candidate, Target), NoWay> {
    let Rollback { behaviour, revision, dry_run } = rollback;
    let find = |name: &str| running.iter().find(|running| running.plan.behaviour.as_str() == name);
    let runs = |name: &str| find(name).map(|running| running.plan.digest);
    let (behaviour, target) = ledger.way_back(behaviour.as_deref(), *revision, runs)?;
    let file_name = format!("{behaviour}-{}.wasm", target.version);
    let candidate = Candidate::unread(target.digest, file_name, ROLLBACK.to_owned(), *dry_run);
    Ok((candidate, target))
}
