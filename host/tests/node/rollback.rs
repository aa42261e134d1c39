//! Going back, and coming back: to the version before, and after a restart of the host.

use tomte::node::{UpgradeResult, WorkerView};

use crate::support::{App, Running, guest, refusal};

async fn counter() -> Running {
    App::of_counters().counters(&["a"]).start().await
}

async fn upgrade(node: &Running, version: &str) {
    let report = node.upgrade(guest(&format!("counter-{version}"))).await;
    assert_eq!(report.result, UpgradeResult::Permanent, "{}", report.reason);
}

#[tokio::test]
async fn a_rollback_keeps_what_was_counted_since_the_upgrade() {
    let node = counter().await;
    node.increment("a", 5).await;
    upgrade(&node, "0.2.0").await;
    node.increment("a", 3).await;
    let report = node.rollback().await;
    assert_eq!((report.result, report.from.as_deref()), (UpgradeResult::Permanent, Some("0.2.0")), "{}", report.reason);
    assert_eq!((&*report.to, &*report.via, report.workers), ("0.1.0", "rollback", 1));
    assert_eq!(node.count("a").await, 8);
    assert!(refusal(node.call("a", "\"Stats\"").await).contains("Stats"), "0.1.0 does not know the word");
    let WorkerView { schema, state, version, .. } = node.inspect("a").await;
    assert_eq!((schema.as_deref(), state.as_deref(), &*version), (Some("counter/1"), Some("8"), "0.1.0"));
}

#[tokio::test]
async fn a_version_that_cannot_write_the_old_schema_goes_back_to_the_state_of_the_swap() {
    let node = counter().await;
    node.increment("a", 5).await;
    upgrade(&node, "0.4.0").await;
    let report = node.rollback().await;
    assert_eq!((report.result, &*report.to), (UpgradeResult::Permanent, "0.1.0"), "{}", report.reason);
    let told = "1 worker has its state of the upgrade again: what happened since is lost";
    assert!(report.reason.contains(told), "{}", report.reason);
    assert_eq!(node.count("a").await, 5);
}

#[tokio::test]
async fn two_rollbacks_go_back_twice_and_a_third_finds_nothing() {
    let node = counter().await;
    node.increment("a", 5).await;
    upgrade(&node, "0.2.0").await;
    upgrade(&node, "0.4.0").await;
    assert_eq!(node.rollback().await.to, "0.2.0");
    assert_eq!(node.ok("a", "\"Stats\"").await, r#"{"Stats":{"count":5,"resets":0}}"#);
    assert_eq!(node.rollback().await.to, "0.1.0");
    assert_eq!(node.count("a").await, 5);
    let third = node.rollback().await;
    assert_eq!(third.result, UpgradeResult::Refused);
    assert!(third.reason.contains("no version before the one that runs"), "{}", third.reason);
    assert_eq!(node.count("a").await, 5);
}

#[tokio::test]
async fn a_rollback_without_a_history_is_refused() {
    let node = counter().await;
    node.increment("a", 5).await;
    let report = node.rollback().await;
    assert_eq!(report.result, UpgradeResult::Refused);
    assert!(report.reason.contains("nothing was upgraded yet"), "{}", report.reason);
    assert_eq!((node.count("a").await, node.generations(&["a"]).await), (5, vec![0]));
}

#[tokio::test]
async fn a_dry_run_tells_its_plan_and_changes_nothing() {
    let node = counter().await;
    let digest = async || node.inspect("a").await.digest[..8].to_owned();
    let before = digest().await;
    upgrade(&node, "0.2.0").await;
    let report = node.handle.rollback(None, None, true).await.expect("the node runs");
    assert_eq!((report.result, report.revision, &*report.to), (UpgradeResult::Planned, 0, "0.1.0"));
    let plan = [
        format!("load component {before}"),
        "record the intent to run 0.1.0, with room on disk for its completion".to_owned(),
        "suspend a".to_owned(),
        "save the state of a".to_owned(),
        "code change of a with its state".to_owned(),
        "write what was saved to disk".to_owned(),
        "point of no return: until here all is undone if a step fails".to_owned(),
        "resume a".to_owned(),
        "record that 0.1.0 runs, then tell so".to_owned(),
        format!("purge component {}", digest().await),
    ];
    assert_eq!(report.plan, plan);
    assert_eq!((node.history().await.len(), node.generations(&["a"]).await), (1, vec![1]));
}

#[tokio::test]
async fn after_a_restart_the_upgraded_version_runs_until_the_manifest_names_another() {
    let node = counter().await;
    upgrade(&node, "0.2.0").await;
    let node = node.stop().await.start().await;
    assert_eq!(node.child("a").await.version.as_deref(), Some("0.2.0"));
    assert_eq!(node.ok("a", "\"Stats\"").await, r#"{"Stats":{"count":0,"resets":0}}"#);
    let app = node.stop().await;
    app.replace_component("counter", &guest("counter-0.3.0"));
    let node = app.start().await;
    assert_eq!(node.child("a").await.version.as_deref(), Some("0.3.0"), "the operator changed the manifest's");
    assert_eq!(node.ok("a", "\"Read\"").await, "0");
}

#[tokio::test]
async fn a_rollback_holds_after_a_restart_too() {
    let node = counter().await;
    upgrade(&node, "0.2.0").await;
    assert_eq!(node.rollback().await.to, "0.1.0");
    let node = node.stop().await.start().await;
    assert_eq!(node.child("a").await.version.as_deref(), Some("0.1.0"));
    assert_eq!(node.count("a").await, 0);
}
