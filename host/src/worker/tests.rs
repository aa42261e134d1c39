//! What holds for one worker, whatever runs in it.

mod again;
mod bounds;
mod bystander;
mod host;
mod manager;
mod manager_model;
mod manager_swaps;
mod model;
mod once;
mod otp;
mod scale;
mod script;
mod statem;
mod ties;
mod waiting;

use super::{Action, Aside, Began, Forwarded, Offered, Taken, Unplaced, Worker};
use crate::base::limits::{
    INTERNAL_BYTES_MAX, NAME_BYTES_MAX, OUTGOING_CALLS_MAX, PENDING_REPLIES_MAX, SUBSCRIPTIONS_MAX, TIMER_BYTES_MAX,
    TIMERS_MAX,
};
use crate::base::{
    CallError, Effect, ExitKind, ExitReason, Failure, FaultClass, Full, Input, Kind, OutgoingCall, QueueSpec,
    TimerKind, TimerStart, WhenFull,
};

type Caller = &'static str;
const SECOND: u64 = 1_000_000_000;
const MS: u64 = 1_000_000;

fn worker(capacity: usize, when_full: WhenFull) -> Worker<Caller> {
    Worker::new(QueueSpec { capacity, when_full }, None)
}

fn call(caller: Caller) -> Offered<Caller> {
    Offered::Call { caller, deadline: 5 * SECOND, body: caller.as_bytes().to_vec() }
}

fn take(worker: &mut Worker<Caller>) -> Input {
    worker.take_next(0, &mut Aside::default()).map_or(Input::Entered("nothing".into()), |Taken { input, .. }| input)
}

fn take_call(worker: &mut Worker<Caller>) -> u64 {
    match take(worker) {
        Input::Call { token, .. } => token,
        other => panic!("not a call: {other:?}"),
    }
}

fn commit(worker: &mut Worker<Caller>, now: u64, effects: Vec<Effect>) -> Vec<Action<Caller>> {
    let mut actions = vec![];
    assert_eq!(worker.commit(effects, now, &mut actions), Ok(()));
    actions
}

fn forward(token: u64) -> Effect {
    Effect::Forward { token, to: "b".into(), body: vec![7] }
}

fn reply(token: u64, body: &str) -> Effect {
    Effect::Reply { token, body: body.into() }
}

fn timer(kind: TimerKind, name: &str, after_ms: u64) -> Effect {
    Effect::StartTimer(TimerStart { kind, name: name.into(), after_ms, body: vec![] })
}

fn fired(name: &str) -> Input {
    Input::Timer { name: name.into(), body: vec![] }
}

#[test]
fn a_reply_answers_its_caller_and_nobody_else() {
    let mut worker = worker(4, WhenFull::Reject);
    assert!(worker.offer(call("a")).is_ok() && worker.offer(call("b")).is_ok());
    let a = take_call(&mut worker);
    assert_eq!(commit(&mut worker, 0, vec![reply(a, "A")]), [Action::Answer("a", Ok(b"A".to_vec()))]);
    let b = take_call(&mut worker);
    assert_eq!(
        commit(&mut worker, 0, vec![reply(a, "again"), reply(b, "B")]),
        [Action::Answer("b", Ok(b"B".to_vec()))]
    );
    assert!(worker.ended().is_empty());
}

#[test]
fn gs_03_a_delayed_reply_comes_from_a_later_step() {
    let mut worker = worker(4, WhenFull::Reject);
    assert!(worker.offer(call("a")).is_ok() && worker.offer(Offered::Cast(vec![])).is_ok());
    let a = take_call(&mut worker);
    assert_eq!(commit(&mut worker, 0, vec![]), []);
    assert_eq!(worker.pending_replies(), 1);
    assert_eq!(take(&mut worker), Input::Cast(vec![]));
    assert_eq!(commit(&mut worker, 0, vec![reply(a, "A")]), [Action::Answer("a", Ok(b"A".to_vec()))]);
}

