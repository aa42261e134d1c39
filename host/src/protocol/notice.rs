//! What a shard tells control.

use super::{Assigned, Recorded, SwapRefusal, SwapStepped};
use crate::base::{ExitReason, Name, Outcome};
use crate::supervisor::{ChildId, Report};

/// What a shard tells control.
#[derive(Debug)]
pub enum Notice {
    /// The tree decided; these actions are not this shard's to carry out.
    Carry(Vec<Assigned>),
    /// The tree has something for the log.
    Report(Report),
    /// What came of [`super::Command::HostInput`] with this number.
    HostAnswer(u64, Outcome),
    /// This worker was started or stopped, or ended by itself.
    Changed(ChildId),
    /// A worker ended uncleanly.
    Crashed {
        /// Its name.
        worker: Name,
        /// Which of its instances.
        generation: u64,
        /// Why.
        reason: ExitReason,
        /// Its last inputs, newest first.
        inputs: Vec<Recorded>,
    },
    /// A guest or the loop has something for the log.
    Log {
        /// The worker.
        worker: Name,
        /// The level, as in the contract: `error`, `warn`, `info`, `debug`, `trace`.
        level: &'static str,
        /// The line.
        text: String,
    },
    /// This shard's part in a step of the change of code with this number is done, or refused.
    SwapStepped(u64, Result<SwapStepped, SwapRefusal>),
    /// All connections of this shard are closed.
    Drained,
}

impl Notice {
    /// Whether it is for the log only. Such notices stay in their order.
    pub fn is_talk(&self) -> bool {
        matches!(self, Notice::Log { .. } | Notice::Crashed { .. } | Notice::Report(_))
    }

    /// Whether it may be lost when there is too much talk. A worker's crash never is: a flood of others' lines
    /// must not hide it.
    pub fn may_be_lost(&self) -> bool {
        matches!(self, Notice::Log { .. })
    }
}
