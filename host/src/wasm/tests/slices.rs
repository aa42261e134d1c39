//! Long functions run slice by slice and end with their budget.

use std::time::Duration;

use super::guests::{
    BYTES, PATIENT, call, compile, component, context, encode, engine, init, instance, number, patient, start, step,
};
use crate::base::{ExitKind, FaultClass, GuestLimits};
use crate::wasm::{Crash, Engine, EngineOptions, InitError, Pressure, Task};

/// Resumes a task to its end; its value, and how often it was resumed.
fn count<T>(mut task: Task<T>) -> (T, u32) {
    let mut resumed = 1;
    loop {
        if let Some(value) = task.resume() {
            return (value, resumed);
        }
        resumed += 1;
    }
}

fn timed_out(crash: &Crash, text: &str) {
    assert_eq!((crash.fault.class, &*crash.fault.text), (FaultClass::Timeout, text));
}

#[test]
fn a_spinning_step_yields_between_slices_and_is_killed_with_its_budget() {
    let limits = GuestLimits { step: Duration::from_millis(35), ..patient() };
    let component = compile(&limits);
    assert!(component.is_sliced());
    let task = init(&component, "").expect("it starts").begin_step(context(), call("s"));
    let (result, resumed) = count(task);
    timed_out(&result.expect_err("it spins"), "step took longer than 35ms");
    assert!(resumed >= 3, "{resumed}: a pause after each slice of the processor it got");
}

#[test]
fn a_plain_step_is_killed_with_its_budget() {
    let limits = GuestLimits { step: Duration::from_millis(10), ..patient() };
    let component = compile(&limits);
    assert!(!component.is_sliced());
    let crash = step(init(&component, "").expect("it starts"), "s").expect_err("it spins");
    timed_out(&crash, "step took longer than 10ms");
}

#[test]
fn init_save_and_terminate_are_killed_with_their_budget() {
    let limits = GuestLimits { init: Duration::from_millis(25), ..GuestLimits::default() };
    let (result, resumed) = count(compile(&limits).start(start("s")));
    let Err(InitError::Crash(crash)) = result else { panic!("it spins: {result:?}") };
    timed_out(&crash, "init took longer than 25ms");
    assert!(resumed >= 2, "{resumed}");

    let mut counter = instance();
    for _ in 0..7 {
        (counter, _) = step(counter, "+").expect("it counts");
    }
    let (result, resumed) = count(counter.begin_save());
    timed_out(&result.expect_err("it spins at seven"), "save took longer than 500ms");
    assert!(resumed >= 10, "{resumed}");

    let crashed = ExitKind::Crashed("tired".into());
    let (result, _) = count(instance().begin_terminate(context(), crashed, Duration::from_millis(15)));
    timed_out(&result.expect_err("it spins"), "terminate took longer than 15ms");
}

#[test]
fn a_graceful_end_tells_what_was_logged() {
    let task = instance().begin_terminate(context(), ExitKind::Shutdown, PATIENT);
    let (result, _) = count(task);
    let texts: Vec<String> = result.expect("it ends").log.into_iter().map(|line| line.text).collect();
    assert_eq!(texts, ["sold out"]);
}

#[test]
fn an_init_longer_than_a_slice_starts_in_the_end() {
    assert!(count(component().start(start("w"))).0.is_ok());
}

#[test]
fn a_task_may_be_dropped_in_the_middle_of_its_function() {
    let limits = GuestLimits { step: PATIENT, ..patient() };
    let component = compile(&limits);
    let mut task = init(&component, "").expect("it starts").begin_step(context(), call("s"));
    assert!(task.resume().is_none());
    drop(task);
    assert!(init(&component, "").is_ok());
}

#[test]
fn a_task_gives_its_value_once() {
    let mut task = instance().begin_step(context(), call("+"));
    while task.resume().is_none() {}
    assert!(task.resume().is_none());
    assert!(task.finish().is_none());
}

#[test]
fn b1_fuel_ends_a_step_and_leaves_quick_ones_alone() {
    let limits = GuestLimits { fuel: true, step: Duration::from_millis(100), ..patient() };
    let component = compile(&limits);
    let (counter, result) = step(init(&component, "").expect("it starts"), "+").expect("it counts");
    assert_eq!(number(&result), 1);
    let crash = counter.begin_step(context(), call("s")).finish().expect("a value").expect_err("it spins");
    timed_out(&crash, "step took longer than 100ms (100000000 units of fuel)");
}

#[test]
fn what_came_to_its_end_once_has_the_time_to_when_it_is_done_again() {
    let limits = GuestLimits { fuel: true, init: Duration::from_micros(100), ..patient() };
    let component = compile(&limits);
    assert!(count(component.start(start("w"))).0.is_err());
    assert!(count(component.start_again(start("w"))).0.is_ok());
    let limits = GuestLimits { fuel: true, step: Duration::from_nanos(1), ..patient() };
    let component = compile(&limits);
    let begin = || init(&component, "").expect("it starts");
    assert!(count(begin().begin_step(context(), call("+"))).0.is_err());
    assert!(count(begin().begin_step_again(context(), call("+"))).0.is_ok());
}

#[test]
fn instances_beyond_the_pool_are_allocated_on_demand() {
    let small = Engine::new(&EngineOptions { instances: 2, ..EngineOptions::default() }).expect("the engine starts");
    assert_eq!(small.capacity(), 2);
    let component = small.compile(&BYTES, &patient()).expect("it compiles");
    let crowd: Vec<_> = (0..4).map(|_| init(&component, "").expect("it starts")).collect();
    assert!(crowd.into_iter().all(|counter| step(counter, "+").is_ok()));
}

#[test]
fn an_engine_without_a_pool_works() {
    let bare = Engine::new(&EngineOptions { instances: 0, ..EngineOptions::default() }).expect("the engine starts");
    let component = bare.compile(&BYTES, &patient()).expect("it compiles");
    assert!(step(init(&component, "").expect("it starts"), "+").is_ok());
    assert!(engine().capacity() > 0);
}

#[test]
fn an_instance_that_the_machine_does_not_hold_is_refused_in_words_until_another_is_gone() {
    let cramped =
        Engine::with_room(&EngineOptions { instances: 2, ..EngineOptions::default() }, 3).expect("the engine starts");
    let component = cramped.compile(&BYTES, &patient()).expect("it compiles");
    let mut crowd: Vec<_> = (0..3).map(|_| init(&component, "").expect("it starts")).collect();
    assert!(cramped.pressure() == Pressure::High && cramped.is_full());
    let Err(InitError::Crash(crash)) = init(&component, "") else { panic!("there is no room") };
    assert!(crash.fault.text.starts_with("no room for another instance, there are 3: "), "{}", crash.fault.text);
    crowd.pop();
    assert!(init(&component, "").is_ok() && !cramped.is_full());
}

#[test]
fn b16_what_runs_before_init_runs_within_its_time() {
    let text = include_str!("../../../tests/fixtures/misbehaving.wat").trim_end();
    let body = text.strip_suffix(')').expect("a module ends");
    let spins = format!("{body}\n  (func $for_ever (loop $on (br $on)))\n  (start $for_ever))");
    let limits = GuestLimits { init: Duration::from_millis(30), ..patient() };
    let component = engine().compile(&encode(None, "misbehaving", &spins), &limits).expect("it compiles");
    let Err(InitError::Crash(crash)) = init(&component, "") else { panic!("it never begins") };
    timed_out(&crash, "init took longer than 30ms");
}
