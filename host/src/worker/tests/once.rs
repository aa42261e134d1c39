//! Requests with an id: each is done once, and whoever asks again is told what the first was told.

use super::{Caller, MS, SECOND, commit};
use crate::base::limits::{REQUEST_BYTES, REQUEST_BYTES_KEPT};
use crate::base::{Effect, Failure, HttpReply, Input, Kind, Outcome, QueueSpec, RequestId, WhenFull};
use crate::worker::{Action, Aside, Began, Forwarded, Offered, Worker};

fn id(number: u64) -> RequestId {
    RequestId { id: u128::from(number).to_le_bytes(), asked: 7, forwarded: false }
}

fn worker() -> Worker<Caller> {
    Worker::new(QueueSpec { capacity: 1 << 20, when_full: WhenFull::Reject }, None)
}

fn offer_within(worker: &mut Worker<Caller>, id: RequestId, caller: Caller, deadline: u64) {
    assert!(worker.offer(Offered::Call { caller, deadline, body: vec![1] }.once(id)).is_ok());
}

fn offer(worker: &mut Worker<Caller>, number: u64, caller: Caller) {
    offer_within(worker, id(number), caller, 5 * SECOND);
}

/// The token of the next step, if there is one, and what those who get none are told.
fn next(worker: &mut Worker<Caller>) -> (Option<u64>, Vec<Action<Caller>>) {
    let mut aside = Aside::default();
    let taken = worker.take_next(0, &mut aside);
    let token = taken.map(|taken| match taken.input {
        Input::Call { token, .. } => token,
        other => panic!("{other:?}"),
    });
    (token, aside.told)
}

fn step(worker: &mut Worker<Caller>) -> u64 {
    let (token, told) = next(worker);
    assert_eq!(told, vec![]);
    token.expect("a step")
}

fn ok(caller: Caller, body: u8) -> Action<Caller> {
    Action::Answer(caller, Ok(vec![body]))
}

fn reply(token: u64, body: u8) -> Effect {
    Effect::Reply { token, body: vec![body] }
}

#[test]
fn whoever_asks_again_gets_the_first_answer_and_no_step() {
    let mut worker = worker();
    offer(&mut worker, 1, "first");
    let token = step(&mut worker);
    assert_eq!(commit(&mut worker, 0, vec![reply(token, 5)]), vec![ok("first", 5)]);
    offer(&mut worker, 1, "again");
    offer(&mut worker, 2, "another");
    let (token, told) = next(&mut worker);
    assert_eq!((token.is_some(), told), (true, vec![ok("again", 5)]));
}

#[test]
fn whoever_asks_while_the_first_is_under_way_is_told_with_it() {
    let mut worker = worker();
    offer(&mut worker, 1, "first");
    let token = step(&mut worker);
    assert_eq!(commit(&mut worker, 0, vec![]), vec![]);
    offer(&mut worker, 1, "again");
    assert_eq!(next(&mut worker), (None, vec![]));
    offer(&mut worker, 2, "another");
    step(&mut worker);
    let told = commit(&mut worker, 0, vec![reply(token, 5)]);
    assert_eq!(told, vec![ok("again", 5), ok("first", 5)]);
}

#[test]
fn an_answer_is_remembered_although_nobody_waits_for_it_any_more() {
    let mut worker = worker();
    offer_within(&mut worker, id(1), "first", MS);
    let token = step(&mut worker);
    commit(&mut worker, 0, vec![]);
    assert_eq!(worker.tick(MS), vec!["first"]);
    offer(&mut worker, 2, "another");
    step(&mut worker);
    assert_eq!(commit(&mut worker, MS, vec![reply(token, 5)]), vec![]);
    offer(&mut worker, 1, "again");
    assert_eq!(next(&mut worker), (None, vec![ok("again", 5)]));
}

#[test]
fn a_refusal_is_an_answer_also_if_its_caller_was_late_within_the_step() {
    let no = || Failure::new(Kind::Refused, "no");
    for is_late in [false, true] {
        let mut worker = worker();
        offer_within(&mut worker, id(1), "first", MS);
        step(&mut worker);
        if is_late {
            assert_eq!(worker.tick(MS), vec!["first"]);
        }
        let mut actions = vec![];
        assert_eq!(worker.fail(no(), &mut actions).is_err(), is_late, "who waits is told");
        offer(&mut worker, 1, "again");
        assert_eq!(next(&mut worker), (None, vec![Action::Answer("again", Err(no()))]));
    }
}

