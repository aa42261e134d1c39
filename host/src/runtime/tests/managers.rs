//! Event managers with real handlers: OTP's gen_event, and its traces.

use super::world::{Child, MS, SECOND, World, ask, child, handler, told};
use crate::protocol::Command;
use crate::shard::Shard;
use crate::supervisor::Order;

pub(super) const WITNESS: &str = "witness-0.1.0";
const RELAY: &str = "relay-0.1.0";

/// A relay, and a manager with the handlers a, b and c, over two shards.
pub(super) fn world(b: &'static str) -> World {
    let b = Child { config: b, ..handler("b", WITNESS) };
    World::new(2, &[child("relay", RELAY), child("other", RELAY), handler("a", WITNESS), b, handler("c", WITNESS)])
}

/// Handlers that some worker is tied to, or waits to be.
pub(super) fn ties(world: &World) -> usize {
    world.shards.iter().map(Shard::ties).sum()
}

/// The manager's handlers as they are asked: newest first.
pub(super) fn handlers(world: &World) -> String {
    let tree = world.supervision.tree();
    let manager = tree.id("events").expect("a manager");
    let names = tree.children(manager).map(|child| tree.spec(child).name.to_string());
    names.collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(" ")
}

/// What the log has of the handlers since the last time, as a trace of OTP says it.
pub(super) fn trace(world: &mut World) -> Vec<String> {
    let line = |line: String| {
        let (name, text) = line.strip_prefix("events/")?.split_once(": ")?;
        Some(if text == "init" { format!("init {name}") } else { format!("{name} {text}") })
    };
    std::mem::take(&mut world.logged).into_iter().filter_map(line).collect()
}

fn events(trace: &str) -> Vec<&str> {
    trace.lines().filter(|line| !line.starts_with('#')).collect()
}

/// A sync_notify, and what the trace says of it.
fn sync_notify(world: &mut World, event: &str, seen: &mut Vec<String>) {
    let answer = ask(world, "events", &format!("{event:?}"));
    seen.extend(trace(world));
    assert_eq!(answer, "", "an empty body");
    seen.push("sync_notify: ok".into());
}

