//! Releases that wait or are under way: shown to whoever asks, and taken back.

use tokio::sync::oneshot;

use super::candidate::Candidate;
use super::disk::{Order, TakenBack};
use super::machine::{Releases, UnderWay};
use super::rollback::Rollback;
use super::run::Run;
use super::verdict::{Cancelled, Pending, Verdict, blank, planned_row, refused_row};
use super::work::{Asker, Job, Work, is_deserted};
use crate::base::{Millis, limits};
use crate::release::{Entry, ROLLBACK, Row, RowResult};

/// Why whatever was taken back is not to be.
const TAKEN_BACK: &str = "it was taken back";

impl Releases {
    /// Every release that has not come to its end, in the order of their turns.
    pub(in crate::control) fn pending(&self) -> Vec<Pending> {
        let under_way = self.under_way.iter().map(|under_way| match under_way {
            UnderWay::Fetching(_, job) => self.at(job, "it is being read from the state directory"),
            UnderWay::Compiling(_, job, _) => self.at(job, "it is being checked and compiled"),
            UnderWay::Running(run) => Pending { row: running(run), waits: false },
            UnderWay::Ending(ending) => Pending { row: ending_row(&ending.row), waits: false },
        });
        under_way.chain(self.queue.iter().map(|work| self.waiting(work))).collect()
    }

    fn at(&self, job: &Job, how: &str) -> Pending {
        Pending { row: self.begun_row(&job.candidate, left(how, is_deserted(job.done.as_ref()))), waits: false }
    }

    fn waiting(&self, work: &Work) -> Pending {
        let how = |deserted| left("it waits for its turn", deserted);
        let row = match work {
            Work::Upgrade(candidate, done) => self.begun_row(candidate, how(is_deserted(done.as_ref()))),
            Work::Rollback(rollback, done, at_ms) => row_of(rollback, *at_ms, how(is_deserted(Some(done)))),
        };
        Pending { row, waits: true }
    }

    /// The row of a component that is not refused yet.
    fn begun_row(&self, candidate: &Candidate, how: String) -> Row {
        let (name, version) = (candidate.name_hint.clone(), candidate.version_hint);
        let row = refused_row(candidate, &self.running, name, version, how, candidate.at_ms);
        Row { result: RowResult::Begun, ..row }
    }

    /// Takes back what waits and what is under way before its point of no return: all of it, or what came from the
    /// file of this name. Whoever waits for one is told, when that is recorded.
    pub(super) fn cancel(&mut self, file: Option<&str>, done: oneshot::Sender<Cancelled>) {
        let mut cancelled = self.cancel_under_way(file);
        let mut rows = vec![];
        let mut askers = vec![];
        let (meant, left) = std::mem::take(&mut self.queue).into_iter().partition::<Vec<_>, _>(|work| work.is_of(file));
        self.queue = left.into();
        for work in meant {
            let (row, asker, dry_run) = self.taken_back(work);
            if dry_run {
                cancelled.taken_back.push(row.clone());
                self.tell(asker, Verdict::of(row), false, "");
            } else {
                rows.push(row);
                askers.push(asker);
            }
        }
        let is_nothing = rows.is_empty() && cancelled.taken_back.is_empty();
        let taken = TakenBack { askers, cancelled, done };
        match is_nothing || self.writing >= limits::DISK_JOBS_MAX {
            // Nor does anybody wait for a disk that has so much to do already.
            true => self.noted(rows.into_iter().map(|row| Entry { row, recorded: false }).collect(), taken),
            false => self.send_to_disk(Order::Note(rows, taken)),
        }
    }

    fn cancel_under_way(&mut self, file: Option<&str>) -> Cancelled {
        let mut cancelled = Cancelled::default();
        let is_meant = |job: &Job| file.is_none_or(|file| job.candidate.file_name == file);
        match self.under_way.take() {
            Some(UnderWay::Fetching(_, job)) if is_meant(&job) => cancelled.taken_back.push(self.take_back(*job)),
            Some(UnderWay::Compiling(_, job, call_off)) if is_meant(&job) => {
                drop(call_off);
                cancelled.taken_back.push(self.take_back(*job));
            }
            Some(UnderWay::Running(run)) if is_meant(&run.job) && run.can_be_undone() => {
                let why = format!("{TAKEN_BACK}: {run}");
                cancelled.taken_back.push(Row { result: RowResult::Refused, reason: why.clone(), ..running(&run) });
                self.undo(*run, why.into());
            }
            Some(UnderWay::Running(run)) if is_meant(&run.job) => {
                cancelled.kept = Some(format!("{run}, and is past the point of no return"));
                self.under_way = Some(UnderWay::Running(run));
            }
            other => self.under_way = other,
        }
        cancelled
    }

    /// Refuses one that has its turn and has changed nothing; gives its row.
    fn take_back(&mut self, job: Job) -> Row {
        let row = self.begun_row(&job.candidate, TAKEN_BACK.to_owned());
        let (name, version) = (job.candidate.name_hint.clone(), job.candidate.version_hint);
        self.refuse(job, name, version, TAKEN_BACK.to_owned());
        Row { result: RowResult::Refused, ..row }
    }

    /// The row of one that had not begun and is not to be, whoever asked for it, and whether it was a dry run.
    fn taken_back(&self, work: Work) -> (Row, Asker, bool) {
        let (row, asker, dry_run) = match work {
            Work::Upgrade(candidate, done) => {
                let row = self.begun_row(&candidate, TAKEN_BACK.to_owned());
                (row, Asker { dropped: candidate.dropped, done }, candidate.dry_run)
            }
            Work::Rollback(rollback, done, at_ms) => {
                let row = row_of(&rollback, at_ms, TAKEN_BACK.to_owned());
                (row, Asker { dropped: None, done: Some(done) }, rollback.dry_run)
            }
        };
        tracing::warn!(behaviour = %row.behaviour, via = %row.via, "{TAKEN_BACK} before its turn came");
        (Row { result: RowResult::Refused, at_ms: self.moment.wall_ms, ..row }, asker, dry_run)
    }
}

/// How far it is, and that nobody waits for it any more.
fn left(how: &str, deserted: bool) -> String {
    let gone = "; whoever ordered it waits no longer: `tomte upgrade --cancel` takes it back";
    format!("{how}{}", if deserted { gone } else { "" })
}

fn ending_row(row: &Row) -> Row {
    let reason = format!("it is refused, which is being recorded: {}", row.reason);
    Row { result: RowResult::Begun, reason, ..row.clone() }
}

fn running(run: &Run) -> Row {
    let row = planned_row(&run.fit.plan, &run.job.candidate.via, run.job.candidate.at_ms);
    Row { revision: run.revision(), result: RowResult::Begun, reason: run.to_string(), ..row }
}

fn row_of(rollback: &Rollback, at_ms: Millis, how: String) -> Row {
    let behaviour = rollback.behaviour.clone().unwrap_or_default();
    Row { via: ROLLBACK.to_owned(), ..blank(at_ms, behaviour, RowResult::Begun, how) }
}
