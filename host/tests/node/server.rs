//! How servers start and end, as OTP's `gen_server` suite asks it: a start's results, a stop's.

use std::time::{Duration, Instant};

use crate::support::{App, Running, crashed, guest, logged, until};

/// How much of the processor a worker that stops by itself may use for its `terminate`.
const OWN_END_TIME: Duration = Duration::from_secs(5);

/// `servers`, whose dynamic children are hostile.
async fn servers() -> Running {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "init = \"300ms\"");
    let app = app.supervisor("servers", "simple_one_for_one", 10).nested("servers", "root", "");
    app.worker("server", "servers", "hostile", "").start().await
}

async fn start(node: &Running, key: &str, config: &str) -> Result<String, String> {
    let started = node.handle.start_child("servers", key, Some(config.as_bytes().to_vec())).await;
    started.map_err(|failure| format!("{}: {}", failure.kind.word(), failure.text))
}

#[tokio::test]
async fn gs_01_whoever_starts_a_server_learns_what_came_of_it() {
    let node = servers().await;
    assert_eq!(start(&node, "ok", "{}").await, Ok("servers/ok".to_owned()));
    assert_eq!(
        start(&node, "ok", "{}").await,
        Err("refused: a child of this name is there and runs; use it, or stop it first".to_owned())
    );
    for (key, config, told) in [
        ("ignores", r#"{"ignore":true}"#, "refused: not needed now"),
        ("stops", r#"{"init":{"refuse":"no disk"}}"#, "crashed: it could not be started: init: no disk"),
        ("crashes", r#"{"init":{"panic":"no such thing"}}"#, "no such thing"),
        ("hangs", r#"{"init":"spin"}"#, "init took longer than 300ms"),
    ] {
        let error = start(&node, key, config).await.expect_err(key);
        assert!(error.contains(told), "{key}: {error}");
        let failure = node.call(&format!("servers/{key}"), "\"behave\"").await.expect_err("nobody is there");
        assert_eq!(failure.kind.word(), "no-worker", "{key}");
    }
    assert_eq!(node.ok("servers/ok", "\"behave\"").await, "\"done\"");
}

#[tokio::test]
async fn gs_02_the_name_of_a_start_that_failed_is_free_when_the_starter_knows() {
    let node = servers().await;
    for _ in 0..100 {
        let error = start(&node, "a", r#"{"init":{"panic":"no"}}"#).await.expect_err("it panics");
        assert!(error.starts_with("crashed"), "not taken: {error}");
    }
    assert_eq!(start(&node, "a", "{}").await, Ok("servers/a".to_owned()));
}

#[tokio::test]
async fn gs_10_a_stop_terminates_once_and_that_of_nobody_is_an_error() {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "");
    let node = app.worker("stopped-once", "root", "hostile", "").start().await;
    node.handle.stop("stopped-once").await.expect("it stops");
    node.handle.stop("stopped-once").await.expect("it has stopped");
    let unknown = node.handle.stop("nobody").await.expect_err("nobody has that name");
    assert_eq!(unknown.kind.word(), "no-worker");
    // Answers overtake lines of the log until the node has ended.
    node.stop().await;
    let lines = logged("stopped-once");
    assert_eq!(lines.iter().filter(|line| line.contains("terminate shutdown")).count(), 1, "{lines:?}");
}

#[tokio::test]
async fn gs_11_shutdown_asks_a_server_to_terminate_and_a_kill_does_not() {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "");
    let app = app.worker("gs11a", "root", "hostile", "");
    let node = app.worker("gs11b", "root", "hostile", "shutdown = \"brutal_kill\"").start().await;
    for worker in ["gs11a", "gs11b"] {
        node.handle.stop(worker).await.expect("it stops");
    }
    node.stop().await;
    let asked = |worker: &str| logged(worker).iter().filter(|line| line.contains("terminate shutdown")).count();
    // What OTP does with the same two, as its own script tells it.
    let otp = include_str!("../otp/gs_11.trace");
    for (worker, name) in [("gs11a", "a"), ("gs11b", "b")] {
        let expected = otp.lines().filter(|line| line.starts_with(&format!("terminate {name} "))).count();
        assert_eq!(asked(worker), expected, "{worker}");
    }
}

/// Whether the reply of a step that also stops comes before its worker's `terminate` has ended: that one
/// spins until its time is over, so that a reply which waited for it could not come any sooner.
async fn replies_before_terminate_ends(node: &Running, worker: &str) -> bool {
    let began = Instant::now();
    assert_eq!(node.ok(worker, "\"stop\"").await, "\"done\"");
    began.elapsed() < OWN_END_TIME
}

#[tokio::test]
async fn gs_12_a_step_that_stops_and_replies_lets_its_reply_go_and_is_then_asked_to_terminate() {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "");
    let more = |config: &str| format!("restart = \"temporary\"\nconfig = {{ {config} }}");
    let spinners = ["gs12-spins-1", "gs12-spins-2", "gs12-spins-3"];
    let app = spinners.iter().fold(app, |app, name| app.worker(name, "root", "hostile", &more("terminate = \"spin\"")));
    let node = app.worker("gs12", "root", "hostile", &more("")).start().await;
    // A machine that stalls for that long gets another try.
    let mut before = false;
    for spinner in spinners {
        before = before || replies_before_terminate_ends(&node, spinner).await;
    }
    let mut trace = vec![format!("reply {}", node.ok("gs12", "\"stop\"").await.trim_matches('"'))];
    until("it has ended", async || !logged("ended child=gs12 ").is_empty()).await;
    let events = logged("gs12").into_iter().filter_map(|line| {
        let reason = line.split_once("ended child=gs12 reason=").map(|(_, reason)| format!("ended ({reason})"));
        let asked = line.ends_with("worker=gs12").then(|| line.split_once("terminate ")).flatten();
        reason.or(asked.map(|(_, rest)| format!("terminate ({})", rest.split(' ').next().unwrap_or_default())))
    });
    trace.splice(if before { 1..1 } else { 0..0 }, events);
    trace.insert(0, "call stop".to_owned());
    let own = include_str!("../otp/gs_12.tomte.trace");
    let expected: Vec<&str> = own.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(trace, expected);
    node.handle.halt();
    node.ended().await;
}

#[tokio::test]
async fn gs_13_a_manifest_asks_for_terminate_after_a_crash_worker_by_worker() {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "");
    let app = app.supervisor("root", "one_for_one", 10);
    let app = app.worker("gs13a", "root", "hostile", "terminate_after_crash = true");
    let node = app.worker("gs13b", "root", "hostile", "").start().await;
    for worker in ["gs13a", "gs13b"] {
        crashed(node.call(worker, r#"{"crash":"on purpose"}"#).await);
        until("it is back", async || node.child(worker).await.restarts == 1).await;
    }
    node.stop().await;
    let mourned = |worker: &str| logged(worker).iter().filter(|line| line.contains("terminate on purpose")).count();
    assert_eq!(["gs13a", "gs13b"].map(mourned), [1, 0]);
}
