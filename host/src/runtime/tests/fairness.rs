//! Nobody waits for a busy neighbour longer than a turn.

use super::guests::patient;
use super::sys::suspend;
use super::world::{self, SECOND, World, child, handler, told};
use crate::base::limits::{SLICE, STEPS_PER_TURN, TURN};
use crate::base::{GuestLimits, QueueSpec, WhenFull, nanos};

const QUEUED: usize = 10_000;

fn busy(limits: &GuestLimits) -> World {
    let mut crowded = child("crowded", "counter-0.1.0");
    crowded.queue = QueueSpec { capacity: QUEUED, when_full: WhenFull::Reject };
    let mut world = World::unbooted(1, &[crowded, child("calm", "counter-0.1.0")], limits);
    world.control.boot();
    world.settle();
    for _ in 0..QUEUED {
        drop(world.call("crowded", r#""Increment""#));
    }
    world
}

#[test]
fn b20_a_crowded_worker_does_not_starve_its_neighbour() {
    for limits in [patient(), GuestLimits { step: SLICE, ..patient() }] {
        let mut world = busy(&limits);
        let mut answer = world.call("calm", r#""Read""#);
        world.turn(0);
        assert_eq!(told(&mut answer), r#"{"Value":0}"#);
        let mut inspected = world.inspect("crowded");
        world.turn(0);
        let seen = inspected.try_recv().expect("an answer").expect("it lives");
        assert!(seen.queued > 0, "the inspection did not wait for the queue");
    }
}

#[test]
fn a_visit_ends_with_its_turn_however_many_inputs_wait_and_whoever_comes_meanwhile_is_next() {
    let mut world = busy(&GuestLimits { step: SLICE, ..patient() });
    world.sim.grain.set(nanos(TURN) / 4);
    for turn in 0..3 {
        world.turn(0);
        let mut answer = world.call("calm", r#""Read""#);
        world.turn(0);
        assert_eq!(told(&mut answer), r#"{"Value":0}"#, "in the turn after the one it came in: {turn}");
    }
    let mut inspected = world.inspect("crowded");
    world.turn(0);
    let seen = inspected.try_recv().expect("an answer").expect("it lives");
    assert!((QUEUED - 40..QUEUED - 6).contains(&seen.queued), "{} wait, so it goes on, too", seen.queued);
}

#[test]
fn a_turn_takes_no_more_than_its_steps_and_nothing_is_lost() {
    let mut world = busy(&GuestLimits { step: SLICE, ..patient() });
    world.turn(0);
    let mut inspected = world.inspect("crowded");
    world.turn(0);
    let seen = inspected.try_recv().expect("an answer").expect("it lives");
    assert!(seen.queued >= QUEUED - STEPS_PER_TURN - 64, "{} wait", seen.queued);
    let mut read = world.call("crowded", r#""Read""#);
    world.settle();
    assert_eq!(told(&mut read), format!(r#"{{"Value":{QUEUED}}}"#));
}

#[test]
fn what_waits_on_a_node_has_a_bound_in_bytes_that_all_workers_and_managers_share() {
    const MIB: usize = 1 << 20;
    let mut world = World::new(2, &[child("a", "echo-0.1.0"), child("b", "echo-0.1.0"), handler("h", "witness-0.1.0")]);
    for name in ["a", "b"] {
        suspend(&mut world, name, true);
    }
    let body = format!("{:?}", "x".repeat(MIB - 2));
    let mut calls: Vec<_> = (0..world::QUEUED / MIB)
        .map(|at| world.call_within(if at % 2 == 0 { "a" } else { "b" }, &body, 600 * SECOND))
        .collect();
    assert!(calls.iter_mut().all(|call| told(call) == "nothing yet"));
    let mut over = ["a", "b", "events"].map(|to| world.call_within(to, &body, 600 * SECOND));
    world.settle();
    assert_eq!(over.each_mut().map(told), ["overloaded"; 3]);
    let said = world.logged.iter().find(|line| line.starts_with("a: ")).expect("a line");
    assert!(said.contains("inputs are turned away"), "{said}");
    suspend(&mut world, "a", false);
    world.settle();
    let waiting = calls.iter_mut().map(told).filter(|told| told == "nothing yet").count();
    assert_eq!(waiting, world::QUEUED / MIB / 2);
    let mut event = world.call_within("events", &body, 600 * SECOND);
    world.settle();
    assert_eq!(told(&mut event), "");
}
