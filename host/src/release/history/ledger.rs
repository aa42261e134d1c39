//! [`Ledger`]: every row of the history, and what follows from them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::Chain;
use super::{Current, Row, RowResult, Target};
use crate::base::{Digest, limits::RELEASES_KEPT};

/// Every release this host was given, in order. What is on disk of it, [`super::History`] knows.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    rows: Vec<Row>,
    chains: BTreeMap<String, Chain>,
}

impl Ledger {
    /// With these rows, the oldest first.
    pub(super) fn of(rows: Vec<Row>) -> Ledger {
        let mut ledger = Ledger { rows, chains: BTreeMap::new() };
        ledger.rows.iter().for_each(|row| follow(&mut ledger.chains, row));
        ledger
    }

    /// Every row, the oldest first.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// This row is on disk now: the last one, or one that takes the place of the intent with its number.
    pub fn enter(&mut self, row: Row) {
        follow(&mut self.chains, &row);
        match self.begun(row.revision) {
            Some(at) => self.rows[at] = row,
            None => self.rows.push(row),
        }
    }

    /// Says of an intent that cannot be completed why, for as long as this process lasts.
    pub fn remark(&mut self, revision: u64, reason: &str) {
        if let Some(at) = self.begun(revision) {
            reason.clone_into(&mut self.rows[at].reason);
        }
    }

    /// The last release that made something run, unless what runs was brought otherwise since.
    pub fn last_release(&self) -> Option<&Row> {
        self.rows.iter().rfind(|row| row.result == RowResult::Permanent).filter(|row| row.is_release())
    }

    /// What runs by the history: the last release of a behaviour that became permanent.
    pub fn current(&self, behaviour: &str) -> Option<Current> {
        self.chains.get(behaviour)?.current()
    }

    /// What a host that starts shall run instead of the manifest's component: [`Ledger::current`],
    /// if that chain started with this very component. A manifest with another one has the word.
    pub fn boot(&self, behaviour: &str, manifest: &Digest) -> Option<Current> {
        self.current(behaviour).filter(|serving| serving.base == *manifest && serving.digest != *manifest)
    }

    /// Where a rollback of a behaviour goes: to the version before the one that runs, if the history
    /// knows how `running` came to run.
    pub fn previous(&self, behaviour: &str, running: &Digest) -> Option<Target> {
        self.chain(behaviour, running)?.before()
    }

    /// Whether this component became permanent once.
    pub fn ran(&self, digest: &Digest) -> bool {
        self.rows.iter().any(|row| row.result == RowResult::Permanent && row.digest.as_ref() == Some(digest))
    }

    /// The row of a revision.
    pub fn row(&self, revision: u64) -> Option<&Row> {
        self.rows.iter().find(|row| row.revision == revision)
    }

    /// Where a rollback to a revision goes: to the version it made permanent; `None` if it made none.
    pub fn back_to(&self, revision: u64, running: &Digest) -> Option<Target> {
        let row = self.row(revision).filter(|row| row.result == RowResult::Permanent)?;
        let (version, digest) = (row.to?, row.digest?);
        let known = self.chain(&row.behaviour, running).and_then(|chain| chain.back_to(&digest));
        Some(known.unwrap_or(Target { version, digest, swap: None }))
    }

    /// Every component that a start or a rollback by one may ask for, and those of the last [`RELEASES_KEPT`] rows of
    /// each behaviour that made something run.
    pub fn needed(&self) -> BTreeSet<Digest> {
        let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
        let ran = self.rows.iter().rev().filter(|row| row.result == RowResult::Permanent);
        let last = ran.filter(|row| {
            let count = rows.entry(&row.behaviour).or_default();
            *count += 1;
            *count <= RELEASES_KEPT
        });
        let named = last.flat_map(|row| [row.from_digest, row.digest]).flatten();
        named.chain(self.chains.values().flat_map(Chain::digests)).collect()
    }

    /// The place of this intent.
    pub(super) fn begun(&self, revision: u64) -> Option<usize> {
        self.rows.iter().rposition(|row| row.revision == revision && row.result == RowResult::Begun)
    }

    pub(super) fn last_revision(&self) -> u64 {
        self.rows.last().map_or(0, |row| row.revision)
    }

    fn chain(&self, behaviour: &str, running: &Digest) -> Option<&Chain> {
        self.chains.get(behaviour).filter(|chain| chain.ends_with(running))
    }
}

/// What made nothing run is in no chain, and may be named after any file.
fn follow(chains: &mut BTreeMap<String, Chain>, row: &Row) {
    if row.result != RowResult::Permanent {
        return;
    }
    chains.entry(row.behaviour.clone()).or_default().follow(row);
}
