//! One engine of wasmtime: what all guests are compiled with, and what they are linked with.

use wasmtime::Config;
use wasmtime::component::{HasSelf, Linker};

use super::bindings::{fault, log};
use super::state::State;
use super::wasi;
use crate::base::limits;

/// What a fiber's stack has beyond the guest's own, for the host's functions.
const HOST_STACK_BYTES: usize = 512 << 10;

/// One engine of wasmtime, with all imports linked.
pub(super) struct Maker {
    pub(super) engine: wasmtime::Engine,
    pub(super) linker: Linker<State>,
}

impl Maker {
    /// An engine that compiles and runs nothing. What it compiles is taken by all engines with these budgets:
    /// how instances are allocated makes no difference to code.
    pub(super) fn for_compiling(fuel: bool) -> wasmtime::Result<Maker> {
        Maker::new(&if fuel { fueled() } else { config() })
    }

    pub(super) fn new(config: &Config) -> wasmtime::Result<Maker> {
        let engine = wasmtime::Engine::new(config)?;
        let mut linker = Linker::new(&engine);
        log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
        fault::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
        wasi::link(&mut linker)?;
        Ok(Maker { engine, linker })
    }
}

/// What all guests are compiled with. Floats have one result on every machine, so that a replay
/// gives the same state.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .epoch_interruption(true)
        // A trap is a value here; walking the guest's stack would triple its price.
        .wasm_backtrace_max_frames(None)
        .max_wasm_stack(limits::STACK_BYTES_MAX)
        .async_stack_size(limits::STACK_BYTES_MAX + HOST_STACK_BYTES)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true);
    config
}

/// The same with fuel as the budget.
pub(super) fn fueled() -> Config {
    let mut config = config();
    config.consume_fuel(true);
    config
}
