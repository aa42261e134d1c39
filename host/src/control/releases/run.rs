//! A plan that is being executed, one instruction after the other.

use std::fmt;
use std::sync::Arc;

use super::compile::Fit;
use super::disk::Order;
use super::event::Moment;
use super::verdict::planned_row;
use super::work::Job;
use crate::base::{GuestLimits, Millis, Nanos, limits, nanos};
use crate::protocol::{Swap, SwapStep, SwapStepped};
use crate::release::{Instruction, Plan, Row, StateError, States};

/// A plan that is being executed.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) job: Job,
    pub(super) fit: Fit,
    /// The place of the instruction under way.
    at: usize,
    /// Who has yet to do it.
    awaited: Awaited,
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

/// Who has yet to do the instruction under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    Nobody,
    /// So many shards.
    Shards(usize),
    Disk,
}

/// What executing an instruction came to.
#[derive(Debug)]
pub(super) enum Executed {
    /// It is done.
    Done,
    /// Every shard is to do this; it is done when all have.
    ByShards(SwapStep),
    /// This is to be done to the disk; it is done when that is.
    ByDisk(Order),
    /// There was none left.
    Finished,
}

impl Run {
    pub(super) fn new(id: u64, job: Job, fit: Fit) -> Run {
        let (states, revision, awaited) = (States::new(), 0, Awaited::Nobody);
        Run { id, job, fit, at: 0, awaited, revision, states, workers: 0, lost: 0, pause: 0, deadline: None }
    }

    /// Whether somebody has yet to do the instruction under way.
    pub(super) fn is_waiting(&self) -> bool {
        self.awaited != Awaited::Nobody
    }

    /// Whether that is the disk.
    pub(super) fn is_at_disk(&self) -> bool {
        self.awaited == Awaited::Disk
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

    /// Executes the instruction under way, if it is one for control; else says what the shards, of whom there are so
    /// many, or the disk are to do.
    pub(super) fn execute(&mut self, shards: usize, moment: Moment) -> Executed {
        let Some(instruction) = self.fit.plan.instructions.get(self.at) else { return Executed::Finished };
        if let Some(step) = self.step(instruction) {
            self.awaited = Awaited::Shards(shards);
            return Executed::ByShards(step);
        }
        let order = match instruction {
            Instruction::RecordIntent(_) => {
                let intent = planned_row(&self.fit.plan, &self.job.candidate.via, moment.wall_ms);
                Order::Begin(self.id, intent, Arc::clone(&self.job.candidate.bytes))
            }
            Instruction::WriteStates => {
                // The workers wait for this.
                self.deadline = Some(moment.now.saturating_add(nanos(limits::WRITE_STATES_TIME)));
                Order::WriteStates(self.id, std::mem::take(&mut self.states))
            }
            Instruction::RecordRunning(_) => Order::Complete(self.id, self.running_row(moment.wall_ms)),
            _ => {
                self.at += 1;
                return Executed::Done;
            }
        };
        self.awaited = Awaited::Disk;
        Executed::ByDisk(order)
    }

    /// What a shard has to do for an instruction; nothing, if that is for control.
    fn step(&self, instruction: &Instruction) -> Option<SwapStep> {
        match instruction {
            Instruction::LoadComponent(_) => Some(SwapStep::Load(self.swap())),
            Instruction::Suspend(_) => Some(SwapStep::Suspend),
            Instruction::Save(_) => Some(SwapStep::Save),
            Instruction::CodeChange { .. } => Some(SwapStep::CodeChange),
            Instruction::Resume(_) => Some(SwapStep::Resume(self.revision)),
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
        match self.awaited {
            Awaited::Shards(shards @ 2..) => self.awaited = Awaited::Shards(shards - 1),
            Awaited::Shards(_) => self.done(),
            // What comes too often, of a step that is over, is nobody's.
            Awaited::Nobody | Awaited::Disk => {}
        }
    }

    /// The instruction under way is done.
    fn done(&mut self) {
        (self.at, self.awaited, self.deadline) = (self.at + 1, Awaited::Nobody, None);
    }

    /// The disk has, or has not, its intent.
    ///
    /// # Errors
    /// It is refused, for this reason.
    pub(super) fn begun(&mut self, begun: Result<u64, StateError>) -> Result<(), String> {
        self.revision = begun.map_err(|error| format!("it could not be recorded, so nothing was changed: {error}"))?;
        self.done();
        Ok(())
    }

    /// The disk has, or has not, what its workers saved.
    ///
    /// # Errors
    /// It is refused, for this reason.
    pub(super) fn states_written(&mut self, written: Result<(), StateError>) -> Result<(), String> {
        written.map_err(|error| format!("the states of its workers could not be kept for a rollback: {error}"))?;
        self.done();
        Ok(())
    }

    /// The disk has, or has not, the row that says that it runs; gives that row. What runs cannot be taken back any
    /// more, so an error is a part of it.
    pub(super) fn completed(&mut self, completed: Result<Row, StateError>, at_ms: Millis) -> Row {
        self.done();
        completed.unwrap_or_else(|error| Row { reason: self.unrecorded(&error), ..self.running_row(at_ms) })
    }

    /// The row that says that it runs.
    fn running_row(&self, at_ms: Millis) -> Row {
        let planned = planned_row(&self.fit.plan, &self.job.candidate.via, at_ms);
        let reason = self.losses();
        Row { revision: self.revision, workers: self.workers, pause_us: self.pause / 1000, reason, ..planned }
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
            Some(instruction) => match self.awaited {
                Awaited::Disk => write!(f, " is at `{instruction}`, for which it waits for the disk"),
                Awaited::Shards(shards) => write!(f, " is at `{instruction}`, which {shards} shards have yet to do"),
                Awaited::Nobody => write!(f, " is at `{instruction}`"),
            },
            None => f.write_str(" is done"),
        }
    }
}