#[test]
fn gs_03_a_caller_is_handed_to_another_worker_once_with_the_deadline_it_has() {
    let mut worker = worker(4, WhenFull::Reject);
    assert!(worker.offer(call("now")).is_ok() && worker.offer(call("later")).is_ok());
    let forwarded = |caller| {
        Action::Forward(Box::new(Forwarded { caller, to: "b".into(), body: vec![7], deadline: 5 * SECOND, id: None }))
    };
    let now = take_call(&mut worker);
    assert_eq!(commit(&mut worker, 0, vec![forward(now), reply(now, "too late")]), [forwarded("now")]);
    let later = take_call(&mut worker);
    assert_eq!(commit(&mut worker, 0, vec![]), []);
    assert_eq!(commit(&mut worker, 0, vec![forward(later), forward(now), forward(99)]), [forwarded("later")]);
    assert_eq!((worker.pending_replies(), worker.crashed()), (0, vec![]));
}

#[test]
fn a_full_queue_hands_back_the_caller_it_has_no_place_for() {
    let mut rejecting = worker(1, WhenFull::Reject);
    assert_eq!(
        (rejecting.offer(call("a")), rejecting.offer(call("b"))),
        (Ok(()), Err(Full::Rejected(Unplaced::Call("b"))))
    );
    let mut dropping = worker(1, WhenFull::DropOldest);
    assert_eq!(
        (dropping.offer(call("a")), dropping.offer(call("b"))),
        (Ok(()), Err(Full::Dropped(Unplaced::Call("a"))))
    );
}

#[test]
fn a_crash_hands_over_everyone_the_instance_owed_and_keeps_the_queue() {
    let mut worker = worker(4, WhenFull::Reject);
    for caller in ["delayed", "crashing", "queued"] {
        assert_eq!(worker.offer(call(caller)), Ok(()));
    }
    take_call(&mut worker);
    commit(&mut worker, 0, vec![timer(TimerKind::Named, "t", 1), Effect::NextEvent(vec![1])]);
    assert_eq!(take(&mut worker), Input::Internal(vec![1]));
    commit(&mut worker, 0, vec![]);
    take_call(&mut worker);
    assert_eq!(worker.crashed(), ["crashing", "delayed"]);
    assert_eq!((worker.timers(), worker.queued()), (0, 1));
    assert!(worker.tick(SECOND).is_empty());
    assert_eq!(worker.ended(), ["queued"]);
}

#[test]
fn a_step_that_breaks_a_bound_has_no_effect_at_all() {
    let mut worker = worker(4, WhenFull::Reject);
    assert_eq!(worker.offer(call("a")), Ok(()));
    let a = take_call(&mut worker);
    let outgoing = Effect::Call(OutgoingCall { to: "b".into(), body: vec![], tag: 1, timeout_ms: 10 });
    let mut effects = vec![reply(a, "A")];
    effects.extend(std::iter::repeat_n(outgoing, OUTGOING_CALLS_MAX + 1));
    let mut actions = vec![];
    let fault = worker.commit(effects, 0, &mut actions).expect_err("too many calls");
    assert_eq!((fault.class, actions.len()), (FaultClass::Contract, 0));
    assert_eq!(worker.crashed(), ["a"]);
}

#[test]
fn an_effect_that_is_not_offered_is_named_and_has_no_effect() {
    let mut worker = worker(4, WhenFull::Reject);
    let fault = worker.commit(vec![Effect::Other("dance".into(), vec![])], 0, &mut vec![]).expect_err("not offered");
    assert!(fault.text.contains("dance"), "{fault}");
}

#[test]
fn a_deadline_answers_queued_and_delayed_callers_once() {
    let mut worker = worker(4, WhenFull::Reject);
    assert!(worker.offer(call("delayed")).is_ok() && worker.offer(call("queued")).is_ok());
    let token = take_call(&mut worker);
    commit(&mut worker, 0, vec![]);
    assert_eq!(worker.wake_at(), Some(5 * SECOND));
    assert!(worker.tick(5 * SECOND - 1).is_empty());
    assert_eq!(worker.tick(5 * SECOND), ["queued", "delayed"]);
    assert_eq!(commit(&mut worker, 0, vec![reply(token, "late")]), []);
    assert_eq!((worker.wake_at(), worker.is_ready()), (None, false));
}

