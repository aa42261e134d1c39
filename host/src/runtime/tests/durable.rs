//! Durable workers: nothing that somebody was told is lost, and nobody is told what might be.

use super::world::{Child, SECOND, World, ask, child, told};
use crate::base::Restart;
use crate::control::{Ask, Haste};

const COUNTER: &str = "counter-0.2.0";
const RELAY: &str = "relay-0.1.0";

fn durable(name: &'static str, guest: &'static str) -> Child {
    Child { durable: true, ..child(name, guest) }
}

/// A node whose disk does nothing until it is told to.
fn slow(children: &[Child]) -> World {
    let world = World::new(1, children);
    world.sim.journal.borrow_mut().is_slow = true;
    world
}

#[test]
fn an_answer_waits_until_its_input_is_on_disk_and_that_of_a_read_until_what_it_has_seen_is() {
    let mut world = slow(&[durable("counter", COUNTER)]);
    let mut answers: Vec<_> =
        ["\"Increment\"", "\"Read\"", "\"Nonsense\""].map(|body| world.call("counter", body)).into();
    world.settle();
    assert!(answers.iter_mut().all(|answer| told(answer) == "nothing yet"));
    world.sync();
    let told: Vec<_> = answers.iter_mut().map(told).collect();
    assert_eq!(told, ["\"Ack\"", "{\"Value\":1}", "refused"]);
}

#[test]
pub(super) fn what_a_step_wants_of_others_waits_until_its_input_is_on_disk() {
    let heard = |world: &mut World| {
        (ask(world, "counter", "\"Read\""), ask(world, "hearer", "\"Heard\""), ask(world, "relay", "\"Heard\""))
    };
    let children = [
        durable("teller", RELAY),
        child("counter", COUNTER),
        Child { config: "{\"hears\":\"news\"}", ..child("hearer", RELAY) },
        child("relay", RELAY),
    ];
    for order in [
        r#"{"Cast":["counter","Increment"]}"#,
        r#"{"Call":["counter","Increment"]}"#,
        r#"{"Forward":["counter","Increment"]}"#,
        r#"{"Publish":["news",1]}"#,
    ] {
        let mut world = slow(&children);
        let before = heard(&mut world);
        let mut answer = world.call("teller", order);
        world.settle();
        assert_eq!((told(&mut answer).as_str(), heard(&mut world)), ("nothing yet", before.clone()), "{order}");
        world.sync();
        world.sync();
        assert_ne!((told(&mut answer).as_str(), heard(&mut world)), ("nothing yet", before), "{order}");
    }
}

#[test]
pub(super) fn a_worker_does_not_step_past_what_concerns_itself() {
    for is_plain in [false, true] {
        let world = World::stepping(is_plain, 1, &[durable("relay", RELAY)]);
        world.sim.journal.borrow_mut().is_slow = true;
        does_not_step_past_its_end(world);
    }
}

