//! What a load is and what came of it.

use std::net::SocketAddr;
use std::time::Duration;

use super::protocol::Protocol;

/// One load: every connection keeps `depth` requests in flight.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    /// The server.
    pub(crate) address: SocketAddr,
    /// How requests and replies are written.
    pub(crate) protocol: Protocol,
    /// The body of every request.
    pub(crate) body: Vec<u8>,
    /// Connections, at least one.
    pub(crate) connections: usize,
    /// Requests in flight on each connection, at least one.
    pub(crate) depth: usize,
    /// Load that is not measured, before the measured time. Its replies are checked all the same.
    pub(crate) warm_up: Duration,
    /// The measured time; `run_until` ignores it.
    pub(crate) time: Duration,
    /// The server's process, if its processor time is wanted.
    pub(crate) server: Option<u32>,
}

/// What came of a load. Rates and latencies are of the measured time; the counts of requests are
/// of the whole life of the load, so that nothing can be lost unnoticed.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoadResult {
    /// Requests sent.
    pub(crate) sent: u64,
    /// Requests answered `ok`.
    pub(crate) ok: u64,
    /// Requests answered with anything else.
    pub(crate) failed: u64,
    /// Requests never answered: the connection broke, or the wait for the last replies ended.
    pub(crate) lost: u64,
    /// The text of the first failure or loss.
    pub(crate) first_error: Option<String>,
    /// Replies in the measured time.
    pub(crate) measured: u64,
    /// The measured time in seconds.
    pub(crate) seconds: f64,
    /// The median latency in nanoseconds.
    pub(crate) p50_ns: u64,
    /// The 99th percentile of the latency in nanoseconds.
    pub(crate) p99_ns: u64,
    /// The longest time without any reply, in nanoseconds.
    pub(crate) max_gap_ns: u64,
    /// Seconds of processor time the server used in the measured time.
    pub(crate) server_cpu: Option<f64>,
}

impl LoadResult {
    /// Replies per second.
    pub(crate) fn per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.measured as f64 / self.seconds } else { 0.0 }
    }

    /// Microseconds of the server's processor time per request.
    pub(crate) fn cpu_us(&self) -> Option<f64> {
        let seconds = self.server_cpu.filter(|_| self.measured > 0)?;
        Some(seconds * 1e6 / self.measured as f64)
    }

    /// Whether every request was answered, and `ok`.
    pub(crate) fn all_ok(&self) -> bool {
        self.sent > 0 && self.ok == self.sent
    }
}
