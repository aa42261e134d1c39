//! Crashes, restarts, stops.

use std::time::Duration;

use super::guests::patient;
use super::world::{DRAIN, MS, SECOND, World, child, told};

use crate::base::{Kind, Restart, Shutdown, nanos};
use crate::control::{Ask, Ended, Haste};
use crate::supervisor::{Order, Status};
use tokio::sync::oneshot;

/// More turns than one crash takes.
const TURNS: usize = 1000;

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
    world.ask(Ask::Shutdown(Haste::Stop));
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
fn sup_09_infinity_is_waited_for_unless_the_host_halts() {
    let mut slow = child("a", "hostile-0.1.0");
    (slow.config, slow.shutdown) = (SPINS_AT_THE_END, Shutdown::Infinity);
    let mut world = World::new(1, &[child("b", "echo-0.1.0"), slow]);
    world.sim.grain.set(10 * MS);
    world.ask(Ask::Shutdown(Haste::Drain));
    for _ in 0..10 {
        world.turn(0);
        world.control_turn();
    }
    world.sim.now.set(world.sim.now.get() + 3600 * SECOND);
    world.turn(0);
    assert!(!world.is_quiet(), "its `terminate` goes on");
    world.ask(Ask::Shutdown(Haste::Halt));
    world.turn(0);
    world.control_turn();
    world.turn(0);
    world.control_turn();
    assert_eq!((world.is_quiet(), world.control.ended()), (true, Some(&Ended::Shutdown)));
}

#[test]
fn app_04_the_stop_of_a_node_is_bounded_and_so_is_every_terminate() {
    let mut slow = child("a", "hostile-0.1.0");
    (slow.config, slow.shutdown) = (SPINS_AT_THE_END, Shutdown::Infinity);
    for haste in [Haste::Drain, Haste::Stop] {
        let mut world = World::new(1, &[child("b", "echo-0.1.0"), slow.clone()]);
        world.sim.grain.set(10 * MS);
        let by = world.sim.now.get() + nanos(DRAIN);
        world.ask(Ask::Shutdown(haste));
        for _ in 0..10 {
            world.turn(0);
            world.control_turn();
        }
        world.control.tick();
        assert!(!world.is_quiet() && world.control.wake_at().is_some_and(|at| at <= by + SECOND));
        world.sim.now.set(by + SECOND);
        world.control.tick();
        for _ in 0..2 {
            world.turn(0);
            world.control_turn();
        }
        assert_eq!((world.is_quiet(), world.control.ended()), (true, Some(&Ended::Shutdown)));
    }
}

#[test]
fn a_stop_ends_a_start_that_is_under_way_and_what_runs_stops_in_its_time() {
    let mut slow = child("slow", "hostile-0.1.0");
    slow.config = r#"{"init":"spin"}"#;
    let mut world = World::unbooted(1, &[child("a", "counter-0.1.0"), slow], &patient());
    world.control.boot();
    world.sim.grain.set(10 * MS);
    for _ in 0..6 {
        world.turn(0);
        world.control_turn();
    }
    assert_eq!((world.status("a"), world.status("slow")), (Status::Running, Status::Starting));
    let began = world.sim.now.get();
    world.ask(Ask::Shutdown(Haste::Drain));
    for _ in 0..10 {
        world.turn(0);
        world.control_turn();
    }
    assert_eq!((world.is_quiet(), world.control.ended()), (true, Some(&Ended::Shutdown)));
    assert!(world.sim.now.get() - began < 2 * SECOND);
}

#[test]
fn who_waits_for_a_worker_is_told_when_its_restart_is_called_off() {
    let mut world = World::new(2, &[child("a", "counter-0.1.0"), child("b", "counter-0.1.0")]);
    for name in ["a", "b"] {
        for _ in 0..2 {
            let mut crash = world.call(name, r#""Reset""#);
            world.settle();
            assert_eq!(told(&mut crash), "crashed");
        }
        assert_eq!(world.status(name), Status::Waiting);
        let mut queued = world.call(name, r#""Read""#);
        world.settle();
        assert_eq!(told(&mut queued), "nothing yet");
        world.ask(Ask::Order(super::world::name(name), Order::Terminate, oneshot::channel().0));
        world.settle();
        let mut after = world.call(name, r#""Read""#);
        world.settle();
        assert_eq!([told(&mut queued), told(&mut after)], ["stopped", "stopped"]);
        world.ask(Ask::Order(super::world::name(name), Order::Restart, oneshot::channel().0));
        world.settle();
        assert_eq!(told(&mut world.call(name, r#""Read""#)), "nothing yet");
    }
}

#[test]
fn the_queue_of_a_worker_that_crashes_while_its_supervisor_is_busy_waits_for_its_next_instance() {
    let workers = [child("a", "counter-0.1.0"), child("b", "counter-0.1.0")];
    let mut world = World::unbooted(2, &workers, &patient());
    world.control.boot();
    let here = world.directory.find("a").expect("a worker").shard;
    world.turn(here);
    let mut crash = world.call("a", r#""Reset""#);
    let mut queued = world.call("a", r#""Read""#);
    // A guest may need more than one slice of a busy machine.
    let told_of_crash = std::iter::repeat_with(|| {
        world.turn(here);
        told(&mut crash)
    });
    let told_of_crash = told_of_crash.take(TURNS).find(|told| told != "nothing yet");
    assert_eq!((told_of_crash.as_deref(), world.status("b")), (Some("crashed"), Status::Starting));
    assert_eq!(told(&mut queued), "nothing yet");
    world.settle();
    assert_eq!(told(&mut queued), r#"{"Value":0}"#);
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
