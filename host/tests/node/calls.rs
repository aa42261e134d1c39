//! Workers that call and cast to one another, on one shard and across two.

use crate::support::{App, Running, guest, until};

/// `relay` and the counters `a` and `b`; with two shards, `a` lives on the other one.
async fn relay(shards: usize) -> Running {
    let app = App::of_counters().shards(shards).behaviour("relay", &guest("relay-0.1.0"), "");
    let node = app.worker("relay", "root", "relay", "").counters(&["a", "b"]).start().await;
    let apart = node.inspect("relay").await.shard != node.inspect("a").await.shard;
    assert_eq!(apart, shards > 1);
    node
}

async fn relayed(node: &Running, to: &str, body: &str) -> String {
    node.ok("relay", &format!("{{\"Call\":[\"{to}\",{body}]}}")).await
}

async fn calls_reach_others(shards: usize) {
    let node = relay(shards).await;
    for worker in ["a", "b"] {
        assert_eq!(relayed(&node, worker, "\"Increment\"").await, "\"Ack\"");
        assert_eq!(relayed(&node, worker, "\"Read\"").await, r#"{"Value":1}"#);
    }
    assert_eq!(node.counts(&["a", "b"]).await, [1, 1]);
}

#[tokio::test]
async fn a_call_to_a_worker_of_the_same_shard_brings_its_reply() {
    calls_reach_others(1).await;
}

#[tokio::test]
async fn a_call_to_a_worker_of_another_shard_brings_its_reply() {
    calls_reach_others(2).await;
}

async fn failures_come_back(shards: usize) {
    let node = relay(shards).await;
    assert_eq!(relayed(&node, "ghost", "1").await, "\"CallError::NoWorker\"");
    let refused = relayed(&node, "a", "\"Nonsense\"").await;
    assert!(refused.contains("CallError::Refused") && refused.contains("Nonsense"), "{refused}");
    assert!(relayed(&node, "a", "\"Reset\"").await.starts_with("\"CallError::Crashed"));
    assert_eq!(relayed(&node, "a", "\"Increment\"").await, "\"Ack\"", "it is back");
    node.handle.stop("a").await.expect("it stops");
    assert!(relayed(&node, "a", "\"Read\"").await.starts_with("\"CallError::Stopped"));
    assert_eq!(node.generations(&["relay"]).await, [0], "a failed call crashes nobody who made it");
}

#[tokio::test]
async fn a_call_that_fails_on_the_same_shard_comes_back_as_its_error() {
    failures_come_back(1).await;
}

#[tokio::test]
async fn a_call_that_fails_on_another_shard_comes_back_as_its_error() {
    failures_come_back(2).await;
}

#[tokio::test]
async fn gs_06_a_worker_that_calls_itself_is_refused_instead_of_waiting_for_ever() {
    let node = relay(1).await;
    let told = relayed(&node, "relay", "\"Next\"").await;
    assert!(told.contains("CallError::Refused") && told.contains("may not call itself"), "{told}");
}

#[tokio::test]
async fn gs_07_casts_arrive_on_both_shards_and_those_to_nobody_are_lost_without_a_word() {
    let node = relay(2).await;
    for worker in ["ghost", "a", "b"] {
        assert_eq!(node.ok("relay", &format!("{{\"Cast\":[\"{worker}\",\"Increment\"]}}")).await, "\"done\"");
    }
    until("both have arrived", async || node.counts(&["a", "b"]).await == [1, 1]).await;
    assert_eq!(node.generations(&["relay", "a", "b"]).await, [0; 3]);
}

#[tokio::test]
async fn gs_08_what_a_worker_asks_of_itself_comes_before_what_others_asked_meanwhile() {
    let node = relay(1).await;
    node.handle.suspend("relay").await.expect("it is there");
    let (first, second) = (node.ok("relay", "\"Next\""), node.ok("relay", r#"{"Stop":null}"#));
    let resume = async {
        node.queued("relay", 2).await;
        node.handle.resume("relay").await.expect("it is there");
    };
    let (first, second, ()) = tokio::join!(first, second, resume);
    assert_eq!((&*first, &*second), ("\"next\"", "\"done\""), "answered before the stop took it");
}
