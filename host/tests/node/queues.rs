//! What waits for a worker is bounded, has a deadline, and is answered exactly once.

use std::time::Duration;

use tokio::task::JoinHandle;
use tomte::base::{Kind, Outcome};

use crate::support::{App, Running, guest, until};

/// One suspended counter whose queue holds two.
async fn suspended(when_full: &str) -> Running {
    let queue = format!("queue = {{ capacity = 2, when_full = \"{when_full}\" }}");
    let node = App::of_counters().worker("a", "root", "counter", &queue).listen("frames", "a").start().await;
    node.handle.suspend("a").await.expect("it is there");
    assert_eq!(node.status("a").await, "suspended");
    node
}

fn call_later(node: &Running, body: &'static str) -> JoinHandle<Outcome> {
    let handle = node.handle.clone();
    tokio::spawn(async move { handle.call("a", body.into(), Duration::from_secs(30)).await })
}

async fn outcome(call: JoinHandle<Outcome>) -> Result<String, Kind> {
    let outcome = call.await.expect("the task ends");
    outcome.map(|body| crate::support::json(&body)).map_err(|failure| failure.kind)
}

#[tokio::test]
async fn b20_a_full_queue_answers_overloaded_and_what_waits_is_executed_once_the_worker_goes_on() {
    let node = suspended("reject").await;
    let first = call_later(&node, "\"Increment\"");
    node.queued("a", 1).await;
    let second = call_later(&node, "\"Read\"");
    node.queued("a", 2).await;
    let third = node.call("a", "\"Increment\"").await.expect_err("there is no place");
    assert_eq!(
        (third.kind, &*third.text),
        (Kind::Overloaded, "the queue of `a` is full, and it is suspended (`tomte resume a`); not executed")
    );
    let cast = node.handle.cast("a", b"\"Increment\"".to_vec()).await;
    assert_eq!(cast.expect_err("there is no place").kind, Kind::Overloaded);
    assert_eq!(node.frames().await.call("\"Increment\"").await.0, 3);
    assert!(!first.is_finished() && !second.is_finished());
    node.handle.resume("a").await.expect("it is there");
    assert_eq!(outcome(first).await.as_deref(), Ok("\"Ack\""));
    assert_eq!(outcome(second).await.as_deref(), Ok(r#"{"Value":1}"#));
    assert_eq!(node.count("a").await, 1);
}

#[tokio::test]
async fn a_queue_that_drops_the_oldest_tells_its_caller_and_takes_the_newest() {
    let node = suspended("drop_oldest").await;
    let mut calls = vec![];
    for _ in 0..2 {
        calls.push(call_later(&node, "\"Increment\""));
        node.queued("a", calls.len()).await;
    }
    calls.push(call_later(&node, "\"Read\""));
    let mut calls = calls.into_iter();
    assert_eq!(outcome(calls.next().expect("the oldest")).await, Err(Kind::Overloaded));
    node.handle.resume("a").await.expect("it is there");
    assert_eq!(outcome(calls.next().expect("the second")).await.as_deref(), Ok("\"Ack\""));
    assert_eq!(outcome(calls.next().expect("the newest")).await.as_deref(), Ok(r#"{"Value":1}"#));
}

#[tokio::test]
async fn gs_03_a_call_whose_deadline_passes_in_the_queue_is_told_and_never_executed() {
    let node = suspended("reject").await;
    let late = node.handle.call("a", b"\"Increment\"".to_vec(), Duration::from_millis(20)).await;
    assert_eq!(late.expect_err("nobody answers").kind, Kind::TimedOut);
    assert_eq!(node.child("a").await.queued, Some(0));
    node.handle.resume("a").await.expect("it is there");
    assert_eq!(node.count("a").await, 0);
}

#[tokio::test]
async fn gs_03_a_call_whose_delayed_reply_comes_too_late_is_told_once() {
    let app = App::new().behaviour("relay", &guest("relay-0.1.0"), "").worker("r", "root", "relay", "");
    let node = app.start().await;
    let late = node.handle.call("r", b"\"Never\"".to_vec(), Duration::from_millis(20)).await;
    assert_eq!(late.expect_err("nobody answers").kind, Kind::TimedOut);
    until("nobody waits", async || node.inspect("r").await.pending_replies == 0).await;
    assert_eq!(node.ok("r", "\"Next\"").await, "\"next\"");
}

#[tokio::test]
async fn gs_03_a_call_that_is_answered_twice_gets_the_first_answer_and_no_other() {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "").worker("h", "root", "hostile", "");
    let node = app.listen("frames", "h").start().await;
    let mut client = node.frames().await;
    for _ in 0..3 {
        client.send("\"answer_twice\"").await;
        client.send(r#"{"refuse":"no"}"#).await;
    }
    for _ in 0..3 {
        assert_eq!(client.answer().await, (0, "\"first\"".to_owned()));
        assert_eq!(client.answer().await, (1, "no".to_owned()));
    }
    assert_eq!(client.call("\"behave\"").await, (0, "\"done\"".to_owned()));
}

#[tokio::test]
async fn a_suspended_worker_that_is_stopped_answers_whoever_waits() {
    let node = suspended("reject").await;
    let waiting = call_later(&node, "\"Increment\"");
    node.queued("a", 1).await;
    node.handle.stop("a").await.expect("it stops");
    assert_eq!(outcome(waiting).await, Err(Kind::Stopped));
}

#[tokio::test]
async fn a_full_queue_of_a_manager_is_told_and_what_waits_is_heard_once_its_handler_goes_on() {
    let manager = "[manager.events]\nqueue = { capacity = 1 }\n[child.events]\nunder = \"root\"\nmanager = \"events\"";
    let app = App::of_counters().more(manager).behaviour("witness", &guest("witness-0.1.0"), "");
    let node = app.more("[child.w]\nunder = \"events\"\nbehaviour = \"witness\"").start().await;
    node.handle.suspend("events/w").await.expect("it is there");
    let cast = async || node.handle.cast("events", b"\"x\"".to_vec()).await;
    assert_eq!(cast().await, Ok(()), "the handler has it");
    node.queued("events", 0).await;
    assert_eq!(cast().await, Ok(()), "the manager has it");
    let full = (Kind::Overloaded, "the queue of `events` is full; not executed".to_owned());
    assert_eq!(cast().await.map_err(|failure| (failure.kind, failure.text)), Err(full.clone()));
    let called = node.call("events", "\"x\"").await;
    assert_eq!(called.map_err(|failure| (failure.kind, failure.text)), Err(full));
    node.handle.resume("events/w").await.expect("it is there");
    node.queued("events", 0).await;
    assert_eq!(node.ok("events/w", "\"Heard\"").await, "2");
}
