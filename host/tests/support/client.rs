//! The one client of the tests that run a host: frames, lines and HTTP as bytes on a socket, with nothing
//! of the host's own code. The test binaries include this file; each adds how it likes to fail.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Long enough for the slowest machine; a passing test does not wait for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection. Whatever is not answered in time is an error.
#[derive(Debug)]
pub(crate) struct Client<S = TcpStream>(pub(crate) BufReader<S>);

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Client> {
        let stream = timeout(PATIENCE, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        Ok(Client(BufReader::new(stream)))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        timeout(PATIENCE, self.0.get_mut().write_all(bytes)).await?
    }

    /// The next frame of `{packet, 4}`: the status byte and the body.
    pub(crate) async fn frame(&mut self) -> io::Result<(u8, String)> {
        let read = async {
            let mut frame = vec![0; self.0.read_u32().await? as usize];
            self.0.read_exact(&mut frame).await?;
            io::Result::Ok(frame)
        };
        let frame = timeout(PATIENCE, read).await??;
        let (status, body) = frame.split_first().ok_or(io::ErrorKind::InvalidData)?;
        Ok((*status, String::from_utf8_lossy(body).into_owned()))
    }

    /// The next line, without its end.
    pub(crate) async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        timeout(PATIENCE, self.0.read_line(&mut line)).await??;
        Ok(line.trim_end_matches('\n').to_owned())
    }

    /// What comes next, as soon as anything does; nothing once the host has closed the connection.
    pub(crate) async fn more(&mut self) -> io::Result<String> {
        let bytes = timeout(PATIENCE, self.0.fill_buf()).await??;
        let (count, text) = (bytes.len(), String::from_utf8_lossy(bytes).into_owned());
        self.0.consume(count);
        Ok(text)
    }

    /// Sends a request of HTTP that closes its connection; the status and the body of its answer.
    pub(crate) async fn http(&mut self, request: &[u8]) -> io::Result<(u16, String)> {
        // A host that refuses early may close while the rest is still being sent; its answer counts.
        let _ = self.send(request).await;
        let mut answer = vec![];
        match timeout(PATIENCE, self.0.read_to_end(&mut answer)).await? {
            Err(error) if answer.is_empty() => return Err(error),
            _ => {}
        }
        let text = String::from_utf8_lossy(&answer).into_owned();
        let odd = || io::Error::new(io::ErrorKind::InvalidData, format!("no HTTP: {text:?}"));
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(odd)?;
        let (_, body) = text.split_once("\r\n\r\n").ok_or_else(odd)?;
        Ok((status, body.to_owned()))
    }
}

/// The bytes of a frame with this body.
pub(crate) fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a short body");
    [&length.to_be_bytes(), body].concat()
}

/// The bytes of a request that closes its connection. Each of the headers ends in CR LF.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n");
    [head.as_bytes(), headers.as_bytes(), b"\r\n", body].concat()
}
