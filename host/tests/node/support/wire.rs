//! Clients as small as the protocols allow, each with one connection.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::node::PATIENCE;

/// `{packet, 4}`, requests and answers apart so that they can be pipelined.
#[derive(Debug)]
pub(crate) struct Frames {
    answers: BufReader<OwnedReadHalf>,
    requests: OwnedWriteHalf,
}

impl Frames {
    pub(super) async fn connect(address: SocketAddr) -> Frames {
        let (answers, requests) = connect(address).await.into_split();
        Frames { answers: BufReader::new(answers), requests }
    }

    pub(crate) async fn send(&mut self, body: &str) {
        let length = u32::try_from(body.len()).expect("a short body");
        let frame = [&length.to_be_bytes(), body.as_bytes()].concat();
        self.requests.write_all(&frame).await.expect("the host reads");
    }

    /// The status byte and the body of the next answer.
    pub(crate) async fn answer(&mut self) -> (u8, String) {
        let read = async {
            let mut body = vec![0; self.answers.read_u32().await? as usize];
            self.answers.read_exact(&mut body).await?;
            std::io::Result::Ok(body)
        };
        let frame = tokio::time::timeout(PATIENCE, read).await.expect("an answer in time").expect("an answer");
        let (status, body) = frame.split_first().expect("a status byte");
        (*status, String::from_utf8_lossy(body).into_owned())
    }

    pub(crate) async fn call(&mut self, body: &str) -> (u8, String) {
        self.send(body).await;
        self.answer().await
    }
}

/// One line, one call.
#[derive(Debug)]
pub(crate) struct Lines(BufReader<TcpStream>);

impl Lines {
    pub(super) async fn connect(address: SocketAddr) -> Lines {
        Lines(BufReader::new(connect(address).await))
    }

    pub(crate) async fn call(&mut self, body: &str) -> String {
        self.0.get_mut().write_all(format!("{body}\n").as_bytes()).await.expect("the host reads");
        let mut line = String::new();
        let read = self.0.read_line(&mut line);
        tokio::time::timeout(PATIENCE, read).await.expect("an answer in time").expect("an answer");
        line.trim_end_matches('\n').to_owned()
    }
}

/// `POST`s and gives the status and the body, without its last newline.
pub(crate) async fn http_call(address: SocketAddr, path: &str, body: &str) -> (u16, String) {
    let mut stream = connect(address).await;
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("the host reads");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(PATIENCE, read).await.expect("an answer in time").expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status: {head}")), body.trim_end().to_owned())
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.expect("the listener is there");
    stream.set_nodelay(true).expect("a socket");
    stream
}
