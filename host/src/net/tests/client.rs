//! The one client of these tests: bytes, frames, lines and HTTP over a connection.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection to a listener.
pub(super) struct Client(pub(super) TcpStream);

impl Client {
    pub(super) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.expect("bytes sent");
    }

    pub(super) async fn frame(&mut self) -> (u8, Vec<u8>) {
        let length = self.0.read_u32().await.expect("a length") as usize;
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer).await.expect("a whole answer");
        (answer[0], answer.split_off(1))
    }

    pub(super) async fn line(&mut self) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            line.push(self.0.read_u8().await.expect("a whole line"));
        }
        String::from_utf8(line).expect("UTF-8").trim_end().to_owned()
    }

    /// Everything up to the end, which must be a clean one.
    pub(super) async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).await.expect("a clean end");
        bytes
    }

    pub(super) async fn ask(&mut self, request: &str) -> Response {
        self.send(request).await;
        self.response().await
    }

    pub(super) async fn response(&mut self) -> Response {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("a whole head"));
        }
        let head = String::from_utf8(head).expect("an ASCII head").to_ascii_lowercase();
        let field =
            |name: &str| head.lines().find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned()));
        let length = field("content-length:").and_then(|value| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.expect("a whole body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Response { status, head, body: String::from_utf8_lossy(&body).into_owned() }
    }
}

/// An answer of HTTP, but for a body in chunks.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// In lower case.
    pub(super) head: String,
    pub(super) body: String,
}

/// The bytes of a frame with this body.
pub(super) fn framed(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = u32::try_from(body.len()).expect("a short body").to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}
