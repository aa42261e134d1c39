//! The floor of a step: the counter's component called with nothing around it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Config, Engine, Error, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::lines::{Lines, quantile};

#[allow(missing_docs, unreachable_pub, reason = "generated from the WIT, which has the docs")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "durable-worker",
        imports: { default: trappable },
    });
}

use bindings::DurableWorker;
use bindings::tomte::behaviour::{fault, log, types};

/// Calls timed together: one reading of the clock costs as much as a tenth of a call.
const BATCH: u32 = 1000;

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for State {}

impl log::Host for State {
    fn log(&mut self, _: log::Level, _: String) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl fault::Host for State {
    fn crash(&mut self, reason: String) -> wasmtime::Result<()> {
        Err(Error::msg(reason))
    }
}

/// Measures a call of `step` that returns one reply.
///
/// # Errors
/// The guest is missing, or does not behave like the counter.
pub(crate) fn measure(guests: &Path, time: Duration, lines: &mut Lines) -> Result<()> {
    let file = guests.join("counter-0.1.0.wasm");
    let median = median(&file, time).map_err(|error| anyhow!("{}: {error:#}", file.display()))?;
    let median = median.context("no time to measure")?;
    lines.add("step", "bare component call", "ns", median.as_nanos() as f64);
    Ok(())
}

fn median(file: &Path, time: Duration) -> wasmtime::Result<Option<Duration>> {
    let (mut store, worker) = counter(file)?;
    let mut times = vec![];
    let (start, mut token) = (Instant::now(), 0);
    while start.elapsed() < time {
        let batch = Instant::now();
        for _ in 0..BATCH {
            token += 1;
            increment(&mut store, &worker, token)?;
        }
        times.push(batch.elapsed() / BATCH);
    }
    times.sort_unstable();
    Ok(quantile(&times, 0.5))
}

/// What the host's own step does before its effects: the body is copied as it is from a socket.
fn increment(store: &mut Store<State>, worker: &DurableWorker, token: u64) -> wasmtime::Result<()> {
    let context = types::Context { now_ms: 0, seq: token };
    let body = b"\"Increment\"".to_vec();
    let input = types::Input::Call(types::Request { token, body });
    // The budget of a step: setting it is part of every call.
    store.set_epoch_deadline(1000);
    let effects = worker.tomte_behaviour_callbacks().call_step(store, context, &input);
    match effects? {
        Ok(effects) if matches!(effects[..], [types::Effect::Reply(_)]) => Ok(()),
        _ => Err(Error::msg("the counter does not count")),
    }
}

fn counter(file: &Path) -> wasmtime::Result<(Store<State>, DurableWorker)> {
    let mut config = Config::new();
    config.epoch_interruption(true).concurrency_support(false);
    let engine = Engine::new(&config)?;
    let component = Component::from_file(&engine, file)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    fault::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    let state = State { wasi: WasiCtx::builder().build(), table: ResourceTable::new() };
    let mut store = Store::new(&engine, state);
    store.set_epoch_deadline(1000);
    let worker = DurableWorker::instantiate(&mut store, &component, &linker)?;
    let start = types::Start {
        worker: "counter".to_owned(),
        generation: 0,
        now_ms: 0,
        seed: 0,
        config: b"{}".to_vec(),
        state: None,
    };
    let started = worker.tomte_behaviour_callbacks().call_init(&mut store, &start)?;
    started.map_err(|_| Error::msg("the counter does not start"))?;
    Ok((store, worker))
}
