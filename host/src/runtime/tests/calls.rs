//! Calls, deadlines and timers.

use std::time::Duration;

use super::world::{Child, MS, SECOND, World, child, name, told};
use crate::base::limits::UNSENT_BYTES_MAX;
use crate::base::{WhenFull, nanos};
use crate::protocol::{Command, Mail};
use tokio::sync::oneshot;

#[test]
fn a_call_is_answered_by_its_worker_from_any_shard() {
    let mut world = World::new(3, &[child("a", "relay-0.1.0"), child("b", "counter-0.1.0"), child("c", "echo-0.1.0")]);
    let mut answer = world.call("a", r#"{"Call":["b","Increment"]}"#);
    assert_eq!(told(&mut answer), "nothing yet");
    world.settle();
    assert_eq!(told(&mut answer), r#""Ack""#);
}

#[test]
fn a_deadline_passes_at_its_nanosecond_and_not_before() {
    let mut world = World::new(1, &[child("a", "relay-0.1.0")]);
    let mut answer = world.call_within("a", r#""Never""#, 70 * MS + 3);
    world.pass(70 * MS + 2);
    assert_eq!(told(&mut answer), "nothing yet");
    world.pass(1);
    assert_eq!(told(&mut answer), "timed-out");
}

#[test]
fn sm_13_a_call_that_names_no_time_waits_five_seconds_and_one_may_name_up_to_a_day() {
    let day = Duration::from_secs(24 * 60 * 60);
    for (asked, waits) in [(None, 5 * SECOND), (Some(Duration::from_secs(7)), 7 * SECOND), (Some(day), nanos(day))] {
        let mut world = World::new(1, &[child("a", "relay-0.1.0")]);
        let mut answer = world.request("a", r#""Never""#, asked);
        world.pass(waits - 1);
        assert_eq!(told(&mut answer), "nothing yet");
        world.pass(1);
        assert_eq!(told(&mut answer), "timed-out");
    }
}

#[test]
fn a_call_that_comes_too_late_is_not_executed() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    world.pass(SECOND);
    let (port, mut answer) = oneshot::channel();
    let origin = crate::protocol::Origin::Port(port);
    world.sim.mail.borrow_mut()[0].push_back(Mail::Call {
        to: name("a"),
        body: br#""Increment""#.to_vec(),
        deadline: SECOND,
        origin,
        id: None,
    });
    world.settle();
    assert_eq!(told(&mut answer), "timed-out");
    let mut read = world.call("a", r#""Read""#);
    world.settle();
    assert_eq!(told(&mut read), r#"{"Value":0}"#);
}

#[test]
fn the_deadline_of_a_call_that_is_being_stepped_runs_on() {
    let mut world = World::new(1, &[child("a", "hostile-0.1.0")]);
    let mut answer = world.call_within("a", r#""spin""#, 5 * MS);
    world.sim.grain.set(10 * MS);
    world.turn(0);
    assert_eq!(told(&mut answer), "nothing yet");
    world.sim.now.set(world.sim.now.get() + 5 * MS);
    world.turn(0);
    assert_eq!(told(&mut answer), "timed-out");
}

#[test]
fn a_timer_goes_off_at_its_time() {
    let mut world = World::new(1, &[child("a", "relay-0.1.0")]);
    let mut answer = world.call("a", r#"{"After":50}"#);
    world.pass(50 * MS - 1);
    assert_eq!(told(&mut answer), "nothing yet");
    world.pass(1);
    assert_eq!(told(&mut answer), r#""rang""#);
}

#[test]
fn a28_a_clock_that_is_set_moves_no_timer_and_no_deadline() {
    const HOUR: i64 = 60 * 60 * 1000;
    for durable in [false, true] {
        let children = [Child { durable, ..child("a", "relay-0.1.0") }];
        let mut world = World::new(1, &children);
        let mut timer = world.call("a", r#"{"After":3000}"#);
        let mut late = world.call("a", "\"Never\"");
        for jump in [-HOUR, 24 * 365 * HOUR, 0] {
            world.sim.set_by.set(jump);
            world.pass(SECOND - 1);
            assert_eq!((told(&mut timer).as_str(), told(&mut late).as_str()), ("nothing yet", "nothing yet"));
            world.pass(1);
        }
        assert_eq!(told(&mut timer), r#""rang""#);
        world.sim.set_by.set(-HOUR);
        world.pass(2 * SECOND);
        assert_eq!(told(&mut late), "timed-out");
        if durable {
            assert!(world.reborn(1, &children).is_up("a"), "what it was told of the time is recorded");
        }
    }
}

#[test]
fn gs_03_a_caller_handed_to_another_worker_is_answered_by_it_whatever_becomes_of_the_first() {
    let mut world = World::new(2, &[child("a", "relay-0.1.0"), child("b", "relay-0.1.0")]);
    let mut answers = [
        world.call("a", r#"{"Forward":["b",{"After":50}]}"#),
        world.call("a", r#"{"ForwardAfter":[10,"b",{"Call":["a","Heard"]}]}"#),
        world.call("a", r#"{"Forward":["b",{"Stop":"on purpose"}]}"#),
        world.call("a", r#"{"Forward":["nobody",1]}"#),
        world.call_within("a", r#"{"Forward":["b","Never"]}"#, 70 * MS),
    ];
    world.pass(10 * MS);
    let mut stopped = world.call("a", r#"{"Stop":"on purpose"}"#);
    world.settle();
    assert_eq!((told(&mut stopped), world.crashes), (r#""done""#.to_owned(), 2));
    world.pass(SECOND);
    let expected = ["crashed", "[]", r#""done""#, "no-worker", "timed-out"];
    assert_eq!(answers.each_mut().map(told), expected);
}

#[test]
fn sm_09_a_suspended_worker_keeps_its_queue_and_its_deadlines() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    let (done, _suspended) = oneshot::channel();
    world.command("a", |child| Command::Suspend(child, done));
    let (mut short, mut long) =
        (world.call_within("a", r#""Increment""#, SECOND), world.call_within("a", r#""Increment""#, 3 * SECOND));
    world.pass(2 * SECOND);
    assert_eq!([told(&mut short), told(&mut long)], ["timed-out", "nothing yet"]);
    let (done, _resumed) = oneshot::channel();
    world.command("a", |child| Command::Resume(child, done));
    let mut read = world.call("a", r#""Read""#);
    world.settle();
    assert_eq!([told(&mut long), told(&mut read)], [r#""Ack""#, r#"{"Value":1}"#]);
}

#[test]
fn an_answer_that_finds_its_lane_full_is_sent_again() {
    let mut world = World::new(2, &[child("a", "relay-0.1.0"), child("b", "counter-0.1.0")]);
    let mut answer = world.call("a", r#"{"Call":["b","Increment"]}"#);
    world.turn(0);
    world.sim.lane.set(0);
    world.turn(1);
    world.turn(0);
    assert_eq!(told(&mut answer), "nothing yet");
    assert!(world.shards[1].is_runnable(), "it must come back by itself");
    world.sim.lane.set(1);
    world.settle();
    assert_eq!(told(&mut answer), r#""Ack""#);
}

/// A caller waits for each, so that none may be lost; and nothing may grow without end.
#[test]
fn a_shard_whose_answers_find_their_lane_full_takes_no_more_inputs_and_loses_none() {
    const MIB: usize = 1 << 20;
    let mut world = World::new(2, &[child("a", "relay-0.1.0"), child("b", "echo-0.1.0")]);
    world.sim.lane.set(0);
    let mut calls = 0;
    let mut call = |world: &mut World| {
        calls += 1;
        let origin = crate::protocol::Origin::Peer { shard: 0, id: calls };
        let call = Mail::Call { to: name("b"), body: vec![b'x'; MIB], deadline: 600 * SECOND, origin, id: None };
        world.mail_to(1, call);
    };
    (0..60).for_each(|_| call(&mut world));
    world.turn(1);
    assert_eq!(world.shards[1].steps(), 60);
    (0..30).for_each(|_| call(&mut world));
    (0..100).for_each(|_| world.turn(1));
    let most = (UNSENT_BYTES_MAX / MIB) as u64;
    assert_eq!(world.shards[1].steps(), most, "the others stay in the queue, or have found no room in it");
    assert!(world.shards[1].is_runnable() && world.sim.mail.borrow()[0].is_empty());
    let mut looked = world.inspect("b");
    world.turn(1);
    let queued = looked.try_recv().expect("a look does not wait").expect("it lives").queued as u64;
    assert!((5..20).contains(&queued), "what could not be posted counts on the node, so only {queued} found room");

    world.sim.lane.set(usize::MAX);
    world.turn(1);
    let answered = |mail: &Mail| matches!(mail, Mail::Answer { outcome: Ok(body), .. } if body.len() == MIB);
    let (whole, refused): (Vec<_>, Vec<_>) = world.sim.mail.borrow_mut()[0].drain(..).partition(answered);
    assert_eq!((whole.len() as u64, refused.len() as u64), (most + queued, 90 - most - queued), "each has one answer");
}

#[test]
fn a_call_that_finds_its_lane_full_is_overloaded() {
    let mut world = World::new(2, &[child("a", "relay-0.1.0"), child("b", "counter-0.1.0")]);
    world.sim.lane.set(0);
    let mut answer = world.call("a", r#"{"Call":["b","Increment"]}"#);
    world.settle();
    assert_eq!(told(&mut answer), r#""CallError::Overloaded""#);
}

#[test]
fn a_full_queue_answers_whom_it_has_no_place_for() {
    for (when_full, expected) in
        [(WhenFull::Reject, [r#""Ack""#, "overloaded"]), (WhenFull::DropOldest, ["overloaded", r#""Ack""#])]
    {
        let mut narrow = child("a", "counter-0.1.0");
        narrow.queue = crate::base::QueueSpec { capacity: 1, when_full };
        let mut world = World::new(1, &[narrow]);
        let (mut first, mut second) = (world.call("a", r#""Increment""#), world.call("a", r#""Increment""#));
        world.settle();
        assert_eq!([told(&mut first), told(&mut second)], expected, "{when_full:?}");
    }
}
