//! Nobody waits for a busy neighbour longer than a turn.

use super::guests::patient;
use super::world::{World, child, told};
use crate::base::limits::{SLICE, STEPS_PER_TURN};
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
fn a_crowded_worker_does_not_starve_its_neighbour() {
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
fn a_visit_ends_with_its_slice_however_many_inputs_wait() {
    let mut world = busy(&GuestLimits { step: SLICE, ..patient() });
    world.sim.grain.set(nanos(SLICE) / 4);
    let mut answer = world.call("calm", r#""Read""#);
    world.turn(0);
    world.turn(0);
    assert_eq!(told(&mut answer), r#"{"Value":0}"#);
    let mut inspected = world.inspect("crowded");
    world.turn(0);
    let seen = inspected.try_recv().expect("an answer").expect("it lives");
    assert!((QUEUED - 20..QUEUED - 2).contains(&seen.queued), "{} wait", seen.queued);
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
