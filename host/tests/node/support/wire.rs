//! The client of [`client`](super::client) in the words of these tests: what is not answered fails them.

use std::net::SocketAddr;

use super::client::{Client, framed, request};

/// `{packet, 4}`; requests may be sent before their answers are read.
#[derive(Debug)]
pub(crate) struct Frames(Client);

impl Frames {
    pub(super) async fn connect(address: SocketAddr) -> Frames {
        Frames(connect(address).await)
    }

    pub(crate) async fn send(&mut self, body: &str) {
        self.0.send(&framed(body.as_bytes())).await.expect("the host reads");
    }

    /// The status byte and the body of the next answer.
    pub(crate) async fn answer(&mut self) -> (u8, String) {
        self.0.frame().await.expect("an answer in time")
    }

    pub(crate) async fn call(&mut self, body: &str) -> (u8, String) {
        self.send(body).await;
        self.answer().await
    }
}

/// One line, one call.
#[derive(Debug)]
pub(crate) struct Lines(Client);

impl Lines {
    pub(super) async fn connect(address: SocketAddr) -> Lines {
        Lines(connect(address).await)
    }

    pub(crate) async fn call(&mut self, body: &str) -> String {
        self.0.send(format!("{body}\n").as_bytes()).await.expect("the host reads");
        self.0.line().await.expect("an answer in time")
    }
}

/// `POST`s and gives the status and the body, without its last newline.
pub(crate) async fn http_call(address: SocketAddr, path: &str, body: &str) -> (u16, String) {
    http_request(address, "POST", path, body).await
}

/// The same with any method.
pub(crate) async fn http_request(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    let answer = connect(address).await.http(&request(method, path, "", body.as_bytes())).await;
    let (status, body) = answer.expect("an answer in time");
    (status, body.trim_end().to_owned())
}

/// A topic as a browser hears it, and everything it has heard.
#[derive(Debug)]
pub(crate) struct Subscriber {
    client: Client,
    pub(crate) heard: String,
}

impl Subscriber {
    pub(crate) async fn of(address: SocketAddr, topic: &str) -> Subscriber {
        let mut subscriber = Subscriber { client: connect(address).await, heard: String::new() };
        let head = format!("GET /subscribe/{topic} HTTP/1.1\r\nhost: test\r\n\r\n");
        subscriber.client.send(head.as_bytes()).await.expect("the host reads");
        subscriber.hears("text/event-stream").await;
        subscriber
    }

    /// Reads on until this text has come.
    pub(crate) async fn hears(&mut self, text: &str) {
        while !self.heard.contains(text) {
            let more = self.client.more().await;
            let more = more.unwrap_or_else(|error| panic!("{text:?} is not in {:?}: {error}", self.heard));
            assert!(!more.is_empty(), "{text:?} is not in {:?}, which is all", self.heard);
            self.heard.push_str(&more);
        }
    }
}

async fn connect(address: SocketAddr) -> Client {
    Client::connect(address).await.expect("the listener is there")
}
