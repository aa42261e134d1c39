//! Server-sent events: who subscribes, what arrives, and how it ends.

use std::sync::Arc;
use std::time::Duration;

use super::{Client, Shard, on_a_shard, settle};
use crate::base::{Failure, Kind, Protocol};
use crate::net::{Feed, NetLimits, What};

const SUBSCRIBE: &str = "GET /subscribe/news HTTP/1.1\r\nhost: x\r\n\r\n";

fn body(text: &str) -> Arc<[u8]> {
    text.as_bytes().into()
}

async fn subscribed(shard: &Shard) -> (Client, Feed) {
    let mut client = shard.client().await;
    client.send(SUBSCRIBE).await;
    let request = shard.held(1).await.pop().expect("a request");
    assert_eq!((request.what, request.to.as_deref()), (What::Subscribe, Some("news")));
    request.ticket.answer(Ok(vec![]));
    let head = client.response().await;
    assert_eq!(head.status, 200);
    assert!(head.head.contains("content-type: text/event-stream"), "{}", head.head);
    assert!(head.head.contains("cache-control: no-store"), "{}", head.head);
    (client, request.feed.expect("a feed"))
}

impl Client {
    /// One chunk of the body.
    async fn chunk(&mut self) -> String {
        let length = usize::from_str_radix(&self.line().await, 16).expect("a chunk's length");
        let mut text = String::new();
        while text.len() < length {
            text.push_str(&self.line().await);
            text.push('\n');
        }
        assert_eq!(self.line().await, "");
        text
    }
}

fn shard(limits: NetLimits) -> Shard {
    Shard::new(Protocol::Http, None, limits, true)
}

#[test]
fn publications_arrive_as_events_while_the_subscriber_listens() {
    on_a_shard(async {
        let shard = shard(NetLimits::default());
        let (mut client, feed) = subscribed(&shard).await;
        for text in ["one", "two"] {
            feed.push(&body(text));
            assert_eq!(client.chunk().await, format!("data: {text}\n\n"));
        }
        drop(client);
        // The end is noticed where something is written.
        while shard.sink.held.borrow().is_empty() {
            feed.push(&body("anybody?"));
            settle().await;
        }
        let end = shard.held(1).await.pop().expect("a request");
        assert_eq!((end.what, end.to.as_deref()), (What::Unsubscribe, Some("news")));
        assert!(end.feed.is_some_and(|other| other.is(&feed)));
    });
}

#[test]
fn a_subscription_that_is_refused_is_an_ordinary_answer() {
    on_a_shard(async {
        let shard = shard(NetLimits::default());
        let mut client = shard.client().await;
        client.send(SUBSCRIBE).await;
        let request = shard.held(1).await.pop().expect("a request");
        request.ticket.answer(Err(Failure::new(Kind::Overloaded, "too many topics")));
        let response = client.response().await;
        assert_eq!((response.status, response.body.trim_end()), (503, "too many topics"));
        client.send(SUBSCRIBE).await;
        let again = shard.held(1).await;
        assert!(again.iter().any(|request| request.what == What::Unsubscribe), "the first is over");
    });
}

#[test]
fn draining_ends_a_subscription_after_what_is_in_line() {
    on_a_shard(async {
        let shard = shard(NetLimits::default());
        let (mut client, feed) = subscribed(&shard).await;
        feed.push(&body("last"));
        shard.listener.drain();
        assert_eq!(client.chunk().await, "data: last\n\n");
        assert_eq!(client.rest().await, b"0\r\n\r\n");
        shard.listener.drained().await;
    });
}

#[test]
fn a_silent_subscription_outlives_the_idle_time() {
    on_a_shard(async {
        let short = Duration::from_millis(80);
        let shard = shard(NetLimits { idle_time: short, ..NetLimits::default() });
        let (mut client, feed) = subscribed(&shard).await;
        let mut idle = shard.client().await;
        assert_eq!(idle.rest().await, b"", "an idle connection is closed");
        feed.push(&body("still here"));
        assert_eq!(client.chunk().await, "data: still here\n\n");
    });
}
