//! How long things take in a round. Pure.

use std::time::Duration;

/// How long things take in a round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// One load, measured.
    pub(crate) load: Duration,
    /// One load, before.
    pub(crate) warm_up: Duration,
    /// One measurement in process.
    pub(crate) micro: Duration,
}
