//! One caller over one socket, as anybody's program would be.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;

use crate::load::Protocol;

/// How long an answer may take. Far more than the host's own deadline for a call.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// The kinds of `frames`, by status byte.
const KINDS: [&str; 9] =
    ["ok", "refused", "crashed", "overloaded", "timed-out", "no-worker", "bad-request", "stopped", "storage-full"];

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// `200` or `500`, `ok` or `crashed`: the protocol's own word.
    pub(crate) status: String,
    /// The body, or why there is none.
    pub(crate) text: String,
    /// From the request's first byte to the answer's last.
    pub(crate) took: Duration,
}

impl Answer {
    /// The number in a counter's `{"Value":3}`.
    pub(crate) fn value(&self) -> Option<u64> {
        serde_json::from_str::<Value>(&self.text).ok()?.get("Value")?.as_u64()
    }
}

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Client {
    protocol: Protocol,
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects to a listener of this protocol.
    ///
    /// # Errors
    /// Nobody listens there.
    pub(crate) fn open(protocol: Protocol, address: SocketAddr) -> Result<Client> {
        Ok(Client { protocol, socket: connect(address)?, buffer: Vec::new() })
    }

    /// What the counter that is called stands at.
    ///
    /// # Errors
    /// It does not say.
    pub(crate) fn count(&mut self) -> Result<u64> {
        let answer = self.call("\"Read\"")?;
        answer.value().with_context(|| format!("{} does not say its count: {answer:?}", self.name()))
    }

    /// What is called, for a person.
    pub(crate) fn name(&self) -> String {
        match &self.protocol {
            Protocol::Frames => "frames".to_owned(),
            Protocol::Http { path } => format!("POST {path}"),
        }
    }

    /// One request and its answer.
    ///
    /// # Errors
    /// The connection breaks, or what comes is no answer.
    pub(crate) fn call(&mut self, body: &str) -> Result<Answer> {
        let start = Instant::now();
        self.socket.write_all(&self.protocol.request(body.as_bytes()))?;
        loop {
            if let Some(reply) = self.protocol.reply(&self.buffer).map_err(|text| anyhow!(text))? {
                let status = word(&self.protocol, reply.status);
                let text = String::from_utf8_lossy(reply.body).trim_end().to_owned();
                let used = reply.used;
                self.buffer.drain(..used);
                return Ok(Answer { status, text, took: start.elapsed() });
            }
            let mut bytes = [0; 4096];
            let count = self.socket.read(&mut bytes).context("no answer")?;
            ensure!(count > 0, "{} was closed without an answer to {body}", self.name());
            self.buffer.extend_from_slice(&bytes[..count]);
        }
    }
}

fn word(protocol: &Protocol, status: u16) -> String {
    let kind = KINDS.get(usize::from(status)).filter(|_| *protocol == Protocol::Frames);
    kind.map_or_else(|| status.to_string(), |kind| (*kind).to_owned())
}

/// A connection that speaks `lines`.
#[derive(Debug)]
pub(crate) struct LineClient(BufReader<TcpStream>);

impl LineClient {
    /// Connects to a listener.
    ///
    /// # Errors
    /// Nobody listens there.
    pub(crate) fn open(address: SocketAddr) -> Result<LineClient> {
        Ok(LineClient(BufReader::new(connect(address)?)))
    }

    /// One line and the line that answers it.
    ///
    /// # Errors
    /// The connection breaks.
    pub(crate) fn call(&mut self, body: &str) -> Result<Answer> {
        let start = Instant::now();
        self.0.get_mut().write_all(format!("{body}\n").as_bytes())?;
        let mut line = String::new();
        let count = self.0.read_line(&mut line).context("no answer")?;
        ensure!(count > 0, "lines was closed without an answer to {body}");
        let (status, text) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
        Ok(Answer { status: status.to_owned(), text: text.to_owned(), took: start.elapsed() })
    }
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let socket = TcpStream::connect(address).with_context(|| format!("nobody listens on {address}"))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(ANSWER_TIME))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;

    use super::*;

    /// A server that answers the first bytes it reads with these and closes.
    fn server(answer: &'static [u8]) -> Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        thread::spawn(move || -> Result<()> {
            let (mut socket, _) = listener.accept()?;
            let mut request = [0; 256];
            ensure!(socket.read(&mut request)? > 0, "no request");
            Ok(socket.write_all(answer)?)
        });
        Ok(address)
    }

    #[test]
    fn each_protocol_tells_its_status_and_its_text() -> Result<()> {
        let mut frames = Client::open(Protocol::Frames, server(b"\0\0\0\x04\x02why")?)?;
        let answer = frames.call("x")?;
        assert_eq!((answer.status.as_str(), answer.text.as_str()), ("crashed", "why"));
        let http = Protocol::Http { path: "/call/a".into() };
        let mut http = Client::open(http, server(b"HTTP/1.1 422 No\r\ncontent-length: 3\r\n\r\nno\n")?)?;
        let answer = http.call("x")?;
        assert_eq!((answer.status.as_str(), answer.text.as_str()), ("422", "no"));
        let answer = LineClient::open(server(b"error crashed at zero\n")?)?.call("x")?;
        assert_eq!((answer.status.as_str(), answer.text.as_str()), ("error", "crashed at zero"));
        Ok(())
    }

    #[test]
    fn a_count_is_read_from_its_answer_only() {
        let value = |text: &str| Answer { status: String::new(), text: text.into(), took: Duration::ZERO }.value();
        assert_eq!(value("{\"Value\":3}"), Some(3));
        assert_eq!((value("\"Ack\""), value("3"), value("")), (None, None, None));
    }

    #[test]
    fn a_closed_connection_is_no_answer() -> Result<()> {
        assert!(Client::open(Protocol::Frames, server(b"\0\0\0\x04")?)?.call("x").is_err());
        assert!(LineClient::open(server(b"")?)?.call("x").is_err());
        Ok(())
    }
}
