//! Components for tests, encoded from the text of core modules, and short ways to run them.

use std::sync::LazyLock;
use std::time::Duration;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::base::{Context, Effect, GuestLimits, Input, Start};
use crate::wasm::{Component, Crash, Engine, EngineOptions, InitError, Instance, StepResult};

const WORLDS: &str = include_str!("../../../tests/fixtures/guest.wit");
const MISBEHAVING: &str = include_str!("../../../tests/fixtures/misbehaving.wat");

/// A component of one of the worlds in `guest.wit`, or of its own `wit`.
pub(super) fn encode(wit: Option<&str>, world: &str, wat: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = match wit {
        Some(wit) => resolve.push_str("own.wit", wit).expect("own.wit parses"),
        None => {
            resolve.push_dir("../wit").expect("the contract parses");
            resolve.push_str("guest.wit", WORLDS).expect("guest.wit parses");
            let guests = resolve.packages.iter().find(|(_, package)| package.name.namespace == "test");
            guests.expect("there is a package of guests").0
        }
    };
    let world = resolve.select_world(&[package], Some(world)).expect("the world exists");
    let mut module = wat::parse_str(wat).expect("the text parses");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata fits");
    let mut encoder = ComponentEncoder::default().validate(true).module(&module).expect("the module fits the world");
    encoder.encode().expect("the component is encoded")
}

/// The bytes of the guest of `misbehaving.wat`.
pub(super) static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| encode(None, "misbehaving", MISBEHAVING));

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(&EngineOptions { instances: 64, ..EngineOptions::default() }).expect("the engine starts")
});

/// Budgets in which nothing fails that does not spin, however busy the machine is.
pub(super) const PATIENT: Duration = Duration::from_secs(20);

static COMPONENT: LazyLock<Component> = LazyLock::new(|| compile(&patient()));

pub(super) fn engine() -> &'static Engine {
    &ENGINE
}

/// The limits of a guest that is not tested for its time.
pub(super) fn patient() -> GuestLimits {
    GuestLimits { step: PATIENT, init: PATIENT, ..GuestLimits::default() }
}

/// The guest with other limits than the default ones.
pub(super) fn compile(limits: &GuestLimits) -> Component {
    ENGINE.compile(&BYTES, limits).expect("the guest compiles")
}

pub(super) fn component() -> &'static Component {
    &COMPONENT
}

pub(super) fn start(config: &str) -> Start {
    let worker = "shop/counter".to_owned();
    Start { worker, generation: 0, now_ms: 1_000, seed: 7, config: config.into(), state: None }
}

pub(super) fn init(component: &Component, config: &str) -> Result<Instance, InitError> {
    let started = component.start(start(config)).finish().expect("a task gives its value");
    started.map(|started| started.instance)
}

pub(super) fn instance() -> Instance {
    init(component(), "").expect("init succeeds")
}

pub(super) fn call(body: &str) -> Input {
    Input::Call { token: 5, body: body.into() }
}

pub(super) fn context() -> Context {
    Context { now_ms: 2_000, seq: 1 }
}

pub(super) fn step(instance: Instance, body: &str) -> Result<(Instance, StepResult), Crash> {
    instance.step(context(), call(body))
}

/// The number in the only effect, which is a reply.
pub(super) fn number(result: &StepResult) -> u64 {
    match result.as_deref() {
        Ok([Effect::Reply { token: 5, body }]) => u64::from_le_bytes(body.as_slice().try_into().expect("eight bytes")),
        other => panic!("not one reply: {other:?}"),
    }
}
