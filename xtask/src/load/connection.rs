//! One connection of a load: what is still to be written, what has been read, what is in flight.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::protocol::Protocol;

/// How long a server may take to accept.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Bytes asked of the kernel at once: a whole turn of pipelined replies.
const READ_BYTES: usize = 64 << 10;

/// One reply as the load sees it.
pub(crate) struct Answer {
    /// How long it took, in nanoseconds.
    pub(crate) latency_ns: u64,
    /// What was wrong with it, if anything.
    pub(crate) error: Option<String>,
}

/// One connection. A request is written as soon as the server takes it; all requests of a turn go
/// out in one write.
pub(crate) struct Connection {
    pub(crate) socket: TcpStream,
    unwritten: Vec<u8>,
    unread: Vec<u8>,
    filled: usize,
    in_flight: VecDeque<Instant>,
}

impl Connection {
    /// Connects, waiting for the server.
    ///
    /// # Errors
    /// The server does not accept.
    pub(crate) fn open(address: SocketAddr) -> io::Result<Connection> {
        let socket = std::net::TcpStream::connect_timeout(&address, CONNECT_TIME)?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        Ok(Connection {
            socket: TcpStream::from_std(socket),
            unwritten: Vec::new(),
            unread: vec![0; READ_BYTES],
            filled: 0,
            in_flight: VecDeque::new(),
        })
    }

    /// Requests sent and not answered.
    pub(crate) fn waiting(&self) -> usize {
        self.in_flight.len()
    }

    /// Adds requests to what is to be written.
    pub(crate) fn request(&mut self, request: &[u8], count: usize, now: Instant) {
        for _ in 0..count {
            self.unwritten.extend_from_slice(request);
            self.in_flight.push_back(now);
        }
    }

    /// Writes what the server takes now.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let mut written = 0;
        while written < self.unwritten.len() {
            match self.socket.write(&self.unwritten[written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.unwritten.drain(..written);
        Ok(())
    }

    /// Reads what has come and hands on every whole reply.
    ///
    /// # Errors
    /// The connection broke or was closed, or the bytes are no replies.
    pub(crate) fn read(&mut self, protocol: &Protocol, mut each: impl FnMut(Answer)) -> io::Result<()> {
        loop {
            let space = self.space();
            let count = match self.socket.read(&mut self.unread[self.filled..]) {
                Ok(0) => {
                    return Err(io::Error::new(ErrorKind::UnexpectedEof, "closed by the server"));
                }
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.filled += count;
            self.answers(protocol, &mut each)?;
            // A short read leaves nothing behind: whatever comes later is a new event.
            if count < space {
                return Ok(());
            }
        }
    }

    /// Room for at least half a read, so that a long reply grows the buffer instead of stalling.
    fn space(&mut self) -> usize {
        if self.unread.len() - self.filled < READ_BYTES / 2 {
            self.unread.resize(self.unread.len() + READ_BYTES, 0);
        }
        self.unread.len() - self.filled
    }

    fn answers(&mut self, protocol: &Protocol, each: &mut impl FnMut(Answer)) -> io::Result<()> {
        let now = Instant::now();
        let mut at = 0;
        while let Some(reply) = protocol.reply(&self.unread[at..self.filled]).map_err(io::Error::other)? {
            let sent = self.in_flight.pop_front();
            let sent = sent.ok_or_else(|| io::Error::other("a reply to nothing"))?;
            let error = (!protocol.is_ok(reply.status))
                .then(|| format!("status {}: {}", reply.status, String::from_utf8_lossy(reply.body)));
            let latency_ns = u64::try_from((now - sent).as_nanos()).unwrap_or(u64::MAX);
            each(Answer { latency_ns, error });
            at += reply.used;
        }
        self.unread.copy_within(at..self.filled, 0);
        self.filled -= at;
        Ok(())
    }
}