#[test]
fn inputs_come_by_arrival_after_internal_events() {
    let mut worker = worker(4, WhenFull::Reject);
    commit(&mut worker, 0, vec![timer(TimerKind::Named, "second", 2), timer(TimerKind::Named, "first", 1)]);
    assert_eq!(worker.offer(Offered::Cast(b"before".to_vec())), Ok(()));
    assert!(worker.tick(SECOND).is_empty());
    assert_eq!(worker.offer(Offered::Cast(b"after".to_vec())), Ok(()));
    commit(&mut worker, 0, vec![Effect::NextEvent(b"internal".to_vec())]);
    let order = [
        Input::Internal(b"internal".to_vec()),
        Input::Cast(b"before".to_vec()),
        fired("first"),
        fired("second"),
        Input::Cast(b"after".to_vec()),
    ];
    assert_eq!(order.clone().map(|_| take(&mut worker)), order);
}

#[test]
fn an_event_timer_is_cancelled_by_any_input_and_a_named_one_is_not() {
    let mut worker = worker(4, WhenFull::Reject);
    commit(&mut worker, 0, vec![timer(TimerKind::Event, "idle", 10), timer(TimerKind::Named, "tick", 10)]);
    assert_eq!(worker.offer(Offered::Cast(vec![])), Ok(()));
    assert_eq!(take(&mut worker), Input::Cast(vec![]));
    worker.tick(SECOND);
    assert_eq!(take(&mut worker), fired("tick"));
    assert!(!worker.is_ready());
}

#[test]
fn starting_a_timer_again_restarts_it_and_cancelling_ends_it() {
    let mut worker = worker(4, WhenFull::Reject);
    commit(&mut worker, 0, vec![timer(TimerKind::Named, "t", 10), timer(TimerKind::Named, "gone", 10)]);
    commit(&mut worker, 0, vec![timer(TimerKind::Named, "t", 20), Effect::CancelTimer("gone".into())]);
    worker.tick(15_000_000);
    assert!(!worker.is_ready());
    worker.tick(20_000_000);
    assert_eq!(take(&mut worker), fired("t"));
    assert!(!worker.is_ready());
}

#[test]
fn an_outgoing_call_gets_one_response() {
    let mut worker = worker(4, WhenFull::Reject);
    let outgoing = |tag| Effect::Call(OutgoingCall { to: "b".into(), body: vec![], tag, timeout_ms: 10 });
    let ids: Vec<u64> = commit(&mut worker, 0, vec![outgoing(1), outgoing(2)])
        .into_iter()
        .filter_map(|action| if let Action::Call { id, .. } = action { Some(id) } else { None })
        .collect();
    worker.respond(ids[0], Err(Failure::new(Kind::Refused, "no")));
    worker.respond(ids[0], Ok(vec![]));
    worker.tick(10_000_000);
    worker.respond(ids[1], Ok(vec![]));
    let refused = Err(CallError::Refused("no".into()));
    assert_eq!(take(&mut worker), Input::Response { tag: 1, outcome: refused });
    assert_eq!(take(&mut worker), Input::Response { tag: 2, outcome: Err(CallError::TimedOut) });
    assert!(!worker.is_ready());
}

#[test]
fn stop_comes_after_every_other_effect_of_its_step() {
    let mut worker = worker(4, WhenFull::Reject);
    let cast = Effect::Cast { to: "b".into(), body: vec![] };
    let actions = commit(&mut worker, 0, vec![Effect::Stop(ExitKind::Normal), cast]);
    assert_eq!(actions, [Action::Cast { to: "b".into(), body: vec![] }, Action::Stop(ExitReason::Normal)]);
}

#[test]
fn the_deadline_of_the_input_being_stepped_runs_on() {
    let mut worker = worker(4, WhenFull::Reject);
    assert_eq!(worker.offer(call("a")), Ok(()));
    let a = take_call(&mut worker);
    assert!(worker.tick(5 * SECOND - 1).is_empty());
    assert_eq!(worker.tick(5 * SECOND), ["a"]);
    assert_eq!(commit(&mut worker, 6 * SECOND, vec![reply(a, "late")]), []);
}

