//! One step: the component's call with nothing around it, and the whole host around it, in turn.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::task::JoinSet;
use tomte::node::Handle;
use tomte::wasm::Engine;

use crate::app::App;
use crate::bare::Bare;
use crate::guests::Asked;
use crate::lines::{Lines, quantile};
use crate::one_shard::{OneShard, compile};
use crate::threads;

/// Calls timed together: one reading of the clock costs as much as a tenth of a call.
const BATCH: u32 = 1024;
/// Calls of one turn when many connections are ready at once.
const PER_TURN: usize = 64;
/// Callers on another thread: enough that the shard never waits for one.
const CALLERS: u64 = 256;
/// Calls of a caller between two readings of the clock.
const CALLS: u64 = 50;

/// Measures the call alone and through a shard on this very thread, a batch of each in turn.
///
/// # Errors
/// The guest is missing, or does not answer.
pub(crate) fn on_one_thread(
    engine: &Engine,
    guests: &Path,
    asked: Asked,
    time: Duration,
    lines: &mut Lines,
) -> Result<()> {
    let file = asked.path(guests);
    let mut bare = Bare::start(&file).map_err(|error| anyhow!("{}: {error:#}", file.display()))?;
    let mut shard = OneShard::start(compile(engine, &file)?, 1)?;
    let mut answers = Vec::with_capacity(PER_TURN);
    let mut taken: [Vec<Duration>; 3] = Default::default();
    let begin = Instant::now();
    while begin.elapsed() < time * 3 {
        let times = [
            timed(|| bare.step(asked.body).map_err(|error| anyhow!("{error:#}")), BATCH)?,
            timed(|| alone(&mut shard, asked.body), BATCH)?,
            timed(|| shard.calls(asked.body, PER_TURN, &mut answers), BATCH / PER_TURN as u32)? / PER_TURN as u32,
        ];
        taken.iter_mut().zip(times).for_each(|(taken, time)| taken.push(time));
    }
    let subjects = ["bare component call", "tomte, a call a turn", "tomte, 64 calls a turn"];
    for (subject, mut times) in subjects.into_iter().zip(taken) {
        times.sort_unstable();
        let median = quantile(&times, 0.5).context("no time to measure")?;
        lines.add(asked.scenario, subject, "ns", median.as_nanos() as f64);
    }
    Ok(())
}

fn alone(shard: &mut OneShard, body: &[u8]) -> Result<()> {
    shard.call(body)?.map(drop).map_err(|failure| anyhow!("{}", failure.text))
}

fn timed(mut each: impl FnMut() -> Result<()>, count: u32) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..count {
        each()?;
    }
    Ok(start.elapsed() / count)
}

/// What the shard's own thread works for one call with callers on this thread, and the time that
/// passes for them.
///
/// # Errors
/// A call is answered with anything but `ok`.
pub(crate) async fn across_threads(handle: &Handle, asked: Asked, time: Duration, lines: &mut Lines) -> Result<()> {
    calls(handle, asked.body).await?;
    let (begin, before) = (Instant::now(), threads::others_ns());
    let mut count = 0;
    while begin.elapsed() < time {
        count += calls(handle, asked.body).await?;
    }
    ensure!(count > 0, "no time to measure");
    let passed = begin.elapsed().as_nanos() as f64;
    lines.add(asked.scenario, "tomte, called from another thread", "ns", passed / count as f64);
    if let Some(used) = threads::others_ns().zip(before).map(|(after, before)| after - before) {
        let subject = "tomte, the same, its thread's cpu";
        lines.add(asked.scenario, subject, "ns", used as f64 / count as f64);
    }
    Ok(())
}

async fn calls(handle: &Handle, body: &'static [u8]) -> Result<u64> {
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let handle = handle.clone();
        callers.spawn(async move {
            for _ in 0..CALLS {
                App::call(&handle, body).await?;
            }
            Ok::<(), anyhow::Error>(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(CALLERS * CALLS)
}
