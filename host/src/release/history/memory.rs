//! [`Memory`]: what stays known of rows that are forgotten.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::chain::Chain;
use super::text;
use super::{Row, RowResult};
use crate::base::Digest;

/// What follows from all rows up to one, whether they are still there or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// The last revision that it holds.
    through: u64,
    /// What builds on what, for each behaviour.
    pub(super) chains: BTreeMap<String, Chain>,
    /// Components that became permanent in a row that is forgotten.
    #[serde(with = "text::all")]
    ran: BTreeSet<Digest>,
}

impl Memory {
    /// One more row. What made nothing run is in no chain, and may be named after any file.
    pub(super) fn follow(&mut self, row: &Row) {
        if row.result == RowResult::Permanent {
            self.chains.entry(row.behaviour.clone()).or_default().follow(row);
        }
        self.through = self.through.max(row.revision);
    }

    /// Whether it has followed this row.
    pub(super) fn has(&self, row: &Row) -> bool {
        row.revision <= self.through
    }

    /// This row is forgotten.
    pub(super) fn outlive(&mut self, row: &Row) {
        if row.result == RowResult::Permanent {
            self.ran.extend(row.digest);
        }
    }

    /// Whether a row that is forgotten made this component permanent.
    pub(super) fn ran(&self, digest: &Digest) -> bool {
        self.ran.contains(digest)
    }
}
