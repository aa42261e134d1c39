//! What becomes of a release that comes to nothing: a row of the history, then the word that is told of it.

use std::path::Path;

use super::disk::{Order, TakenBack};
use super::machine::{Releases, UnderWay};
use super::verdict::{Verdict, refused_row};
use super::work::{Asker, Ending, Job, answer};
use crate::base::{Name, Version};
use crate::release::{Entry, Row, RowResult};

/// Why a release comes to nothing, as far as it could be told what it is.
pub(super) struct Cause {
    /// The revision of its intent; 0 if none is known to be recorded.
    pub(super) revision: u64,
    pub(super) behaviour: Option<Name>,
    pub(super) version: Option<Version>,
    pub(super) result: RowResult,
    pub(super) why: String,
}

impl Releases {
    pub(super) fn refuse(&mut self, job: Job, behaviour: Option<Name>, version: Option<Version>, why: String) {
        self.end(job, Cause { revision: 0, behaviour, version, result: RowResult::Refused, why });
    }

    /// It comes to nothing, which is told when it is recorded.
    pub(super) fn end(&mut self, job: Job, cause: Cause) {
        let Cause { revision, behaviour, version, result, why } = cause;
        let refused = refused_row(&job.candidate, &self.running, behaviour, version, why, self.moment.wall_ms);
        let row = Row { revision, result, ..refused };
        tracing::warn!(behaviour = %row.behaviour, via = %row.via, "refused: {}", row.reason);
        if job.candidate.dry_run {
            return self.tell(job.asker(), Verdict::of(row), false, "");
        }
        self.under_way = Some(UnderWay::Ending(Box::new(Ending { row: row.clone(), asker: job.asker() })));
        self.send_to_disk(Order::Refuse(row));
    }

    /// That the release under way has come to nothing is recorded, as far as there is room.
    pub(super) fn ended(&mut self, entry: Entry) {
        let is_it = |under_way: &mut UnderWay| matches!(under_way, UnderWay::Ending(_));
        let row = self.enter(entry);
        if let Some(UnderWay::Ending(ending)) = self.under_way.take_if(is_it) {
            // A row has room for less than a marker.
            let text = format!("{}\n", ending.row.reason);
            self.tell(ending.asker, Verdict::of(row), false, &text);
        }
    }

    /// That these were taken back is recorded, as far as there is room.
    pub(super) fn noted(&mut self, entries: Vec<Entry>, taken: TakenBack) {
        let TakenBack { askers, mut cancelled, done } = taken;
        for (entry, asker) in entries.into_iter().zip(askers) {
            let row = self.enter(entry);
            cancelled.taken_back.push(row.clone());
            let text = format!("{}\n", row.reason);
            self.tell(asker, Verdict::of(row), false, &text);
        }
        // The asker may have gone.
        let _ = done.send(cancelled);
    }

    fn enter(&mut self, Entry { row, recorded }: Entry) -> Row {
        if recorded {
            self.ledger.enter(row.clone());
        }
        row
    }

    pub(super) fn tell(&mut self, asker: Asker, verdict: Verdict, accepted: bool, text: &str) {
        self.mark(asker.dropped.as_deref(), accepted, text);
        answer(asker.done, verdict);
    }

    /// Writes beside a dropped file what came of it.
    pub(super) fn mark(&mut self, dropped: Option<&Path>, accepted: bool, text: &str) {
        if let Some(path) = dropped {
            self.drops.mark(path, accepted, text);
        }
    }
}
