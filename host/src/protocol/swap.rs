//! A change of code, done by every shard step by step, all at the same step.

use std::sync::Arc;

use crate::base::{Name, Nanos, SavedState};
use crate::wasm::Component;

/// The new code of a behaviour.
#[derive(Clone, Debug)]
pub struct Swap {
    /// Whose code changes.
    pub behaviour: Name,
    /// The new code.
    pub component: Component,
    /// Going back: the states saved when the current code came, by worker.
    pub back: Option<Arc<Vec<(Name, SavedState)>>>,
}

/// One step of a change of code, for every worker of its behaviour on a shard. Each but
/// [`SwapStep::Undo`] and [`SwapStep::GiveUp`] is answered by one [`super::Notice::SwapStepped`], when all those workers have
/// done it or the first of them refuses.
#[derive(Clone, Debug)]
pub enum SwapStep {
    /// Take the new code in. Nothing changes.
    Load(Swap),
    /// Let each worker finish its step and give it no further input; its queue goes on filling.
    Suspend,
    /// Take each worker's state out of its instance.
    Save,
    /// Start a new instance of each worker beside the old one, from what was saved.
    CodeChange,
    /// The new instances take the place of the old ones and go on with the queue, by the release of this revision.
    /// Cannot be refused.
    Resume(u64),
    /// Drop the old instances and their code.
    Purge,
    /// Refuse the step under way, if a worker has yet to do it, and name that one. Answered by the refusal.
    GiveUp,
    /// Instead of [`SwapStep::Resume`]: the old instances go on as before. Not answered.
    Undo,
}

/// Why a step of a change of code was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwapRefusal {
    /// In words for people.
    pub why: String,
    /// Whether a worker of the version that runs was lost by the attempt. If not, all go on as before.
    pub crashed: bool,
}

impl From<String> for SwapRefusal {
    fn from(why: String) -> SwapRefusal {
        SwapRefusal { why, crashed: false }
    }
}

/// What a shard's part in one step came to.
#[derive(Clone, Debug, Default)]
pub struct SwapStepped {
    /// After [`SwapStep::Save`]: what was saved, by worker.
    pub states: Vec<(Name, SavedState)>,
    /// After [`SwapStep::Save`]: how many workers go back to the state of an earlier swap, which loses what has
    /// happened since.
    pub lost: usize,
    /// After [`SwapStep::Resume`]: how many workers changed.
    pub workers: usize,
    /// After [`SwapStep::Resume`]: the longest time one of them took no input.
    pub pause: Nanos,
}
