//! Ends that stand: of children that are not restarted, of supervisors that give up, of boots that fail.

use tomte::base::Kind;
use tomte::node::{Ended, StartError};

use crate::support::{App, Running, crashed, guest, until};

#[tokio::test]
async fn a_root_that_gives_up_ends_the_node_and_names_the_child_and_its_reason() {
    let app = App::new().behaviour("counter", &guest("counter-0.1.0"), "").supervisor("root", "one_for_one", 1);
    let node = app.counters(&["steady", "shaky"]).start().await;
    for _ in 0..2 {
        assert_eq!(node.crash_counter("shaky").await.kind, Kind::Crashed, "the last one is told too");
    }
    let Ended::GaveUp(why) = node.ended().await else { panic!("nobody asked it to end") };
    assert_eq!(why, "supervisor root gave up: child shaky ended once too often (crash: reset at zero)");
}

#[tokio::test]
async fn a_give_up_deep_in_the_tree_is_told_with_the_whole_chain() {
    let app = App::new().behaviour("counter", &guest("counter-0.1.0"), "").supervisor("root", "one_for_one", 0);
    let app = app.supervisor("inner", "one_for_one", 0).nested("inner", "root", "");
    let node = app.worker("shaky", "inner", "counter", "").start().await;
    node.crash_counter("shaky").await;
    let Ended::GaveUp(why) = node.ended().await else { panic!("nobody asked it to end") };
    for part in ["supervisor root gave up: child inner", "supervisor inner gave up: child shaky", "reset at zero"] {
        assert!(why.contains(part), "{why}");
    }
}

async fn relay(restart: &str) -> Running {
    let app = App::new().behaviour("relay", &guest("relay-0.1.0"), "").supervisor("root", "one_for_one", 9);
    app.worker("r", "root", "relay", &format!("restart = \"{restart}\"")).start().await
}

async fn stays_down(node: &Running) {
    until("it has ended", async || node.call("r", "\"Next\"").await.is_err()).await;
    let told = node.call("r", "\"Next\"").await.expect_err("nobody is there");
    assert_eq!((told.kind, &*told.text), (Kind::Stopped, "worker `r` is stopped"));
    assert_eq!(node.generations(&["r"]).await, [0]);
}

async fn comes_back(node: &Running) {
    until("it is back", async || node.child("r").await.restarts == 1).await;
    assert_eq!(node.ok("r", "\"Next\"").await, "\"next\"");
}

#[tokio::test]
async fn sup_12_a_permanent_child_comes_back_from_any_end() {
    let node = relay("permanent").await;
    node.ok("r", r#"{"Stop":null}"#).await;
    comes_back(&node).await;
}

#[tokio::test]
async fn sup_13_a_transient_child_comes_back_from_a_crash_but_not_from_a_normal_end() {
    let node = relay("transient").await;
    node.ok("r", r#"{"Stop":"boom"}"#).await;
    comes_back(&node).await;
    let node = relay("transient").await;
    node.ok("r", r#"{"Stop":null}"#).await;
    stays_down(&node).await;
}

#[tokio::test]
async fn sup_14_a_temporary_child_does_not_even_come_back_from_a_crash_and_leaves_the_tree() {
    let node = relay("temporary").await;
    node.ok("r", r#"{"Stop":"boom"}"#).await;
    stays_down(&node).await;
    assert_eq!(node.child("root").await.children, []);
    let told = node.handle.restart("r").await.expect_err("it is gone");
    assert!(told.text.contains("`r` is gone: it was temporary and has ended"), "{told:?}");
}

#[tokio::test]
async fn sup_29_the_end_of_a_significant_child_ends_its_supervisor_in_order() {
    let app = App::of_counters().behaviour("relay", &guest("relay-0.1.0"), "").supervisor("inner", "one_for_one", 9);
    let app = app.auto_shutdown("any_significant").nested("inner", "root", "restart = \"transient\"");
    let app = app.worker("r", "inner", "relay", "restart = \"transient\"\nsignificant = true");
    let node = app.worker("beside", "inner", "counter", "").counters(&["outside"]).start().await;
    node.ok("r", r#"{"Stop":null}"#).await;
    until("the supervisor has ended", async || node.status("inner").await == "stopped").await;
    assert_eq!(node.status("beside").await, "stopped");
    assert_eq!(node.count("outside").await, 0);
}

async fn boot_fails(config: &str) -> StartError {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "init = \"100ms\"");
    let app = app.worker("good", "root", "hostile", "").worker("bad", "root", "hostile", &format!("config = {config}"));
    app.try_start().await.expect_err("a child cannot be started")
}

#[tokio::test]
async fn sup_04_an_init_that_fails_at_boot_ends_the_start_and_names_the_child_and_the_reason() {
    for (config, reason) in [
        ("{ init = { panic = \"no disk\" } }", "crash: no disk"),
        ("{ init = \"spin\" }", "timeout: init took longer than 100ms"),
        ("{ init = { refuse = \"not today\" } }", "init: not today"),
        ("{ oops = 1 }", "unknown field `oops`"),
    ] {
        let error = boot_fails(config).await;
        assert!(matches!(error, StartError::Boot(_)), "{error:?}");
        assert_eq!(error.exit_code(), 10);
        let text = error.to_string();
        assert!(text.contains("child bad failed to start") && text.contains(reason), "{text}");
    }
}

#[tokio::test]
async fn a_second_node_on_the_same_state_directory_is_turned_away_and_the_first_goes_on() {
    let node = App::of_counters().counters(&["a"]).start().await;
    let error = node.app.second_node().await.expect_err("the directory is taken");
    assert_eq!(error.exit_code(), 69, "{error}");
    assert_eq!(node.count("a").await, 0);
}

#[tokio::test]
async fn a_stopped_child_stays_down_until_it_is_restarted_with_a_fresh_state() {
    let node = App::of_counters().counters(&["a", "b"]).start().await;
    node.increment("a", 5).await;
    node.handle.stop("a").await.expect("it stops");
    assert_eq!(node.status("a").await, "stopped");
    let told = node.call("a", "\"Read\"").await.expect_err("nobody is there");
    assert_eq!(told.kind, Kind::Stopped);
    assert_eq!(
        node.handle.cast("a", b"\"Increment\"".to_vec()).await.expect_err("nobody is there").kind,
        Kind::Stopped
    );
    node.handle.restart("a").await.expect("it starts");
    assert_eq!((node.count("a").await, node.status("a").await), (0, "running".into()));
    node.increment("a", 5).await;
    node.handle.restart("a").await.expect("it restarts");
    assert_eq!(node.count("a").await, 0);
    assert_eq!(
        (node.child("root").await.restarts, node.child("a").await.restarts),
        (0, 0),
        "orders do not count as restarts"
    );
}

#[tokio::test]
async fn orders_for_nobody_are_answered_with_a_hint() {
    let node = App::of_counters().counters(&["orders"]).start().await;
    let told = node.call("order", "\"Read\"").await.expect_err("no such worker");
    assert_eq!((told.kind, &*told.text), (Kind::NoWorker, "no worker is named `order`; did you mean `orders`?"));
    assert_eq!(node.handle.stop("ghost").await.expect_err("no such child").kind, Kind::NoWorker);
    assert_eq!(node.handle.suspend("ghost").await.expect_err("no such worker").kind, Kind::NoWorker);
    let root = node.handle.stop("root").await.expect_err("the root stops with the host");
    assert!(root.text.contains("tomte shutdown"), "{root:?}");
    let crash = crashed(node.call("orders", "\"Reset\"").await);
    assert_eq!(crash, "crash: reset at zero");
}
