//! A plan that is being executed, one instruction after the other.

use std::fmt;

use super::compile::Fit;
use super::verdict::planned_row;
use super::work::Job;
use crate::base::{GuestLimits, Millis, Nanos, limits, nanos};
use crate::protocol::{Swap, SwapStep, SwapStepped};
use crate::release::{Instruction, Plan, Records, Row, StateError, States};

/// A plan that is being executed.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) job: Job,
    pub(super) fit: Fit,
    /// The place of the instruction under way.
    at: usize,
    /// How many shards have yet to do it.
    waiting: usize,
    /// The revision of its intent, once that is recorded.
    revision: u64,
    /// What the workers saved.
    states: States,
    workers: usize,
    /// How many of them go back to a state of before.
    lost: usize,
    pause: Nanos,
    /// When the instruction under way takes too long.
    deadline: Option<Nanos>,
}

/// What executing an instruction came to.
#[derive(Debug)]
pub(super) enum Executed {
    /// It is done.
    Done,
    /// Every shard is to do this; it is done when all have.
    ByShards(SwapStep),
    /// It is done, and so is the release for whoever waits: this row says so.
    Recorded(Row),
    /// There was none left.
    Finished,
}

impl Run {
    pub(super) fn new(id: u64, job: Job, fit: Fit) -> Run {
        let (states, revision) = (States::new(), 0);
        Run { id, job, fit, at: 0, waiting: 0, revision, states, workers: 0, lost: 0, pause: 0, deadline: None }
    }

    /// Whether a shard has yet to do the instruction under way.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Whether a refusal still leaves everything as it was.
    pub(super) fn can_be_undone(&self) -> bool {
        self.fit.plan.instructions.iter().skip(self.at).any(|left| *left == Instruction::PointOfNoReturn)
    }

    /// The revision of its intent; 0 until that is recorded.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The shards have been told, now.
    pub(super) fn told(&mut self, now: Nanos) {
        let GuestLimits { step, init, .. } = *self.fit.component.limits();
        let time = limits::SWAP_TIME + step.max(init);
        self.deadline = self.can_be_undone().then(|| now.saturating_add(nanos(time)));
    }

    /// When whoever has not done the instruction under way is to give up.
    pub(super) fn deadline(&self) -> Option<Nanos> {
        self.deadline
    }

    /// Whether that is now. Asked once.
    pub(super) fn gives_up(&mut self, now: Nanos) -> bool {
        self.deadline.take_if(|deadline| *deadline <= now).is_some()
    }

    /// Executes the instruction under way, if it is one for control; else says what the shards are to do,
    /// of whom there are so many.
    ///
    /// # Errors
    /// It is refused, for this reason.
    pub(super) fn execute(&mut self, shards: usize, records: &mut Records, at_ms: Millis) -> Result<Executed, String> {
        let Some(instruction) = self.fit.plan.instructions.get(self.at) else { return Ok(Executed::Finished) };
        if let Some(step) = self.step(instruction) {
            self.waiting = shards;
            return Ok(Executed::ByShards(step));
        }
        let executed = match instruction {
            Instruction::RecordIntent(_) => self.begin(records, at_ms)?,
            Instruction::WriteStates => self.write_states(records)?,
            Instruction::RecordRunning(_) => Executed::Recorded(self.complete(records, at_ms)),
            _ => Executed::Done,
        };
        self.at += 1;
        Ok(executed)
    }

    /// What a shard has to do for an instruction; nothing, if that is for control.
    fn step(&self, instruction: &Instruction) -> Option<SwapStep> {
        match instruction {
            Instruction::LoadComponent(_) => Some(SwapStep::Load(self.swap())),
            Instruction::Suspend(_) => Some(SwapStep::Suspend),
            Instruction::Save(_) => Some(SwapStep::Save),
            Instruction::CodeChange { .. } => Some(SwapStep::CodeChange),
            Instruction::Resume(_) => Some(SwapStep::Resume),
            Instruction::Purge(_) => Some(SwapStep::Purge),
            Instruction::RecordIntent(_)
            | Instruction::WriteStates
            | Instruction::PointOfNoReturn
            | Instruction::RecordRunning(_) => None,
        }
    }

    fn swap(&self) -> Swap {
        Swap {
            behaviour: self.fit.plan.behaviour.clone(),
            component: self.fit.component.clone(),
            back: self.job.back.clone(),
        }
    }

    /// One more shard has done the instruction under way.
    pub(super) fn hear(&mut self, part: SwapStepped) {
        self.states.extend(part.states);
        self.workers += part.workers;
        self.lost += part.lost;
        self.pause = self.pause.max(part.pause);
        self.waiting = self.waiting.saturating_sub(1);
        if self.waiting == 0 {
            self.at += 1;
            self.deadline = None;
        }
    }

    fn begin(&mut self, records: &mut Records, at_ms: Millis) -> Result<Executed, String> {
        let intent = planned_row(&self.fit.plan, &self.job.candidate.via, at_ms);
        let begun = records.begin(intent, &self.job.candidate.bytes);
        self.revision = begun.map_err(|error| format!("it could not be recorded, so nothing was changed: {error}"))?;
        Ok(Executed::Done)
    }

    fn write_states(&self, records: &mut Records) -> Result<Executed, String> {
        let written = records.write_states(&self.states);
        written.map_err(|error| format!("the states of its workers could not be kept for a rollback: {error}"))?;
        Ok(Executed::Done)
    }

    /// What runs cannot be taken back any more, so an error is a part of the row.
    fn complete(&self, records: &mut Records, at_ms: Millis) -> Row {
        let planned = planned_row(&self.fit.plan, &self.job.candidate.via, at_ms);
        let reason = self.losses();
        let row =
            Row { revision: self.revision, workers: self.workers, pause_us: self.pause / 1000, reason, ..planned };
        match records.complete(row.clone()) {
            Ok(row) => row,
            Err(error) => {
                let reason = self.unrecorded(&error);
                tracing::error!("{reason}");
                records.remark(self.revision, &reason);
                Row { reason, ..row }
            }
        }
    }

    /// What it lost, for whoever asked for it.
    fn losses(&self) -> String {
        match self.lost {
            0 => String::new(),
            1 => format!(
                "1 worker has its state of the upgrade again: what happened since is lost, for {} cannot write {}'s schema",
                self.fit.plan.from, self.fit.plan.to
            ),
            count => format!(
                "{count} workers have their states of the upgrade again: what happened since is lost, for {} cannot write {}'s schema",
                self.fit.plan.from, self.fit.plan.to
            ),
        }
    }

    fn unrecorded(&self, error: &StateError) -> String {
        format!("it runs, but could not be recorded: a restart comes back to {}: {error}", self.fit.plan.from)
    }
}

/// What it waits for.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { behaviour, from, to, instructions, .. } = &self.fit.plan;
        write!(f, "the change of {behaviour} from {from} to {to}")?;
        match instructions.get(self.at) {
            Some(instruction) => write!(f, " is at `{instruction}`, which {} shards have yet to do", self.waiting),
            None => f.write_str(" is done"),
        }
    }
}
