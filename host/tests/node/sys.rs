//! What OTP's `sys` does: a worker is seen, traced and given another state while it runs, is
//! suspended, or is overloaded; and what is secret stays so.

use std::time::Duration;

use tokio::task::JoinHandle;
use tomte::base::{Kind, Outcome};
use tomte::node::{Trace, TraceEventView, TraceLimits};

use crate::support::{App, Running, guest, json, logged, refusal, until};

fn call_later(node: &Running, worker: &'static str, body: &'static str) -> JoinHandle<Outcome> {
    let handle = node.handle.clone();
    tokio::spawn(async move { handle.call(worker, body.into(), Duration::from_secs(30)).await })
}

async fn text(call: JoinHandle<Outcome>) -> String {
    json(&call.await.expect("the task ends").expect("an answer"))
}

async fn trace(node: &Running, worker: &str, inputs: u64) -> Trace {
    let limits = TraceLimits { inputs, time: Duration::from_secs(600) };
    node.handle.trace(worker, limits).await.expect("it begins")
}

/// Every line of a trace until its end, as JSON without what differs from run to run.
async fn lines(mut trace: Trace) -> Vec<String> {
    let mut all = vec![];
    while let Some(mut line) = trace.next().await {
        assert!(line.at_ms > 0 && line.lost == 0, "{line:?}");
        if let TraceEventView::Done { us, .. } | TraceEventView::Refused { us, .. } = &mut line.event {
            *us = 0;
        }
        all.push(serde_json::to_string(&line.event).expect("it is JSON"));
    }
    all
}