#[test]
fn a_timer_may_run_longer_than_any_call() {
    let mut worker = worker(4, WhenFull::Reject);
    let week = 7 * 24 * 60 * 60;
    commit(&mut worker, 0, vec![timer(TimerKind::Named, "weekly", week * 1000)]);
    assert_eq!(worker.wake_at(), Some(week * SECOND));
}

#[test]
fn a_timer_for_never_ends_the_running_one_and_does_not_run() {
    let mut worker = worker(4, WhenFull::Reject);
    commit(&mut worker, 0, vec![timer(TimerKind::Named, "t", 10)]);
    commit(&mut worker, 0, vec![timer(TimerKind::Named, "t", u64::MAX)]);
    assert_eq!((worker.timers(), worker.wake_at()), (0, None));
}

#[test]
fn a_timer_that_is_cancelled_or_started_again_after_it_went_off_is_not_heard() {
    let mut worker = worker(4, WhenFull::Reject);
    let started = ["gone", "again", "heard"].map(|name| timer(TimerKind::Named, name, 1));
    commit(&mut worker, 0, started.into_iter().chain([timer(TimerKind::Event, "idle", 2)]).collect());
    assert_eq!(worker.offer(Offered::Cast(vec![])), Ok(()));
    worker.tick(SECOND);
    assert_eq!(take(&mut worker), Input::Cast(vec![]));
    commit(&mut worker, SECOND, vec![Effect::CancelTimer("gone".into()), timer(TimerKind::Named, "again", 1)]);
    assert_eq!(take(&mut worker), fired("heard"));
    assert!(!worker.is_ready(), "an event timer ends with any input");
    worker.tick(2 * SECOND);
    assert_eq!(take(&mut worker), fired("again"));
}

#[test]
fn what_waits_to_be_stepped_counts_against_the_bound_of_what_was_asked_for() {
    let mut worker = worker(4, WhenFull::Reject);
    let outgoing = |n| vec![Effect::Call(OutgoingCall { to: "b".into(), body: vec![], tag: 1, timeout_ms: 10 }); n];
    for action in commit(&mut worker, 0, outgoing(OUTGOING_CALLS_MAX)) {
        let Action::Call { id, .. } = action else { panic!("not a call: {action:?}") };
        worker.respond(id, Ok(vec![]));
    }
    assert!(worker.commit(outgoing(1), 0, &mut vec![]).is_err());
    take(&mut worker);
    commit(&mut worker, 0, outgoing(1));
    let timers = |n: usize| (0..n).map(|at| timer(TimerKind::Named, &at.to_string(), 0)).collect::<Vec<_>>();
    commit(&mut worker, 0, timers(TIMERS_MAX));
    worker.tick(0);
    assert!(worker.commit(timers(1), 0, &mut vec![]).is_err());
}

#[test]
fn callers_that_are_kept_have_a_bound_also_when_another_is_answered() {
    let mut worker = worker(1, WhenFull::Reject);
    let mut kept = 0;
    let fault = loop {
        assert_eq!(worker.offer(call("a")), Ok(()));
        take_call(&mut worker);
        match worker.commit(vec![reply(0, "nobody")], 0, &mut vec![]) {
            Ok(()) => kept += 1,
            Err(fault) => break fault,
        }
        assert!(kept <= PENDING_REPLIES_MAX);
    };
    assert_eq!((fault.class, kept), (FaultClass::Contract, PENDING_REPLIES_MAX));
}

#[test]
fn a_topic_is_heard_once_until_it_is_not_or_the_instance_is_gone() {
    let mut worker = worker(4, WhenFull::Reject);
    let (hear, leave) = (|| Effect::Subscribe("news".into()), || Effect::Unsubscribe("news".into()));
    let news = || String::from("news");
    assert_eq!(commit(&mut worker, 0, vec![hear(), hear()]), [Action::Subscribe(news())]);
    assert_eq!(commit(&mut worker, 0, vec![leave(), leave()]), [Action::Unsubscribe(news())]);
    commit(&mut worker, 0, vec![hear()]);
    assert_eq!(worker.take_topics().into_iter().collect::<Vec<_>>(), ["news"]);
    assert_eq!(commit(&mut worker, 0, vec![hear()]), [Action::Subscribe(news())]);
}

