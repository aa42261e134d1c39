//! What OTP's `sys` does to a process, here to a worker: seen, traced and given another state between
//! its steps, whatever state it is in.

use tokio::sync::oneshot::{self, Receiver};

use super::world::{Child, MS, SECOND, World, ask, child, name, told};
use crate::base::limits::{INPUTS_KEPT, TRACE_LANE, TRACES_MAX};
use crate::base::{Effect, Failure, Kind, QueueSpec, Shutdown, TimerKind, TimerStart, WhenFull};
use crate::control::Ask;
use crate::protocol::{
    Command, Inspection, Ordered, Replaced, Replacement, TraceEnd, TraceEvent, TraceOrder, TraceOutcome,
};
use crate::supervisor::Order;
use crate::supervisor::Status;

const INCREMENT: &str = r#""Increment""#;
const READ: &str = r#""Read""#;

pub(super) fn seen(world: &mut World, worker: &str) -> Inspection {
    let mut answer = world.inspect(worker);
    world.settle();
    answer.try_recv().expect("an answer").expect("it is there")
}

pub(super) fn suspend(world: &mut World, worker: &str, suspended: bool) {
    let (done, _answer) = oneshot::channel();
    world.command(worker, |child| match suspended {
        true => Command::Suspend(child, done),
        false => Command::Resume(child, done),
    });
}

fn replace(world: &mut World, worker: &str, schema: Option<&str>, data: &str) -> Receiver<Result<Replaced, Failure>> {
    let (done, answer) = oneshot::channel();
    let replacement = Replacement { schema: schema.map(str::to_owned), data: data.into(), done };
    world.command(worker, |child| Command::Replace(child, replacement));
    answer
}

fn replaced(world: &mut World, worker: &str, schema: Option<&str>, data: &str) -> Result<Replaced, Failure> {
    let mut answer = replace(world, worker, schema, data);
    world.settle();
    answer.try_recv().expect("an answer")
}

pub(super) fn stop(world: &mut World, worker: &str) {
    world.ask(Ask::Order(name(worker), Order::Terminate, oneshot::channel().0));
    world.settle();
}

fn trace(world: &mut World, worker: &str, inputs: u64, time: u64) -> Ordered {
    let (order, ordered) = TraceOrder::new(inputs, time);
    world.command(worker, |child| Command::Trace(child, order));
    ordered
}

/// What has come of a trace so far, a word for each line.
fn lines(trace: &mut Ordered) -> Vec<String> {
    let mut lines = vec![];
    while let Ok(line) = trace.lines.try_recv() {
        lines.push(match line.event {
            TraceEvent::Input(input) => format!("{} {}", input.kind.word(), input.head),
            TraceEvent::Outcome(_, _, TraceOutcome::Done(effects, reply)) => format!("{effects:?} {reply:?}"),
            TraceEvent::Outcome(_, _, TraceOutcome::Refused(reason)) => format!("refused {reason}"),
            TraceEvent::Outcome(_, _, TraceOutcome::Crashed(reason)) => reason,
            TraceEvent::Crashed(reason) => format!("outside a step: {reason}"),
            TraceEvent::Ended(why) => format!("{why:?}"),
        });
    }
    lines
}

fn is_over(trace: &mut Ordered) -> bool {
    matches!(trace.lines.try_recv(), Err(tokio::sync::mpsc::error::TryRecvError::Disconnected))
}

