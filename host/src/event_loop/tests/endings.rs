//! Crashes, restarts, stops.

use std::time::Duration;

use super::guests::patient;
use super::world::{MS, SECOND, World, child, told};
use crate::base::{Kind, Restart, Shutdown};
use crate::event_loop::{Ask, Ended};
use crate::supervisor::{Order, Status};
use tokio::sync::oneshot;

const SPINS_AT_THE_END: &str = r#"{"terminate":"spin"}"#;

#[test]
fn a_crash_answers_its_caller_and_the_next_instance_takes_the_queue() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    let mut answers =
        ["Increment", "Reset", "Reset", "Increment", "Read"].map(|what| world.call("a", &format!("{what:?}")));
    world.pass(SECOND);
    let told: Vec<String> = answers.iter_mut().map(told).collect();
    assert_eq!(told, [r#""Ack""#, r#""Ack""#, "crashed", r#""Ack""#, r#"{"Value":1}"#]);
    assert_eq!(world.crashes, 1);
}

#[test]
fn a_shutdown_ends_everything_and_answers_everybody() {
    let mut world = World::new(2, &[child("a", "relay-0.1.0"), child("b", "relay-0.1.0")]);
    let mut delayed = world.call("a", r#""Never""#);
    world.settle();
    let mut queued = world.call("b", r#""Never""#);
    assert_eq!(world.shut_down(), Some(Ended::Shutdown));
    assert_eq!([told(&mut delayed), told(&mut queued)], [Kind::Stopped.word(); 2]);
    assert!(world.is_quiet());
}

#[test]
fn a_worker_that_does_not_stop_is_killed_at_its_time_and_not_before() {
    let mut slow = child("a", "hostile-0.1.0");
    (slow.config, slow.shutdown) = (SPINS_AT_THE_END, Shutdown::Timeout(Duration::from_secs(3)));
    let mut world = World::new(1, &[slow]);
    world.sim.grain.set(10 * MS);
    world.ask(Ask::Shutdown(true));
    let by = world.sim.now.get() + 3 * SECOND;
    world.turn(0);
    world.sim.now.set(by - 1);
    world.turn(0);
    assert!(!world.is_quiet());
    world.sim.now.set(by);
    world.turn(0);
    assert!(world.is_quiet());
    world.control_turn();
    assert_eq!(world.control.ended(), Some(&Ended::Shutdown));
}

#[test]
fn a_worker_that_stops_itself_is_done_or_comes_back_as_its_restart_says() {
    for (restart, status) in [(Restart::Transient, Status::Stopped), (Restart::Permanent, Status::Running)] {
        let mut relay = child("a", "relay-0.1.0");
        relay.restart = restart;
        let mut world = World::new(1, &[relay]);
        let mut delayed = world.call("a", r#""Never""#);
        world.settle();
        let mut last = world.call("a", r#"{"Stop":null}"#);
        let mut queued = world.call("a", r#""Next""#);
        world.pass(SECOND);
        let next = if restart == Restart::Permanent { r#""next""# } else { "stopped" };
        assert_eq!([told(&mut delayed), told(&mut last), told(&mut queued)], ["stopped", r#""done""#, next]);
        assert_eq!(world.status("a"), status);
    }
}

#[test]
fn a_boot_that_fails_ends_the_node() {
    let mut broken = child("a", "hostile-0.1.0");
    broken.config = r#"{"init":"divide"}"#;
    let mut world = World::unbooted(1, &[child("b", "echo-0.1.0"), broken], &patient());
    world.control.boot();
    world.pass(SECOND);
    assert!(matches!(world.control.ended(), Some(Ended::BootFailed(why)) if why.contains("child a")));
    assert!(world.is_quiet());
}

#[test]
fn whoever_asks_to_see_a_worker_that_stops_is_answered() {
    let mut slow = child("a", "hostile-0.1.0");
    slow.config = SPINS_AT_THE_END;
    let mut world = World::new(1, &[slow]);
    world.sim.grain.set(10 * MS);
    let (done, _stopped) = oneshot::channel();
    world.ask(Ask::Order(super::world::name("a"), Order::Terminate, done));
    world.turn(0);
    let mut inspected = world.inspect("a");
    world.turn(0);
    world.sim.now.set(60 * SECOND);
    world.settle();
    assert!(inspected.try_recv().is_ok_and(|seen| seen.is_ok_and(|seen| seen.memory == 0)));
}

#[test]
fn thousands_of_workers_are_killed_without_thousands_of_frames() {
    const WORKERS: usize = 3000;
    let names: Vec<String> = (0..WORKERS).map(|at| format!("w{at}")).collect();
    let mut one = child("a", "echo-0.1.0");
    one.shutdown = Shutdown::BrutalKill;
    let children: Vec<_> =
        names.iter().map(|name| super::world::Child { name: name.clone().leak(), ..one.clone() }).collect();
    let mut world = World::new(1, &children);
    assert_eq!(world.status("w2999"), Status::Running);
    assert_eq!(world.shut_down(), Some(Ended::Shutdown));
    assert!(world.is_quiet());
}
