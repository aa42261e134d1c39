//! The log lines of the loops. Guests' lines carry their worker's name.

use crate::base::{ExitReason, Name};
use crate::protocol::Recorded;
use crate::supervisor::Report;

/// Writes what the tree reports.
pub(super) fn log_report(report: &Report) {
    match report {
        Report::Restarting { child, reason, delay } if delay.is_zero() => {
            tracing::info!(%child, %reason, "restarting at once");
        }
        Report::Restarting { child, reason, delay } => {
            tracing::warn!(%child, %reason, ?delay, "restarting after a wait");
        }
        Report::Ended { child, reason } => tracing::info!(%child, %reason, "ended"),
        Report::StartFailed { child, reason } => tracing::error!(%child, %reason, "could not be started"),
        Report::StoppedOddly { child, reason: ExitReason::Killed } => {
            tracing::warn!(%child, "did not stop in its time and was killed");
        }
        Report::StoppedOddly { child, reason } => tracing::warn!(%child, %reason, "stopped oddly"),
        Report::GaveUp { supervisor, child, reason } => {
            tracing::error!(%supervisor, %child, %reason, "gave up: too many restarts");
        }
        Report::AutoShutdown { supervisor, child } => {
            tracing::info!(%supervisor, %child, "ends with its significant child");
        }
    }
}

/// Writes that a worker crashed, and what it was given last.
pub(super) fn log_crash(worker: &Name, generation: u64, reason: &ExitReason, inputs: &[Recorded]) {
    let inputs: Vec<String> = inputs.iter().map(ToString::to_string).collect();
    match &inputs[..] {
        [] => tracing::error!(%worker, generation, %reason, "worker crashed"),
        _ => tracing::error!(%worker, generation, %reason, inputs = %inputs.join("; "), "worker crashed"),
    }
}

/// Writes a guest's line.
pub(super) fn log_guest(worker: &Name, level: &str, text: &str) {
    match level {
        "error" => tracing::error!(target: "guest", %worker, "{text}"),
        "warn" => tracing::warn!(target: "guest", %worker, "{text}"),
        "info" => tracing::info!(target: "guest", %worker, "{text}"),
        "debug" => tracing::debug!(target: "guest", %worker, "{text}"),
        _ => tracing::trace!(target: "guest", %worker, "{text}"),
    }
}
