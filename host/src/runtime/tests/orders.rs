//! What operators order, and when they are told.

use std::time::Duration;

use super::guests::patient;
use super::world::{DRAIN, SECOND, World, child, name, told};
use crate::base::{Failure, Kind, Name, Shutdown, nanos};
use crate::control::{Ask, Ended, Haste};
use crate::supervisor::{Order, Status};
use tokio::sync::oneshot::{self, Receiver};

type Done = Receiver<Result<Name, Failure>>;

fn stop(world: &mut World, worker: &str) -> Done {
    let (done, answer) = oneshot::channel();
    world.ask(Ask::Order(name(worker), Order::Terminate, done));
    answer
}

fn restart(world: &mut World, worker: &str) -> Done {
    let (done, answer) = oneshot::channel();
    world.ask(Ask::Order(name(worker), Order::Restart, done));
    answer
}

#[test]
fn whoever_asks_after_the_boot_is_told_that_it_is_over() {
    let mut world = World::new(1, &[child("a", "echo-0.1.0")]);
    let (done, mut booted) = oneshot::channel();
    world.ask(Ask::Booted(done));
    assert_eq!(booted.try_recv(), Ok(()));
}

#[test]
fn a_stop_and_a_restart_are_told_when_they_have_come_about() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    let mut stopped = stop(&mut world, "a");
    assert!(stopped.try_recv().is_err(), "not before it has stopped");
    world.settle();
    assert_eq!((stopped.try_recv(), world.status("a")), (Ok(Ok(name("a"))), Status::Stopped));
    let mut call = world.call("a", r#""Read""#);
    assert_eq!(told(&mut call), "stopped");
    let mut restarted = restart(&mut world, "a");
    assert!(restarted.try_recv().is_err(), "not before it runs");
    world.settle();
    assert_eq!((restarted.try_recv(), world.status("a")), (Ok(Ok(name("a"))), Status::Running));
    let kind = |mut done: Done| done.try_recv().map(|told| told.map_err(|failure| failure.kind));
    let nobody = stop(&mut world, "nobody");
    assert_eq!(kind(nobody), Ok(Err(Kind::NoWorker)));
    let root = stop(&mut world, "root");
    assert_eq!(kind(root), Ok(Err(Kind::Refused)));
}

#[test]
fn an_order_that_waits_for_a_busy_supervisor_is_not_told_before() {
    let mut world = World::unbooted(2, &[child("a", "echo-0.1.0"), child("b", "echo-0.1.0")], &patient());
    world.control.boot();
    world.turn(0);
    let mut stopped = stop(&mut world, "a");
    let mut restarted = restart(&mut world, "b");
    assert!(stopped.try_recv().is_err() && world.status("a") == Status::Running);
    assert!(restarted.try_recv().is_err());
    world.settle();
    assert_eq!((stopped.try_recv(), world.status("a")), (Ok(Ok(name("a"))), Status::Stopped));
}

#[test]
fn a_restart_that_fails_is_told_as_a_crash_and_stays_down() {
    let mut moody = child("a", "hostile-0.1.0");
    moody.config = r#"{"init":"behave"}"#;
    let mut world = World::new(1, &[moody]);
    let mut first = stop(&mut world, "a");
    world.settle();
    assert_eq!(first.try_recv(), Ok(Ok(name("a"))));
    world.redeclare("a", |spec| spec.config = br#"{"init":"divide"}"#[..].into());
    let mut again = restart(&mut world, "a");
    world.settle();
    assert!(matches!(again.try_recv(), Ok(Err(failure)) if failure.kind == Kind::Crashed));
    assert_eq!(world.status("a"), Status::Stopped);
}

#[test]
fn a_drain_waits_for_the_shards_and_no_longer_than_its_time() {
    let mut world = World::new(2, &[child("a", "echo-0.1.0"), child("b", "echo-0.1.0")]);
    world.ask(Ask::Shutdown(Haste::Drain));
    world.turn(0);
    world.control_turn();
    assert_eq!(world.status("a"), Status::Running, "one shard still drains");
    // The last quarter is for the tree.
    let by = world.sim.now.get() + nanos(DRAIN * 3 / 4);
    assert_eq!(world.control.wake_at(), Some(by));
    world.sim.now.set(by);
    world.control_turn();
    assert_eq!(world.status("b"), Status::Stopping);
    world.settle();
    assert_eq!(world.control.ended(), Some(&Ended::Shutdown));
}

#[test]
fn restarts_wait_their_time_and_come_in_order() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0"), child("b", "counter-0.1.0")]);
    let crash = |world: &mut World, worker: &str| {
        let mut answer = world.call(worker, r#""Reset""#);
        world.settle();
        assert_eq!(told(&mut answer), "crashed");
    };
    for worker in ["a", "b", "a"] {
        crash(&mut world, worker);
    }
    assert_eq!([world.status("a"), world.status("b")], [Status::Waiting, Status::Running]);
    world.pass(SECOND / 200);
    crash(&mut world, "b");
    world.pass(SECOND / 200 - 1);
    assert_eq!([world.status("a"), world.status("b")], [Status::Waiting; 2]);
    world.pass(1);
    assert_eq!([world.status("a"), world.status("b")], [Status::Running, Status::Waiting]);
    world.pass(SECOND / 200);
    assert_eq!(world.status("b"), Status::Running);
}

#[test]
fn a_node_that_is_stopped_while_it_boots_stops() {
    let mut slow = child("a", "hostile-0.1.0");
    slow.config = r#"{"terminate":"spin"}"#;
    slow.shutdown = Shutdown::Timeout(Duration::from_secs(1));
    let mut world = World::unbooted(1, &[slow, child("b", "echo-0.1.0")], &patient());
    world.control.boot();
    assert_eq!(world.shut_down(), Some(Ended::Shutdown));
    assert!(world.is_quiet());
}