#[test]
fn topics_have_a_bound_and_so_have_their_names() {
    let mut worker = worker(4, WhenFull::Reject);
    let hear = |at: usize| Effect::Subscribe(at.to_string());
    commit(&mut worker, 0, (0..SUBSCRIPTIONS_MAX).map(hear).collect());
    commit(&mut worker, 0, (0..SUBSCRIPTIONS_MAX).map(hear).collect());
    assert!(worker.commit(vec![hear(SUBSCRIPTIONS_MAX)], 0, &mut vec![]).is_err());
    for topic in [String::new(), "x".repeat(NAME_BYTES_MAX + 1)] {
        let fault = worker.commit(vec![Effect::Publish { topic, body: vec![] }], 0, &mut vec![]).expect_err("no topic");
        assert_eq!(fault.class, FaultClass::Contract);
    }
}

#[test]
fn what_every_step_moves_is_no_larger_for_what_few_of_them_do() {
    assert!(size_of::<Effect>() <= 72, "{}", size_of::<Effect>());
    assert!(size_of::<Action<[u64; 3]>>() <= 72, "{}", size_of::<Action<[u64; 3]>>());
}

#[test]
fn what_a_manager_gives_stands_in_line_with_what_came_before_it() {
    let mut worker = worker(4, WhenFull::Reject);
    worker.configure(vec![1]);
    worker.give(Offered::Cast(vec![2]));
    assert!(worker.offer(Offered::Cast(vec![3])).is_ok());
    assert_eq!(take(&mut worker), Input::ConfigChanged(vec![1]));
    for heard in [2, 3] {
        assert_eq!(take(&mut worker), Input::Cast(vec![heard]));
        commit(&mut worker, 0, vec![]);
    }
    assert!(!worker.is_ready() && !worker.hears());
}

#[test]
fn what_a_worker_keeps_of_timers_and_internal_events_has_a_bound_in_bytes() {
    let named = |name: usize, body: usize| {
        let (name, body) = ("x".repeat(name), vec![0; body]);
        Effect::StartTimer(TimerStart { kind: TimerKind::Named, name, after_ms: 1000, body })
    };
    let event = |bytes: usize| Effect::NextEvent(vec![0; bytes]);
    let mut worker = worker(4, WhenFull::Reject);
    commit(&mut worker, 0, vec![named(NAME_BYTES_MAX, TIMER_BYTES_MAX), event(INTERNAL_BYTES_MAX)]);
    let long = "x".repeat(NAME_BYTES_MAX + 1);
    for effect in [named(NAME_BYTES_MAX + 1, 0), named(1, TIMER_BYTES_MAX + 1), Effect::CancelTimer(long), event(1)] {
        let fault = worker.commit(vec![effect], 0, &mut vec![]).expect_err("too much");
        assert_eq!(fault.class, FaultClass::Contract);
    }
    assert!(matches!(take(&mut worker), Input::Internal(body) if body.len() == INTERNAL_BYTES_MAX));
    commit(&mut worker, 0, vec![event(1), event(INTERNAL_BYTES_MAX - 1)]);
}

#[test]
fn a_postponed_call_that_is_late_when_it_comes_again_is_not_executed() {
    let mut worker = worker(4, WhenFull::Reject);
    let mut actions = vec![];
    let began = worker.begin(Began::Fresh, vec![Effect::NextState("a".into())], 0, &mut actions);
    assert_eq!(began, Ok(()));
    assert!(worker.offer(call("late")).is_ok() && worker.offer(Offered::Cast(vec![1])).is_ok());
    take_call(&mut worker);
    commit(&mut worker, 0, vec![Effect::Postpone]);
    assert_eq!((take(&mut worker), worker.queued()), (Input::Cast(vec![1]), 1));
    commit(&mut worker, 0, vec![Effect::NextState("b".into())]);
    assert_eq!(worker.queued(), 1, "what comes again keeps its place");
    let mut aside = Aside::default();
    assert!(worker.take_next(5 * SECOND, &mut aside).is_none());
    assert_eq!((aside.late, worker.queued()), (vec!["late"], 0));
}
