//! The task of one stream connection: reads, cuts, submits, and sees to a clean end.

use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncReadExt as _;
use tokio::net::tcp::OwnedReadHalf;

use super::connection::{Connection, Order, Stage};
use super::peer::Common;
use super::request::{Request, Ticket, What};
use super::unit::Unit;
use super::wire::{Id, Wire};
use crate::base::{Failure, Kind};

/// Bytes read at once: many small frames per system call, without one peer filling a turn.
const READ_BYTES: usize = 64 << 10;

/// What the task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Reads and submits.
    Serving,
    /// Reads no more; the answers in flight still leave. If the peer may still be writing, it is
    /// given time to see them: closing on unread bytes would take them from it.
    Finishing { linger: bool },
    /// Everything has been said; what the peer still writes is thrown away.
    Lingering,
}

/// The reading half of a stream connection, as a task.
pub(super) struct Reader {
    common: Rc<Common>,
    wire: Wire,
    connection: Rc<Connection>,
    half: OwnedReadHalf,
    /// Bytes read and not yet cut. Usually empty between reads.
    held: Vec<u8>,
    /// How many of them are known to hold no end of a unit.
    scanned: usize,
    phase: Phase,
}

impl Reader {
    pub(super) fn new(common: Rc<Common>, wire: Wire, connection: Rc<Connection>, half: OwnedReadHalf) -> Reader {
        Reader { common, wire, connection, half, held: Vec::new(), scanned: 0, phase: Phase::Serving }
    }

    /// A task that reads nothing: what was said to the connection leaves, then it closes.
    pub(super) fn dismiss(mut self) -> Reader {
        self.phase = Phase::Finishing { linger: true };
        self
    }

    fn serve(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.phase == Phase::Serving && !self.connection.is_over() {
            self.obey();
            let held = std::mem::take(&mut self.held);
            let used = self.cut(&held);
            self.held = held;
            self.held.drain(..used);
            // Answers given while cutting leave with one write per read.
            self.connection.write();
            if self.phase != Phase::Serving {
                break;
            }
            if !self.connection.has_room() {
                self.connection.stay(Stage::Quiet);
                self.connection.want_room();
                return Poll::Pending;
            }
            ready!(self.read(cx));
        }
        Poll::Ready(())
    }

    fn obey(&mut self) {
        match self.connection.order() {
            Order::None | Order::Close => {}
            Order::Drain => {
                let linger = !self.connection.all_written() || !self.held.is_empty();
                self.refuse_held();
                self.phase = Phase::Finishing { linger };
            }
            Order::Expire => {
                let (unit, seconds) = (self.wire.unit(), self.common.limits.frame_time.as_secs_f32());
                let got = self.held.len();
                let text = format!(
                    "a {unit} must arrive within {seconds} s of its first byte; {got} bytes of it came; not executed"
                );
                Connection::reject(&self.connection, text);
                self.phase = Phase::Finishing { linger: true };
            }
        }
    }

    /// Requests that were read but not yet submitted when the listener began to drain.
    fn refuse_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while let Unit::Request { used, .. } | Unit::Malformed { used, .. } =
            self.wire.decode(rest, 0, self.common.limits.body)
        {
            rest = &rest[used..];
            let ticket = Ticket::stream(&self.connection, self.connection.admit(0), 0);
            ticket.answer(Err(Failure::new(Kind::Stopped, "the listener is draining; not executed, try again")));
        }
    }

    /// Submits every whole unit of `bytes` for which there is room; how many bytes that took.
    fn cut(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while self.phase == Phase::Serving && self.connection.has_room() {
            match self.wire.decode(&bytes[at..], self.scanned, self.common.limits.body) {
                Unit::Partial => {
                    self.scanned = bytes.len() - at;
                    break;
                }
                Unit::Request { used, mut body } => {
                    at += used;
                    match self.wire.take_id(&mut body) {
                        Ok(id) => self.submit(id, body),
                        Err(text) => Connection::reject(&self.connection, text),
                    }
                }
                Unit::Malformed { used, text } => {
                    at += used;
                    Connection::reject(&self.connection, text);
                }
                Unit::Hopeless(text) => {
                    at = bytes.len();
                    Connection::reject(&self.connection, text);
                    self.phase = Phase::Finishing { linger: true };
                }
            }
            self.scanned = 0;
        }
        at
    }

    fn submit(&self, request_id: Option<Id>, body: Vec<u8>) {
        let bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let ticket = Ticket::stream(&self.connection, self.connection.admit(bytes), bytes);
        let request =
            Request { what: What::Call, to: None, body, http: None, timeout: None, request_id, feed: None, ticket };
        self.common.sink.submit(request);
    }

    /// Reads once. Ready when something changed; yields after a full read, to let others read.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.connection.stay(if self.held.is_empty() { Stage::Quiet } else { Stage::Within });
        let (room, got) = if self.held.is_empty() {
            self.held = Vec::new();
            let mut scratch = self.common.scratch.take();
            scratch.clear();
            scratch.reserve(READ_BYTES);
            let room = scratch.capacity();
            let got = poll_read(&mut self.half, &mut scratch, cx);
            let used = self.cut(&scratch);
            self.held.extend_from_slice(&scratch[used..]);
            self.common.scratch.set(scratch);
            (room, got)
        } else {
            self.held.reserve(READ_BYTES);
            let room = self.held.capacity() - self.held.len();
            (room, poll_read(&mut self.half, &mut self.held, cx))
        };
        match ready!(got) {
            Ok(0) => self.at_end(),
            Ok(count) if count == room => {
                self.connection.write();
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Ok(_) => {}
            Err(_) => self.connection.end(),
        }
        Poll::Ready(())
    }

    fn at_end(&mut self) {
        if !self.held.is_empty() {
            let text = format!("the connection ended within a {}; not executed", self.wire.unit());
            Connection::reject(&self.connection, text);
        }
        self.phase = Phase::Finishing { linger: false };
    }

    fn finish(&mut self, linger: bool) -> Poll<()> {
        self.held = Vec::new();
        self.connection.stay(Stage::Quiet);
        self.connection.write();
        if !self.connection.all_written() {
            self.connection.want_all_written();
            return Poll::Pending;
        }
        self.connection.shut();
        if linger {
            self.connection.enter(Stage::Lingering);
            self.phase = Phase::Lingering;
        } else {
            self.connection.end();
        }
        Poll::Ready(())
    }

    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = self.common.scratch.take();
        scratch.clear();
        scratch.reserve(READ_BYTES);
        let got = poll_read(&mut self.half, &mut scratch, cx);
        self.common.scratch.set(scratch);
        if !matches!(ready!(got), Ok(count) if count > 0) {
            self.connection.end();
        }
        Poll::Ready(())
    }
}

fn poll_read(half: &mut OwnedReadHalf, into: &mut Vec<u8>, cx: &mut Context<'_>) -> Poll<std::io::Result<usize>> {
    // The future holds nothing between polls, so a new one each time is the same.
    pin!(half.read_buf(into)).poll(cx)
}

impl Future for Reader {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.connection.resume(cx);
        while !self.connection.is_over() {
            match self.phase {
                Phase::Serving => ready!(self.serve(cx)),
                Phase::Finishing { linger } => ready!(self.finish(linger)),
                Phase::Lingering => ready!(self.linger(cx)),
            }
        }
        Poll::Ready(())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.connection.end();
    }
}
