//! Upgrades under load: no call is lost, refused, counted twice or answered twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::support::{App, Frames, guest, until};

const CONNECTIONS: usize = 8;
const DEPTH: usize = 125;

async fn expect_acks(frames: &mut Frames, count: usize) {
    for _ in 0..count {
        assert_eq!(frames.answer().await, (0, "\"Ack\"".to_owned()));
    }
}

#[tokio::test]
async fn a_thousand_calls_in_flight_are_all_answered_by_the_version_that_comes() {
    let node = App::of_counters().counters(&["a"]).listen("frames", "a").start().await;
    node.increment("a", 3).await;
    // Suspended, the worker lets all of them wait across the change of code.
    node.handle.suspend("a").await.expect("it is there");
    let mut clients = vec![];
    for _ in 0..CONNECTIONS {
        let mut client = node.frames().await;
        for _ in 0..DEPTH {
            client.send("\"Increment\"").await;
        }
        clients.push(client);
    }
    node.queued("a", CONNECTIONS * DEPTH).await;
    node.app.put("counter-0.2.0.wasm", &guest("counter-0.2.0"));
    node.marker("counter-0.2.0.wasm", "accepted").await;
    assert_eq!(node.child("a").await.queued, Some(CONNECTIONS * DEPTH), "none was lost or executed");
    node.handle.resume("a").await.expect("it is there");
    for client in &mut clients {
        expect_acks(client, DEPTH).await;
        let (status, stats) = client.call("\"Stats\"").await;
        assert!(status == 0 && stats.contains("Stats"), "0.2.0 answers, and nothing stands between: {stats}");
    }
    assert_eq!(node.count("a").await, 1003);
}

/// What the pumps share.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    answered: AtomicU64,
}

impl Load {
    /// Waits until every call that is in flight now, and as many again, are answered.
    async fn goes_on(&self) {
        let next = self.answered.load(Ordering::Relaxed) + 2 * (CONNECTIONS * DEPTH) as u64;
        until("the load goes on", async || self.answered.load(Ordering::Relaxed) >= next).await;
    }
}

/// Keeps its window of calls full until told to stop; gives how many were answered, each once.
async fn pump(mut client: Frames, load: Arc<Load>) -> u64 {
    for _ in 0..DEPTH {
        client.send("\"Increment\"").await;
    }
    let mut sent = DEPTH as u64;
    while !load.stop.load(Ordering::Relaxed) {
        expect_acks(&mut client, 1).await;
        load.answered.fetch_add(1, Ordering::Relaxed);
        client.send("\"Increment\"").await;
        sent += 1;
    }
    expect_acks(&mut client, DEPTH).await;
    // Were anything answered twice, it would stand before this.
    let (status, read) = client.call("\"Read\"").await;
    assert!(status == 0 && read.starts_with("{\"Value\":"), "{status} {read}");
    sent
}

#[tokio::test]
async fn under_constant_load_an_upgrade_and_a_rollback_cost_no_call_and_no_count() {
    let node = App::of_counters().counters(&["a"]).listen("frames", "a").start().await;
    let load = Arc::new(Load::default());
    let mut pumps = vec![];
    for _ in 0..CONNECTIONS {
        pumps.push(tokio::spawn(pump(node.frames().await, Arc::clone(&load))));
    }
    // There are calls before, between and behind the changes of code, and some in flight during each.
    load.goes_on().await;
    node.app.put("counter-0.2.0.wasm", &guest("counter-0.2.0"));
    node.marker("counter-0.2.0.wasm", "accepted").await;
    load.goes_on().await;
    let back = node.rollback().await;
    assert_eq!(back.to, "0.1.0", "{}", back.reason);
    load.goes_on().await;
    load.stop.store(true, Ordering::Relaxed);
    let mut sent = 0;
    for pump in pumps {
        sent += pump.await.expect("every call is answered with success");
    }
    assert_eq!(node.count("a").await, sent);
    assert_eq!(node.generations(&["a"]).await, [2]);
}
