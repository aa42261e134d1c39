//! What each bound of a worker counts and what it leaves alone; and what a worker tells of itself.

use super::super::{Action, Began, Offered, OwnerNews, Unplaced, Worker};
use super::{Caller, SECOND, call, commit, fired, take, take_call, timer, worker};
use crate::base::limits::{
    INTERNAL_EVENTS_MAX, OUTGOING_CALLS_MAX, QUEUE_BYTES_MAX, SUPERVISED_HANDLERS_MAX, TIMERS_MAX,
};
use crate::base::{
    Effect, ExitKind, ExitReason, FaultClass, Full, HandlerChange, HandlerOrder, Input, OutgoingCall,
    SupervisorRequest, TimerKind, TimerStart, WhenFull, Wish,
};

fn ask_supervisor(tag: Option<u64>) -> Effect {
    Effect::Supervisor(Box::new(SupervisorRequest {
        supervisor: "calls".into(),
        wish: Wish::StopChild("7".into()),
        tag,
    }))
}

fn order(supervised: bool, tag: Option<u64>) -> Box<HandlerOrder> {
    Box::new(HandlerOrder { manager: "m".into(), change: HandlerChange::Delete("h".into()), supervised, tag })
}

fn outgoing() -> Effect {
    Effect::Call(OutgoingCall { to: "b".into(), body: vec![], tag: 1, timeout_ms: 10 })
}

fn named(name: &str) -> Effect {
    timer(TimerKind::Named, name, 1000)
}

fn many(count: usize, effect: impl Fn(usize) -> Effect) -> Vec<Effect> {
    (0..count).map(effect).collect()
}

/// What a bound says to these effects.
#[track_caller]
fn refused(worker: &Worker<Caller>, effects: &[Effect]) -> String {
    let fault = worker.admits(effects).expect_err("over a bound");
    assert_eq!(fault.class, FaultClass::Contract);
    fault.text
}

/// A worker in a state.
fn machine(name: &str, more: Vec<Effect>) -> Worker<Caller> {
    let mut worker = worker(4, WhenFull::Reject);
    let effects = [vec![Effect::NextState(name.into())], more].concat();
    assert_eq!(worker.begin(Began::Fresh, effects, 0, &mut vec![]), Ok(()));
    worker
}

#[test]
fn each_effect_that_leaves_the_worker_becomes_its_action() {
    let mut worker = worker(4, WhenFull::Reject);
    let effects = vec![
        Effect::Publish { topic: "news".into(), body: vec![1] },
        ask_supervisor(None),
        ask_supervisor(Some(7)),
        Effect::Handler(order(false, None)),
        Effect::Hibernate,
    ];
    let [publish, unasked, asked, handler, hibernate] = &commit(&mut worker, 0, effects)[..] else { panic!("five") };
    assert_eq!(*publish, Action::Publish { topic: "news".into(), body: vec![1] });
    assert!(matches!(unasked, Action::Supervisor { request, id: None } if request.supervisor == "calls"));
    assert!(matches!(asked, Action::Supervisor { request, id: Some(_) } if request.tag == Some(7)));
    assert_eq!(*handler, Action::Handler { order: order(false, None), call: None, tie: None });
    assert_eq!(*hibernate, Action::Hibernate);
    let last = commit(&mut worker, 0, vec![Effect::Hibernate, Effect::Stop(ExitKind::Normal)]);
    assert_eq!(last, [Action::Stop(ExitReason::Normal)], "who stops does not hibernate");
    let last = commit(&mut worker, 0, vec![Effect::Stop(ExitKind::Normal), Effect::Hibernate]);
    assert_eq!(last, [Action::Stop(ExitReason::Normal)]);
}

#[test]
fn internal_events_have_a_bound_that_counts_those_that_wait_and_forgets_those_that_were_stepped() {
    let event = |_| Effect::NextEvent(vec![1]);
    let mut worker = worker(4, WhenFull::Reject);
    commit(&mut worker, 0, many(INTERNAL_EVENTS_MAX - 1, event));
    assert_eq!(worker.admits(&many(1, event)), Ok(()));
    assert!(refused(&worker, &many(2, event)).contains("internal events, at most"));
    commit(&mut worker, 0, many(1, event));
    assert!(refused(&worker, &many(1, event)).contains("internal events, at most"));
    assert_eq!(worker.queued(), 0, "they take no place of the queue");
    for _ in 0..2 * INTERNAL_EVENTS_MAX {
        assert_eq!(take(&mut worker), Input::Internal(vec![1]));
        commit(&mut worker, 0, many(1, event));
    }
}

