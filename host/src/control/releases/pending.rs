//! Releases that wait or are under way: shown to whoever asks, and taken back.

use super::candidate::Candidate;
use super::machine::{Releases, UnderWay};
use super::rollback::Rollback;
use super::run::Run;
use super::verdict::{Cancelled, Pending, Verdict, blank, planned_row, refused_row};
use super::work::{Job, Work, is_deserted};
use crate::base::Millis;
use crate::release::{Direction, ROLLBACK, Row, RowResult};

/// Why whatever was taken back is not to be.
const TAKEN_BACK: &str = "it was taken back";

impl Releases {
    /// Every release that has not come to its end, in the order of their turns.
    pub(in crate::control) fn pending(&self) -> Vec<Pending> {
        let under_way = self.under_way.iter().map(|under_way| match under_way {
            UnderWay::Compiling(_, job, _) => {
                let how = left("it is being checked and compiled", is_deserted(job.done.as_ref()));
                Pending { row: self.begun(&job.candidate, how), waits: false }
            }
            UnderWay::Running(run) => Pending { row: running(run), waits: false },
        });
        under_way.chain(self.queue.iter().map(|work| self.waiting(work))).collect()
    }

    fn waiting(&self, work: &Work) -> Pending {
        let how = |deserted| left("it waits for its turn", deserted);
        let row = match work {
            Work::Upgrade(candidate, done) => self.begun(candidate, how(is_deserted(done.as_ref()))),
            Work::Rollback(rollback, done, at_ms) => row_of(rollback, *at_ms, how(is_deserted(Some(done)))),
        };
        Pending { row, waits: true }
    }

    /// The row of a component that is not refused yet.
    fn begun(&self, candidate: &Candidate, how: String) -> Row {
        let (name, version) = (candidate.name_hint.clone(), candidate.version_hint);
        let row = refused_row(candidate, &self.running, name, version, how, candidate.at_ms);
        Row { result: RowResult::Begun, ..row }
    }

    /// Takes back what waits and what is under way before its point of no return: all of it, or what came from the
    /// file of this name. Whoever waits for one is told.
    pub(super) fn cancel(&mut self, file: Option<&str>) -> Cancelled {
        let mut cancelled = Cancelled::default();
        let is_meant = |candidate: &Candidate| file.is_none_or(|file| candidate.file_name == file);
        match self.under_way.take() {
            Some(UnderWay::Compiling(_, job, call_off)) if is_meant(&job.candidate) => {
                drop(call_off);
                let row = self.begun(&job.candidate, TAKEN_BACK.to_owned());
                cancelled.taken_back.push(Row { result: RowResult::Refused, ..row });
                let (name, version) = (job.candidate.name_hint.clone(), job.candidate.version_hint);
                self.refuse(*job, name, version, TAKEN_BACK.to_owned());
            }
            Some(UnderWay::Running(run)) if is_meant(&run.job.candidate) && run.can_be_undone() => {
                let why = format!("{TAKEN_BACK}: {run}");
                cancelled.taken_back.push(Row { result: RowResult::Refused, reason: why.clone(), ..running(&run) });
                self.undo(*run, why.into());
            }
            Some(UnderWay::Running(run)) if is_meant(&run.job.candidate) => {
                cancelled.kept = Some(format!("{run}, and is past the point of no return"));
                self.under_way = Some(UnderWay::Running(run));
            }
            other => self.under_way = other,
        }
        for work in std::mem::take(&mut self.queue) {
            match work {
                Work::Upgrade(candidate, done) if is_meant(&candidate) => {
                    let row = self.forget(self.begun(&candidate, TAKEN_BACK.to_owned()), candidate.dry_run);
                    cancelled.taken_back.push(row.clone());
                    let job = Job { candidate, direction: Direction::Up, back: None, done };
                    self.tell(job, Verdict::of(row), false, &format!("{TAKEN_BACK}\n"));
                }
                Work::Rollback(rollback, done, at_ms) if file.is_none() => {
                    let row = row_of(&rollback, at_ms, TAKEN_BACK.to_owned());
                    let row = self.forget(row, rollback.dry_run);
                    cancelled.taken_back.push(row.clone());
                    // The asker may have gone.
                    let _ = done.send(Verdict::of(row));
                }
                work => self.queue.push_back(work),
            }
        }
        cancelled
    }

    /// The row of one that had not begun and is not to be.
    fn forget(&mut self, row: Row, dry_run: bool) -> Row {
        let row = Row { result: RowResult::Refused, at_ms: self.moment.wall_ms, ..row };
        tracing::warn!(behaviour = %row.behaviour, via = %row.via, "{TAKEN_BACK} before its turn came");
        if dry_run { row } else { self.records.note(row) }
    }
}

/// How far it is, and that nobody waits for it any more.
fn left(how: &str, deserted: bool) -> String {
    let gone = "; whoever ordered it waits no longer: `tomte upgrade --cancel` takes it back";
    format!("{how}{}", if deserted { gone } else { "" })
}

fn running(run: &Run) -> Row {
    let row = planned_row(&run.fit.plan, &run.job.candidate.via, run.job.candidate.at_ms);
    Row { revision: run.revision(), result: RowResult::Begun, reason: run.to_string(), ..row }
}

fn row_of(rollback: &Rollback, at_ms: Millis, how: String) -> Row {
    let behaviour = rollback.behaviour.clone().unwrap_or_default();
    Row { via: ROLLBACK.to_owned(), ..blank(at_ms, behaviour, RowResult::Begun, how) }
}
