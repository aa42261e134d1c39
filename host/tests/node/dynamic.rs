//! Dynamic children in a running node: over its sockets, from its workers, under load and upgrade.

use std::time::Duration;

use crate::support::{App, Running, guest, http_call, until};

/// `calls`, whose children are counters, and a relay.
async fn switchboard() -> Running {
    let app = App::of_counters().shards(2).behaviour("relay", &guest("relay-0.1.0"), "");
    let app = app.worker("relay", "root", "relay", "").supervisor("calls", "simple_one_for_one", 1000);
    let app = app.nested("calls", "root", "").worker("call", "calls", "counter", "");
    app.listen_to_all().start().await
}

async fn start(node: &Running, key: &str) -> String {
    node.handle.start_child("calls", key, None).await.expect("it starts")
}

#[tokio::test]
async fn a_child_is_called_over_http_by_its_address() {
    let node = switchboard().await;
    assert_eq!(http_call(node.http(), "/call/calls/7", "\"Read\"").await.0, 404);
    assert_eq!(start(&node, "7").await, "calls/7");
    assert_eq!(http_call(node.http(), "/call/calls/7", "\"Increment\"").await, (200, "\"Ack\"".to_owned()));
    assert_eq!(http_call(node.http(), "/call/calls/7", "\"Read\"").await, (200, r#"{"Value":1}"#.to_owned()));
    node.handle.stop("calls/7").await.expect("it stops");
    assert_eq!(http_call(node.http(), "/call/calls/7", "\"Read\"").await.0, 404);
}

#[tokio::test]
async fn a_worker_starts_and_stops_children_on_both_shards() {
    let node = switchboard().await;
    for key in 0..20 {
        node.ok("relay", &format!(r#"{{"StartChild":["calls","{key}",{{}}]}}"#)).await;
        assert_eq!(node.ok("relay", &format!(r#"{{"Call":["calls/{key}","Increment"]}}"#)).await, "\"Ack\"");
    }
    let shards: Vec<usize> = vec![node.inspect("calls/0").await.shard, node.inspect("calls/1").await.shard];
    assert_ne!(shards[0], shards[1], "neighbouring keys live apart");
    for key in 0..20 {
        node.ok("relay", &format!(r#"{{"StopChild":["calls","{key}"]}}"#)).await;
    }
    until("all are gone", async || node.child("calls").await.dynamic == Some(0)).await;
}

#[tokio::test]
async fn a_crash_in_one_child_is_invisible_to_the_others() {
    let node = switchboard().await;
    for key in ["1", "2", "3"] {
        start(&node, key).await;
        node.increment(&format!("calls/{key}"), 2).await;
    }
    node.crash_counter("calls/2").await;
    assert_eq!(node.counts(&["calls/1", "calls/2", "calls/3"]).await, [2, 0, 2]);
    assert_eq!(node.generations(&["calls/1", "calls/2", "calls/3"]).await, [0, 1, 0]);
}

#[tokio::test]
async fn sup_28_the_children_of_a_supervisor_that_is_restarted_are_gone() {
    let node = switchboard().await;
    start(&node, "1").await;
    node.handle.restart("calls").await.expect("it restarts");
    let failure = node.call("calls/1", "\"Read\"").await.expect_err("nobody is there");
    assert_eq!(failure.kind.word(), "no-worker");
    start(&node, "1").await;
}

#[tokio::test]
async fn an_upgrade_takes_every_child_along_and_those_that_come_later() {
    let node = switchboard().await;
    for key in 0..10 {
        start(&node, &key.to_string()).await;
        node.increment(&format!("calls/{key}"), 1).await;
    }
    let report = node.upgrade(guest("counter-0.2.0")).await;
    assert_eq!((report.workers, report.reason.as_str()), (10, ""));
    start(&node, "late").await;
    for key in ["0", "9", "late"] {
        assert!(node.ok(&format!("calls/{key}"), "\"Stats\"").await.starts_with('{'), "{key} runs 0.2.0");
    }
    assert_eq!(node.counts(&["calls/0", "calls/9", "calls/late"]).await, [1, 1, 0]);
    let report = node.rollback().await;
    assert_eq!((report.workers, report.reason.as_str()), (11, ""));
    assert_eq!(node.counts(&["calls/0", "calls/9", "calls/late"]).await, [1, 1, 0]);
}

#[tokio::test]
async fn a_thousand_children_come_and_go_under_calls() {
    let node = switchboard().await;
    for key in 0..1000 {
        start(&node, &key.to_string()).await;
    }
    for key in (0..1000).step_by(97) {
        node.increment(&format!("calls/{key}"), 1).await;
    }
    let calls = node.child("calls").await;
    assert_eq!((calls.dynamic, calls.children.len()), (Some(1000), 50));
    let stopped = tokio::time::timeout(Duration::from_secs(20), node.handle.stop("calls")).await;
    stopped.expect("in time").expect("it stops");
    assert_eq!(node.child("calls").await.dynamic, Some(0));
}
