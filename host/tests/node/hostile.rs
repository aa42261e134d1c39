//! Whatever a guest does in a step costs it its instance at most: its caller is told why, its
//! neighbours on the same thread go on.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tomte::base::Outcome;
use tomte::node::{TraceEventView, TraceLimits};

use crate::support::{App, PATIENCE, Running, crashed, guest, refusal};

/// What ends a step, with a part of the reason its caller is given. (Of an exit WASI 0.2 tells only
/// whether it was a success.)
const FATAL: [(&str, &str); 17] = [
    ("\"spin\"", "timeout: step took longer than"),
    ("\"recurse\"", "trap: stack overflow (endless recursion?)"),
    ("\"grow\"", "memory: asked for"),
    ("\"gigabyte\"", "memory: asked for"),
    ("\"ten_million_effects\"", "memory: asked for"),
    (r#"{"bytes":2000000}"#, "contract: step returned a reply of 2000000 bytes, limit 1048576"),
    (r#"{"effects":2000}"#, "contract: step returned 2001 effects, limit 1024"),
    (r#"{"effects":1}"#, "contract: asked to repeat its state, but is in none"),
    (r#"{"panic":"no such order"}"#, "crash: no such order"),
    (r#"{"crash":"out of stock"}"#, "crash: out of stock"),
    ("\"divide\"", "divide by zero"),
    ("\"trap\"", "trap: panic or abort in the guest"),
    (r#"{"host_calls":200000}"#, "contract: step: more than 100000 calls to the host"),
    (r#"{"flood":200000}"#, "contract: step: more than 100000 calls to the host"),
    (r#"{"exit":3}"#, "trap: called exit with code 1"),
    (r#"{"exit":0}"#, "trap: called exit with code 0"),
    (r#"{"crash":""}"#, "crash: "),
];

/// A hostile worker, and a counter on the same shard.
async fn beside(limits: &str) -> Running {
    let app = App::of_counters().shards(1).behaviour("hostile", &guest("hostile-0.1.0"), limits);
    app.worker("hostile", "root", "hostile", "").counters(&["neighbour"]).start().await
}

/// Does every deed, each while the neighbour is called; gives how often that was.
async fn commit_all(node: &Running, deeds: &[(&str, &str)]) {
    for (deed, reason) in deeds {
        let began = Instant::now();
        let (outcome, ()) = tokio::join!(node.call("hostile", deed), node.increment("neighbour", 3));
        let told = crashed(outcome);
        assert!(told.contains(reason), "{deed}: {told}");
        assert!(began.elapsed() < Duration::from_secs(10), "{deed} is contained within its budget");
        assert_eq!(node.ok("hostile", "\"behave\"").await, "\"done\"", "after {deed}");
    }
    let view = node.inspect("hostile").await;
    assert_eq!(view.restarts, deeds.len() as u64, "one restart for each deed");
    assert_eq!(node.count("neighbour").await, 3 * deeds.len() as u64);
    assert_eq!(node.generations(&["neighbour"]).await, [0]);
}

/// Deeds that end by something else than their time need more of it on a busy machine.
const PATIENT: &str = "step = \"5s\"";

#[tokio::test]
async fn gs_05_b3_b4_b5_b6_b7_every_misdeed_of_a_sliced_step_is_contained_and_named() {
    commit_all(&beside(PATIENT).await, &FATAL[1..]).await;
}

#[tokio::test]
async fn b1_a_spin_is_ended_at_its_budget_whether_by_a_plain_call_in_slices_or_by_fuel() {
    for limits in ["step = \"5ms\"", "step = \"50ms\"", "step = \"50ms\", budget = \"fuel\""] {
        commit_all(&beside(limits).await, &FATAL[..1]).await;
    }
}

#[tokio::test]
async fn what_is_odd_but_allowed_is_answered_and_crashes_nobody() {
    let node = beside(PATIENT).await;
    for deed in
        ["\"behave\"", r#"{"flood":1000}"#, r#"{"host_calls":1000}"#, r#"{"cast":"ghost"}"#, r#"{"print":"hello"}"#]
    {
        assert_eq!(node.ok("hostile", deed).await, "\"done\"", "{deed}");
    }
    assert_eq!(node.ok("hostile", r#"{"bytes":1000000}"#).await.len(), 1_000_000);
    let began = Instant::now();
    assert_eq!(node.ok("hostile", r#"{"sleep":3600000}"#).await, "\"done\"");
    assert!(began.elapsed() < Duration::from_secs(10), "an hour passes on the guest's clock only");
    assert_eq!(refusal(node.call("hostile", r#"{"refuse":"no"}"#).await), "no");
    assert!(refusal(node.call("hostile", "\"no_such_deed\"").await).contains("unknown variant `no_such_deed`"));
    assert!(refusal(node.call("hostile", "\u{fffd}").await).contains("expected value"));
    assert_eq!(node.generations(&["hostile"]).await, [0]);
}

#[tokio::test]
async fn b15_a_guest_sees_no_files_no_environment_and_no_time_passing() {
    let node = beside(PATIENT).await;
    let look = node.ok("hostile", "\"look\"").await;
    assert!(look.ends_with(",0,0]") && !look.contains("files"), "{look}");
    let clock = node.ok("hostile", "\"clock\"").await;
    assert!(clock.ends_with(",0]"), "a busy loop takes no time: {clock}");
}

/// A hostile worker in the middle of a step that never ends, a counter beside it, and the caller.
async fn spinning() -> (Running, JoinHandle<Outcome>) {
    let app = App::of_counters().shards(1).behaviour("hostile", &guest("hostile-0.1.0"), "step = \"30s\"");
    let app = app.worker("hostile", "root", "hostile", "shutdown = \"100ms\"").counters(&["neighbour"]);
    let node = app.start().await;
    let mut trace = node.handle.trace("hostile", TraceLimits::default()).await.expect("it begins");
    let handle = node.handle.clone();
    let hour = Duration::from_secs(3600);
    let caller = tokio::spawn(async move { handle.call("hostile", b"\"spin\"".to_vec(), hour).await });
    let line = tokio::time::timeout(PATIENCE, trace.next()).await.expect("it is stepped in time");
    assert!(matches!(line, Some(line) if matches!(line.event, TraceEventView::Input { .. })), "it spins");
    (node, caller)
}

#[tokio::test]
async fn neighbours_are_answered_while_a_long_step_is_going_on() {
    let (node, caller) = spinning().await;
    node.increment("neighbour", 20).await;
    let view = node.child("hostile").await;
    assert_eq!((&*view.status, view.restarts, caller.is_finished()), ("running", 0, false), "it spins still");
    node.handle.halt();
    node.ended().await;
}

#[tokio::test]
async fn a_worker_in_the_middle_of_a_long_step_is_killed_by_an_order_to_stop() {
    let (node, caller) = spinning().await;
    let stopping = tokio::time::timeout(PATIENCE, node.handle.stop("hostile")).await;
    stopping.expect("not by the budget of its step, which is half a minute").expect("it stops");
    let told = caller.await.expect("the task ends").expect_err("its caller is told");
    assert!(told.text.contains("is stopped"), "{told:?}");
    node.handle.restart("hostile").await.expect("it starts");
    assert_eq!(node.ok("hostile", "\"behave\"").await, "\"done\"");
}
