//! The floor of a step: the component called with nothing around it.

use std::path::Path;

use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Config, Engine, Error, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

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

/// A component and its instance.
pub(crate) struct Bare {
    store: Store<State>,
    worker: DurableWorker,
    token: u64,
}

impl Bare {
    /// Starts an instance.
    ///
    /// # Errors
    /// The file is missing, or does not fit the world.
    pub(crate) fn start(file: &Path) -> wasmtime::Result<Bare> {
        Bare::several(file, 1)?.pop().ok_or_else(|| Error::msg("no instance"))
    }

    /// Starts several instances of one component.
    ///
    /// # Errors
    /// As [`Bare::start`].
    pub(crate) fn several(file: &Path, count: usize) -> wasmtime::Result<Vec<Bare>> {
        let (engine, component, linker) = compiled(file)?;
        let one = |_| {
            let (store, worker) = instance(&engine, &component, &linker)?;
            Ok(Bare { store, worker, token: 0 })
        };
        (0..count).map(one).collect()
    }

    /// One call of `step` with a publication, which asks for nothing. Topic and message are copied.
    ///
    /// # Errors
    /// The guest asks for something.
    pub(crate) fn hear(&mut self, topic: &str, body: &[u8]) -> wasmtime::Result<()> {
        self.token += 1;
        let context = types::Context { now_ms: 0, seq: self.token };
        let input = types::Input::Published(types::Publication { topic: topic.to_owned(), body: body.to_vec() });
        self.store.set_epoch_deadline(1000);
        match self.worker.tomte_behaviour_callbacks().call_step(&mut self.store, context, &input)? {
            Ok(effects) if effects.is_empty() => Ok(()),
            _ => Err(Error::msg("the guest wants something")),
        }
    }

    /// One call of `step` that returns one reply: what the host's own step does before its effects.
    /// The body is copied, as it is from a socket.
    ///
    /// # Errors
    /// The guest does not reply.
    pub(crate) fn step(&mut self, body: &[u8]) -> wasmtime::Result<()> {
        self.token += 1;
        let context = types::Context { now_ms: 0, seq: self.token };
        let request = types::Request { token: self.token, body: body.to_vec() };
        let input = types::Input::Call(request);
        // The budget of a step: setting it is part of every call.
        self.store.set_epoch_deadline(1000);
        let callbacks = self.worker.tomte_behaviour_callbacks();
        match callbacks.call_step(&mut self.store, context, &input)? {
            Ok(effects) if matches!(effects[..], [types::Effect::Reply(_)]) => Ok(()),
            _ => Err(Error::msg("the guest does not reply")),
        }
    }
}

fn compiled(file: &Path) -> wasmtime::Result<(Engine, Component, Linker<State>)> {
    let mut config = Config::new();
    config.epoch_interruption(true).concurrency_support(false);
    let engine = Engine::new(&config)?;
    let component = Component::from_file(&engine, file)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    fault::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    Ok((engine, component, linker))
}

fn instance(
    engine: &Engine,
    component: &Component,
    linker: &Linker<State>,
) -> wasmtime::Result<(Store<State>, DurableWorker)> {
    let state = State { wasi: WasiCtx::builder().build(), table: ResourceTable::new() };
    let mut store = Store::new(engine, state);
    store.set_epoch_deadline(1000);
    let worker = DurableWorker::instantiate(&mut store, component, linker)?;
    let start = types::Start {
        worker: "worker".to_owned(),
        generation: 0,
        now_ms: 0,
        seed: 0,
        config: b"{}".to_vec(),
        state: None,
    };
    let started = worker.tomte_behaviour_callbacks().call_init(&mut store, &start)?;
    started.map_err(|_| Error::msg("the guest does not start"))?;
    Ok((store, worker))
}
