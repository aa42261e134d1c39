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
    /// The workers that run it, in start order.
    pub workers: Vec<Name>,
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

/// One step of an upgrade. Until the point of no return every step can be undone by letting the old
/// instances, which still stand, go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Compile and check the component, while everything runs.
    LoadComponent(Digest),
    /// Let a worker finish its step and give it no further input; its queue goes on filling.
    Suspend(Name),
    /// Take a worker's state out of its old instance.
    Save(Name),
    /// Start the new instance of a worker.
    CodeChange {
        /// The worker.
        worker: Name,
        /// Whether it starts from the saved state. If not, the version that runs saves none.
        carries_state: bool,
    },
    /// Record the release. What came before leaves no trace if it fails; what follows cannot fail.
    PointOfNoReturn,
    /// Give a worker input again, now in its new instance.
    Resume(Name),
    /// Drop the old instances and their code.
    Purge(Digest),
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instruction::LoadComponent(digest) => write!(f, "load component {}", digest.short()),
            Instruction::Suspend(worker) => write!(f, "suspend {worker}"),
            Instruction::Save(worker) => write!(f, "save the state of {worker}"),
            Instruction::CodeChange { worker, carries_state: true } => {
                write!(f, "code change of {worker} with its state")
            }
            Instruction::CodeChange { worker, carries_state: false } => {
                write!(f, "code change of {worker}, starting afresh")
            }
            Instruction::PointOfNoReturn => f.write_str("point of no return: record the release"),
            Instruction::Resume(worker) => write!(f, "resume {worker}"),
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
    /// The workers that change, in start order.
    pub workers: Vec<Name>,
    /// Every step, in order.
    pub instructions: Vec<Instruction>,
}
