//! What compiling one component may take.

use std::time::Duration;

use crate::base::limits;

/// What checking or compiling one component may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompileLimits {
    /// By the clock on the wall, from the order to the answer.
    pub time: Duration,
    /// Bytes of memory of the process that does it.
    pub memory: u64,
}

impl Default for CompileLimits {
    fn default() -> CompileLimits {
        CompileLimits { time: limits::COMPILE_TIME, memory: limits::COMPILE_MEMORY_BYTES }
    }
}
