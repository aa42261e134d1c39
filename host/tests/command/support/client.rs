//! The client of [`shared`](super::shared) for tests that are not asynchronous themselves.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::PATIENCE;
use super::shared::{Client, framed, request};

/// A connection with the runtime it lives on.
struct Blocking<S = TcpStream> {
    client: Client<S>,
    runtime: Runtime,
}

impl<S> Blocking<S> {
    fn new(connect: impl Future<Output = io::Result<Client<S>>>) -> io::Result<Blocking<S>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Blocking { client: runtime.block_on(connect)?, runtime })
    }

    fn run<T>(&mut self, ask: impl AsyncFnOnce(&mut Client<S>) -> io::Result<T>) -> io::Result<T> {
        self.runtime.block_on(ask(&mut self.client))
    }
}

/// One request over a Unix socket: the status and the body.
pub(super) fn over_socket(socket: &Path, method: &str, path: &str, body: &str) -> io::Result<(u16, String)> {
    let connect = async { Ok(Client(BufReader::new(UnixStream::connect(socket).await?))) };
    Blocking::new(connect)?.run(async |client| client.http(&request(method, path, "", body.as_bytes())).await)
}

/// A connection for one HTTP request.
pub(crate) struct Http(Blocking);

impl Http {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Http> {
        Blocking::new(Client::connect(address)).map(Http)
    }

    /// Sends these bytes as they are.
    pub(crate) fn send(mut self, request: &[u8]) -> io::Result<(u16, String)> {
        self.0.run(async |client| client.http(request).await)
    }

    /// Posts a body.
    pub(crate) fn post(self, path: &str, body: &[u8]) -> io::Result<(u16, String)> {
        self.post_with(path, "", body)
    }

    /// Posts a body with more header lines, each ending in CR LF.
    pub(crate) fn post_with(self, path: &str, headers: &str, body: &[u8]) -> io::Result<(u16, String)> {
        self.send(&request("POST", path, headers, body))
    }
}

/// A connection that speaks Erlang's `{packet, 4}`.
pub(crate) struct Frames(Blocking);

impl Frames {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Frames> {
        Blocking::new(Client::connect(address)).map(Frames)
    }

    /// Sends bytes that may or may not be a frame.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.run(async |client| client.send(bytes).await)
    }

    /// Sends a frame and waits for its answer.
    pub(crate) fn call(&mut self, body: &[u8]) -> io::Result<(u8, String)> {
        self.send(&framed(body))?;
        self.answer()
    }

    /// The next answer: its status byte and its text.
    pub(crate) fn answer(&mut self) -> io::Result<(u8, String)> {
        self.0.run(async |client| client.frame().await)
    }

    /// Whether the host closes the connection with nothing more to say.
    pub(crate) fn is_closed(&mut self) -> io::Result<bool> {
        Ok(self.0.run(async |client| client.more().await)?.is_empty())
    }
}

/// A connection that speaks lines.
pub(crate) struct Lines(Blocking);

impl Lines {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Lines> {
        Blocking::new(Client::connect(address)).map(Lines)
    }

    /// Sends a line and waits for its answer.
    pub(crate) fn call(&mut self, line: &[u8]) -> io::Result<String> {
        self.0.run(async |client| {
            client.send(&[line, b"\n"].concat()).await?;
            client.line().await
        })
    }

    /// Says that nothing more comes, and reads what is left.
    pub(crate) fn finish(mut self) -> io::Result<String> {
        self.0.run(async |client| {
            client.0.get_mut().shutdown().await?;
            let mut rest = String::new();
            timeout(PATIENCE, client.0.read_to_string(&mut rest)).await??;
            Ok(rest)
        })
    }
}
