//! Topics: who hears a publication, and who no longer does.

use super::world::{World, ask, child, name, told};
use crate::net::Feed;
use crate::protocol::{Command, WorkerAction};

/// Two shards: `a` and `c` on one, `b` on the other.
fn world() -> World {
    World::new(2, &[child("a", "relay-0.1.0"), child("b", "relay-0.1.0"), child("c", "relay-0.1.0")])
}

fn heard(world: &mut World) -> [String; 3] {
    ["a", "b", "c"].map(|worker| ask(world, worker, r#""Heard""#))
}

fn shards(world: &World, topic: &str) -> Option<Vec<usize>> {
    world.directory.topics().shards(topic).map(|(_, shards)| shards)
}

#[test]
fn a_publication_reaches_every_subscriber_on_every_shard_once_and_nobody_else() {
    let mut world = world();
    for worker in ["a", "b", "a"] {
        assert_eq!(ask(&mut world, worker, r#"{"Subscribe":"news"}"#), r#""done""#);
    }
    assert_eq!(ask(&mut world, "c", r#"{"Subscribe":"olds"}"#), r#""done""#);
    assert_eq!(ask(&mut world, "c", r#"{"Publish":["news",1]}"#), r#""done""#);
    assert_eq!(ask(&mut world, "a", r#"{"Publish":["news",2]}"#), r#""done""#);
    assert_eq!(heard(&mut world), ["[1,2]", "[1,2]", "[]"]);
}

#[test]
fn who_crashed_or_stopped_hears_nothing_until_it_subscribes_again() {
    let mut world = world();
    for worker in ["a", "b"] {
        ask(&mut world, worker, r#"{"Subscribe":"news"}"#);
    }
    assert_eq!(shards(&world, "news"), Some(vec![0, 1]));
    ask(&mut world, "a", r#"{"Stop":"broken"}"#);
    world.command("b", |child| Command::Act(WorkerAction::Stop(child, crate::base::Shutdown::BrutalKill)));
    world.settle();
    assert_eq!(shards(&world, "news"), None);
    ask(&mut world, "c", r#"{"Publish":["news",1]}"#);
    assert_eq!(ask(&mut world, "a", r#""Heard""#), "[]");
    ask(&mut world, "a", r#"{"Subscribe":"news"}"#);
    ask(&mut world, "c", r#"{"Publish":["news",2]}"#);
    assert_eq!(ask(&mut world, "a", r#""Heard""#), "[2]");
}

#[test]
fn a_publication_whose_lane_is_full_reaches_the_subscribers_of_its_own_shard() {
    let mut world = world();
    for worker in ["a", "b"] {
        ask(&mut world, worker, r#"{"Subscribe":"news"}"#);
    }
    world.sim.lane.set(0);
    let mut answer = world.call("c", r#"{"Publish":["news",1]}"#);
    world.turn(0);
    assert_eq!(told(&mut answer), r#""done""#);
    world.sim.lane.set(usize::MAX);
    world.settle();
    assert_eq!(heard(&mut world), ["[1]", "[]", "[]"]);
}

#[test]
fn a_connection_hears_a_topic_until_it_is_gone() {
    let mut world = world();
    let (feed, other) = (Feed::new(1000), Feed::new(1000));
    for feed in [&feed, &other] {
        assert!(world.shards[1].feed("news", feed.clone()).is_ok());
    }
    ask(&mut world, "a", r#"{"Publish":["news","x"]}"#);
    world.shards[1].end_feed("news", &feed);
    ask(&mut world, "a", r#"{"Publish":["news","y"]}"#);
    assert_eq!(format!("{feed:?} {other:?}"), "Feed(1 waiting) Feed(2 waiting)");
    world.shards[1].end_feed("news", &other);
    assert_eq!(shards(&world, "news"), None);
}

#[test]
fn a_change_of_code_keeps_what_a_worker_hears() {
    let mut world = world();
    ask(&mut world, "a", r#"{"Subscribe":"news"}"#);
    world.prepare(1, "relay-0.1.0");
    world.settle();
    world.commit(1);
    world.settle();
    assert_eq!(world.committed, 3);
    ask(&mut world, "b", r#"{"Publish":["news",1]}"#);
    assert_eq!(ask(&mut world, "a", r#""Heard""#), "[1]");
    assert_eq!(world.directory.name("a"), Some(&name("a")));
}
