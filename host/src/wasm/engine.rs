//! The engine: how guests are compiled and where their instances come from. A pool, as large as
//! this machine can hold, and an allocator on demand for whatever does not fit it.

use std::sync::{Arc, OnceLock};
use std::{fs, io};

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::compiler::Compiler;
use super::maker::{Maker, config, fueled};
use super::room::{Pressure, Room};
use super::ticker::Ticker;
use crate::base::{Pulse, limits};

/// Mappings of memory that the rest of the process may need.
const OTHER_MAPPINGS: u32 = 8 << 10;

/// Mappings that one live instance takes: two for its memory, two for its image.
const INSTANCE_MAPPINGS: u32 = 4;

/// The most instances whose 4 GiB reservations fit half of a process's addresses (47 bits).
const INSTANCES_MAX: u32 = 16 << 10;

/// Fibers that may be suspended at once; one more runs to its end without a pause.
const FIBERS_MAX: u32 = 1000;

/// What an emptied slot keeps resident: the pages a small worker touches.
const RESIDENT_BYTES: usize = 1 << 20;

/// The same where the kernel cannot tell which pages were touched, so that all are cleared.
const RESIDENT_BYTES_BLIND: usize = 64 << 10;

/// Emptied slots beyond which a new component takes over one of them, before it takes one that nobody has used. A
/// slot keeps resident what was touched in it also when its component is gone, so without this bound each swap
/// of a version would touch new slots until there are none.
const WARM_SLOTS: u32 = 64;

/// How an engine is made.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// How many live instances the pool should hold. Fewer if the machine cannot; 0 for no pool.
    pub instances: u32,
    /// Where components are compiled.
    pub compiler: Compiler,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The thread that measures guests' time could not be started.
    #[error("the thread that measures guests' time did not start: {0}; check the limit of threads (ulimit -u)")]
    Ticker(io::Error),
    /// wasmtime does not run here.
    #[error("the WebAssembly engine does not run on this machine: {0}")]
    Unsupported(String),
}

/// Compiles components and provides their instances. Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

struct Shared {
    compiler: Compiler,
    ticker: Arc<Ticker>,
    room: Arc<Room>,
    pool: Option<(Maker, u32)>,
    on_demand: OnceLock<Maker>,
    fueled: OnceLock<Maker>,
}

impl Engine {
    /// Starts an engine and the thread that measures guests' time.
    ///
    /// # Errors
    /// The thread does not start, or wasmtime does not support this machine.
    pub fn new(options: &EngineOptions) -> Result<Engine, EngineError> {
        Engine::with_room(options, mappings_allow().min(INSTANCES_MAX))
    }

    /// The same on a machine that holds so many live instances.
    pub(crate) fn with_room(options: &EngineOptions, most: u32) -> Result<Engine, EngineError> {
        let ticker = Ticker::start().map_err(EngineError::Ticker)?;
        let pool = pool(options.instances);
        let room = Room::new(pool.as_ref().map_or(0, |(_, count)| *count), most);
        let compiler = options.compiler.clone();
        let shared = Shared { compiler, pool, ticker, room, on_demand: OnceLock::new(), fueled: OnceLock::new() };
        match &shared.pool {
            Some((maker, _)) => shared.ticker.drive(&maker.engine),
            None => drop(shared.on_demand().map_err(|error| EngineError::Unsupported(error.to_string()))?),
        }
        Ok(Engine(Arc::new(shared)))
    }

    /// How many live instances the pool holds; 0 if there is none.
    pub fn capacity(&self) -> u32 {
        self.0.pool.as_ref().map_or(0, |(_, capacity)| *capacity)
    }

    /// How scarce instances are: whether idle ones should make room.
    pub fn pressure(&self) -> Pressure {
        self.0.room.pressure()
    }

    /// Whether this machine holds no further instance.
    pub fn is_full(&self) -> bool {
        self.0.room.is_full()
    }

    /// What beats once a tick while guests run.
    pub fn pulse(&self) -> Pulse {
        self.0.ticker.pulse().clone()
    }

    /// Where components are checked and compiled.
    pub fn compiler(&self) -> &Compiler {
        &self.0.compiler
    }

    pub(super) fn room(&self) -> &Arc<Room> {
        &self.0.room
    }

    pub(super) fn ticker(&self) -> &Arc<Ticker> {
        &self.0.ticker
    }

    pub(super) fn pool(&self) -> Option<&Maker> {
        self.0.pool.as_ref().map(|(maker, _)| maker)
    }

    pub(super) fn on_demand(&self) -> wasmtime::Result<&Maker> {
        self.0.on_demand()
    }

    /// The engine whose budgets are fuel.
    pub(super) fn fueled(&self) -> wasmtime::Result<&Maker> {
        self.0.made(&self.0.fueled, &fueled())
    }
}

impl Shared {
    fn on_demand(&self) -> wasmtime::Result<&Maker> {
        self.made(&self.on_demand, &config())
    }

