//! `terminate` after a crash.

use std::time::Duration;

use tokio::sync::oneshot;

use super::world::{Child, MS, SECOND, World, ask, child, name, told};
use crate::base::Shutdown;
use crate::control::Ask;
use crate::supervisor::{Order, Status};

fn mourned(name: &'static str, guest: &'static str) -> Child {
    Child { terminate_after_crash: true, ..child(name, guest) }
}

/// A worker that has heard one message.
fn listener(worker: Child) -> World {
    let mut world = World::new(1, &[worker]);
    for request in [r#"{"Subscribe":"news"}"#, r#"{"Publish":["news",1]}"#] {
        assert_eq!(ask(&mut world, "a", request), r#""done""#);
    }
    world
}

#[test]
fn gs_13_after_a_crash_terminate_runs_on_a_fresh_instance_with_the_state_before_it() {
    let mut world = listener(mourned("a", "relay-0.1.0"));
    let (mut crashed, mut next) = (world.call("a", r#"{"Crash":"boom"}"#), world.call("a", r#""Heard""#));
    world.settle();
    assert_eq!([told(&mut crashed), told(&mut next)], ["crashed", "[]"]);
    let [line] = &world.logged[..] else { panic!("{:?}", world.logged) };
    assert!(line.starts_with("a: terminates with 1 messages heard: ") && line.contains("boom"), "{line}");
    assert_eq!((world.crashes, world.status("a")), (1, Status::Running));
}

#[test]
fn nothing_is_asked_to_terminate_after_a_crash_that_did_not_want_it() {
    let mut world = listener(child("a", "relay-0.1.0"));
    assert_eq!(ask(&mut world, "a", r#"{"Crash":"boom"}"#), "crashed");
    assert_eq!((&world.logged[..], world.crashes), (&[][..], 1));
}

#[test]
fn gs_13_a_crash_in_terminate_after_a_crash_is_reported_in_its_place() {
    let mut bad = mourned("a", "hostile-0.1.0");
    bad.config = r#"{"terminate":{"crash":"the second"}}"#;
    let mut world = World::new(1, &[bad]);
    assert_eq!(ask(&mut world, "a", r#"{"crash":"the first"}"#), "crashed");
    world.settle();
    assert_eq!((world.crashes, world.status("a")), (2, Status::Running));
    assert!(world.logged.iter().any(|line| line.contains("terminate the first")), "{:?}", world.logged);
    let mut inspected = world.inspect("a");
    world.settle();
    let seen = inspected.try_recv().expect("it is told").expect("it runs");
    assert!(seen.last_crash.is_some_and(|reason| reason.contains("the second")));
}

#[test]
fn a_terminate_after_a_crash_that_does_not_end_is_killed_when_the_worker_is_stopped() {
    let mut slow = mourned("a", "hostile-0.1.0");
    slow.config = r#"{"terminate":"spin"}"#;
    let mut world = World::new(1, &[slow]);
    world.sim.grain.set(10 * MS);
    let mut crashed = world.call("a", r#"{"crash":"boom"}"#);
    (0..4).for_each(|_| world.turn(0));
    assert_eq!(told(&mut crashed), "crashed");
    assert!(!world.is_quiet(), "it spins");
    world.ask(Ask::Order(name("a"), Order::Terminate, oneshot::channel().0));
    world.turn(0);
    world.sim.now.set(60 * SECOND);
    world.settle();
    assert_eq!((world.is_quiet(), world.status("a")), (true, Status::Stopped));
}

#[test]
fn a_change_of_code_waits_for_a_terminate_after_a_crash() {
    let mut slow = mourned("a", "hostile-0.1.0");
    (slow.config, slow.shutdown) = (r#"{"terminate":"spin"}"#, Shutdown::Timeout(Duration::from_millis(50)));
    let mut world = World::new(1, &[slow]);
    world.sim.grain.set(10 * MS);
    let _crashed = world.call("a", r#"{"crash":"boom"}"#);
    (0..4).for_each(|_| world.turn(0));
    world.prepare(1, "hostile-0.1.0");
    world.turn(0);
    assert_eq!(world.ready(1), (0, 0));
    world.sim.now.set(60 * SECOND);
    world.settle();
    assert_eq!(world.ready(1), (1, 0));
    world.commit(1);
    world.pass(SECOND);
    assert_eq!(world.status("a"), Status::Running);
}