#[tokio::test]
async fn gs_14_a_redacted_worker_shows_sizes_only_wherever_it_is_seen() {
    let app = App::new().behaviour("relay", &guest("relay-0.1.0"), "");
    let app = app.supervisor("root", "one_for_one", 1000);
    let app = app.worker("vault", "root", "relay", "redact = true").worker("open", "root", "relay", "");
    let node = app.start().await;
    for worker in ["vault", "open"] {
        let traced = trace(&node, worker, 3).await;
        assert!(refusal(node.call(worker, "hunter2").await).contains("not an input"));
        node.handle.cast(worker, b"hunter2".to_vec()).await.expect("it is queued");
        node.ok(worker, r#"{"Stop":"hunter2"}"#).await;
        until("it is back", async || node.child(worker).await.restarts == 1).await;
        let seen = node.inspect(worker).await;
        let shown = format!("{:?}{:?}{:?}", seen.state, seen.recent, lines(traced).await);
        let crashes = || logged(&format!("worker crashed worker={worker} "));
        until("its crash is logged", async || !crashes().is_empty()).await;
        let crash = crashes();
        assert_eq!(seen.redacted, worker == "vault");
        assert_eq!(shown.contains("hunter2"), worker == "open", "{shown}");
        assert_eq!(seen.state.is_none(), worker == "vault");
        assert_eq!((seen.recent[0].head.bytes, seen.schema.as_deref()), (18, Some("relay/1")));
        assert!(seen.state_bytes.is_some_and(|bytes| bytes > 0));
        assert_eq!(crash.len(), 1, "{crash:?}");
        let inputs = crash[0].split_once(" inputs=").expect("the last inputs").1;
        assert_eq!(inputs.contains("hunter2"), worker == "open", "{inputs}");
        assert!(inputs.starts_with("#2 call 18 B"), "{inputs}");
    }
    let refused = logged("refused an input");
    assert!(refused.iter().any(|line| line.contains("(redacted)") && line.contains("worker=vault")), "{refused:?}");
}

#[tokio::test]
async fn gs_15_a_crash_in_what_takes_the_given_state_leaves_the_old_one() {
    let node = App::of_counters().counters(&["a", "b"]).start().await;
    node.increment("a", 3).await;
    let mut traced = trace(&node, "a", 9).await;
    for (schema, data, why) in [
        (None, vec![b'1'; 32 << 20], "memory"),
        (None, b"[]".to_vec(), "`init` did not take the given one"),
        (Some("counter/7"), b"1".to_vec(), "counter/7"),
    ] {
        let refused = node.handle.replace_state("a", schema.map(str::to_owned), data).await.expect_err("it cannot");
        assert_eq!(refused.kind, Kind::Refused);
        assert!(refused.text.starts_with("`a` goes on with the state it has: "), "{}", refused.text);
        assert!(refused.text.contains(why), "{}", refused.text);
    }
    let seen = node.inspect("a").await;
    assert_eq!((seen.generation, seen.restarts, seen.statistics.crashes), (0, 0, 0));
    assert_eq!((seen.state.as_deref(), node.count("a").await), (Some("3"), 3));
    let first = traced.next().await.expect("a line").event;
    assert!(matches!(first, TraceEventView::Input { .. }), "no crash is seen: {first:?}");
    assert_eq!(node.count("b").await, 0);
}

#[tokio::test]
async fn gs_15_a_suspended_worker_with_a_full_queue_takes_a_state_and_keeps_what_waits() {
    let relay = guest("relay-0.1.0");
    let app = App::of_counters().behaviour("relay", &relay, "");
    let app = app.worker("a", "root", "counter", "queue = { capacity = 2 }").worker("r", "root", "relay", "");
    let node = app.start().await;
    node.handle.suspend("a").await.expect("it is there");
    let waiting = call_later(&node, "a", "\"Increment\"");
    node.queued("a", 1).await;
    let relayed = call_later(&node, "r", r#"{"Call":["a","Read"]}"#);
    node.queued("a", 2).await;
    let replaced = node.handle.replace_state("a", None, b"41".to_vec()).await.expect("it takes it");
    assert_eq!((replaced.schema.as_str(), replaced.bytes, replaced.generation), ("counter/1", 2, 1));
    let seen = node.inspect("a").await;
    assert_eq!((seen.status.as_str(), seen.queued, seen.state.as_deref()), ("suspended", 2, Some("41")));
    let state = node.inspect("r").await.state.expect("it saves one");
    node.handle.replace_state("r", Some("relay/1".into()), state.into_bytes()).await.expect("its own state");
    assert!(!waiting.is_finished() && !relayed.is_finished());
    node.handle.resume("a").await.expect("it is there");
    assert_eq!(text(waiting).await, "\"Ack\"");
    assert_eq!(text(relayed).await, r#"{"Value":42}"#, "the caller who waits has outlived the instance it asked");
    assert_eq!((node.child("a").await.restarts, node.child("r").await.restarts), (0, 0));
}

#[tokio::test]
async fn sm_09_a_call_to_a_suspended_worker_is_answered_once_it_goes_on_and_not_before() {
    let node = App::of_counters().counters(&["a"]).start().await;
    node.handle.suspend("a").await.expect("it is there");
    let call = call_later(&node, "a", "\"Increment\"");
    node.queued("a", 1).await;
    let late = node.handle.call("a", b"\"Increment\"".to_vec(), Duration::from_millis(20)).await;
    assert_eq!(late.expect_err("nobody answers").kind, Kind::TimedOut, "deadlines run on");
    let seen = node.inspect("a").await;
    assert_eq!((seen.steps, seen.queued, seen.state.as_deref()), (0, 1, Some("0")), "control is served");
    assert!(!call.is_finished());
    node.handle.resume("a").await.expect("it is there");
    assert_eq!(text(call).await, "\"Ack\"");
    assert_eq!(node.count("a").await, 1);
}

#[tokio::test]
async fn a_trace_tells_each_input_and_what_came_of_it_and_ends_by_itself() {
    let relay = guest("relay-0.1.0");
    let app = App::of_counters().behaviour("relay", &relay, "").counters(&["a"]);
    let node = app.worker("r", "root", "relay", "").start().await;
    let [all, counter] = [trace(&node, "r", 3).await, trace(&node, "a", 1).await];
    node.ok("r", r#"{"Call":["a","Read"]}"#).await;
    node.call("r", "zzz").await.expect_err("it refuses");
    node.ok("r", "\"Next\"").await;
    let expected = [
        r#"{"event":"input","seq":0,"kind":"call","bytes":21,"text":"{\"Call\":[\"a\",\"Read\"]}"}"#,
        r#"{"event":"done","seq":0,"us":0,"effects":[["call",1]]}"#,
        r#"{"event":"input","seq":1,"kind":"response","bytes":11,"text":"{\"Value\":0}"}"#,
        r#"{"event":"done","seq":1,"us":0,"effects":[["reply",1]],"reply":{"bytes":11,"text":"{\"Value\":0}"}}"#,
        r#"{"event":"input","seq":2,"kind":"call","bytes":3,"text":"zzz"}"#,
    ];
    let told = lines(all).await;
    assert_eq!(told[..5], expected);
    assert!(told[5].starts_with(r#"{"event":"refused","seq":2,"us":0,"reason":{"bytes":"#), "{}", told[5]);
    assert_eq!(told[6..], [r#"{"event":"ended","why":"inputs"}"#]);
    assert_eq!(lines(counter).await.len(), 3);
    let none = TraceLimits { inputs: 0, time: Duration::from_secs(1) };
    assert_eq!(node.handle.trace("r", none).await.expect_err("no limit").kind, Kind::BadRequest);
    let nobody = node.handle.trace("nobody", TraceLimits::default()).await;
    assert_eq!(nobody.expect_err("there is none").kind, Kind::NoWorker);
}

#[tokio::test]
async fn a_trace_ends_with_its_worker_and_with_its_node() {
    let node = App::of_counters().counters(&["a", "b"]).shards(2).start().await;
    let [a, b] = [trace(&node, "a", 100).await, trace(&node, "b", 100).await];
    node.crash_counter("a").await;
    until("it is back", async || node.child("a").await.restarts == 1).await;
    node.count("a").await;
    node.handle.stop("a").await.expect("it stops");
    let told = lines(a).await;
    assert!(told.len() == 5 && told[1].contains(r#""reason":"crash: reset at zero""#), "{told:?}");
    assert_eq!(told[4], r#"{"event":"ended","why":"stopped"}"#);
    node.stop().await;
    let told = lines(b).await;
    assert!(
        told == [r#"{"event":"ended","why":"stopped"}"#] || told == [r#"{"event":"ended","why":"host"}"#],
        "{told:?}"
    );
}

#[tokio::test]
async fn a_trace_waits_for_a_worker_that_is_stopped_only_to_be_restarted_with_the_others() {
    let app = App::of_counters().behaviour("hostile", &guest("hostile-0.1.0"), "").shards(2);
    let app = app.supervisor("group", "one_for_all", 9).nested("group", "root", "");
    let app = app.worker("slow", "group", "hostile", "shutdown = \"300ms\"\nconfig = { terminate = \"spin\" }");
    let app = app.worker("a", "group", "counter", "").worker("b", "group", "counter", "");
    let node = app.start().await;
    let traced = trace(&node, "a", 2).await;
    node.count("a").await;
    node.crash_counter("b").await;
    until("all are back", async || node.child("a").await.restarts == 1).await;
    node.count("a").await;
    let told = lines(traced).await;
    assert!(told.len() == 5 && told[4].contains("inputs"), "{told:?}");
    let traced = trace(&node, "a", 2).await;
    node.handle.stop("group").await.expect("it stops");
    assert_eq!(lines(traced).await, [r#"{"event":"ended","why":"stopped"}"#]);
}