#[test]
fn whatever_is_answered_counts_as_an_unanswered_call_and_nothing_else_does() {
    let mut worker = worker(4, WhenFull::Reject);
    commit(&mut worker, 0, many(OUTGOING_CALLS_MAX - 1, |_| outgoing()));
    for answered in [outgoing(), ask_supervisor(Some(7)), Effect::Handler(order(false, Some(7)))] {
        assert_eq!(worker.admits(std::slice::from_ref(&answered)), Ok(()));
        assert!(refused(&worker, &[outgoing(), answered]).contains("unanswered calls, at most"));
    }
    assert!(refused(&worker, &[outgoing(), Effect::Handler(order(true, None))]).contains("unanswered calls"));
    assert_eq!(worker.admits(&[outgoing(), ask_supervisor(None), Effect::Handler(order(false, None))]), Ok(()));
}

#[test]
fn supervised_handlers_have_a_bound_that_counts_those_that_are_tied() {
    let mut worker = worker(4, WhenFull::Reject);
    let tied = |_| Effect::Handler(order(true, None));
    commit(&mut worker, 0, many(SUPERVISED_HANDLERS_MAX - 2, tied));
    assert_eq!((worker.ties(), worker.admits(&many(2, tied))), (SUPERVISED_HANDLERS_MAX - 2, Ok(())));
    assert!(refused(&worker, &many(3, tied)).contains("supervised handlers, at most"));
    let first = *worker.supervised.keys().next().expect("a tie");
    worker.owner_told(first, OwnerNews::NeverCame);
    assert_eq!(worker.admits(&many(3, tied)), Ok(()));
}

#[test]
fn timers_have_a_bound_that_counts_the_running_and_the_fired_and_lets_a_running_one_start_again() {
    let at = |at: usize| named(&at.to_string());
    let mut worker = machine("a", many(TIMERS_MAX - 3, at));
    let zero = |name: &str| timer(TimerKind::Named, name, 0);
    commit(&mut worker, 0, vec![zero("x"), zero("y")]);
    assert_eq!(worker.admits(&[zero("z")]), Ok(()));
    assert!(refused(&worker, &[zero("z"), named("new")]).contains("timers, at most"));
    commit(&mut worker, 0, vec![named("last")]);
    assert_eq!(worker.timers(), TIMERS_MAX - 2);
    assert_eq!(worker.admits(&[named("0"), named("last")]), Ok(()), "these two run already");
    for other in [timer(TimerKind::State, "0", 1000), named("new")] {
        assert!(refused(&worker, &[other]).contains("timers, at most"));
    }
    assert_eq!((take(&mut worker), take(&mut worker)), (fired("x"), fired("y")));
    assert_eq!(worker.admits(&[named("new")]), Ok(()), "what was stepped does not count");
}

fn update(kind: TimerKind, name: &str, body: &str) -> Effect {
    Effect::UpdateTimer(TimerStart { kind, name: name.into(), after_ms: 0, body: body.into() })
}

/// The timers that are still heard, each with its body.
fn heard(worker: &mut Worker<Caller>) -> Vec<(String, String)> {
    let mut heard = vec![];
    while let Input::Timer { name, body } = take(worker) {
        heard.push((name, String::from_utf8_lossy(&body).into_owned()));
    }
    heard
}

#[test]
fn an_update_changes_the_timer_of_its_kind_and_name_alone_whether_it_runs_or_has_gone_off() {
    let of = |name: &str, body: &str| (name.to_owned(), body.to_owned());
    let start = |kind, name: &str, after_ms| {
        Effect::StartTimer(TimerStart { kind, name: name.into(), after_ms, body: "old".into() })
    };
    for after in [0, 1] {
        for mut worker in [worker(4, WhenFull::Reject), machine("a", vec![])] {
            let one = vec![
                start(TimerKind::State, "t", after),
                start(TimerKind::Named, "u", after),
                start(TimerKind::Named, "t", after),
            ];
            commit(&mut worker, 0, one);
            commit(&mut worker, 0, vec![update(TimerKind::Named, "t", "new")]);
            worker.tick(SECOND);
            assert_eq!(heard(&mut worker), [of("t", "old"), of("u", "old"), of("t", "new")], "after {after} ms");
        }
    }
}

#[test]
fn timers_of_one_time_go_off_in_the_order_of_their_last_start() {
    let mut worker = worker(4, WhenFull::Reject);
    commit(&mut worker, 0, ["a", "b", "c", "a"].map(named).to_vec());
    worker.tick(SECOND);
    assert_eq!([take(&mut worker), take(&mut worker), take(&mut worker)], ["b", "c", "a"].map(fired));
}

