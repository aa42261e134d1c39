//! Real components for the simulation.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use crate::base::GuestLimits;
use crate::wasm::{Component, Engine, EngineOptions};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(&EngineOptions { instances: 2048, ..EngineOptions::default() }).expect("the engine starts")
});

static COMPILED: LazyLock<Mutex<HashMap<(String, Duration), Component>>> = LazyLock::new(Mutex::default);

pub(super) fn engine() -> Engine {
    ENGINE.clone()
}

/// Budgets in which nothing fails that does not spin, however busy the machine is.
pub(super) fn patient() -> GuestLimits {
    let time = Duration::from_secs(20);
    GuestLimits { step: time, init: time, ..GuestLimits::default() }
}

/// A guest on an engine of its own, whose pool holds so many instances and the machine so many.
pub(super) fn cramped(guest: &str, pool: u32, most: u32) -> Component {
    let engine = Engine::with_room(&EngineOptions { instances: pool, ..EngineOptions::default() }, most)
        .expect("the engine starts");
    engine.compile(&bytes(guest), &patient()).expect("the guest compiles")
}

/// The bytes of a guest, for example of `counter-0.1.0`.
pub(super) fn bytes(guest: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../guests/dist").join(format!("{guest}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask guests`", path.display()))
}

/// A guest with these limits, compiled once.
pub(super) fn component(guest: &str, limits: &GuestLimits) -> Component {
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (guest.to_owned(), limits.step);
    let compile = || ENGINE.compile(&bytes(guest), limits).expect("the guest compiles");
    compiled.entry(key).or_insert_with(compile).for_another_node()
}
