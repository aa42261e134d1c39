//! What a behaviour sees of its application's files: those it was granted, to read, and no others.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tomte::node::{StartError, UpgradeResult};

use crate::support::{App, Running, guest, hostile_as};

/// An application with assets, a worker that may read them and one that may not.
fn app() -> App {
    let app = App::named("test", "assets = \"static\"");
    fill(&app.path().join("static"));
    std::fs::write(app.path().join("secret"), "secret").expect("the directory is writable");
    app.behaviour("reader", &hostile_as("reader", "0.1.0"), "step = \"5s\"")
        .more("grants = { assets = \"read\" }")
        .behaviour("other", &hostile_as("other", "0.1.0"), "step = \"5s\"")
        .supervisor("root", "one_for_one", 1000)
        .worker("reader", "root", "reader", "")
        .worker("other", "root", "other", "")
}

fn fill(dir: &Path) {
    std::fs::create_dir_all(dir.join("sub")).expect("a new directory");
    std::fs::write(dir.join("hello"), "hello").expect("the directory is writable");
    std::fs::write(dir.join("sub/deep"), "x".repeat(200_000)).expect("the directory is writable");
    symlink("sub/deep", dir.join("within")).expect("a new link");
    symlink("../secret", dir.join("out")).expect("a new link");
    symlink("..", dir.join("up")).expect("a new link");
    symlink("/", dir.join("top")).expect("a new link");
}

async fn attempt(node: &Running, worker: &str, attempt: &str, path: &str) -> String {
    let answer = node.ok(worker, &format!(r#"{{"file":["{attempt}","{path}"]}}"#)).await;
    answer.trim_matches('"').to_owned()
}

async fn assert_refused(node: &Running, worker: &str, attempts: &[(&str, &str)]) {
    for (deed, path) in attempts {
        let answer = attempt(node, worker, deed, path).await;
        assert!(answer.starts_with("refused: "), "{worker}: {deed} {path}: {answer}");
    }
}

#[tokio::test]
async fn a_granted_behaviour_reads_the_assets_and_another_one_sees_no_file() {
    let node = app().start().await;
    assert_eq!(attempt(&node, "reader", "read", "/assets/hello").await, "hello");
    for path in ["/assets/sub/deep", "/assets/within", "/assets/sub/../sub/deep"] {
        assert_eq!(attempt(&node, "reader", "read", path).await.len(), 200_000, "{path}");
    }
    assert_eq!(attempt(&node, "reader", "list", "/assets").await, "hello out sub top up within");
    assert_refused(&node, "reader", &[("read", "/assets/none"), ("read", "/assets"), ("list", "/")]).await;
    let seen = [("read", "/assets/hello"), ("list", "/assets"), ("list", "/"), ("list", "."), ("read", "hello")];
    assert_refused(&node, "other", &seen).await;
    assert_eq!(node.generations(&["reader", "other"]).await, [0, 0]);
}

#[tokio::test]
async fn assets_cannot_be_changed() {
    let node = app().start().await;
    let changes = [
        ("write", "/assets/hello"),
        ("append", "/assets/hello"),
        ("create", "/assets/new"),
        ("make_dir", "/assets/new"),
        ("remove", "/assets/hello"),
        ("remove_dir", "/assets/sub"),
        ("rename", "/assets/hello"),
        ("link", "/assets/hello"),
        ("write", "/assets/out"),
    ];
    assert_refused(&node, "reader", &changes).await;
    assert_eq!(attempt(&node, "reader", "list", "/assets").await, "hello out sub top up within");
    assert_eq!(attempt(&node, "reader", "read", "/assets/hello").await, "hello");
    assert_eq!(std::fs::read_to_string(node.app.path().join("secret")).expect("it is there"), "secret");
}

#[tokio::test]
async fn no_path_and_no_link_leads_out_of_the_assets() {
    let node = app().start().await;
    let ways = [
        ("read", "/assets/../secret"),
        ("read", "/assets/sub/../../secret"),
        ("read", "/assets/out"),
        ("read", "/assets/up/secret"),
        ("read", "/assets/top/etc/passwd"),
        ("read", "/etc/passwd"),
        ("read", "../secret"),
        ("list", "/assets/up"),
        ("list", "/assets/top"),
        ("list", "/assets/.."),
    ];
    assert_refused(&node, "reader", &ways).await;
}

#[tokio::test]
async fn a_pipe_among_the_assets_holds_up_nobody() {
    let app = app();
    let made = Command::new("mkfifo").arg(app.path().join("static/pipe")).status().expect("mkfifo runs");
    assert!(made.success());
    let node = app.start().await;
    assert_refused(&node, "reader", &[("read", "/assets/pipe")]).await;
    assert_eq!(node.ok("other", "\"behave\"").await, "\"done\"");
}

#[tokio::test]
async fn the_next_version_keeps_what_was_granted_and_gets_no_more() {
    let node = app().start().await;
    for behaviour in ["reader", "other"] {
        let report = node.upgrade(hostile_as(behaviour, "0.2.0")).await;
        assert_eq!(report.result, UpgradeResult::Permanent, "{}", report.reason);
    }
    assert_eq!(attempt(&node, "reader", "read", "/assets/hello").await, "hello");
    assert_refused(&node, "other", &[("read", "/assets/hello")]).await;
    assert_eq!(node.rollback().await.result, UpgradeResult::Permanent);
    assert_eq!(attempt(&node, "reader", "read", "/assets/hello").await, "hello");
    assert_refused(&node, "other", &[("read", "/assets/hello")]).await;
}

#[tokio::test]
async fn a_host_whose_assets_are_missing_does_not_start() {
    let app = app();
    std::fs::remove_dir_all(app.path().join("static")).expect("it was there");
    let error = app.try_start().await.expect_err("there are no assets");
    let StartError::Config(text) = &error else { panic!("{error}") };
    assert!(text.contains("assets cannot be read") && text.contains("static: "), "{text}");
    let without = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "").more("grants = { assets = \"read\" }");
    let error = without.try_start().await.expect_err("there are no assets").to_string();
    assert!(error.contains("without `assets` in [application]"), "{error}");
}
