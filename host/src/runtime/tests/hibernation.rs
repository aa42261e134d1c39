//! Hibernation: what it sheds, what it keeps, and what wakes it.

use std::time::Duration;

use super::guests::{cramped, patient};
use super::world::{Child, MS, SECOND, World, ask, child, name, told};
use crate::protocol::{Command, WorkerAction};

const RELAY: &str = "relay-0.1.0";

fn idle_for(seconds: u64, name: &'static str, guest: &'static str) -> Child {
    Child { hibernate_after: Some(Duration::from_secs(seconds)), ..child(name, guest) }
}

fn is_asleep(world: &World, worker: &str) -> bool {
    let place = world.directory.find(worker).expect("a worker");
    world.shards[place.shard].is_asleep(place.slot)
}

fn generation(world: &mut World, worker: &str) -> u64 {
    let mut seen = world.inspect(worker);
    world.settle();
    seen.try_recv().expect("an answer").expect("a view").generation
}

#[test]
fn gs_18_a_worker_that_asks_for_it_sheds_its_instance_and_wakes_with_its_state() {
    let mut world = World::new(1, &[child("a", RELAY)]);
    assert_eq!(ask(&mut world, "a", r#"{"Subscribe":"news"}"#), r#""done""#);
    assert_eq!(ask(&mut world, "a", r#""Hibernate""#), r#""done""#);
    assert!(is_asleep(&world, "a"));
    assert_eq!(ask(&mut world, "a", r#"{"Publish":["news",1]}"#), r#""done""#);
    assert!(!is_asleep(&world, "a"));
    assert_eq!(ask(&mut world, "a", r#""Heard""#), "[1]", "it woke subscribed, with what it knew");
    assert_eq!((generation(&mut world, "a"), world.crashes), (1, 0));
}

#[test]
fn gs_18_a_worker_that_is_idle_for_its_time_hibernates_and_not_before() {
    let mut world = World::new(1, &[idle_for(10, "a", "counter-0.1.0")]);
    assert_eq!(ask(&mut world, "a", r#""Increment""#), r#""Ack""#);
    world.pass(6 * SECOND);
    assert_eq!(ask(&mut world, "a", r#""Increment""#), r#""Ack""#);
    world.pass(10 * SECOND - MS);
    assert!(!is_asleep(&world, "a"), "it had something to do four seconds ago");
    world.pass(MS);
    assert!(is_asleep(&world, "a"));
    assert_eq!(ask(&mut world, "a", r#""Read""#), r#"{"Value":2}"#);
    world.pass(10 * SECOND);
    assert!(is_asleep(&world, "a"), "and again");
}

#[test]
fn whoever_looks_at_a_worker_that_hibernates_sees_its_state_and_does_not_wake_it() {
    let mut world = World::new(1, &[idle_for(1, "a", "counter-0.1.0")]);
    ask(&mut world, "a", r#""Increment""#);
    world.pass(SECOND);
    let mut seen = world.inspect("a");
    world.settle();
    let seen = seen.try_recv().expect("an answer").expect("a view");
    assert_eq!((seen.state.map(|state| state.data), seen.memory, seen.hibernates), (Some(b"1".to_vec()), 0, true));
    assert!(is_asleep(&world, "a"));
}

#[test]
fn timers_and_callers_who_wait_outlive_the_instance() {
    let mut world = World::new(1, &[child("a", RELAY)]);
    let mut waiting = world.call("a", r#"{"After":3000}"#);
    world.settle();
    assert_eq!(ask(&mut world, "a", r#""Hibernate""#), r#""done""#);
    assert!(is_asleep(&world, "a"));
    world.pass(2999 * MS);
    assert_eq!(told(&mut waiting), "nothing yet");
    world.pass(MS);
    assert_eq!(told(&mut waiting), r#""rang""#);
}

#[test]
fn a_worker_with_inputs_left_does_not_hibernate_and_one_that_saves_nothing_cannot() {
    let mut world = World::new(1, &[child("a", RELAY)]);
    let mut first = world.call("a", r#""Hibernate""#);
    let mut second = world.call("a", r#""Heard""#);
    world.settle();
    assert_eq!((told(&mut first), told(&mut second)), (r#""done""#.into(), "[]".into()));
    assert!(!is_asleep(&world, "a"));
    assert_eq!(generation(&mut world, "a"), 0);
}

#[test]
fn an_upgrade_and_a_stop_wake_it_first() {
    let mut world = World::new(1, &[idle_for(1, "a", "counter-0.1.0"), idle_for(1, "b", "counter-0.1.0")]);
    ask(&mut world, "a", r#""Increment""#);
    world.pass(SECOND);
    assert!(is_asleep(&world, "a") && is_asleep(&world, "b"));
    world.prepare(1, "counter-0.2.0");
    world.settle();
    world.commit(1);
    world.settle();
    assert_eq!((world.ready(1), world.committed), ((1, 0), 2));
    assert!(ask(&mut world, "a", r#""Stats""#).starts_with('{'));
    assert_eq!(ask(&mut world, "a", r#""Read""#), r#"{"Value":1}"#);
    world.pass(SECOND);
    assert!(is_asleep(&world, "a"));
    assert_eq!(world.shut_down(), Some(crate::control::Ended::Shutdown));
    assert!(world.is_quiet());
}

#[test]
fn one_that_is_killed_in_its_sleep_starts_afresh() {
    let mut world = World::new(1, &[idle_for(1, "a", "counter-0.1.0")]);
    ask(&mut world, "a", r#""Increment""#);
    world.pass(SECOND);
    world.command("a", |child| Command::Act(WorkerAction::Stop(child, crate::base::Shutdown::BrutalKill)));
    world.settle();
    world.start("a");
    world.settle();
    assert_eq!(ask(&mut world, "a", r#""Read""#), r#"{"Value":0}"#);
}

const COUNTER: &str = "counter-0.1.0";

#[test]
fn the_scarcer_instances_are_the_sooner_idle_workers_hibernate() {
    let mut world = World::unbooted(1, &["a", "b", "c"].map(|name| idle_for(10, name, COUNTER)), &patient());
    world.shards[0].run(name("counter"), cramped(COUNTER, 4, 100));
    world.control.boot();
    world.settle();
    for worker in ["a", "b", "c"] {
        ask(&mut world, worker, r#""Increment""#);
    }
    world.pass(2 * MS);
    let asleep = |world: &World| ["a", "b", "c"].map(|worker| is_asleep(world, worker));
    assert_eq!(asleep(&world), [false, false, true]);
    world.pass(50 * MS);
    assert_eq!(asleep(&world), [false, true, true]);
    assert_eq!(ask(&mut world, "c", r#""Read""#), r#"{"Value":1}"#);
    world.pass(10 * SECOND);
    assert!(is_asleep(&world, "a"));
}

#[test]
fn who_finds_no_room_to_wake_keeps_its_state_and_its_caller_until_there_is_some() {
    let mut world = World::new(1, &[child("a", COUNTER), idle_for(1, "b", COUNTER)]);
    assert_eq!(ask(&mut world, "b", r#""Increment""#), r#""Ack""#);
    world.pass(SECOND);
    assert!(is_asleep(&world, "b"));
    world.shards[0].run(name("counter"), cramped(COUNTER, 0, 1));
    world.command("a", |child| Command::Act(WorkerAction::Stop(child, crate::base::Shutdown::BrutalKill)));
    world.settle();
    world.start("a");
    world.settle();
    let mut waiting = world.call("b", r#""Read""#);
    world.settle();
    world.pass(SECOND);
    assert_eq!((told(&mut waiting).as_str(), is_asleep(&world, "b")), ("nothing yet", true));
    world.command("a", |child| Command::Act(WorkerAction::Stop(child, crate::base::Shutdown::BrutalKill)));
    world.settle();
    world.pass(MS);
    assert_eq!((told(&mut waiting).as_str(), world.crashes), (r#"{"Value":1}"#, 0));
}
