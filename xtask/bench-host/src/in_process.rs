//! tomte in process: a step through the whole host, the start of a worker, a crash to the next answer.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use tokio::task::JoinSet;
use tomte::node::Handle;

use crate::app::{App, DEADLINE, INCREMENT, READ, RESET, worker};
use crate::lines::Lines;
use crate::swap;
use crate::threads;

/// Callers of the step: enough that the shard never waits for one.
const CALLERS: u64 = 256;
/// Calls of a caller between two readings of the clock.
const CALLS: u64 = 50;
/// Workers started together: one start alone is mostly the waking of threads.
const WORKERS: usize = 1000;

/// Measures everything.
///
/// # Errors
/// The node does not start or answers wrongly.
pub(crate) async fn measure(
    guests: &Path,
    folder: &Path,
    time: Duration,
    lines: &mut Lines,
) -> Result<()> {
    let app = App::start(guests, &folder.join("many"), WORKERS).await?;
    step(&app.handle, time, lines).await?;
    start(&app.handle, time, lines).await?;
    app.stop().await;
    // A crash counts alone: neighbours are another measurement's matter.
    let app = App::start(guests, &folder.join("one"), 1).await?;
    crash(&app.handle, time, lines).await?;
    app.stop().await;
    swap::measure(guests, &folder.join("swap"), time, lines).await
}

/// What the shard's own thread works for one call, with callers on this thread, and the time that
/// passes for them.
async fn step(handle: &Handle, time: Duration, lines: &mut Lines) -> Result<()> {
    calls(handle).await?;
    let (begin, before) = (Instant::now(), threads::others_ns());
    let mut count = 0;
    while begin.elapsed() < time {
        count += calls(handle).await?;
    }
    let passed = begin.elapsed().as_nanos() as f64;
    if let Some(used) = threads::others_ns().zip(before).map(|(after, before)| after - before) {
        lines.add("step", "tomte", "ns", used as f64 / count as f64);
    }
    lines.add("step", "tomte, callers on another thread", "ns", passed / count as f64);
    Ok(())
}

async fn calls(handle: &Handle) -> Result<u64> {
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let handle = handle.clone();
        callers.spawn(async move {
            for _ in 0..CALLS {
                App::call(&handle, &worker(0), INCREMENT).await?;
            }
            Ok::<(), anyhow::Error>(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(CALLERS * CALLS)
}

/// A restart of every worker at once: terminate and drop the old one, start the new one.
async fn start(handle: &Handle, time: Duration, lines: &mut Lines) -> Result<()> {
    let mut times = vec![];
    let begin = Instant::now();
    while begin.elapsed() < time {
        let sweep = Instant::now();
        let mut restarts = JoinSet::new();
        for number in 0..WORKERS {
            let handle = handle.clone();
            restarts.spawn(async move { handle.restart(&worker(number)).await });
        }
        while let Some(done) = restarts.join_next().await {
            done?.map_err(|failure| anyhow!("no restart: {}", failure.text))?;
        }
        times.push(sweep.elapsed().as_secs_f64() * 1e6 / WORKERS as f64);
    }
    times.sort_by(f64::total_cmp);
    if let Some(median) = times.get(times.len() / 2) {
        lines.add("start", "tomte", "us", *median);
    }
    Ok(())
}

/// From the call that crashes the counter to the first answer of its successor, for a caller on
/// another thread who asks until it is there.
async fn crash(handle: &Handle, time: Duration, lines: &mut Lines) -> Result<()> {
    let name = worker(0);
    let mut times = vec![];
    let begin = Instant::now();
    while begin.elapsed() < time {
        let once = Instant::now();
        let crashed = handle.call(&name, RESET.to_vec(), DEADLINE).await;
        ensure!(crashed.is_err(), "a reset at zero did not crash");
        while handle.call(&name, READ.to_vec(), DEADLINE).await.is_err() {
            ensure!(once.elapsed() < DEADLINE, "the counter did not come back");
        }
        times.push(once.elapsed());
    }
    lines.add_latencies("crash", "tomte", times);
    Ok(())
}
