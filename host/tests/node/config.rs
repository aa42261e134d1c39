//! What workers are configured with: by whom, and what they are told when it changes.

use serde_json::{Map, Value, json};
use tomte::base::Kind;
use tomte::node::{ConfigView, StartError};

use crate::support::{App, Running, guest};

/// Two relays; the first says something itself.
fn shop() -> App {
    let app = App::named("shop", "config = { currency = \"EUR\", limit = 1, own = 1 }");
    let app = app.behaviour("relay", &guest("relay-0.1.0"), "");
    app.worker("cfg-one", "root", "relay", "config = { own = 2, limit = 2 }").worker("cfg-two", "root", "relay", "")
}

async fn config(node: &Running, worker: &str) -> Value {
    serde_json::from_str(&node.ok(worker, "\"Config\"").await).expect("JSON")
}

async fn heard(node: &Running, worker: &str) -> Value {
    serde_json::from_str(&node.ok(worker, "\"Heard\"").await).expect("JSON")
}

async fn change(node: &Running, changes: Value) -> ConfigView {
    let changes: Map<String, Value> = changes.as_object().expect("a table").clone();
    node.handle.change_config("shop", changes).await.expect("it is changed")
}

#[tokio::test]
async fn the_command_line_stands_over_the_settings_and_they_over_the_manifest() {
    let app = shop().settings("[config.shop]\nlimit = 3\nport = 3\n[config.elsewhere]\nlimit = 9");
    let node = app.assigned("shop.port=4").start().await;
    assert_eq!(config(&node, "cfg-one").await, json!({ "currency": "EUR", "limit": 3, "own": 2, "port": 4 }));
    assert_eq!(config(&node, "cfg-two").await, json!({ "currency": "EUR", "limit": 3, "own": 1, "port": 4 }));
    let shown = node.handle.config("shop").await.expect("it runs");
    let from: Vec<String> =
        shown.settings.iter().map(|one| format!("{}={} {}", one.key, one.value, one.from)).collect();
    assert_eq!(from, ["currency=\"EUR\" manifest", "limit=3 host.toml", "own=1 manifest", "port=4 command line"]);
    assert_eq!(node.handle.config("shup").await.expect_err("no such application").kind, Kind::NoWorker);
    node.stop().await;
    let error = shop().assigned("shup.port=4").try_start().await.expect_err("no such application");
    assert!(matches!(&error, StartError::Config(text) if text.contains("`shup.port`")), "{error:?}");
}

#[tokio::test]
async fn app_05_workers_whose_configuration_changes_are_told_and_their_next_instances_start_with_it() {
    let node = shop().start().await;
    let view = change(&node, json!({ "limit": 7 })).await;
    assert_eq!((view.told, view.settings.iter().filter(|one| one.from == "operator").count()), (2, 1));
    let one = json!({ "currency": "EUR", "limit": 7, "own": 2 });
    assert_eq!(
        (heard(&node, "cfg-one").await, config(&node, "cfg-one").await["limit"].clone()),
        (json!([one]), json!(2))
    );
    assert_eq!(change(&node, json!({ "limit": 7 })).await.told, 0, "it is what it was");
    assert_eq!(change(&node, json!({ "own": 2 })).await.told, 1, "cfg-one has that already");
    assert_eq!(heard(&node, "cfg-one").await.as_array().map(Vec::len), Some(1));
    assert_eq!(heard(&node, "cfg-two").await[1]["own"], 2);
    node.ok("cfg-one", "{\"Stop\":\"boom\"}").await;
    crate::support::until("it is back", async || node.child("cfg-one").await.restarts == 1).await;
    assert_eq!((config(&node, "cfg-one").await, heard(&node, "cfg-one").await), (one, json!([])));
    node.handle.stop("cfg-two").await.expect("it stops");
    assert_eq!(change(&node, json!({ "limit": null, "own": null })).await.told, 1, "the other one is down");
    assert_eq!(config(&node, "cfg-one").await["limit"], 7, "what its instance started with");
    node.handle.restart("cfg-two").await.expect("it starts");
    assert_eq!(config(&node, "cfg-two").await, json!({ "currency": "EUR", "limit": 1, "own": 1 }));
    assert_eq!(heard(&node, "cfg-two").await, json!([]), "one that was down has nothing to be told");
}

#[tokio::test]
async fn a_worker_that_hibernates_or_is_suspended_is_told_too() {
    let node = shop().start().await;
    node.ok("cfg-one", "\"Hibernate\"").await;
    node.handle.suspend("cfg-two").await.expect("it is suspended");
    for limit in 5..8 {
        change(&node, json!({ "limit": limit })).await;
    }
    node.handle.resume("cfg-two").await.expect("it goes on");
    let told = heard(&node, "cfg-two").await;
    assert_eq!(told.as_array().map(|all| all.iter().map(|one| one["limit"].clone()).collect()), Some(vec![json!(7)]));
    let told = heard(&node, "cfg-one").await;
    assert_eq!(told.as_array().and_then(|all| all.last()).map(|last| last["limit"].clone()), Some(json!(7)));
}

