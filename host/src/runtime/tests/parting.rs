//! What others learn from a worker that ends: its last words, and why.

use super::sys::stop;
use super::world::{Child, SECOND, World, ask, child, told};
use crate::base::Restart;

const RELAY: &str = "relay-0.1.0";

/// A relay that ends as it is told, over two shards: whoever waits is told `bye`, and the counter counts it.
fn world(terminate_after_crash: bool) -> World {
    let config = r#"{"parting":"bye","tells":"counter"}"#;
    let leaving = Child { config, restart: Restart::Temporary, terminate_after_crash, ..child("leaving", RELAY) };
    World::new(2, &[leaving, child("relay", RELAY), child("counter", "counter-0.1.0")])
}

#[test]
fn gs_21_terminate_replies_and_sends_and_the_log_names_what_it_cannot_do() {
    for end in [r#"{"Stop":null}"#, r#"{"Stop":"no disk"}"#] {
        let mut world = world(false);
        let mut delayed = world.call("leaving", r#""Never""#);
        let mut relayed = world.call("leaving", r#"{"After":60000}"#);
        world.settle();
        assert_eq!(ask(&mut world, "leaving", end), r#""done""#, "its last step");
        assert_eq!(told(&mut relayed), r#""bye""#, "it waits for a reply");
        assert_eq!(told(&mut delayed), if end.contains("null") { "stopped" } else { "crashed" }, "nobody replies");
        assert_eq!(ask(&mut world, "counter", r#""Read""#), r#"{"Value":1}"#);
        let said = "leaving: its `terminate` asked for `hibernate`: not done, for it ends";
        assert!(world.logged.iter().any(|line| line == said), "{:?}", world.logged);
    }
}

#[test]
fn gs_21_terminate_sends_after_an_order_and_after_a_crash_that_it_is_called_for() {
    let mut world = world(false);
    let mut waits = world.call("leaving", r#"{"After":60000}"#);
    world.settle();
    stop(&mut world, "leaving");
    assert_eq!(
        (told(&mut waits).as_str(), ask(&mut world, "counter", r#""Read""#).as_str()),
        (r#""bye""#, r#"{"Value":1}"#)
    );
    for (asked, sent) in [(false, 0), (true, 1)] {
        let mut world = self::world(asked);
        ask(&mut world, "leaving", r#"{"Crash":"boom"}"#);
        assert_eq!(ask(&mut world, "counter", r#""Read""#), format!(r#"{{"Value":{sent}}}"#), "{asked}");
    }
}

#[test]
fn gs_22_a_worker_that_calls_learns_class_and_reason_of_the_end_as_an_outside_caller_does() {
    for (end, word, error) in [
        (r#"{"Crash":"boom"}"#, "crashed", r#""CallError::Crashed(\"crash: boom\")""#),
        (r#"{"Stop":"no disk"}"#, "crashed", r#""CallError::Crashed(\"crash: no disk\")""#),
        (r#"{"Stop":null}"#, "stopped", r#""CallError::Stopped(\"the worker stopped: normal\")""#),
    ] {
        let mut world = World::new(2, &[child("relay", RELAY), child("other", RELAY), child("ends", RELAY)]);
        let mut outside = world.call("ends", r#""Never""#);
        let mut inside = ["relay", "other"].map(|who| world.call(who, r#"{"Call":["ends","Never"]}"#));
        world.settle();
        drop(world.call("ends", end));
        world.pass(SECOND);
        assert_eq!(told(&mut outside), word, "{end}");
        assert_eq!(inside.each_mut().map(told), [error, error], "{end}");
    }
}

#[test]
fn gs_22_what_waits_for_a_worker_whose_terminate_crashes_learns_why() {
    let broken = Child { config: r#"{"crashes":"no disk"}"#, ..child("a", RELAY) };
    let mut world = World::new(1, &[broken, child("relay", RELAY)]);
    let mut waits = world.call("relay", r#"{"Call":["a","Never"]}"#);
    world.settle();
    stop(&mut world, "a");
    assert_eq!(told(&mut waits), r#""CallError::Crashed(\"crash: no disk\")""#);
}