#[test]
fn ge_01_all_handlers_hear_an_event_newest_first_as_in_otp() {
    let mut world = world("{}");
    assert_eq!(ask(&mut world, "relay", r#"{"Cast":["events","first"]}"#), r#""done""#);
    let mut seen = trace(&mut world);
    sync_notify(&mut world, "second", &mut seen);
    seen.push(format!("handlers: {}", handlers(&world)));
    assert_eq!(seen, events(include_str!("../../../tests/otp/ge_01.trace")));
}

#[test]
fn ge_02_a_handler_that_crashes_is_gone_and_the_others_hear_the_event_as_in_otp() {
    let mut world = world(r#"{"crashes_on":"crash"}"#);
    let mut seen = trace(&mut world);
    sync_notify(&mut world, "crash", &mut seen);
    seen.push(format!("handlers: {}", handlers(&world)));
    sync_notify(&mut world, "after_it", &mut seen);
    assert_eq!(seen, events(include_str!("../../../tests/otp/ge_02.trace")));
    assert_eq!((world.crashes, ask(&mut world, "events/b", r#""Heard""#).as_str()), (1, "no-worker"));
}

#[test]
fn ge_03_a_call_to_no_handler_and_one_that_crashes_it() {
    let mut world = world("{}");
    assert_eq!(ask(&mut world, "events/none", r#""Heard""#), "no-worker");
    assert_eq!(ask(&mut world, "events/b", r#""Refuse""#), "refused");
    assert_eq!(ask(&mut world, "events/b", r#""Crash""#), "crashed");
    assert_eq!(ask(&mut world, "events/b", r#""Heard""#), "no-worker");
    assert_eq!((handlers(&world).as_str(), ask(&mut world, "events/a", r#""Heard""#).as_str()), ("c a", "0"));
    // From another worker, on whatever shard: the same.
    for (worker, heard) in [("relay", "0"), ("other", "1")] {
        assert_eq!(ask(&mut world, worker, r#"{"Call":["events/c","Heard"]}"#), heard);
        assert_eq!(ask(&mut world, worker, r#"{"Call":["events/b","Heard"]}"#), r#""CallError::NoWorker""#);
        assert_eq!(ask(&mut world, worker, r#"{"Call":["events","x"]}"#), r#""ok""#);
    }
}

#[test]
fn ge_06_one_handler_that_refuses_a_change_of_code_leaves_every_state_as_it_was_as_in_otp() {
    let mut world = world(r#"{"stubborn":true}"#);
    ask(&mut world, "events", r#""first""#);
    let mut seen = trace(&mut world);
    world.prepare(1, "witness-0.2.0");
    world.settle();
    assert_eq!(world.ready(1).1, 1, "its shard says no");
    seen.push("change of code: refused".into());
    world.abort(1);
    world.settle();
    for name in ["a", "b", "c"] {
        let state = ask(&mut world, &format!("events/{name}"), r#""Heard""#);
        seen.push(format!("state of {name}: {state}"));
    }
    ask(&mut world, "events", r#""second""#);
    seen.extend(trace(&mut world));
    seen.push(format!("handlers: {}", handlers(&world)));
    assert_eq!(seen, events(include_str!("../../../tests/otp/ge_06.trace")));
}

#[test]
fn all_handlers_change_their_code_if_none_refuses() {
    let mut world = world("{}");
    ask(&mut world, "events", r#""first""#);
    world.prepare(1, "witness-0.2.0");
    world.settle();
    let mut waits = world.call("events", r#""second""#);
    world.settle();
    assert_eq!(told(&mut waits), "nothing yet", "its handlers stand still");
    world.commit(1);
    world.settle();
    assert_eq!(told(&mut waits), "");
    for name in ["a", "b", "c"] {
        assert_eq!(ask(&mut world, &format!("events/{name}"), r#""Heard""#), "1002", "{name}");
    }
}

#[test]
fn what_a_handler_asked_for_itself_is_its_own_affair() {
    let mut world = world("{}");
    assert_eq!(ask(&mut world, "events/a", r#"{"Subscribe":"news"}"#), "0");
    ask(&mut world, "relay", r#"{"Publish":["news",1]}"#);
    assert_eq!(trace(&mut world).last().map(String::as_str), Some("a hears topic news"));
    assert_eq!(ask(&mut world, "events", r#""leave""#), "");
    assert_eq!(handlers(&world), "", "all have left, and the manager goes on");
    assert_eq!(ask(&mut world, "events", r#""x""#), "");
}

#[test]
fn a_refused_event_is_logged_and_the_handler_stays() {
    let mut world = world("{}");
    assert_eq!(ask(&mut world, "events", r#""refuse""#), "");
    assert_eq!(world.logged.iter().filter(|line| line.contains("told to refuse")).count(), 3);
    assert_eq!(handlers(&world), "c b a");
}

#[test]
fn a_suspended_handler_holds_its_manager_up_and_the_queue_is_bounded() {
    let mut world = world("{}");
    let child = world.supervision.tree().id("events/b").expect("a handler");
    let home = world.directory.home("events");
    let suspend = |world: &mut World, on: bool| {
        let done = tokio::sync::oneshot::channel().0;
        let command = if on { Command::Suspend(child, done) } else { Command::Resume(child, done) };
        world.command_to(home, command);
    };
    suspend(&mut world, true);
    let mut first = world.call("events", r#""x""#);
    world.settle();
    let mut waiting: Vec<_> = (0..8).map(|_| world.call("events", r#""y""#)).collect();
    let mut late = world.call_within("events/a", r#""Heard""#, SECOND);
    world.settle();
    assert_eq!((told(&mut first).as_str(), told(&mut late).as_str()), ("nothing yet", "overloaded"));
    world.pass(5 * SECOND + MS);
    assert_eq!(told(&mut first), "timed-out");
    assert!(waiting.iter_mut().all(|answer| told(answer) == "timed-out"));
    suspend(&mut world, false);
    world.settle();
    assert_eq!(ask(&mut world, "events/a", r#""Heard""#), "1", "what began was done to its end, the rest was not");
}

#[test]
fn a_manager_that_stops_tells_whoever_waits_and_its_handlers_end_newest_first() {
    let mut world = world("{}");
    trace(&mut world);
    let child = world.supervision.tree().id("events/b").expect("a handler");
    let home = world.directory.home("events");
    world.command_to(home, Command::Suspend(child, tokio::sync::oneshot::channel().0));
    let mut waits = [world.call("events", r#""x""#), world.call("events/a", r#""Heard""#)];
    world.settle();
    order(&mut world, "events", Order::Terminate);
    assert_eq!(waits.each_mut().map(told), ["stopped", "stopped"]);
    let ended = ["c hears x", "c terminate ExitReason::Shutdown", "b terminate ExitReason::Shutdown"];
    assert_eq!(trace(&mut world)[..3], ended);
    assert_eq!(ask(&mut world, "events", r#""x""#), "stopped");
    world.command_to(home, Command::Resume(child, tokio::sync::oneshot::channel().0));
    order(&mut world, "events", Order::Restart);
    assert_eq!((ask(&mut world, "events", r#""x""#).as_str(), handlers(&world).as_str()), ("", "c b a"));
    assert_eq!(trace(&mut world)[..3], ["init a", "init b", "init c"], "the declared ones come again");
}

fn order(world: &mut World, name: &str, order: Order) {
    let (done, mut answer) = tokio::sync::oneshot::channel();
    world.ask(crate::control::Ask::Order(super::world::name(name), order, done));
    world.settle();
    assert!(answer.try_recv().is_ok_and(|outcome| outcome.is_ok()));
}
