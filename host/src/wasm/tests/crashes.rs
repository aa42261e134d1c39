//! What a step may do, and how each kind of crash is told.

use super::guests::{call, compile, component, context, init, instance, number, patient, start, step};
use crate::base::{Effect, FaultClass, GuestLimits, SavedState, StartFailure};
use crate::wasm::{Crash, InitError, Level, LogLine};

fn crash(body: &str) -> Crash {
    step(instance(), body).map(|(_, result)| result).expect_err("this crashes")
}

#[test]
fn a_step_returns_effects_and_keeps_its_state_for_the_next() {
    let (counter, first) = step(instance(), "+").expect("it counts");
    let (counter, second) = step(counter, "+").expect("it counts");
    assert_eq!((number(&first), number(&second)), (1, 2));
    let (_, echo) = step(counter, "hello").expect("it echoes");
    assert_eq!(echo, Ok(vec![Effect::Reply { token: 5, body: b"hello".to_vec() }]));
}

#[test]
fn a_refusal_is_not_a_crash() {
    let (counter, refused) = step(instance(), "R").expect("it refuses");
    assert_eq!(refused, Err("sold out".to_owned()));
    assert!(step(counter, "+").is_ok());
}

#[test]
fn every_trap_has_a_class_and_a_text_for_people() {
    for (body, class, text) in [
        ("d", FaultClass::Trap, "integer divide by zero"),
        ("o", FaultClass::Trap, "memory access out of bounds"),
        ("u", FaultClass::Trap, "panic or abort in the guest, without a message on stderr"),
        ("P", FaultClass::Trap, "panicked at src/lib.rs:7:3: no such order"),
        ("r", FaultClass::Trap, "stack overflow (endless recursion?)"),
        ("x", FaultClass::Trap, "called exit with code 1"),
        ("c", FaultClass::Deliberate, "sold out"),
        ("m", FaultClass::Memory, "asked for 17 MiB, limit 16 MiB"),
        ("n", FaultClass::Contract, "step returned 2000 effects, limit 1024"),
        ("b", FaultClass::Contract, "step returned a reply of 1048577 bytes, limit 1048576"),
        ("L", FaultClass::Contract, "step: more than 100000 calls to the host"),
    ] {
        let fault = crash(body).fault;
        assert_eq!((fault.class, &*fault.text), (class, text), "{body}");
    }
}

#[test]
fn gs_05_b8_ill_formed_results_break_the_contract_and_nothing_else() {
    for body in ["i", "8", "p", "N"] {
        let fault = crash(body).fault;
        assert_eq!(fault.class, FaultClass::Contract, "{body}: {fault}");
        assert!(fault.text.starts_with("step broke the contract: "), "{body}: {fault}");
    }
}

#[test]
fn more_than_the_memory_limit_never_reaches_the_host() {
    let limits = GuestLimits { effects: usize::MAX, ..patient() };
    let large = init(&compile(&limits), "").expect("it starts");
    let (large, result) = step(large, "n").expect("2000 effects are allowed here");
    assert_eq!(result.map(|effects| effects.len()), Ok(2000));
    assert!(large.memory_bytes() >= 64 * 65536);
}

#[test]
fn log_lines_come_out_of_the_living_and_the_dead() {
    let line = LogLine { level: Level::Warn, text: "sold out".into() };
    let (mut counter, _) = step(instance(), "l").expect("it logs");
    assert_eq!(counter.take_log(), [line]);
    assert_eq!(counter.take_log(), []);
    let log = crash("P").log;
    assert_eq!(log.first().map(|line| &*line.text), Some("thread panicked at src/lib.rs:7:3:"));
}

#[test]
fn init_that_gives_up_is_not_a_crash() {
    let gave_up = init(component(), "i").expect_err("it gives up");
    assert_eq!(gave_up, InitError::Failure(StartFailure::Ignore, vec![]));
    let crashed = init(component(), "u").expect_err("it traps");
    assert!(matches!(crashed, InitError::Crash(Crash { fault, .. }) if fault.class == FaultClass::Trap));
}

#[test]
fn too_little_memory_to_begin_with_is_a_fault_of_memory() {
    let limits = GuestLimits { memory: 1 << 20, ..patient() };
    let error = init(&compile(&limits), "").expect_err("it needs 4 MiB");
    let InitError::Crash(crash) = error else { panic!("a crash: {error:?}") };
    assert_eq!(crash.fault.to_string(), "memory: asked for 4 MiB, limit 1 MiB");
}

#[test]
fn state_survives_its_instance() {
    let (counter, _) = step(instance(), "+").expect("it counts");
    let (_, saved) = counter.begin_save().finish().expect("a value").expect("it saves");
    assert_eq!(saved, SavedState { schema: "counter/1".into(), data: 1_u64.to_le_bytes().to_vec() });
    let mut again = start("");
    again.state = Some(saved);
    let started = component().start(again).finish().expect("a value").expect("it starts");
    let (counter, result) = step(started.instance, "+").expect("it counts");
    assert_eq!(number(&result), 2);
    let (_, older) = counter.begin_save_as("counter/0".into()).finish().expect("a value").expect("it answers");
    assert_eq!(older, Err("sold out".into()));
}

#[test]
fn a_guest_that_sleeps_wakes_at_once_an_hour_later() {
    let (_, result) = step(instance(), "z").expect("it sleeps");
    let hour = 3_600_000_000_000;
    let began = 2_000_000_000;
    let now = number(&result);
    assert!((began + hour..began + hour + 1_000_000).contains(&now), "{now}");
}

#[test]
fn the_same_seed_draws_the_same_numbers() {
    let draw = || number(&step(instance(), "g").expect("it draws").1);
    assert_eq!(draw(), draw());
    let (other, first) = step(instance(), "g").expect("it draws");
    let (_, second) = step(other, "g").expect("it draws");
    assert_ne!(number(&first), number(&second));
}

#[test]
fn wasi_works_within_a_runtime_of_tokio_as_well() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        assert!(step(instance(), "z").is_ok());
        let mut task = instance().begin_step(context(), call("P"));
        assert!(matches!(task.resume(), Some(Err(_))));
    });
}