#[test]
fn a_suspended_worker_with_a_full_queue_is_seen_and_given_a_state() {
    let mut full = child("a", "counter-0.1.0");
    full.queue = QueueSpec { capacity: 2, when_full: WhenFull::Reject };
    let mut world = World::new(1, &[full]);
    suspend(&mut world, "a", true);
    let mut waiting = [INCREMENT, READ, READ].map(|body| world.call("a", body));
    let before = seen(&mut world, "a");
    assert_eq!((before.queued, before.suspended, before.state.map(|state| state.data)), (2, true, Some(b"0".to_vec())));
    let taken = replaced(&mut world, "a", None, "41").expect("it takes it");
    assert_eq!(taken, Replaced { schema: "counter/1".into(), bytes: 2, generation: 1 });
    assert_eq!(waiting.each_mut().map(told), ["nothing yet", "nothing yet", "overloaded"]);
    suspend(&mut world, "a", false);
    world.settle();
    assert_eq!([told(&mut waiting[0]), told(&mut waiting[1])], [r#""Ack""#, r#"{"Value":42}"#]);
    assert_eq!(seen(&mut world, "a").statistics.queued_most, 2);
}

#[test]
fn a_look_at_a_worker_leaves_its_timers_alone() {
    // In OTP an idle timeout of 300 ms and a look after 200 ms make 502 ms.
    let mut world = World::new(1, &[child("a", "relay-0.1.0")]);
    let now = world.sim.now.get();
    let timer = |kind, name: &str, after_ms| TimerStart { kind, name: name.into(), after_ms, body: b"1".to_vec() };
    let timers = [timer(TimerKind::Event, "idle", 300), timer(TimerKind::Named, "named", 400)];
    let effects = timers.into_iter().map(Effect::StartTimer).collect();
    world.shards[0].worker_mut(0).commit(effects, now, &mut vec![]).expect("two timers");
    let mut traced = trace(&mut world, "a", 10, SECOND);
    for _ in 0..2 {
        world.pass(100 * MS);
        assert_eq!(seen(&mut world, "a").waits.timers, 2);
    }
    let state = r#"{"next_tag":7,"waiting":{},"heard":[]}"#;
    replaced(&mut world, "a", None, state).expect("it takes it");
    world.pass(100 * MS - 1);
    assert_eq!((seen(&mut world, "a").waits.timers, lines(&mut traced)), (2, vec![]));
    world.pass(1);
    assert_eq!(lines(&mut traced).first().map(String::as_str), Some(r#"timer 1 B "idle 1""#));
    world.pass(100 * MS);
    assert_eq!((seen(&mut world, "a").steps, seen(&mut world, "a").statistics.timers), (2, 2));
}

#[test]
fn a_state_that_is_not_taken_changes_nothing() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    ask(&mut world, "a", INCREMENT);
    for (schema, data, why) in [
        (None, "not a number", "did not take the given one"),
        (Some("counter/9"), "1", "counter/9"),
        (Some(""), "1", "schema"),
    ] {
        let refused = replaced(&mut world, "a", schema, data).expect_err("it cannot take that");
        assert_eq!(refused.kind, Kind::Refused);
        assert!(
            refused.text.contains("`a` goes on with the state it has") && refused.text.contains(why),
            "{refused:?}"
        );
    }
    assert_eq!((seen(&mut world, "a").generation, world.crashes), (0, 0));
    assert_eq!(ask(&mut world, "a", READ), r#"{"Value":1}"#);
}

#[test]
fn a_crash_of_what_takes_the_state_leaves_it_as_it_was() {
    let mut world = World::new(1, &[Child { config: r#"{"init":"behave"}"#, ..child("a", "hostile-0.1.0") }]);
    for config in [&br#"{"init":"divide"}"#[..], br#"{"init":{"effects":3}}"#] {
        world.shards[0].spec_mut(0).config = config[..].into();
        let refused = replaced(&mut world, "a", None, "null").expect_err("its init traps");
        assert_eq!((refused.kind, world.crashes), (Kind::Refused, 0), "{refused:?}");
    }
    assert_eq!((seen(&mut world, "a").generation, world.status("a")), (0, Status::Running));
    assert_eq!(ask(&mut world, "a", r#""behave""#), r#""done""#);
}

#[test]
fn a_worker_that_cannot_tell_its_schema_is_told_it() {
    let mut world = World::new(1, &[Child { config: r#"{"save":"divide"}"#, ..child("a", "hostile-0.1.0") }]);
    let named = replaced(&mut world, "a", Some("hostile/1"), "null").expect("nothing is saved for that");
    assert_eq!((named.generation, world.crashes), (1, 0));
    let asked = replaced(&mut world, "a", None, "null").expect_err("its save traps");
    assert_eq!((asked.kind, world.crashes), (Kind::Crashed, 1));
    assert_eq!(world.status("a"), Status::Running);
}

#[test]
fn a_state_for_a_worker_that_is_or_goes_down_is_refused() {
    let mut spinning = Child { config: r#"{"save":"spin"}"#, ..child("a", "hostile-0.1.0") };
    spinning.shutdown = Shutdown::BrutalKill;
    let mut world = World::new(1, &[spinning, child("b", "counter-0.1.0")]);
    world.sim.grain.set(10 * MS);
    let mut waiting = [None, Some("hostile/1")].map(|schema| replace(&mut world, "a", schema, "null"));
    world.turn(0);
    world.sim.grain.set(0);
    stop(&mut world, "a");
    let mut late = replace(&mut world, "a", None, "null");
    for answer in waiting.iter_mut().chain([&mut late]) {
        let refused = answer.try_recv().expect("an answer").expect_err("nobody is there");
        assert_eq!((refused.kind, refused.text.as_str()), (Kind::Stopped, "worker `a` is not running"));
    }
    assert_eq!(ask(&mut world, "b", READ), r#"{"Value":0}"#);
}

#[test]
fn a_state_and_a_change_of_code_keep_out_of_each_others_way() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0"), child("b", "counter-0.1.0")]);
    world.prepare(1, "counter-0.2.0");
    world.settle();
    let mut during = replace(&mut world, "a", None, r#"{"count":7,"resets":0}"#);
    world.settle();
    assert!(during.try_recv().is_err(), "it waits for the change of code");
    world.commit(1);
    world.settle();
    let taken = during.try_recv().expect("an answer").expect("it takes it");
    assert_eq!((taken.schema.as_str(), taken.generation), ("counter/2", 2));
    let mut first = replace(&mut world, "b", None, r#"{"count":9,"resets":0}"#);
    world.prepare(2, "counter-0.1.0");
    world.abort(2);
    world.settle();
    first.try_recv().expect("an answer").expect("an aborted change does not touch it");
    assert_eq!([ask(&mut world, "a", READ), ask(&mut world, "b", READ)], [r#"{"Value":7}"#, r#"{"Value":9}"#]);
}

#[test]
fn a_change_of_code_that_is_aborted_leaves_a_state_on_its_way_alone() {
    let mut moody = Child { config: r#"{"init":"behave"}"#, ..child("a", "hostile-0.1.0") };
    moody.shutdown = Shutdown::BrutalKill;
    let mut world = World::new(1, &[moody]);
    world.shards[0].spec_mut(0).config = br#"{"init":"spin"}"#[..].into();
    world.sim.grain.set(10 * MS);
    let mut given = replace(&mut world, "a", Some("hostile/1"), "null");
    world.turn(0);
    for id in [1, 2] {
        world.prepare(id, "hostile-0.1.0");
        world.turn(0);
        world.abort(id);
        let body = world.shards[0].body(0);
        assert!(body.contains("init (replace)") && given.try_recv().is_err(), "{body}");
    }
    world.sim.grain.set(0);
    stop(&mut world, "a");
    assert_eq!(given.try_recv().expect("an answer").expect_err("it was killed").kind, Kind::Stopped);
}

#[test]
fn what_a_worker_has_done_is_counted_over_its_instances() {
    let mut world = World::new(1, &[child("a", "relay-0.1.0"), child("c", "counter-0.1.0")]);
    for body in [r#"{"Call":["c","Read"]}"#, r#"{"Cast":["c","Increment"]}"#, r#""Next""#, "zzz"] {
        ask(&mut world, "a", body);
    }
    let mut rang = world.call("a", r#"{"After":5}"#);
    world.pass(SECOND);
    assert_eq!(told(&mut rang), r#""rang""#);
    ask(&mut world, "a", r#"{"Stop":"boom"}"#);
    world.pass(SECOND);
    let counts = seen(&mut world, "a").statistics;
    let inputs = [counts.calls, counts.casts, counts.timers, counts.responses, counts.other];
    assert_eq!(inputs, [6, 0, 1, 1, 1]);
    assert_eq!([counts.replies, counts.sent, counts.refusals, counts.crashes], [5, 2, 1, 1]);
    assert!(counts.started < counts.instance_started, "{counts:?}");
    let counted = seen(&mut world, "c").statistics;
    assert_eq!((counted.calls, counted.casts, counted.started, counted.instance_started), (1, 1, Some(0), Some(0)));
}

#[test]
fn the_last_inputs_are_seen_newest_first_with_what_came_of_them() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    for body in [INCREMENT, "zzz", r#""Reset""#, r#""Reset""#] {
        ask(&mut world, "a", body);
    }
    let recent =
        |world: &mut World| -> Vec<String> { seen(world, "a").recent.iter().map(ToString::to_string).collect() };
    let reset = r#"call 7 B "\"Reset\"""#;
    let expected = [
        format!("#3 {reset} crashed"),
        format!("#2 {reset} ok"),
        r#"#1 call 3 B "zzz" refused"#.to_owned(),
        r#"#0 call 11 B "\"Increment\"" ok"#.to_owned(),
    ];
    assert_eq!(recent(&mut world), expected);
    (0..20).for_each(|_| drop(ask(&mut world, "a", READ)));
    assert_eq!((recent(&mut world).len(), &*recent(&mut world)[0]), (INPUTS_KEPT, r#"#23 call 6 B "\"Read\"" ok"#));
}

#[test]
fn a_killed_step_is_not_taken_for_a_crash() {
    let mut spinning = child("a", "hostile-0.1.0");
    spinning.shutdown = Shutdown::BrutalKill;
    let mut world = World::new(1, &[spinning]);
    let mut traced = trace(&mut world, "a", 9, 9 * SECOND);
    world.sim.grain.set(10 * MS);
    let _spin = world.call("a", r#""spin""#);
    world.turn(0);
    world.sim.grain.set(0);
    stop(&mut world, "a");
    assert_eq!(seen(&mut world, "a").recent[0].to_string(), r#"#0 call 6 B "\"spin\"" killed"#);
    assert_eq!(lines(&mut traced), [r#"call 6 B "\"spin\"""#, "killed", "Stopped"]);
}

#[test]
fn of_a_redacted_worker_only_sizes_are_seen() {
    let mut secret = child("a", "counter-0.1.0");
    secret.redact = true;
    let mut world = World::new(1, &[secret]);
    let mut traced = trace(&mut world, "a", 3, SECOND);
    for body in [INCREMENT, "hunter2", READ] {
        ask(&mut world, "a", body);
    }
    let inspection = seen(&mut world, "a");
    let state = inspection.state.expect("it saves one");
    assert_eq!((state.schema.as_str(), state.data.len(), inspection.state_bytes), ("counter/1", 0, Some(1)));
    let recent: Vec<String> = inspection.recent.iter().map(ToString::to_string).collect();
    assert_eq!(recent, ["#2 call 6 B ok", "#1 call 7 B refused", "#0 call 11 B ok"]);
    let traced = lines(&mut traced);
    let effects = r#"[("reply", 1)]"#;
    assert_eq!(traced[0..2], ["call 11 B".to_owned(), format!("{effects} Some(5 B)")]);
    assert!(traced[3].starts_with("refused ") && traced[3].ends_with(" B"), "{traced:?}");
    assert!(!format!("{traced:?} {recent:?}").contains("hunter2"));
}

#[test]
fn a_trace_shows_each_input_with_its_outcome_and_ends_with_the_last() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    ask(&mut world, "a", INCREMENT);
    let mut traced = trace(&mut world, "a", 4, SECOND);
    assert_eq!(traced.begun.try_recv(), Ok(Ok(())));
    for body in [READ, "zzz", r#""Reset""#, r#""Reset""#, READ] {
        ask(&mut world, "a", body);
    }
    let seen = lines(&mut traced);
    let reply = r#"[("reply", 1)]"#;
    assert_eq!(seen[0..2], [r#"call 6 B "\"Read\"""#.to_owned(), format!(r#"{reply} Some(11 B "{{\"Value\":1}}")"#)]);
    assert_eq!(seen[2], r#"call 3 B "zzz""#);
    assert!(seen[3].starts_with("refused ") && seen[3].contains("not an input"), "{seen:?}");
    let end = ["crash: reset at zero".to_owned(), format!("{:?}", TraceEnd::Inputs)];
    assert_eq!((&seen[7..], seen.len()), (&end[..], 9), "{seen:?}");
    assert!(is_over(&mut traced));
}

#[test]
fn a_trace_ends_at_its_time_although_nothing_happens() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    let mut traced = trace(&mut world, "a", 100, 3 * SECOND);
    world.pass(3 * SECOND - 1);
    assert_eq!(lines(&mut traced), [""; 0]);
    world.pass(1);
    assert_eq!(lines(&mut traced), ["Time"]);
    assert!(is_over(&mut traced) && world.shards[0].wake_at().is_none());
}

#[test]
fn a_trace_outlives_crashes_and_restarts_and_ends_when_the_worker_is_stopped() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    let mut traced = trace(&mut world, "a", 100, 100 * SECOND);
    ask(&mut world, "a", r#""Reset""#);
    world.ask(Ask::Order(name("a"), Order::Restart, oneshot::channel().0));
    world.settle();
    ask(&mut world, "a", READ);
    assert_eq!(lines(&mut traced).len(), 4, "two inputs and what came of them");
    stop(&mut world, "a");
    assert_eq!(lines(&mut traced), ["Stopped"]);
    assert!(is_over(&mut traced));
}

#[test]
fn a_trace_of_nobody_costs_nothing_and_there_are_not_too_many() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    let mut all: Vec<Ordered> = (0..TRACES_MAX).map(|_| trace(&mut world, "a", 9, SECOND)).collect();
    let mut more = trace(&mut world, "a", 9, SECOND);
    let told = more.begun.try_recv().expect("an answer").expect_err("there are too many");
    assert_eq!(told.kind, Kind::Overloaded);
    assert!(is_over(&mut more));
    drop(all.pop());
    let mut next = trace(&mut world, "a", 9, SECOND);
    assert_eq!(next.begun.try_recv(), Ok(Ok(())));
    drop((all, next));
    ask(&mut world, "a", READ);
    assert!(!world.shards[0].is_watched(0));
}

#[test]
fn a_slow_reader_loses_lines_is_told_how_many_and_still_hears_the_end() {
    let mut world = World::new(1, &[child("a", "counter-0.1.0")]);
    let inputs = TRACE_LANE as u64;
    let mut traced = trace(&mut world, "a", inputs + 1, SECOND);
    for _ in 0..inputs {
        assert_eq!(ask(&mut world, "a", INCREMENT), r#""Ack""#, "it is not slowed down");
    }
    let first = TRACE_LANE - 1;
    for _ in 0..first {
        assert_eq!(traced.lines.try_recv().expect("a line").lost, 0);
    }
    assert!(traced.lines.try_recv().is_err());
    ask(&mut world, "a", READ);
    let lost: Vec<u64> = std::iter::from_fn(|| traced.lines.try_recv().ok()).map(|line| line.lost).collect();
    assert_eq!(lost, [2 * inputs - first as u64, 0, 0]);
    assert!(is_over(&mut traced));
}
