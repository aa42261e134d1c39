//! Publish and subscribe, from a browser's end to a worker's and back.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{App, PATIENCE, Running, guest, http_call, until};

/// A room and a relay on different shards, and HTTP before both.
async fn chat() -> Running {
    let app = App::of_counters().shards(2);
    let app = app.behaviour("room", &guest("room-0.1.0"), "").behaviour("relay", &guest("relay-0.1.0"), "");
    let app = app.worker("lobby", "root", "room", "").worker("relay", "root", "relay", "");
    app.listen_to_all().start().await
}

struct Subscriber(TcpStream, String);

impl Subscriber {
    async fn of(node: &Running, topic: &str) -> Subscriber {
        let mut stream = TcpStream::connect(node.http()).await.expect("the listener is there");
        let head = format!("GET /subscribe/{topic} HTTP/1.1\r\nhost: test\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("the host reads");
        let mut subscriber = Subscriber(stream, String::new());
        subscriber.hears("text/event-stream").await;
        subscriber
    }

    /// Reads on until this text has come.
    async fn hears(&mut self, text: &str) {
        let read = async {
            while !self.1.contains(text) {
                let mut bytes = [0; 1024];
                let count = self.0.read(&mut bytes).await.expect("a live connection");
                assert!(count > 0, "it ended after {:?}", self.1);
                self.1.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| panic!("{text:?} is not in {:?}", self.1));
    }
}

#[tokio::test]
async fn what_is_said_in_a_room_reaches_every_subscriber_wherever_it_listens() {
    let node = chat().await;
    let (mut one, mut two) = (Subscriber::of(&node, "lobby").await, Subscriber::of(&node, "lobby").await);
    let mut other = Subscriber::of(&node, "attic").await;
    assert_eq!(node.ok("relay", r#"{"Subscribe":"lobby"}"#).await, "\"done\"");
    let said = http_call(node.http(), "/call/lobby", r#"{"Say":{"name":"Joe","text":"Hello, Mike"}}"#).await;
    assert_eq!(said, (200, "\"Ack\"".to_owned()));
    one.hears(r#""name":"Joe","text":"Hello, Mike"}"#).await;
    two.hears("Hello, Mike").await;
    until("the worker has heard it", async || node.ok("relay", "\"Heard\"").await.contains("Hello, Mike")).await;
    assert_eq!(http_call(node.http(), "/publish/attic", "knock").await, (202, String::new()));
    other.hears("data: knock").await;
    assert!(!other.1.contains("Hello"), "{}", other.1);
    node.handle.publish("lobby", b"from the program".to_vec()).expect("room");
    one.hears("data: from the program").await;
}

#[tokio::test]
async fn a_node_that_drains_ends_the_subscriptions() {
    let node = chat().await;
    let mut subscriber = Subscriber::of(&node, "lobby").await;
    node.handle.shutdown();
    subscriber.hears("\r\n0\r\n\r\n").await;
    node.ended().await;
}
