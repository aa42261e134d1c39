//! A worker as it is shown to operators.

use super::{Recorded, Statistics};
use crate::base::{Nanos, SavedState};
use crate::supervisor::ChildId;

/// A guest function that has been running for more than a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doing {
    /// Which, in words.
    pub function: &'static str,
    /// For how long.
    pub time: Nanos,
}

/// A worker as the tree shows it.
#[derive(Clone, Debug)]
pub struct Brief {
    /// Which.
    pub child: ChildId,
    /// Inputs waiting.
    pub queued: usize,
    /// How many may wait. A changed manifest may want another number from the next start of the host.
    pub capacity: usize,
    /// Whether it is suspended.
    pub suspended: bool,
    /// What it is in the middle of.
    pub doing: Option<Doing>,
    /// Inputs that found no place.
    pub overloads: u64,
}

/// A worker seen closely.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// How many instances it has had before this one.
    pub generation: u64,
    /// Inputs waiting.
    pub queued: usize,
    /// Inputs stepped.
    pub steps: u64,
    /// Callers waiting for a delayed reply.
    pub pending_replies: usize,
    /// Timers running.
    pub timers: usize,
    /// Bytes of linear memory.
    pub memory: u64,
    /// Whether it is suspended.
    pub suspended: bool,
    /// What it is in the middle of; its state is not shown then.
    pub doing: Option<Doing>,
    /// What it saved, if it can; without its bytes if they are redacted.
    pub state: Option<SavedState>,
    /// How long that is.
    pub state_bytes: Option<usize>,
    /// Whether its state and its inputs are shown by their sizes alone.
    pub redacted: bool,
    /// The reason of its last crash.
    pub last_crash: Option<String>,
    /// What it has done since its start.
    pub statistics: Statistics,
    /// Its last inputs, newest first.
    pub recent: Vec<Recorded>,
}
