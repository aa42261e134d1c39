//! Plain clients: bytes on sockets, with nothing of the host's own code.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use super::PATIENCE;

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends a request over any stream and reads one whole answer: its status and its body.
pub(crate) fn http(stream: &mut (impl Read + Write), request: &[u8]) -> io::Result<(u16, String)> {
    // A host that refuses early may close while the rest is still being sent; its answer counts.
    let _ = stream.write_all(request);
    let mut answer = vec![];
    match stream.read_to_end(&mut answer) {
        Err(error) if answer.is_empty() => return Err(error),
        _ => {}
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    let odd = || io::Error::new(io::ErrorKind::InvalidData, format!("no HTTP: {text:?}"));
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(odd)?;
    let (_, body) = text.split_once("\r\n\r\n").ok_or_else(odd)?;
    Ok((status, body.to_owned()))
}

/// A connection for one HTTP request.
pub(crate) struct Http(TcpStream);

impl Http {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Http> {
        connect(address).map(Http)
    }

    /// Sends these bytes as they are.
    pub(crate) fn send(mut self, request: &[u8]) -> io::Result<(u16, String)> {
        http(&mut self.0, request)
    }

    /// Posts a body.
    pub(crate) fn post(self, path: &str, body: &[u8]) -> io::Result<(u16, String)> {
        self.post_with(path, "", body)
    }

    /// Posts a body with more header lines, each ending in CR LF.
    pub(crate) fn post_with(self, path: &str, headers: &str, body: &[u8]) -> io::Result<(u16, String)> {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n");
        self.send(&[head.as_bytes(), headers.as_bytes(), b"\r\n", body].concat())
    }
}

/// A connection that speaks Erlang's `{packet, 4}`.
pub(crate) struct Frames(TcpStream);

impl Frames {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Frames> {
        connect(address).map(Frames)
    }

    /// Sends bytes that may or may not be a frame.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// Sends a frame and waits for its answer.
    pub(crate) fn call(&mut self, body: &[u8]) -> io::Result<(u8, String)> {
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        self.send(&[&length.to_be_bytes()[..], body].concat())?;
        self.answer()
    }

    /// The next answer: its status byte and its text.
    pub(crate) fn answer(&mut self) -> io::Result<(u8, String)> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length)?;
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut answer)?;
        let (status, text) = answer.split_first().ok_or(io::ErrorKind::InvalidData)?;
        Ok((*status, String::from_utf8_lossy(text).into_owned()))
    }

    /// Whether the host has closed the connection with nothing more to say.
    pub(crate) fn is_closed(&mut self) -> io::Result<bool> {
        Ok(self.0.read(&mut [0])? == 0)
    }
}

/// A connection that speaks lines.
pub(crate) struct Lines(BufReader<TcpStream>);

impl Lines {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Lines> {
        connect(address).map(|stream| Lines(BufReader::new(stream)))
    }

    /// Sends a line and waits for its answer.
    pub(crate) fn call(&mut self, line: &[u8]) -> io::Result<String> {
        self.0.get_mut().write_all(&[line, b"\n"].concat())?;
        let mut answer = String::new();
        self.0.read_line(&mut answer)?;
        Ok(answer.trim_end_matches('\n').to_owned())
    }

    /// Says that nothing more comes, and reads what is left.
    pub(crate) fn finish(mut self) -> io::Result<String> {
        self.0.get_mut().shutdown(Shutdown::Write)?;
        let mut rest = String::new();
        self.0.read_to_string(&mut rest)?;
        Ok(rest)
    }
}
