//! How servers start and end, as OTP's `gen_server` suite asks it: a start's results, a stop's.

use crate::support::{App, Running, crashed, guest, logged, until};

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
    let lines = logged("stopped-once");
    assert_eq!(lines.iter().filter(|line| line.contains("terminate shutdown")).count(), 1, "{lines:?}");
    let unknown = node.handle.stop("nobody").await.expect_err("nobody has that name");
    assert_eq!(unknown.kind.word(), "no-worker");
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
