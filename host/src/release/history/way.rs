//! Where a rollback goes.

use super::{Ledger, Row, RowResult, Target};
use crate::base::Digest;

/// The behaviour, as far as it is known, and why it cannot go back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoWay {
    /// The behaviour; empty if none is known.
    pub behaviour: String,
    /// In words for people.
    pub why: String,
}

impl Ledger {
    /// Which behaviour goes back, and where to: to the version that this revision made permanent, or to the one
    /// before, of this behaviour or of the one that changed last. `running` says what runs for a behaviour.
    ///
    /// # Errors
    /// There is no way, for a reason that people are told.
    pub fn way_back(
        &self,
        behaviour: Option<&str>,
        revision: Option<u64>,
        running: impl FnOnce(&str) -> Option<Digest>,
    ) -> Result<(String, Target), NoWay> {
        let row = self.last_change(behaviour, revision)?;
        let no_way = |why: &str| NoWay { behaviour: row.behaviour.clone(), why: why.to_owned() };
        let running = running(&row.behaviour).ok_or_else(|| no_way("no such behaviour runs here"))?;
        let target = match revision {
            Some(revision) => self.back_to(revision, &running),
            None => self.previous(&row.behaviour, &running),
        };
        let known = target.map(|target| (row.behaviour.clone(), target));
        known.ok_or_else(|| no_way("the history knows no version before the one that runs; see `tomte history`"))
    }

    /// The row that says which behaviour goes back.
    fn last_change(&self, behaviour: Option<&str>, revision: Option<u64>) -> Result<&Row, NoWay> {
        let is_it = |row: &&Row| {
            row.result == RowResult::Permanent && behaviour.is_none_or(|behaviour| *behaviour == row.behaviour)
        };
        let row = match revision {
            Some(revision) => self.row(revision),
            None => self.rows().iter().rev().find(is_it),
        };
        row.ok_or_else(|| NoWay {
            behaviour: behaviour.unwrap_or_default().to_owned(),
            why: match (revision, behaviour) {
                (Some(revision), _) => format!("there is no revision {revision}; see `tomte history`"),
                (None, Some(name)) => format!("`{name}` was not upgraded yet; see `tomte history`"),
                (None, None) => "nothing was upgraded yet, so there is no version to go back to".to_owned(),
            },
        })
    }
}
