//! A crash answers its caller, and the supervisor brings back whom its strategy names, and nobody else.

use std::time::Duration;

use tokio::time::timeout;
use tomte::base::Kind;

use crate::support::{App, PATIENCE, Running, crashed, guest, http_call, until};

/// Waits until these workers are on their second instance.
async fn reborn(node: &Running, workers: &[&str]) {
    until("all are restarted", async || node.generations(workers).await.iter().all(|generation| *generation == 1))
        .await;
}

/// Root with `first`, the supervisor `team` of `a`, `b` and `c`, and `last`; each counter at 5.
async fn team(strategy: &str) -> Running {
    let app = App::of_counters().shards(2).supervisor("team", strategy, 5).counters(&["first"]);
    let app = app.nested("team", "root", "");
    let app = ["a", "b", "c"].iter().fold(app, |app, name| app.worker(name, "team", "counter", ""));
    let node = app.counters(&["last"]).start().await;
    for worker in ALL {
        node.increment(worker, 5).await;
    }
    node
}

const ALL: [&str; 5] = ["first", "a", "b", "c", "last"];

#[tokio::test]
async fn gs_04_a_crash_answers_its_caller_at_once_with_the_reason_and_the_next_call_finds_a_fresh_state() {
    let node = App::new().behaviour("kv", &guest("kv-0.1.0"), "").worker("kv", "root", "kv", "").start().await;
    node.ok("kv", r#"{"Put":["a",6]}"#).await;
    node.ok("kv", r#"{"Put":["b",0]}"#).await;
    let call = node.handle.call("kv", br#"{"Ratio":["a","b"]}"#.to_vec(), Duration::from_secs(3600));
    let reason = crashed(timeout(PATIENCE, call).await.expect("not by its deadline, which is in an hour"));
    assert!(reason.contains("divide by zero"), "{reason}");
    assert_eq!(node.ok("kv", "\"Keys\"").await, r#"{"Keys":[]}"#, "a restart starts afresh");
    let view = node.inspect("kv").await;
    assert_eq!((view.generation, view.restarts, view.last_crash), (1, 1, Some(reason)));
}

#[tokio::test]
async fn what_is_queued_behind_a_crash_is_answered_in_order_by_the_next_instance() {
    let app = App::of_counters().counters(&["a"]).listen("frames", "a").listen("lines", "a").listen("http", "a");
    let node = app.start().await;
    let mut client = node.frames().await;
    for body in ["\"Increment\"", "\"Reset\"", "\"Reset\"", "\"Increment\"", "\"Read\""] {
        client.send(body).await;
    }
    let crash = "crash: reset at zero".to_owned();
    let ack = || (0, "\"Ack\"".to_owned());
    for expected in [ack(), ack(), (2, crash.clone()), ack(), (0, r#"{"Value":1}"#.to_owned())] {
        assert_eq!(client.answer().await, expected);
    }
    let mut lines = node.lines().await;
    assert_eq!(lines.call("\"Reset\"").await, "ok \"Ack\"");
    assert_eq!(lines.call("\"Reset\"").await, format!("error crashed {crash}"));
    assert_eq!(lines.call("\"Read\"").await, r#"ok {"Value":0}"#);
    assert_eq!(http_call(node.http(), "/call/a", "\"Reset\"").await, (500, crash));
    assert_eq!(http_call(node.http(), "/call/a", "\"Read\"").await, (200, r#"{"Value":0}"#.to_owned()));
    assert_eq!(http_call(node.http(), "/call/b", "\"Read\"").await.0, 404);
    assert_eq!(node.child("a").await.restarts, 3);
}

#[tokio::test]
async fn sup_17_one_for_one_restarts_the_crashed_child_and_no_sibling() {
    let node = team("one_for_one").await;
    node.crash_counter("b").await;
    reborn(&node, &["b"]).await;
    assert_eq!(node.counts(&ALL).await, [5, 5, 0, 5, 5]);
    assert_eq!(node.generations(&ALL).await, [0, 0, 1, 0, 0]);
}

#[tokio::test]
async fn sup_18_one_for_all_restarts_the_children_of_that_supervisor_and_not_the_whole_tree() {
    let node = team("one_for_all").await;
    assert_eq!(node.crash_counter("b").await.kind, Kind::Crashed);
    reborn(&node, &["a", "b", "c"]).await;
    assert_eq!(node.counts(&ALL).await, [5, 0, 0, 0, 5]);
    assert_eq!(node.generations(&ALL).await, [0, 1, 1, 1, 0]);
}

#[tokio::test]
async fn sup_19_rest_for_one_restarts_the_later_siblings_and_keeps_the_earlier_ones() {
    let node = team("rest_for_one").await;
    assert_eq!(node.crash_counter("b").await.kind, Kind::Crashed);
    reborn(&node, &["b", "c"]).await;
    assert_eq!(node.counts(&ALL).await, [5, 5, 0, 0, 5]);
    assert_eq!(node.generations(&ALL).await, [0, 0, 1, 1, 0]);
}

#[tokio::test]
async fn a_supervisor_that_gives_up_is_restarted_by_its_own_with_all_its_children() {
    let app = App::of_counters().shards(2).supervisor("inner", "one_for_one", 1).counters(&["outside"]);
    let app = app.nested("inner", "root", "").worker("a", "inner", "counter", "").worker("b", "inner", "counter", "");
    let node = app.start().await;
    node.increment("outside", 5).await;
    node.increment("b", 5).await;
    node.crash_counter("a").await;
    reborn(&node, &["a"]).await;
    assert_eq!(node.count("b").await, 5, "one crash is within the intensity");
    node.crash_counter("a").await;
    until("the whole inner tree is restarted", async || node.generations(&["a", "b"]).await == [2, 1]).await;
    assert_eq!(node.counts(&["outside", "a", "b"]).await, [5, 0, 0]);
    assert_eq!(node.child("inner").await.status, "running");
}

#[tokio::test]
async fn whoever_waits_for_a_delayed_reply_of_a_worker_that_crashes_is_told() {
    let app =
        App::new().behaviour("hostile", &guest("hostile-0.1.0"), "").behaviour("relay", &guest("relay-0.1.0"), "");
    let app = app.worker("h", "root", "hostile", "").worker("r", "root", "relay", "");
    let node = app.start().await;
    let waiting = node.call("r", "\"Never\"");
    let ending = async {
        until("the caller waits", async || node.inspect("r").await.pending_replies == 1).await;
        node.ok("r", r#"{"Stop":"boom"}"#).await;
    };
    let (told, ()) = tokio::join!(waiting, ending);
    let told = told.expect_err("the reply will never come");
    assert!(told.text.contains("boom"), "{told:?}");
    until("it is back", async || node.generations(&["r"]).await == [1]).await;
    assert_eq!(node.ok("r", "\"Next\"").await, "\"next\"");
}
