//! The release that runs: its plan is executed, one instruction after the other.

use super::ends::Cause;
use super::event::Want;
use super::machine::{Releases, UnderWay};
use super::run::{Executed, Run};
use super::verdict::Verdict;
use super::work::answer;
use crate::base::{Nanos, limits};
use crate::protocol::{SwapRefusal, SwapStep, SwapStepped};
use crate::release::{Plan, Row, RowResult, StateError};

impl Releases {
    /// The shards have been told what to do for this change of code, now. What came before that is not their time.
    pub(in crate::control) fn told(&mut self, id: u64, now: Nanos) {
        if let Some(UnderWay::Running(run)) = &mut self.under_way
            && run.id == id
        {
            run.told(now);
        }
    }

    /// Neither a worker that does not come to a step boundary nor a disk that does not take what was saved must hold
    /// up the workers for ever.
    pub(super) fn give_up_in_time(&mut self) {
        let Some(UnderWay::Running(run)) = &mut self.under_way else { return };
        if !run.gives_up(self.moment.now) {
            return;
        }
        match self.under_way.take() {
            Some(UnderWay::Running(run)) if run.is_at_disk() => {
                let time = limits::WRITE_STATES_TIME.as_secs();
                let why = format!(
                    "the disk has not taken the states of its workers within {time} s, so they go on as they were; look at the disk of the state directory, and try again"
                );
                self.undo(*run, why.into());
            }
            Some(UnderWay::Running(run)) => {
                self.wants.push(Want::Step(run.id, SwapStep::GiveUp));
                self.under_way = Some(UnderWay::Running(run));
            }
            other => self.under_way = other,
        }
    }

    /// Executes the plan until a shard or the disk has to be waited for.
    pub(super) fn advance(&mut self, mut run: Run) {
        while !run.is_waiting() {
            match run.execute(self.shards, self.moment) {
                Executed::Done => {}
                Executed::ByShards(step) => self.wants.push(Want::Step(run.id, step)),
                Executed::ByDisk(order) => self.send_to_disk(order),
                Executed::Finished => return,
            }
        }
        self.under_way = Some(UnderWay::Running(Box::new(run)));
    }

    /// A shard has done its part of the instruction under way, or refuses to.
    pub(super) fn stepped(&mut self, id: u64, result: Result<SwapStepped, SwapRefusal>) {
        let Some(mut run) = self.take_run(id) else { return };
        match result {
            Ok(part) => run.hear(part),
            Err(refusal) if run.can_be_undone() => return self.undo(run, refusal),
            Err(SwapRefusal { why, .. }) => {
                tracing::error!("a shard refuses what cannot be refused, which is a bug of the host: {why}");
                run.hear(SwapStepped::default());
            }
        }
        self.advance(run);
    }

    /// The disk has the intent of a release, or not.
    pub(super) fn begun(&mut self, id: u64, begun: Result<Row, StateError>) {
        let begun = begun.map(|row| {
            let revision = row.revision;
            self.ledger.enter(row);
            revision
        });
        let Some(mut run) = self.take_run(id) else { return };
        match run.begun(begun) {
            Ok(()) => self.advance(run),
            Err(why) => self.undo(run, why.into()),
        }
    }

    /// The disk has what the workers of a release saved, or not.
    pub(super) fn states_written(&mut self, id: u64, written: Result<(), StateError>) {
        let Some(mut run) = self.take_run(id) else { return };
        match run.states_written(written) {
            Ok(()) => self.advance(run),
            Err(why) => self.undo(run, why.into()),
        }
    }

    /// The disk has the row that says that a release runs, or not.
    pub(super) fn completed(&mut self, id: u64, completed: Result<Row, StateError>) {
        let is_recorded = completed.is_ok();
        let Some(mut run) = self.take_run(id) else { return };
        let row = run.completed(completed, self.moment.wall_ms);
        match is_recorded {
            true => self.ledger.enter(row.clone()),
            false => {
                tracing::error!("{}", row.reason);
                self.ledger.remark(row.revision, &row.reason);
            }
        }
        self.runs(&mut run, row);
        self.advance(run);
    }

    /// The release under way, if it is the one with this number. What comes late, of a change of code that is over,
    /// is nobody's.
    fn take_run(&mut self, id: u64) -> Option<Run> {
        let is_it = |under_way: &mut UnderWay| matches!(under_way, UnderWay::Running(run) if run.id == id);
        match self.under_way.take_if(is_it) {
            Some(UnderWay::Running(run)) => Some(*run),
            _ => None,
        }
    }

    /// No worker has another version: the old instances go on. One that crashed meanwhile comes back as after any
    /// crash, so that it was more than a refusal.
    pub(super) fn undo(&mut self, run: Run, refusal: SwapRefusal) {
        self.wants.push(Want::Step(run.id, SwapStep::Undo));
        let result = if refusal.crashed { RowResult::RolledBack } else { RowResult::Refused };
        let (revision, Plan { behaviour, to, .. }) = (run.revision(), run.fit.plan);
        let cause = Cause { revision, behaviour: Some(behaviour), version: Some(to), result, why: refusal.why };
        self.end(run.job, cause);
    }

    /// Every worker runs the new version, and that is recorded as far as it can be.
    fn runs(&mut self, run: &mut Run, row: Row) {
        let Plan { behaviour, from, to, digest, .. } = &run.fit.plan;
        if let Some(running) = self.running.iter_mut().find(|running| running.plan.behaviour == *behaviour) {
            running.plan.version = *to;
            running.plan.digest = *digest;
            running.plan.saves_state = run.fit.saves_state;
        }
        let Row { revision, workers, pause_us, via, .. } = &row;
        tracing::info!(%behaviour, %from, %to, workers, pause_us, %via, "upgraded");
        let text = match &*row.reason {
            "" => format!("{behaviour} {to} runs since revision {revision}\n"),
            reason => format!("{behaviour} {to}: {reason}\n"),
        };
        self.mark(run.job.candidate.dropped.as_deref(), true, &text);
        answer(run.job.done.take(), Verdict::of(row));
    }
}
