//! [`Ledger`]: every row of the history, and what follows from them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::Chain;
use super::memory::Memory;
use super::{Current, Row, RowResult, Target};
use crate::base::Digest;
use crate::base::limits::{HISTORY_ROWS_MAX, RELEASES_KEPT};

/// The releases this host was given, in order; of many the oldest are forgotten. What is on disk of it,
/// [`super::History`] knows.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    rows: Vec<Row>,
    memory: Memory,
}

impl Ledger {
    /// With these rows, the oldest first, and what is known of those before.
    pub(super) fn of(mut memory: Memory, rows: Vec<Row>) -> Ledger {
        for row in &rows {
            if !memory.has(row) {
                memory.follow(row);
            }
        }
        Ledger { rows, memory }
    }

    /// What stays known whatever is forgotten.
    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The rows, the oldest first.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// This row is on disk now: the last one, or one that takes the place of the intent with its number.
    pub fn enter(&mut self, row: Row) {
        self.memory.follow(&row);
        match self.begun(row.revision) {
            Some(at) => self.rows[at] = row,
            None => self.rows.push(row),
        }
        self.forget_old();
    }

    /// Of half as many more than [`HISTORY_ROWS_MAX`] the oldest are forgotten, but for the last [`RELEASES_KEPT`] that
    /// made something run of each behaviour, and never while a release has begun. Says whether some were.
    pub(super) fn forget_old(&mut self) -> bool {
        let has_begun = || self.rows.iter().any(|row| row.result == RowResult::Begun);
        if self.rows.len() <= HISTORY_ROWS_MAX + HISTORY_ROWS_MAX / 2 || has_begun() {
            return false;
        }
        let kept: BTreeSet<u64> = self.kept().map(|row| row.revision).chain([self.last_revision()]).collect();
        let mut excess = self.rows.len() - HISTORY_ROWS_MAX;
        let memory = &mut self.memory;
        self.rows.retain(|row| {
            let stays = excess == 0 || kept.contains(&row.revision);
            if !stays {
                excess -= 1;
                memory.outlive(row);
            }
            stays
        });
        true
    }

    /// The last [`RELEASES_KEPT`] rows of each behaviour that made something run, newest first.
    fn kept(&self) -> impl Iterator<Item = &Row> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        self.rows.iter().rev().filter(|row| row.result == RowResult::Permanent).filter(move |row| {
            let count = counts.entry(&row.behaviour).or_default();
            *count += 1;
            *count <= RELEASES_KEPT
        })
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
        self.memory.chains.get(behaviour)?.current()
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
        let made = |row: &Row| row.result == RowResult::Permanent && row.digest.as_ref() == Some(digest);
        self.rows.iter().any(made) || self.memory.ran(digest)
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
        let named = self.kept().flat_map(|row| [row.from_digest, row.digest]).flatten();
        named.chain(self.memory.chains.values().flat_map(Chain::digests)).collect()
    }

    /// The place of this intent.
    pub(super) fn begun(&self, revision: u64) -> Option<usize> {
        self.rows.iter().rposition(|row| row.revision == revision && row.result == RowResult::Begun)
    }

    pub(super) fn last_revision(&self) -> u64 {
        self.rows.last().map_or(0, |row| row.revision)
    }

    fn chain(&self, behaviour: &str, running: &Digest) -> Option<&Chain> {
        self.memory.chains.get(behaviour).filter(|chain| chain.ends_with(running))
    }
}
