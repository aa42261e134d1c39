//! What the planner is told and what it answers.

use std::fmt;

use crate::base::{BehaviourName, Digest, Name, Version};

/// A behaviour as it runs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its name.
    pub behaviour: BehaviourName,
    /// The version of its component.
    pub version: Version,
    /// The identity of its component.
    pub digest: Digest,
    /// Whether its component exports `save`.
    pub saves_state: bool,
    /// The workers that run it and are declared one by one, in start order.
    pub workers: Vec<Name>,
    /// The supervisors whose every child runs it, in start order.
    pub templates: Vec<Name>,
}

/// A component that is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewComponent {
    /// The behaviour it is a version of.
    pub behaviour: BehaviourName,
    /// Its version.
    pub version: Version,
    /// Its identity.
    pub digest: Digest,
    /// Whether it exports `save`.
    pub saves_state: bool,
}

/// Whether a release is new or one that ran before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A drop or `tomte upgrade`: only to a higher version.
    Up,
    /// `tomte rollback`: to whatever ran before.
    Down,
}

/// The workers that one instruction is about, as people call them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workers {
    /// Those declared one by one.
    pub names: Vec<Name>,
    /// The supervisors all of whose children are meant as well.
    pub templates: Vec<Name>,
}

impl Workers {
    fn is_one(&self) -> bool {
        self.names.len() == 1 && self.templates.is_empty()
    }
}

/// Declared workers that a line names; the others are counted.
const NAMED_MAX: usize = 8;

impl fmt::Display for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (named, counted) = self.names.split_at(self.names.len().min(NAMED_MAX));
        let others = (!counted.is_empty()).then(|| format!("{} others", counted.len()));
        let templates = self.templates.iter().map(|supervisor| format!("every child of {supervisor}"));
        let all: Vec<String> = named.iter().map(Name::to_string).chain(others).chain(templates).collect();
        match all.split_last() {
            None => f.write_str("whoever runs it"),
            Some((last, [])) => f.write_str(last),
            Some((last, before)) => write!(f, "{} and {last}", before.join(", ")),
        }
    }
}

/// One step of a release. It is done everywhere before the next one begins. Until the point of no return
/// a step may be refused, and everything is undone by letting the old instances, which still stand, go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Every shard takes the new code in, while everything runs.
    LoadComponent(Digest),
    /// The component and the intent to run this version are put on disk, with room for the row that will
    /// complete it. So a full disk is a refusal, found before anything changes.
    RecordIntent(Version),
    /// Each worker finishes its step and is given no further input; its queue goes on filling.
    Suspend(Workers),
    /// The states are taken out of the old instances.
    Save(Workers),
    /// The new instances start beside the old ones.
    CodeChange {
        /// The workers.
        workers: Workers,
        /// Whether they start from the saved states. If not, one of the two versions saves none.
        carries_state: bool,
    },
    /// The saved states are written, for a rollback to come. They find room on disk or the release is
    /// refused; that a power cut cannot take them is seen to after the pause.
    WriteStates,
    /// What came before leaves no trace if it fails; what follows cannot be refused.
    PointOfNoReturn,
    /// The new instances take the place of the old ones and are given input again.
    Resume(Workers),
    /// The states and the row that completes the release are put on disk; then whoever waits is told.
    RecordRunning(Version),
    /// The old instances and their code are dropped.
    Purge(Digest),
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instruction::LoadComponent(digest) => write!(f, "load component {}", digest.short()),
            Instruction::RecordIntent(version) => {
                write!(f, "record the intent to run {version}, with room on disk for its completion")
            }
            Instruction::Suspend(workers) => write!(f, "suspend {workers}"),
            Instruction::Save(workers) if workers.is_one() => write!(f, "save the state of {workers}"),
            Instruction::Save(workers) => write!(f, "save the states of {workers}"),
            Instruction::CodeChange { workers, carries_state: false } => {
                write!(f, "code change of {workers}, starting afresh")
            }
            Instruction::CodeChange { workers, carries_state: true } => {
                let states = if workers.is_one() { "its state" } else { "their states" };
                write!(f, "code change of {workers} with {states}")
            }
            Instruction::WriteStates => f.write_str("write what was saved to disk"),
            Instruction::PointOfNoReturn => f.write_str("point of no return: until here all is undone if a step fails"),
            Instruction::Resume(workers) => write!(f, "resume {workers}"),
            Instruction::RecordRunning(version) => write!(f, "record that {version} runs, then tell so"),
            Instruction::Purge(digest) => write!(f, "purge component {}", digest.short()),
        }
    }
}

/// What an upgrade will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The behaviour that changes.
    pub behaviour: BehaviourName,
    /// The version that runs.
    pub from: Version,
    /// The component that runs.
    pub from_digest: Digest,
    /// The version that will run.
    pub to: Version,
    /// The component that will run.
    pub digest: Digest,
    /// The workers that change and are declared one by one, in start order.
    pub workers: Vec<Name>,
    /// Every step, in order: what a dry run prints, and what is executed.
    pub instructions: Vec<Instruction>,
}
