//! A `save` that traps: found before anybody's state depends on it, not asked for by those who only look, and
//! told as what it was where it could not be avoided.

use tomte::base::Kind;
use tomte::node::{Depth, UpgradeResult};

use crate::support::{App, Running, guest, hostile_as, stamped, until};

/// A version without misdeeds for workers of the hostile guest.
fn harmless() -> Vec<u8> {
    stamped(&guest("counter-0.1.0"), "hostile", "0.2.0")
}

/// Two children of one template, of which `bad` traps when it saves. No trial knows of its configuration.
async fn template(strategy: &str) -> Running {
    let app = App::new().supervisor("root", strategy, 1000).shards(1);
    let app = app.behaviour("hostile", &guest("hostile-0.1.0"), "").supervisor("all", "simple_one_for_one", 1000);
    let app = app.nested("all", "root", "").worker("one", "all", "hostile", "");
    let node = app.start().await;
    node.handle.start_child("all", "good", None).await.expect("it starts");
    let config = br#"{"save":"divide"}"#.to_vec();
    node.handle.start_child("all", "bad", Some(config)).await.expect("it starts");
    node
}

#[tokio::test]
async fn a_version_that_cannot_save_what_it_starts_with_is_refused_before_anybody_is_asked() {
    let app = App::of_counters().counters(&["a"]).worker("b", "root", "counter", "config = { save = \"divide\" }");
    let node = app.start().await;
    node.increment("a", 3).await;
    for dry_run in [true, false] {
        let bytes = hostile_as("counter", "0.2.0");
        let upload = tomte::node::Upload { bytes, file_name: "upload.wasm".into(), via: "test".into(), dry_run };
        let report = node.handle.upgrade(upload).await.expect("the node runs");
        assert_eq!(report.result, UpgradeResult::Refused);
        let told =
            "its state cannot be saved: started as `b`, it ended in its `save`: crash: attempt to divide by zero";
        assert!(report.reason.contains(told), "{}", report.reason);
    }
    assert_eq!((node.counts(&["a", "b"]).await, node.generations(&["a", "b"]).await), (vec![3, 0], vec![0, 0]));
}

#[tokio::test]
async fn an_init_that_refuses_in_the_trial_is_no_reason_to_refuse_a_version() {
    let config = "config = { init = { refuse = \"not without a state\" }, save = \"divide\" }";
    let app = App::of_counters().counters(&["a"]).worker("b", "root", "counter", config);
    let node = app.start().await;
    node.handle.stop("b").await.expect("it stops");
    let report = node.upgrade(hostile_as("counter", "0.2.0")).await;
    assert_eq!(report.result, UpgradeResult::Permanent, "{}", report.reason);
}

#[tokio::test]
async fn whoever_looks_where_the_trial_failed_is_told_so_and_costs_nobody_an_instance() {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "");
    let app =
        app.worker("good", "root", "hostile", "").worker("bad", "root", "hostile", "config = { save = \"trap\" }");
    let node = app.start().await;
    for worker in ["bad", "good", "bad"] {
        let seen = node.inspect(worker).await;
        let why = seen.state_withheld.unwrap_or_default();
        assert!(why.contains("in a trial an instance like `bad` was lost in its `save`: trap:"), "{why}");
        assert_eq!((seen.state, seen.schema, seen.generation, seen.restarts), (None, None, 0, 0), "{worker}");
    }
    let untold = node.handle.replace_state("bad", None, b"null".to_vec()).await.expect_err("its schema is not known");
    assert!(untold.kind == Kind::BadRequest && untold.text.contains("--schema NAME"), "{untold:?}");
    assert_eq!(node.generations(&["bad", "good"]).await, [0, 0]);
    node.handle.replace_state("bad", Some("hostile/1".into()), b"null".to_vec()).await.expect("with a schema it can");
}

#[tokio::test]
async fn the_first_look_that_a_worker_does_not_survive_says_what_happened_and_is_the_last() {
    let node = template("one_for_one").await;
    assert!(node.inspect("all/good").await.state.is_some(), "whoever can save is asked to");
    let lost = node.handle.inspect("all/bad", Depth::State).await.expect_err("nobody could know");
    assert_eq!(lost.kind, Kind::Crashed);
    let told = "`all/bad` crashed in its `save`: crash: attempt to divide by zero at hostile/src/deed.rs:86; its state is lost, \
        and `all` restarts it";
    assert!(lost.text.contains(told), "{}", lost.text);
    until("it is back", async || node.status("all/bad").await == "running").await;
    for worker in ["all/bad", "all/good"] {
        let seen = node.inspect(worker).await;
        assert!(seen.state_withheld.is_some_and(|why| why.contains("`all/bad` was lost in its `save`")), "{worker}");
    }
    assert_eq!(node.generations(&["all/bad", "all/good"]).await, [1, 0]);
}

#[tokio::test]
async fn whoever_looks_without_asking_for_the_state_runs_no_code_of_the_guest() {
    let node = template("one_for_one").await;
    for worker in ["all/bad", "all/good", "all/bad"] {
        let seen = node.handle.inspect(worker, Depth::Outside).await.expect("it is there");
        assert_eq!((seen.state, seen.schema, seen.generation), (None, None, 0), "{worker}");
        assert!(seen.state_withheld.is_some_and(|why| why.contains("inspect --state")), "{worker}");
    }
}

#[tokio::test]
async fn a_new_version_is_asked_for_its_state_again() {
    let node = template("one_for_one").await;
    node.handle.inspect("all/bad", Depth::State).await.expect_err("nobody could know");
    node.handle.stop("all/bad").await.expect("it stops");
    let report = node.upgrade(hostile_as("hostile", "0.2.0")).await;
    assert_eq!(report.result, UpgradeResult::Permanent, "{}", report.reason);
    assert!(node.inspect("all/good").await.state.is_some());
}

#[tokio::test]
async fn a_worker_that_is_lost_when_it_saves_is_told_as_lost_and_not_as_a_mere_refusal() {
    let app = App::new().supervisor("root", "one_for_all", 1000).shards(2);
    let app = app.behaviour("hostile", &guest("hostile-0.1.0"), "");
    let app = app.worker("a", "root", "hostile", "").worker("b", "root", "hostile", "config = { save = \"divide\" }");
    let node = app.start().await;
    let report = node.upgrade(harmless()).await;
    assert_eq!(report.result, UpgradeResult::RolledBack);
    let told = "the running version could not save: `b` crashed in its `save`: crash: attempt to divide by zero at \
        hostile/src/deed.rs:86; its state is lost, and `root` restarts it and all its siblings";
    assert!(report.reason.contains(told), "{}", report.reason);
    let row = node.history().await.pop().expect("a row");
    assert_eq!((row.result, row.reason), (report.result, report.reason));
    until("both are back", async || node.generations(&["a", "b"]).await == [1, 1]).await;
    assert_eq!(node.child("b").await.version, Some("0.1.0".into()));
}