#[tokio::test]
async fn dynamic_children_are_told_unless_they_came_with_a_configuration_of_their_own() {
    let app = shop().supervisor("calls", "simple_one_for_one", 5).nested("calls", "root", "");
    let node = app.worker("call", "calls", "relay", "").start().await;
    node.handle.start_child("calls", "plain", None).await.expect("it starts");
    node.handle.start_child("calls", "own", Some(b"{\"x\":1}".to_vec())).await.expect("it starts");
    assert_eq!(change(&node, json!({ "limit": 7 })).await.told, 3);
    assert_eq!(heard(&node, "calls/plain").await[0]["limit"], 7);
    assert_eq!(heard(&node, "calls/own").await, json!([]));
    node.handle.start_child("calls", "later", None).await.expect("it starts");
    assert_eq!(config(&node, "calls/later").await["limit"], 7);
}

#[tokio::test]
async fn a_child_with_a_specification_of_its_own_is_configured_as_the_declared_ones_are() {
    let app = shop().supervisor("mid", "one_for_one", 5).more("[child.middle]\nsupervisor = \"mid\"");
    let node = app.settings("[config.shop]\ncurrency = \"CHF\"").assigned("shop.line=4").start().await;
    change(&node, json!({ "limit": 7 })).await;
    let own = r#"child.late = { behaviour = "relay", config = { own = 3, limit = 3 } }"#;
    node.handle.start_child_as("middle", own).await.expect("its supervisor goes by that name too");
    let all = json!({ "currency": "CHF", "limit": 7, "own": 3, "line": 4 });
    assert_eq!(config(&node, "late").await, all);
}

#[tokio::test]
async fn a_worker_that_refuses_its_configuration_goes_on() {
    let app = App::named("shop", "").behaviour("h", &guest("hostile-0.1.0"), "");
    let node = app.worker("cfg-no", "root", "h", "config = { config_change = { refuse = \"no\" } }").start().await;
    assert_eq!(change(&node, json!({ "ignore": false })).await.told, 1);
    assert_eq!(node.ok("cfg-no", "\"behave\"").await, "\"done\"");
    let recent = node.inspect("cfg-no").await.recent;
    let last = recent.last().expect("it was told");
    assert_eq!((last.kind.as_str(), last.outcome.as_deref()), ("config-changed", Some("refused")));
    assert_eq!(node.generations(&["cfg-no"]).await, [0]);
}

#[tokio::test]
async fn app_05_a_manifest_that_is_read_again_tells_those_whose_configuration_it_changes_under_what_others_have_said() {
    let beside = App::named("web", "").behaviour("web-relay", &guest("relay-0.1.0"), "");
    let app = shop().settings("[config.shop]\nport = 3").assigned("shop.line=4");
    let node = app.beside(beside.worker("cfg-web", "root", "web-relay", "")).start().await;
    change(&node, json!({ "limit": 7 })).await;
    // Of two that come before it steps one a worker is told the last alone.
    for worker in ["cfg-one", "cfg-two"] {
        crate::support::until("it is told", async || heard(&node, worker).await.as_array().map(Vec::len) == Some(1))
            .await;
    }
    node.app.redeclare(|manifest| manifest.replace("currency = \"EUR\"", "currency = \"CHF\", port = 9, line = 9"));
    let view = node.handle.reload().await.expect("a good manifest");
    assert_eq!((view.changed, view.not_applied), (vec!["cfg-one".to_owned(), "cfg-two".to_owned()], vec![]));
    let now = json!({ "currency": "CHF", "limit": 7, "own": 2, "port": 3, "line": 4 });
    assert_eq!(heard(&node, "cfg-one").await[1], now);
    assert_eq!(heard(&node, "cfg-web").await, json!([]));
    node.ok("cfg-one", "{\"Stop\":\"boom\"}").await;
    crate::support::until("it is back", async || node.child("cfg-one").await.restarts == 1).await;
    assert_eq!(config(&node, "cfg-one").await, now);
    assert_eq!(node.handle.reload().await.expect("the same again").changed, Vec::<String>::new());
    assert_eq!(heard(&node, "cfg-two").await.as_array().map(Vec::len), Some(2), "once by hand, once by the manifest");
    assert_eq!(change(&node, json!({ "limit": null })).await.told, 2);
    assert_eq!(heard(&node, "cfg-two").await[2]["limit"], 1);
}

#[tokio::test]
async fn a_declared_handler_is_configured_and_told_like_any_worker() {
    let manager = "[manager.events]\n[child.events]\nunder = \"root\"\nmanager = \"events\"";
    let app = shop().settings("[config.shop]\nport = 3").more(manager).worker("listener", "events", "relay", "");
    let node = app.start().await;
    assert_eq!(config(&node, "events/listener").await["port"], 3);
    assert_eq!(change(&node, json!({ "port": 5 })).await.told, 3);
    assert_eq!(heard(&node, "events/listener").await[0]["port"], 5);
}
