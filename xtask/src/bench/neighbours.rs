//! A worker whose neighbour on the same shard is busy: how long it waits for its turn.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};

use super::book::Book;
use super::host::{Host, NEIGHBOURS};
use super::metric::Metric;
use super::scenario::{BEYOND, BUSY, NEIGHBOUR, UNDISTURBED, Wire, Work};
use super::times::Times;
use super::workspace::Programs;
use crate::load::{LoadResult, Spec, run, run_until};

/// What one input of the busy worker should take.
const INPUT: Duration = Duration::from_millis(3);
/// Calls to the host in one input while it is found out what one takes, and the most there may be.
const TRIED: u64 = 10_000;
const MOST: u64 = 90_000;

/// Measures the worker alone, then beside the busy one, on a fresh host in `folder`.
///
/// # Errors
/// The host does not start, or an answer is something else than `ok`.
pub(crate) fn measure(programs: &Programs, folder: &Path, times: Times, book: &mut Book) -> Result<()> {
    let host = Host::start(programs, folder, NEIGHBOURS)?;
    let calls = Spec { body: Work::Echo.body().to_vec(), ..spec(&host, "echo", times) };
    let busy = Spec { connections: 4, depth: 8, ..inputs(&host, times)? };
    let undisturbed = good(run(&calls)?)?;
    let stop = AtomicBool::new(false);
    let (disturbed, other) = thread::scope(|scope| {
        let other = scope.spawn(|| run_until(&busy, &stop));
        let disturbed = run(&calls);
        stop.store(true, Ordering::Relaxed);
        (disturbed, other.join())
    });
    good(other.map_err(|_| anyhow!("the load has a bug: its thread panicked"))??)?;
    let disturbed = good(disturbed?)?;
    for (subject, result) in [(UNDISTURBED, &undisturbed), (BUSY, &disturbed)] {
        book.add(NEIGHBOUR, subject, Metric::P50, result.p50_ns as f64 / 1e3);
        book.add(NEIGHBOUR, subject, Metric::P99, result.p99_ns as f64 / 1e3);
    }
    let beyond = |of: fn(&LoadResult) -> u64| (of(&disturbed) as f64 - 2.0 * of(&undisturbed) as f64).max(0.0) / 1e3;
    book.add(NEIGHBOUR, BEYOND, Metric::P50, beyond(|result| result.p50_ns));
    book.add(NEIGHBOUR, BEYOND, Metric::P99, beyond(|result| result.p99_ns));
    Ok(())
}

/// Inputs of a few milliseconds each, whatever the machine.
fn inputs(host: &Host, times: Times) -> Result<Spec> {
    let of = |calls: u64| format!("{{\"host_calls\":{calls}}}").into_bytes();
    let tried = Spec { body: of(TRIED), ..spec(host, "hostile", times) };
    let took = good(run(&tried)?)?.p50_ns.max(1);
    let calls = (TRIED as f64 * INPUT.as_nanos() as f64 / took as f64) as u64;
    Ok(Spec { body: of(calls.clamp(1, MOST)), ..tried })
}

fn spec(host: &Host, worker: &str, times: Times) -> Spec {
    Spec {
        address: host.address(Wire::Frames, worker),
        protocol: Wire::Frames.protocol(),
        body: vec![],
        connections: 1,
        depth: 1,
        warm_up: times.warm_up,
        time: times.load,
        server: None,
    }
}

fn good(result: LoadResult) -> Result<LoadResult> {
    let LoadResult { sent, ok, first_error, .. } = &result;
    ensure!(
        result.all_ok(),
        "{ok} of {sent} requests were answered ok: {}",
        first_error.as_deref().unwrap_or("no reply")
    );
    Ok(result)
}
