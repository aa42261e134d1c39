//! What a long queue costs, in inputs looked at.

use super::super::{Aside, Offered, Worker};
use crate::base::{CallError, Effect, Input, Nanos, OutgoingCall, QueueSpec, WhenFull};

const MICRO: Nanos = 1000;
const SECOND: Nanos = 1_000_000_000;
const MANY: u32 = 500_000;

/// A worker with so many calls in its queue; that of caller n is late n microseconds after a second.
fn busy(queued: u32) -> Worker<u32> {
    let mut worker = Worker::new(QueueSpec { capacity: 1 << 20, when_full: WhenFull::Reject }, None);
    for caller in 0..queued {
        let offered = Offered::Call { caller, deadline: late(caller), body: vec![] };
        worker.offer(offered).expect("room");
    }
    worker
}

fn late(caller: u32) -> Nanos {
    SECOND + Nanos::from(caller) * MICRO
}

/// Inputs that are looked at while this worker makes a thousand calls, half of which are answered.
fn looks_of_a_thousand_calls(mut worker: Worker<u32>) -> usize {
    for tag in 0..1000 {
        let now = tag * MICRO;
        let call = OutgoingCall { to: "b".into(), body: vec![], tag, timeout_ms: 1 };
        let mut actions = vec![];
        worker.commit(vec![Effect::Call(call)], now, &mut actions).expect("one call");
        let [super::Action::Call { id, .. }] = actions[..] else { panic!("{actions:?}") };
        if tag % 2 == 0 {
            worker.respond(id, Ok(vec![]));
        }
    }
    (0..2000).for_each(|at| assert!(worker.tick(at * MICRO).is_empty()));
    worker.inbox.looks
}

#[test]
fn gs_19_a_call_costs_a_worker_with_half_a_million_inputs_queued_no_more_than_one_with_none() {
    assert_eq!(looks_of_a_thousand_calls(busy(0)), looks_of_a_thousand_calls(busy(MANY)));
}

#[test]
fn gs_19_calls_of_a_worker_with_a_long_queue_are_answered_or_late_as_those_of_any_other() {
    let mut worker = busy(MANY);
    let call = OutgoingCall { to: "b".into(), body: vec![], tag: 7, timeout_ms: 1 };
    worker.commit(vec![Effect::Call(call)], 0, &mut vec![]).expect("one call");
    assert_eq!(worker.wake_at(), Some(1000 * MICRO));
    worker.tick(1000 * MICRO);
    for _ in 0..MANY {
        worker.take_next(0, &mut Aside::default()).expect("a call");
        worker.refused();
    }
    let response = worker.take_next(0, &mut Aside::default()).map(|taken| taken.input);
    assert_eq!(response, Some(Input::Response { tag: 7, outcome: Err(CallError::TimedOut) }));
}

#[test]
fn looking_for_late_calls_takes_a_small_part_of_the_time_and_each_is_told_soon_and_once() {
    let mut worker = busy(MANY);
    let (mut told, mut now) = (0_u32, 0);
    while let Some(at) = worker.wake_at() {
        now = at.max(now);
        for caller in worker.tick(now) {
            assert_eq!(caller, told, "in the order of their deadlines");
            assert!(now >= late(caller) && now - late(caller) < SECOND / 10, "{caller} at {now}");
            told += 1;
        }
    }
    assert_eq!(told, MANY);
    assert!((MANY as usize..25 * MANY as usize).contains(&worker.inbox.looks), "{}", worker.inbox.looks);
}

#[test]
fn a_call_that_is_late_in_a_long_queue_is_not_executed_even_before_anyone_has_looked() {
    let mut worker = busy(3);
    let mut aside = Aside::default();
    let taken = worker.take_next(late(1), &mut aside).map(|taken| taken.input);
    assert_eq!(aside.late, vec![0_u32, 1]);
    assert_eq!(taken, Some(Input::Call { token: 1, body: vec![] }));
}