    fn made<'a>(&self, place: &'a OnceLock<Maker>, config: &Config) -> wasmtime::Result<&'a Maker> {
        if let Some(maker) = place.get() {
            return Ok(maker);
        }
        let maker = Maker::new(config)?;
        Ok(place.get_or_init(|| {
            self.ticker.drive(&maker.engine);
            maker
        }))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.ticker.stop();
    }
}

/// The largest pool up to `wanted` that this machine holds.
fn pool(wanted: u32) -> Option<(Maker, u32)> {
    let mut count = wanted.min(INSTANCES_MAX).min(mappings_allow());
    while count > 0 {
        match Maker::new(&pooled(count)) {
            Ok(maker) => {
                if count < wanted {
                    tracing::warn!(wanted, count, "this machine holds fewer pooled instances than wanted");
                }
                return Some((maker, count));
            }
            Err(error) => tracing::debug!(count, %error, "a pool of this size is not possible"),
        }
        count /= 2;
    }
    if wanted > 0 {
        tracing::warn!(wanted, "no pool of instances is possible here; starting a worker takes ten times longer");
    }
    None
}

fn pooled(count: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    let scan = pagemap_scan();
    let resident = if scan { RESIDENT_BYTES } else { RESIDENT_BYTES_BLIND };
    pool.total_component_instances(count)
        .total_core_instances(count.saturating_mul(8))
        .total_memories(count)
        .total_tables(count.saturating_mul(3))
        .total_stacks(count.min(FIBERS_MAX))
        .max_memory_size(usize::try_from(limits::MEMORY_BYTES_MAX).unwrap_or(usize::MAX))
        .table_elements(limits::TABLE_ELEMENTS_MAX)
        .max_unused_warm_slots(count.min(WARM_SLOTS))
        .linear_memory_keep_resident(resident)
        .table_keep_resident(resident)
        .pagemap_scan(if scan { Enabled::Yes } else { Enabled::No })
        // A slot that waits for others to be emptied is not found when its component is dropped, and keeps that
        // component's image, with a descriptor, until it is used again.
        .decommit_batch_size(1);
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Whether the kernel can tell which pages a guest touched. Not with swap: pages that are out
/// count as untouched and would keep what the guest before left there.
fn pagemap_scan() -> bool {
    let no_swap = fs::read_to_string("/proc/swaps").is_ok_and(|swaps| swaps.lines().count() <= 1);
    no_swap && PoolingAllocationConfig::is_pagemap_scan_available()
}

/// How many instances the kernel's limit of mappings allows.
fn mappings_allow() -> u32 {
    let limit = fs::read_to_string("/proc/sys/vm/max_map_count").ok().and_then(|text| text.trim().parse::<u32>().ok());
    limit.map_or(INSTANCES_MAX, |limit| limit.saturating_sub(OTHER_MAPPINGS) / INSTANCE_MAPPINGS)
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

    use super::*;

    /// What wasmtime compares before it takes compiled code.
    fn compatibility(maker: &Maker) -> u64 {
        BuildHasherDefault::<DefaultHasher>::default().hash_one(maker.engine.precompile_compatibility_hash())
    }

    #[test]
    fn what_is_compiled_on_demand_fits_every_engine_with_its_budgets() {
        let options = EngineOptions { instances: 2, ..EngineOptions::default() };
        let engine = Engine::new(&options).expect("the engine starts");
        let [timed, fueled] = [false, true].map(|fuel| Maker::for_compiling(fuel).expect("an engine"));
        let pooled = engine.pool().expect("a pool of two fits every machine");
        let on_demand = engine.on_demand().expect("an engine");
        assert_eq!(compatibility(&timed), compatibility(pooled));
        assert_eq!(compatibility(&timed), compatibility(on_demand));
        assert_eq!(compatibility(&fueled), compatibility(engine.fueled().expect("an engine")));
        assert_ne!(compatibility(&timed), compatibility(&fueled));
    }

    #[test]
    fn components_that_come_and_go_touch_no_more_slots_than_are_kept_warm() {
        let options = EngineOptions { instances: 8 * WARM_SLOTS, ..EngineOptions::default() };
        let engine = Engine::new(&options).expect("the engine starts");
        let pool = &engine.pool().expect("a pool of this size fits every machine").engine;
        for number in 0..4 * WARM_SLOTS {
            let text = format!(
                r#"(module (memory 1) (data (i32.const 0) "{number}") (start 0)
                   (func i32.const 40000 i32.const 1 i32.store))"#
            );
            let module = wasmtime::Module::new(pool, wat::parse_str(text).expect("a module")).expect("it compiles");
            let mut store = wasmtime::Store::new(pool, ());
            store.set_epoch_deadline(u64::MAX / 2);
            wasmtime::Instance::new(&mut store, &module, &[]).expect("an instance");
        }
        let metrics = pool.pooling_allocator_metrics().expect("it has a pool");
        let warm = metrics.unused_warm_memories();
        // Each of the allocator's own shards rounds up.
        assert!((1..=2 * WARM_SLOTS).contains(&warm), "{warm}");
    }
}
