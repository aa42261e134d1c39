//! What waits for a worker beside its queue: what its manager gives it, its ties, its numbers.

use std::collections::BTreeMap;

use super::super::{Action, Aside, Offered, OwnerNews, Taken, Worker};
use super::{SECOND, call, commit, take, take_call, worker};
use crate::base::{
    Effect, HandlerChange, HandlerEnd, HandlerOrder, HandlerWhy, Input, OutgoingCall, TimerKind, WhenFull,
};

#[test]
fn each_input_has_its_number_over_all_instances_and_the_time_it_is_stepped_at() {
    let mut worker = worker(4, WhenFull::Reject);
    for seq in 0..3 {
        assert_eq!(worker.offer(call("a")), Ok(()));
        let taken = worker.take_next(0, &mut Aside::default()).expect("a call");
        let context = Taken::context(&taken, 77);
        assert_eq!((taken.seq, context.seq, context.now_ms, worker.steps()), (seq, seq, 77, seq + 1));
        worker.crashed();
    }
}

#[test]
fn one_that_takes_the_place_of_another_numbers_its_calls_after_those() {
    let outgoing = || vec![Effect::Call(OutgoingCall { to: "b".into(), body: vec![], tag: 1, timeout_ms: 10 })];
    let id = |actions: Vec<Action<_>>| match actions[..] {
        [Action::Call { id, .. }] => id,
        _ => panic!("{actions:?}"),
    };
    let mut gone = worker(4, WhenFull::Reject);
    (0..2).for_each(|_| drop(commit(&mut gone, 0, outgoing())));
    let last = id(commit(&mut gone, 0, outgoing()));
    let mut next = worker(4, WhenFull::Reject);
    next.number_after(&gone);
    assert!(id(commit(&mut next, 0, outgoing())) > last);
}

#[test]
fn a_tie_is_kept_until_its_handler_has_ended_and_its_end_is_heard_once() {
    let mut worker = worker(4, WhenFull::Reject);
    let add = || {
        let change = HandlerChange::Delete("h".into());
        Effect::Handler(Box::new(HandlerOrder { manager: "m".into(), change, supervised: true, tag: None }))
    };
    let ties: Vec<u64> = commit(&mut worker, 0, vec![add(), add(), add()])
        .iter()
        .filter_map(|action| if let Action::Handler { tie, .. } = action { *tie } else { None })
        .collect();
    assert_eq!((ties.len(), worker.ties()), (3, 3));
    let end = || HandlerEnd { manager: "m".into(), handler: "h".into(), why: HandlerWhy::Normal };
    for _ in 0..2 {
        worker.owner_told(ties[0], OwnerNews::Left(Box::new(end())));
        worker.owner_told(ties[1], OwnerNews::NeverCame);
    }
    assert_eq!(take(&mut worker), Input::HandlerEnded(Box::new(end())));
    assert_eq!((worker.is_ready(), worker.ties()), (false, 1), "one that never came is not heard of");
    assert_eq!(worker.take_supervised(), BTreeMap::from([(ties[2], "m".to_owned())]));
    assert_eq!((worker.ties(), worker.take_supervised()), (0, BTreeMap::new()));
}

/// A worker that was given a call which is late at five seconds.
fn given() -> Worker<&'static str> {
    let mut worker = worker(4, WhenFull::Reject);
    worker.give(call("given"));
    worker
}

#[test]
fn a_call_that_its_manager_gave_is_late_at_its_deadline_and_not_before() {
    let mut worker = given();
    assert_eq!(worker.wake_at(), Some(5 * SECOND));
    assert_eq!((worker.tick(5 * SECOND - 1), worker.hears()), (vec![], true));
    assert_eq!((worker.tick(5 * SECOND), worker.hears()), (vec!["given"], false));
    assert_eq!((worker.tick(6 * SECOND), worker.is_ready(), worker.wake_at()), (vec![], false, None));
    assert!(worker.ended().is_empty(), "it was told once");
}

#[test]
fn a_call_that_its_manager_gave_is_not_forgotten_while_another_is_late() {
    let mut worker = given();
    assert_eq!(worker.offer(Offered::Call { caller: "first", deadline: SECOND, body: vec![] }), Ok(()));
    assert_eq!((worker.tick(SECOND), worker.hears()), (vec!["first"], true));
    assert_eq!(worker.wake_at(), Some(5 * SECOND));
    take_call(&mut worker);
    assert_eq!((worker.tick(5 * SECOND - 1), worker.tick(5 * SECOND)), (vec![], vec!["given"]));
}

#[test]
fn a_worker_that_ends_tells_the_caller_of_what_it_was_given() {
    assert_eq!(given().ended(), ["given"]);
}

#[test]
fn whoever_is_late_is_told_also_when_nobody_looked_in_time() {
    let mut worker = worker(4, WhenFull::Reject);
    assert_eq!(worker.offer(call("queued")), Ok(()));
    commit(&mut worker, 0, vec![super::timer(TimerKind::Named, "t", 1000)]);
    assert_eq!(worker.tick(60 * SECOND), ["queued"]);
    assert_eq!(take(&mut worker), super::fired("t"));
    assert_eq!((worker.is_ready(), worker.wake_at()), (false, None));
}
