//! Why the host itself ends a guest.

use crate::base::limits;

/// Why the host itself ends a guest from within one of its calls.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// The guest asked for it.
    #[error("{0}")]
    Crash(String),
    /// It called the host too often.
    #[error("more than {} calls to the host", limits::HOST_CALLS_MAX)]
    HostCalls,
    /// It waits for something that cannot happen.
    #[error("waits for something that never happens; a behaviour may not block")]
    Forever,
    /// It wants too much of something at once.
    #[error("asked for more than {0} random bytes at once")]
    RandomBytes(usize),
    /// There are as many instances as the machine holds.
    #[error("no room for another instance, there are {0}: let idle workers hibernate, or raise vm.max_map_count")]
    NoRoom(u32),
}
