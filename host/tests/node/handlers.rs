//! An event manager in a whole node: over HTTP, from the program around it, and across an upgrade.

use tomte::base::{HandlerStart, Kind};

use crate::support::{App, Running, guest, http_call};

const MANAGER: &str = "[manager.events]\n[child.events]\nunder = \"root\"\nmanager = \"events\"";

/// A manager on one of two shards, with the handler a, and a relay.
async fn node() -> Running {
    let app = App::of_counters().shards(2).more(MANAGER);
    let app = app.behaviour("witness", &guest("witness-0.1.0"), "").behaviour("relay", &guest("relay-0.1.0"), "");
    let app = app.more("[child.a]\nunder = \"events\"\nbehaviour = \"witness\"").worker("relay", "root", "relay", "");
    app.listen_to_all().start().await
}

fn witness(handler: &str) -> HandlerStart {
    HandlerStart { handler: handler.to_owned(), behaviour: "witness".to_owned(), config: vec![] }
}

#[tokio::test]
async fn a_manager_is_called_and_cast_to_like_any_worker_and_its_handlers_too() {
    let node = node().await;
    assert_eq!(http_call(node.http(), "/cast/events", "\"x\"").await, (202, String::new()));
    assert_eq!(http_call(node.http(), "/call/events", "\"y\"").await, (200, String::new()));
    assert_eq!(http_call(node.http(), "/call/events/a", "\"Heard\"").await, (200, "2".to_owned()));
    assert_eq!(http_call(node.http(), "/call/events/b", "\"Heard\"").await.0, 404);
}

#[tokio::test]
async fn the_program_around_it_changes_its_handlers() {
    let node = node().await;
    let handle = &node.handle;
    assert_eq!(handle.add_handler("events", witness("b")).await, Ok(()));
    let again = handle.add_handler("events", witness("b")).await.expect_err("it is there");
    assert_eq!((again.kind, again.text.as_str()), (Kind::Refused, "already_exists"));
    assert_eq!(node.ok("events", "\"x\"").await, "");
    assert_eq!(handle.swap_handler("events", "b", witness("c")).await, Ok(()));
    assert_eq!(node.ok("events/c", "\"Heard\"").await, "1");
    assert_eq!(handle.delete_handler("events", "c").await, Ok(()));
    assert_eq!(handle.delete_handler("events", "c").await.expect_err("it is gone").text, "module_not_found");
    let nowhere = handle.add_handler("relay", witness("b")).await.expect_err("a worker");
    assert_eq!(nowhere.kind, Kind::BadRequest);
    let root = handle.tree().await.expect("a tree");
    let manager = root.children.iter().find(|child| child.name == "events").expect("a manager");
    assert_eq!((manager.kind.as_str(), manager.children.len(), manager.queued), ("manager", 1, Some(0)));
}

#[tokio::test]
async fn a_handler_that_spins_is_killed_in_its_time_and_then_the_next_hears_the_event() {
    let app = App::of_counters().more(MANAGER).behaviour("witness", &guest("witness-0.1.0"), "");
    let app = app.behaviour("hostile", &guest("hostile-0.1.0"), "step = \"100ms\"");
    let app = app.more("[child.a]\nunder = \"events\"\nbehaviour = \"witness\"");
    let node = app.more("[child.b]\nunder = \"events\"\nbehaviour = \"hostile\"").start().await;
    assert_eq!(node.ok("events", "\"spin\"").await, "");
    assert_eq!(node.ok("events/a", "\"Heard\"").await, "1");
    let gone = node.call("events/b", "\"behave\"").await.expect_err("it was killed");
    assert_eq!(gone.kind, Kind::NoWorker);
}

#[tokio::test]
async fn ge_06_an_upgrade_of_handlers_is_all_or_nothing() {
    let node = node().await;
    let stubborn = HandlerStart { config: br#"{"stubborn":true}"#.to_vec(), ..witness("b") };
    assert_eq!(node.handle.add_handler("events", stubborn).await, Ok(()));
    assert_eq!(node.ok("events", "\"x\"").await, "");
    let refused = node.upgrade(guest("witness-0.2.0")).await;
    assert!(refused.reason.contains("stubborn"), "{refused:?}");
    for handler in ["events/a", "events/b"] {
        assert_eq!(node.ok(handler, "\"Heard\"").await, "1", "{handler}");
    }
    assert_eq!(node.handle.delete_handler("events", "b").await, Ok(()));
    let done = node.upgrade(guest("witness-0.2.0")).await;
    assert_eq!((done.workers, node.ok("events/a", "\"Heard\"").await.as_str()), (1, "1001"), "{done:?}");
}

#[tokio::test]
async fn whoever_calls_what_crashes_for_good_is_told_that_it_does_not_come_back() {
    let app = App::of_counters().more(MANAGER).behaviour("hostile", &guest("hostile-0.1.0"), "");
    let app = app.more("[child.b]\nunder = \"events\"\nbehaviour = \"hostile\"");
    let app = app.worker("once", "root", "hostile", "restart = \"temporary\"").worker("again", "root", "hostile", "");
    let node = app.start().await;
    for (worker, becomes) in [
        ("events/b", "crash: boom; a handler that crashes leaves its manager"),
        ("once", "crash: boom; a temporary worker that crashes does not come back"),
        ("again", "crash: boom"),
    ] {
        let told = node.call(worker, "{\"crash\":\"boom\"}").await.expect_err("it crashed");
        assert_eq!((told.kind, told.text.as_str()), (Kind::Crashed, becomes));
    }
}