#[test]
fn a_worker_is_ready_while_anything_waits_for_it_wherever_that_comes_from() {
    let mut plain = worker(4, WhenFull::Reject);
    assert!(!plain.is_ready());
    assert_eq!(plain.offer(Offered::Cast(vec![])), Ok(()));
    assert!(plain.is_ready(), "what others sent");
    take(&mut plain);
    assert!(!plain.is_ready());
    plain.configure(vec![]);
    assert!(plain.is_ready(), "what it is told");
    take(&mut plain);
    assert!(!plain.is_ready());
    plain.give(Offered::Cast(vec![]));
    assert!(plain.is_ready() && plain.hears(), "what its manager gave");
    take(&mut plain);
    assert!(!plain.is_ready() && plain.hears());
    commit(&mut plain, 0, vec![Effect::NextEvent(vec![])]);
    assert!(plain.is_ready() && !plain.hears(), "what it asked to be given next");
    take(&mut plain);
    assert!(!plain.is_ready());

    let mut stated = machine("a", vec![Effect::EnterCalls]);
    assert!(stated.is_ready(), "the state it has entered");
    assert_eq!(take(&mut stated), Input::Entered("a".into()));
    assert!(!stated.is_ready());
    commit(&mut stated, 0, vec![timer(TimerKind::Named, "zero", 0)]);
    assert!(stated.is_ready(), "a timer that goes off at once");
    assert_eq!(take(&mut stated), fired("zero"));
    assert!(!stated.is_ready());
}

#[test]
fn a_worker_tells_its_state_and_what_it_has_postponed() {
    assert_eq!(worker(4, WhenFull::Reject).state(), None);
    let mut worker = machine("a", vec![]);
    assert_eq!((worker.state(), worker.postponed(), worker.steps(), worker.capacity()), (Some("a"), 0, 0, 4));
    for postponed in 1..=2 {
        assert_eq!(worker.offer(call("later")), Ok(()));
        take_call(&mut worker);
        commit(&mut worker, 0, vec![Effect::Postpone]);
        assert_eq!((worker.postponed(), worker.queued(), worker.steps()), (postponed, postponed, postponed as u64));
    }
    assert_eq!(worker.offer(Offered::Cast(vec![])), Ok(()));
    take(&mut worker);
    commit(&mut worker, 0, vec![Effect::NextState("b".into())]);
    assert_eq!((worker.state(), worker.postponed(), worker.queued()), (Some("b"), 0, 2));
}

#[test]
fn inputs_that_wait_have_a_bound_in_bytes_and_whoever_finds_no_room_is_told() {
    const MIB: usize = 1 << 20;
    for when_full in [WhenFull::Reject, WhenFull::DropOldest] {
        let mut worker = worker(1024, when_full);
        let places = QUEUE_BYTES_MAX / MIB;
        for _ in 0..places {
            assert!(worker.offer(Offered::Cast(vec![0; MIB])).is_ok());
        }
        assert!(matches!(worker.offer(Offered::Cast(vec![0])), Err(Full::Rejected(Unplaced::Cast))), "{when_full:?}");
        assert!(worker.offer(Offered::Cast(vec![])).is_ok(), "an empty one takes no room");
        assert!(matches!(take(&mut worker), Input::Cast(body) if body.len() == MIB));
        commit(&mut worker, 0, vec![]);
        assert!(worker.offer(Offered::Cast(vec![0; MIB])).is_ok(), "{when_full:?}");
    }
}

#[test]
fn what_is_postponed_counts_among_the_bytes_that_wait_until_it_comes_again_or_its_worker_crashes() {
    const BIG: usize = QUEUE_BYTES_MAX / 2;
    let big = || Offered::Cast(vec![0; BIG]);
    let fits = |worker: &mut Worker<Caller>| worker.offer(big()).is_ok();
    let postpone = |worker: &mut Worker<Caller>| {
        take(worker);
        commit(worker, 0, vec![Effect::Postpone]);
    };
    let mut worker = machine("a", vec![]);
    for _ in 0..2 {
        assert!(fits(&mut worker));
        postpone(&mut worker);
    }
    assert!(!fits(&mut worker) && worker.offer(Offered::Cast(vec![])).is_ok());
    take(&mut worker);
    commit(&mut worker, 0, vec![Effect::NextState("b".into())]);
    assert!(!fits(&mut worker), "they wait to come again");
    take(&mut worker);
    commit(&mut worker, 0, vec![]);
    assert!(fits(&mut worker) && !fits(&mut worker), "one has come");
    worker.crashed();
    assert!(fits(&mut worker) && !fits(&mut worker), "the other one is forgotten, what is queued is not");
    worker.ended();
    assert!(fits(&mut worker) && fits(&mut worker));
    let late = Offered::Call { caller: "late", deadline: 5, body: vec![0; BIG] };
    let mut worker = machine("a", vec![]);
    assert!(worker.offer(late).is_ok());
    postpone(&mut worker);
    assert!(fits(&mut worker) && !fits(&mut worker));
    assert_eq!(worker.tick(5), ["late"]);
    assert!(fits(&mut worker), "nobody waits for it");
}
