//! What compiling one component may take.

use std::time::Duration;

/// What checking or compiling one component may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompileLimits {
    /// By the clock on the wall, from the order to the answer.
    pub time: Duration,
    /// Bytes of memory of the process that does it.
    pub memory: u64,
}