fn does_not_step_past_its_end(mut world: World) {
    let mut stop = world.call("relay", r#"{"Stop":null}"#);
    let mut after = world.call("relay", "\"Heard\"");
    world.settle();
    assert_eq!(world.steps("relay"), 1, "the second input waits for the end that the first may be");
    world.sync();
    assert_eq!(
        (told(&mut stop).as_str(), world.is_up("relay")),
        ("\"done\"", true),
        "it is permanent and starts afresh"
    );
    world.sync();
    world.sync();
    assert_ne!(told(&mut after), "nothing yet");
}

#[test]
fn b10_a_worker_that_crashes_has_the_state_from_before_and_goes_on_without_the_input() {
    let mut world = World::new(1, &[durable("counter", COUNTER)]);
    assert_eq!(ask(&mut world, "counter", r#"{"Add":5}"#), "\"Ack\"");
    assert_eq!(ask(&mut world, "counter", "\"Reset\""), "\"Ack\"");
    assert_eq!(ask(&mut world, "counter", "\"Reset\""), "crashed");
    assert_eq!(ask(&mut world, "counter", "\"Stats\""), r#"{"Stats":{"count":0,"resets":1}}"#);
    assert_eq!(world.crashes, 1, "its supervisor hears of one crash");
    assert!(world.logged.iter().any(|line| line.contains("set aside")), "{:?}", world.logged);
    assert_eq!(ask(&mut world, "counter", r#"{"Add":2}"#), "\"Ack\"");
    assert_eq!(ask(&mut world, "counter", "\"Reset\""), "\"Ack\"");
    let mut again = world.call("counter", "\"Reset\"");
    world.pass(SECOND);
    assert_eq!(told(&mut again), "crashed");
    assert_eq!(ask(&mut world, "counter", "\"Stats\""), r#"{"Stats":{"count":0,"resets":2}}"#);
}

#[test]
pub(super) fn whoever_waits_for_a_worker_that_crashes_on_something_else_goes_on_waiting() {
    let mut world = World::new(1, &[durable("relay", RELAY), child("counter", COUNTER)]);
    let mut later = world.call("relay", r#"{"After":1000}"#);
    let mut called = world.call("relay", r#"{"Call":["counter","Increment"]}"#);
    let mut crash = world.call("relay", r#"{"Crash":"on purpose"}"#);
    world.settle();
    assert_eq!((told(&mut called).as_str(), told(&mut crash).as_str()), ("\"Ack\"", "crashed"));
    assert_eq!(told(&mut later), "nothing yet");
    world.pass(SECOND);
    assert_ne!(told(&mut later), "nothing yet");
    assert_ne!(told(&mut later), "crashed");
}

#[test]
fn a_host_that_starts_again_has_what_was_on_disk_and_no_more() {
    let children = [durable("counter", COUNTER), child("forgetful", COUNTER)];
    let mut world = World::new(2, &children);
    for worker in ["counter", "forgetful"] {
        assert_eq!(ask(&mut world, worker, r#"{"Add":7}"#), "\"Ack\"");
    }
    assert_eq!(ask(&mut world, "counter", "\"Reset\""), "\"Ack\"");
    assert_eq!(ask(&mut world, "counter", "\"Reset\""), "crashed");
    world.sim.journal.borrow_mut().is_slow = true;
    let mut lost = world.call("counter", r#"{"Add":1}"#);
    world.settle();
    assert_eq!(told(&mut lost), "nothing yet");
    for shards in [2, 1, 3] {
        world = world.reborn(shards, &children);
        assert_eq!(ask(&mut world, "counter", "\"Stats\""), r#"{"Stats":{"count":0,"resets":1}}"#);
        assert_eq!(ask(&mut world, "forgetful", "\"Stats\""), r#"{"Stats":{"count":0,"resets":0}}"#);
    }
}

#[test]
pub(super) fn timers_go_on_in_the_next_host_and_calls_that_were_under_way_come_to_nothing() {
    let children = [durable("relay", RELAY), child("silent", RELAY)];
    let mut world = World::new(1, &children);
    world.call("relay", r#"{"After":3000}"#);
    world.call("relay", r#"{"Call":["silent","Never"]}"#);
    world.pass(SECOND);
    let before = world.steps("relay");
    world = world.reborn(1, &children);
    assert_eq!(world.steps("relay"), before + 1, "the call is answered: the host was started anew");
    world.pass(SECOND);
    assert_eq!(world.steps("relay"), before + 1);
    world.pass(SECOND);
    assert_eq!(world.steps("relay"), before + 2, "the timer goes off three seconds after its start");
}

#[test]
pub(super) fn an_end_of_its_own_ends_the_state_and_an_ordered_one_does_not() {
    let children = [durable("relay", RELAY), durable("counter", COUNTER)];
    let mut world = World::new(1, &children);
    assert_eq!(ask(&mut world, "counter", r#"{"Add":7}"#), "\"Ack\"");
    ask(&mut world, "relay", r#"{"Monitor":["counter",1]}"#);
    assert_eq!(ask(&mut world, "relay", r#"{"Stop":null}"#), "\"done\"");
    let steps = world.steps("relay");
    assert_eq!(ask(&mut world, "relay", "\"Heard\""), "[]", "it has started afresh");
    world.shut_down();
    world = world.reborn(1, &children);
    assert_eq!((world.steps("relay"), ask(&mut world, "counter", "\"Read\"").as_str()), (steps + 1, r#"{"Value":7}"#));
}

#[test]
fn a_worker_goes_on_from_its_state_when_its_journal_gets_long() {
    let children = [durable("counter", COUNTER), durable("relay", RELAY)];
    let mut world = World::new(1, &children);
    let mut later = world.call("relay", r#"{"After":60000}"#);
    let long = format!(r#"{{"Publish":["news","{}"]}}"#, "x".repeat(50_000));
    for _ in 0..12 {
        assert_eq!(ask(&mut world, "relay", &long), "\"done\"");
    }
    for _ in 0..20_000 {
        world.call("counter", "\"Increment\"");
        world.settle();
    }
    let generation = |world: &mut World, worker: &str| {
        let mut seen = world.inspect(worker);
        world.settle();
        seen.try_recv().expect("an answer").expect("a worker").generation
    };
    assert_eq!((generation(&mut world, "counter"), generation(&mut world, "relay")), (0, 0), "nobody has crashed");
    let began = world.sim.journal.borrow().on_disk().iter().filter(|record| record[0] == 1).count();
    assert!((5..=20).contains(&began), "{began} beginnings");
    let mut crash = world.call("relay", r#"{"Crash":"on purpose"}"#);
    world.settle();
    assert_eq!((told(&mut crash).as_str(), told(&mut later).as_str()), ("crashed", "nothing yet"));
    world = world.reborn(1, &children);
    assert_eq!(ask(&mut world, "counter", "\"Read\""), r#"{"Value":20000}"#);
    let before = world.steps("relay");
    world.pass(61 * SECOND);
    assert_eq!(world.steps("relay"), before + 1, "its timer has gone with it");
}

#[test]
fn a_worker_that_was_asked_for_its_state_goes_on_from_it() {
    let children = [durable("counter", COUNTER)];
    let mut world = World::new(1, &children);
    assert_eq!(ask(&mut world, "counter", r#"{"Add":5}"#), "\"Ack\"");
    let began = |world: &World| world.sim.journal.borrow().on_disk().iter().filter(|record| record[0] == 1).count();
    let before = began(&world);
    let mut seen = world.inspect("counter");
    world.settle();
    assert_eq!(seen.try_recv().expect("an answer").expect("a worker").generation, 0);
    assert_eq!(ask(&mut world, "counter", r#"{"Add":2}"#), "\"Ack\"");
    assert_eq!(began(&world), before + 1, "once, before it steps again");
    assert_eq!(ask(&mut world.reborn(1, &children), "counter", "\"Read\""), r#"{"Value":7}"#);
}

#[test]
fn a_worker_that_was_stopped_in_an_orderly_way_goes_on_with_other_code() {
    let mut world = World::new(1, &[durable("counter", "counter-0.1.0")]);
    for _ in 0..3 {
        assert_eq!(ask(&mut world, "counter", "\"Increment\""), "\"Ack\"");
    }
    world.shut_down();
    world = world.reborn(1, &[durable("counter", COUNTER)]);
    assert_eq!(ask(&mut world, "counter", "\"Stats\""), r#"{"Stats":{"count":3,"resets":0}}"#);
}

#[test]
fn a_worker_that_was_killed_steps_again_with_the_code_it_was_recorded_with_and_then_changes() {
    let mut world = World::new(1, &[durable("counter", "counter-0.1.0")]);
    assert_eq!(ask(&mut world, "counter", "\"Increment\""), "\"Ack\"");
    let other = [durable("counter", COUNTER)];
    let mut without = world.reborn(1, &other);
    assert!(!without.is_up("counter"), "its code is not there");
    let mut with = world.reborn_with(1, &other, &["counter-0.1.0"]);
    assert_eq!(ask(&mut with, "counter", r#"{"Add":2}"#), "\"Ack\"");
    let mut again = with.reborn(1, &other);
    assert_eq!(ask(&mut again, "counter", "\"Stats\""), r#"{"Stats":{"count":3,"resets":0}}"#);
    without.settle();
}

#[test]
fn what_a_journal_needs_leaves_its_oldest_part() {
    let children = [durable("counter", COUNTER), durable("relay", RELAY)];
    let mut world = World::new(1, &children);
    ask(&mut world, "counter", r#"{"Add":5}"#);
    assert_eq!(world.sim.journal.borrow().needed(), 0);
    for declared in [&children[1..], &children[1..], &children[..]] {
        let end = world.sim.journal.borrow().on_disk().len() as u64;
        world.sim.journal.borrow_mut().leave = end;
        ask(&mut world, "relay", "\"Heard\"");
        ask(&mut world, "relay", "\"Heard\"");
        let written = world.sim.journal.borrow().on_disk().len() as u64;
        let needed = world.sim.journal.borrow().needed();
        assert!(needed > 0 && needed + 20 > written, "{needed} of {written}");
        world = world.reborn(1, declared);
    }
    assert_eq!(ask(&mut world, "counter", "\"Read\""), r#"{"Value":5}"#, "also while nobody declared it");
}

#[test]
pub(super) fn a_worker_that_was_done_has_no_state_in_the_next_host() {
    let once = [Child { restart: Restart::Temporary, ..durable("relay", RELAY) }];
    let mut world = World::new(1, &once);
    ask(&mut world, "relay", r#"{"Monitor":["nobody",1]}"#);
    assert_ne!(ask(&mut world, "relay", "\"Heard\""), "[]");
    let mut kept = world.reborn(1, &once);
    assert_ne!(ask(&mut kept, "relay", "\"Heard\""), "[]");
    ask(&mut world, "relay", r#"{"Stop":null}"#);
    let mut anew = world.reborn(1, &once);
    assert_eq!(ask(&mut anew, "relay", "\"Heard\""), "[]");
}

#[test]
pub(super) fn a_timer_goes_on_in_the_next_host_after_an_orderly_end() {
    let children = [durable("relay", RELAY)];
    let mut world = World::new(1, &children);
    world.call("relay", r#"{"After":3000}"#);
    world.settle();
    world.ask(Ask::Shutdown(Haste::Stop));
    world.settle();
    world = world.reborn(1, &children);
    let before = world.steps("relay");
    world.pass(2 * SECOND);
    assert_eq!(world.steps("relay"), before);
    world.pass(SECOND);
    assert_eq!(world.steps("relay"), before + 1);
}