#[test]
fn the_same_id_for_something_else_is_a_mistake_that_is_told() {
    let mut worker = worker();
    offer(&mut worker, 1, "first");
    step(&mut worker);
    offer_within(&mut worker, RequestId { asked: 8, ..id(1) }, "other", 5 * SECOND);
    let (token, told) = next(&mut worker);
    let [Action::Answer("other", Err(failure))] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((token, failure.kind), (None, Kind::BadRequest));
}

#[test]
fn what_was_forwarded_is_forwarded_again_under_the_same_id() {
    let mut worker = worker();
    offer(&mut worker, 1, "first");
    let token = step(&mut worker);
    let forwarded = |caller: Caller| {
        let id = Some(RequestId { forwarded: true, ..id(1) });
        Action::Forward(Box::new(Forwarded { caller, to: "b".into(), body: vec![2], deadline: 5 * SECOND, id }))
    };
    let told = commit(&mut worker, 0, vec![Effect::Forward { token, to: "b".into(), body: vec![2] }]);
    assert_eq!(told, vec![forwarded("first")]);
    offer(&mut worker, 1, "again");
    assert_eq!(next(&mut worker), (None, vec![forwarded("again")]));
}

#[test]
fn an_answer_with_what_belongs_to_http_is_remembered_as_that() {
    let mut worker = worker();
    offer(&mut worker, 1, "first");
    let token = step(&mut worker);
    let answer = || Box::new(HttpReply { status: 201, headers: vec![], body: vec![3] });
    commit(&mut worker, 0, vec![Effect::HttpReply { token, reply: answer() }]);
    offer(&mut worker, 1, "again");
    assert_eq!(next(&mut worker), (None, vec![Action::AnswerHttp("again", answer())]));
}

#[test]
fn what_was_postponed_and_is_late_was_not_done_and_is_a_new_request_later() {
    let mut worker = worker();
    let began = worker.begin(Began::Fresh, vec![Effect::NextState("a".into())], 0, &mut vec![]);
    assert_eq!(began, Ok(()));
    offer_within(&mut worker, id(1), "first", MS);
    step(&mut worker);
    commit(&mut worker, 0, vec![Effect::Postpone]);
    offer(&mut worker, 1, "again");
    assert_eq!(next(&mut worker), (None, vec![]));
    assert_eq!(worker.tick(MS), vec!["again", "first"], "it was not executed, and so it is for both");
    offer(&mut worker, 1, "anew");
    step(&mut worker);
}

#[test]
fn the_oldest_are_forgotten_within_a_bound_and_that_is_told() {
    let mut worker = worker();
    let most = (REQUEST_BYTES_KEPT / (REQUEST_BYTES + 1)) as u64;
    for number in 0..=most {
        offer(&mut worker, number, "some");
        let token = step(&mut worker);
        commit(&mut worker, 0, vec![reply(token, 1)]);
    }
    assert_eq!((worker.take_forgotten(), worker.take_forgotten()), (1, 0));
    offer(&mut worker, 1, "second");
    assert_eq!(next(&mut worker), (None, vec![ok("second", 1)]));
    offer(&mut worker, 0, "first");
    step(&mut worker);
}

#[test]
fn whoever_waits_again_is_late_at_its_own_deadline_and_told_if_the_worker_ends() {
    let mut worker = worker();
    offer(&mut worker, 1, "first");
    step(&mut worker);
    commit(&mut worker, 0, vec![]);
    offer_within(&mut worker, id(1), "hasty", MS);
    offer(&mut worker, 1, "again");
    assert_eq!(next(&mut worker), (None, vec![]));
    assert_eq!(worker.wake_at(), Some(MS));
    assert_eq!(worker.tick(MS), vec!["hasty"]);
    assert_eq!(worker.ended(), vec!["first", "again"]);
}

#[test]
fn what_is_remembered_is_remembered_by_a_worker_that_is_built_again() {
    let mut worker = worker();
    for (number, body) in [(1, Some(5)), (2, None)] {
        offer(&mut worker, number, "first");
        let token = step(&mut worker);
        commit(&mut worker, 0, body.map(|body| reply(token, body)).into_iter().collect());
    }
    let mut again = self::worker();
    again.take_on(worker.image(), worker.remembered(), || "nobody");
    let outcome: Outcome = Ok(vec![6]);
    offer(&mut again, 1, "again");
    offer(&mut again, 2, "again");
    assert_eq!(next(&mut again), (None, vec![ok("again", 5)]));
    let (token, caller) = (2, "another");
    offer(&mut again, 3, caller);
    step(&mut again);
    let told = commit(&mut again, 0, vec![reply(token, 6)]);
    assert_eq!(told, vec![Action::Answer("again", outcome.clone()), Action::Answer("nobody", outcome)]);
}
