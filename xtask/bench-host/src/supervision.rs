//! Starts, crashes and changes of code on one thread, and a crash as a caller on another sees it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tomte::base::SavedState;
use tomte::node::Handle;
use tomte::protocol::{Command, Notice, Swap, SwapStep, SwapStepped};
use tomte::supervisor::{Event, Order};
use tomte::wasm::{Component, Engine};

use crate::app::{DEADLINE, WORKER};
use crate::guests::{COUNTER, READ, RESET};
use crate::lines::{Lines, quantile};
use crate::one_shard::{OneShard, compile};

/// Workers started together, as the rival starts its servers.
const WORKERS: usize = 100;
/// The version that a change of code goes to.
const NEXT: &str = "counter-0.2.0.wasm";

/// Starts of stopped workers: store, instance, `init`, the supervisor's books; and the first three
/// of them alone, in turn. What was started is stopped outside the measured time, as the rival's
/// servers are.
///
/// # Errors
/// The guest is missing.
pub(crate) fn start(engine: &Engine, guests: &Path, time: Duration, lines: &mut Lines) -> Result<()> {
    let counter = compile(engine, &COUNTER.path(guests))?;
    let mut shard = OneShard::start(counter.clone(), WORKERS)?;
    let workers = shard.workers.clone();
    let (mut times, mut alone) = (vec![], vec![]);
    let begin = Instant::now();
    while begin.elapsed() < time * 2 {
        alone.push(instances(&counter)?);
        workers.iter().for_each(|&child| shard.order(Event::Order { child, order: Order::Terminate, asked: 0 }));
        shard.settle();
        shard.notices();
        let start = Instant::now();
        for &child in &workers {
            shard.order(Event::Order { child, order: Order::Restart, asked: 0 });
            shard.settle();
        }
        times.push(start.elapsed() / WORKERS as u32);
        let changed = |notice: &&Notice| matches!(notice, Notice::Changed(_));
        ensure!(shard.notices().iter().filter(changed).count() == WORKERS, "some did not start");
    }
    for (subject, mut times) in [("instance and init alone", alone), ("tomte", times)] {
        times.sort_unstable();
        let median = quantile(&times, 0.5).context("no time to measure")?;
        lines.add("start", subject, "us", median.as_secs_f64() * 1e6);
    }
    Ok(())
}

/// What one instance takes with its `init`, of as many as there are workers.
fn instances(component: &Component) -> Result<Duration> {
    let mut held = Vec::with_capacity(WORKERS);
    let begin = Instant::now();
    for _ in 0..WORKERS {
        let (worker, config) = ("worker".to_owned(), b"{}".to_vec());
        let start = tomte::base::Start { worker, generation: 0, now_ms: 0, seed: 0, config, state: None };
        held.push(component.start(start).resume());
    }
    let taken = begin.elapsed() / WORKERS as u32;
    ensure!(held.iter().all(|started| matches!(started, Some(Ok(_)))), "some did not start");
    Ok(taken)
}

/// From the call that crashes the counter to the first answer of its successor, on one thread.
///
/// # Errors
/// The counter does not crash, or does not come back.
pub(crate) fn crash(engine: &Engine, guests: &Path, time: Duration, lines: &mut Lines) -> Result<()> {
    let mut shard = OneShard::start(compile(engine, &COUNTER.path(guests))?, 1)?;
    let mut times = vec![];
    let begin = Instant::now();
    while begin.elapsed() < time {
        let once = Instant::now();
        ensure!(shard.call(RESET)?.is_err(), "a reset at zero did not crash");
        shard.settle();
        while shard.call(READ)?.is_err() {
            ensure!(once.elapsed() < DEADLINE, "the counter did not come back");
        }
        times.push(once.elapsed());
        shard.notices();
    }
    lines.add_latencies("crash", "tomte, on its own thread", times);
    Ok(())
}

/// The same for a caller on another thread, who asks until the successor answers. The log is on.
///
/// # Errors
/// As [`crash`].
pub(crate) async fn crash_across_threads(handle: &Handle, time: Duration, lines: &mut Lines) -> Result<()> {
    let mut times = vec![];
    let begin = Instant::now();
    while begin.elapsed() < time {
        let once = Instant::now();
        let crashed = handle.call(WORKER, RESET.to_vec(), DEADLINE).await;
        ensure!(crashed.is_err(), "a reset at zero did not crash");
        while handle.call(WORKER, READ.to_vec(), DEADLINE).await.is_err() {
            ensure!(once.elapsed() < DEADLINE, "the counter did not come back");
        }
        times.push(once.elapsed());
    }
    lines.add_latencies("crash", "tomte", times);
    Ok(())
}

/// Changes of code there and back on one thread; the way there is measured: from the order to the
/// moment the new version may be called.
///
/// # Errors
/// A change is refused.
pub(crate) fn swap(engine: &Engine, guests: &Path, time: Duration, lines: &mut Lines) -> Result<()> {
    let old = compile(engine, &COUNTER.path(guests))?;
    let new = compile(engine, &guests.join(NEXT))?;
    let mut shard = OneShard::start(old.clone(), 1)?;
    let (mut times, mut id) = (vec![], 0);
    let begin = Instant::now();
    while begin.elapsed() < time {
        let once = Instant::now();
        let states = change(&mut shard, id, &new, None)?;
        times.push(once.elapsed());
        change(&mut shard, id + 1, &old, Some(states))?;
        id += 2;
    }
    lines.add_latencies("swap", "tomte, on its own thread", times);
    Ok(())
}

type States = Vec<(tomte::base::Name, SavedState)>;

fn change(shard: &mut OneShard, id: u64, to: &Component, back: Option<States>) -> Result<States> {
    let behaviour = shard.behaviour.clone();
    let swap = Swap { behaviour, component: to.clone(), back: back.map(Arc::new) };
    step(shard, id, SwapStep::Load(swap))?;
    step(shard, id, SwapStep::Suspend)?;
    let saved = step(shard, id, SwapStep::Save)?;
    step(shard, id, SwapStep::CodeChange)?;
    step(shard, id, SwapStep::Resume(id))?;
    step(shard, id, SwapStep::Purge)?;
    Ok(saved.states)
}

fn step(shard: &mut OneShard, id: u64, step: SwapStep) -> Result<SwapStepped> {
    shard.command(Command::Swap(id, step));
    let stepped = shard.notices().into_iter().find_map(|notice| match notice {
        Notice::SwapStepped(_, stepped) => Some(stepped),
        _ => None,
    });
    match stepped {
        Some(Ok(stepped)) => Ok(stepped),
        Some(Err(why)) => bail!("a change of code was refused: {}", why.why),
        None => bail!("a change of code came to no end"),
    }
}
