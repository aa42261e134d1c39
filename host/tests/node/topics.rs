//! Publish and subscribe, from a browser's end to a worker's and back.

use crate::support::{App, Running, Subscriber, guest, http_call, until};

/// A room and a relay on different shards, and HTTP before both.
async fn chat() -> Running {
    let app = App::of_counters().shards(2);
    let app = app.behaviour("room", &guest("room-0.1.0"), "").behaviour("relay", &guest("relay-0.1.0"), "");
    let app = app.worker("lobby", "root", "room", "").worker("relay", "root", "relay", "");
    app.listen_to_all().start().await
}

#[tokio::test]
async fn what_is_said_in_a_room_reaches_every_subscriber_wherever_it_listens() {
    let node = chat().await;
    let (mut one, mut two) = (Subscriber::of(node.http(), "lobby").await, Subscriber::of(node.http(), "lobby").await);
    let mut other = Subscriber::of(node.http(), "attic").await;
    assert_eq!(node.ok("relay", r#"{"Subscribe":"lobby"}"#).await, "\"done\"");
    let said = http_call(node.http(), "/call/lobby", r#"{"Say":{"name":"Joe","text":"Hello, Mike"}}"#).await;
    assert_eq!(said, (200, "\"Ack\"".to_owned()));
    one.hears(r#""name":"Joe","text":"Hello, Mike"}"#).await;
    two.hears("Hello, Mike").await;
    until("the worker has heard it", async || node.ok("relay", "\"Heard\"").await.contains("Hello, Mike")).await;
    assert_eq!(http_call(node.http(), "/publish/attic", "knock").await, (202, String::new()));
    other.hears("data: knock").await;
    assert!(!other.heard.contains("Hello"), "{}", other.heard);
    node.handle.publish("lobby", b"from the program".to_vec()).expect("room");
    one.hears("data: from the program").await;
}

#[tokio::test]
async fn a_node_that_drains_ends_the_subscriptions() {
    let node = chat().await;
    let mut subscriber = Subscriber::of(node.http(), "lobby").await;
    node.handle.shutdown();
    subscriber.hears("\r\n0\r\n\r\n").await;
    node.ended().await;
}
