//! One listener: accepts up to its bound, keeps its connections' clock, drains.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::bind::{Bound, ListenSpec};
use super::connection::Connection;
use super::http;
use super::outbox::Outbox;
use super::peer::{Common, Peer};
use super::reader::Reader;
use super::request::Sink;
use super::wire::Wire;
use crate::base::Protocol;
use crate::base::{Failure, Kind};

/// What a listener has seen since it began, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListenerCounts {
    /// Connections that were served.
    pub accepted: u64,
    /// Connections that found the listener full.
    pub turned_away: u64,
    /// Times the system would not give a connection, for example for want of descriptors.
    pub failed: u64,
}

/// A listener at work. Dropping it closes its socket and every connection at once.
pub struct Listener {
    shared: Rc<Shared>,
    task: JoinHandle<()>,
}

/// Serves a bound address: every request goes to `sink`, every answer leaves through `outbox`.
///
/// # Errors
/// The system cannot watch the socket.
///
/// # Panics
/// Outside a `LocalSet` of a runtime with I/O and time.
pub fn serve(bound: Bound, sink: Rc<dyn Sink>, outbox: &Rc<Outbox>) -> io::Result<Listener> {
    let socket = TcpListener::from_std(bound.socket)?;
    let common = Rc::new(Common::new(bound.spec.limits, sink, Rc::clone(outbox)));
    let shared = Rc::new(Shared {
        content: http::Served::of(&bound.spec),
        spec: bound.spec,
        common,
        peers: RefCell::default(),
        next: Cell::new(0),
        served: Cell::new(0),
        counts: Cell::default(),
        draining: Cell::new(false),
        drained: Cell::new(false),
        changed: Notify::new(),
        done: Notify::new(),
    });
    let task = spawn_local(run(Rc::clone(&shared), socket));
    Ok(Listener { shared, task })
}

impl Listener {
    /// Stops accepting. Idle connections close; the others answer what is in flight, then close.
    pub fn drain(&self) {
        self.shared.draining.set(true);
        self.shared.peers.borrow().values().for_each(|peer| peer.drain());
        self.shared.changed.notify_one();
    }

    /// Whether it was told to drain and its last connection has closed.
    pub fn is_drained(&self) -> bool {
        self.shared.drained.get()
    }

    /// Waits until [`Listener::is_drained`]. Has no bound of its own: a peer may take its answers
    /// as slowly as the idle time allows.
    pub async fn drained(&self) {
        while !self.is_drained() {
            self.shared.done.notified().await;
        }
    }

    /// Connections being served now.
    pub fn connections(&self) -> usize {
        self.shared.served.get()
    }

    /// What it has seen so far.
    pub fn counts(&self) -> ListenerCounts {
        self.shared.counts.get()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
        self.shared.peers.borrow().values().for_each(|peer| peer.close());
    }
}

struct Shared {
    /// What an HTTP listener serves.
    content: http::Served,
    spec: ListenSpec,
    common: Rc<Common>,
    peers: RefCell<HashMap<u64, Rc<dyn Peer>>>,
    next: Cell<u64>,
    served: Cell<usize>,
    counts: Cell<ListenerCounts>,
    draining: Cell<bool>,
    drained: Cell<bool>,
    /// Draining began, or the last connection ended.
    changed: Notify,
    done: Notify,
}

/// A connection's place in its listener, given back when its task ends however it ends.
struct Seat {
    shared: Rc<Shared>,
    id: u64,
    served: bool,
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Bound to a name so that the peer is dropped after the borrow has ended.
        let _peer = self.shared.peers.borrow_mut().remove(&self.id);
        if self.served {
            self.shared.served.set(self.shared.served.get() - 1);
        }
        if self.shared.peers.borrow().is_empty() {
            self.shared.changed.notify_one();
        }
    }
}

async fn run(shared: Rc<Shared>, socket: TcpListener) {
    let mut clock = interval(shared.common.grain());
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut socket, mut failures, mut not_before) = (Some(socket), 0, None);
    loop {
        if shared.draining.get() {
            socket = None;
            if shared.peers.borrow().is_empty() {
                break;
            }
        }
        tokio::select! {
            accepted = accept(socket.as_ref(), not_before) => match accepted {
                Ok(stream) => {
                    (failures, not_before) = (0, None);
                    shared.welcome(stream);
                }
                Err(error) => {
                    failures = shared.failed(failures, &error);
                    not_before = (failures > 0).then(|| Instant::now() + pause(failures));
                }
            },
            _ = clock.tick(), if !shared.peers.borrow().is_empty() => {
                shared.common.advance();
                shared.peers.borrow().values().for_each(|peer| peer.check());
            }
            () = shared.changed.notified() => {}
        }
    }
    shared.drained.set(true);
    shared.done.notify_waiters();
}

async fn accept(socket: Option<&TcpListener>, not_before: Option<Instant>) -> io::Result<TcpStream> {
    let Some(socket) = socket else { return std::future::pending().await };
    if let Some(instant) = not_before {
        sleep_until(instant).await;
    }
    socket.accept().await.map(|(stream, _)| stream)
}

/// How long to wait after so many failures in a row: for want of descriptors the next attempt
/// would fail at once, and spinning would take the core from those who are being served.
fn pause(failures: u32) -> Duration {
    Duration::from_millis(10 << failures.min(7))
}

impl Shared {
    /// The new number of failures in a row.
    fn failed(&self, failures: u32, error: &io::Error) -> u32 {
        let mut counts = self.counts.get();
        counts.failed += 1;
        self.counts.set(counts);
        // A peer that gave up before it was accepted says nothing about the next one.
        let theirs = matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
        if theirs { failures } else { failures.saturating_add(1) }
    }

    fn welcome(self: &Rc<Self>, stream: TcpStream) {
        // Latency matters more than packets; a socket that refuses this works all the same.
        let _ = stream.set_nodelay(true);
        let full = self.served.get() >= self.spec.limits.connections;
        let mut counts = self.counts.get();
        if full {
            counts.turned_away += 1;
            self.turn_away(stream);
        } else {
            counts.accepted += 1;
            self.served.set(self.served.get() + 1);
            self.admit(stream);
        }
        self.counts.set(counts);
    }

    fn admit(self: &Rc<Self>, stream: TcpStream) {
        let (seat, common) = (self.seat(true), Rc::clone(&self.common));
        match self.spec.protocol {
            Protocol::Frames if self.spec.request_ids => self.stream(stream, Wire::FramesWithIds, seat),
            Protocol::Frames => self.stream(stream, Wire::Frames, seat),
            Protocol::Lines => self.stream(stream, Wire::Lines, seat),
            Protocol::Http => {
                let (peer, task) = http::connect(stream, common, self.content.clone());
                self.seated(seat, peer, task);
            }
        }
    }

    fn stream(self: &Rc<Self>, stream: TcpStream, wire: Wire, seat: Seat) {
        let (reader, writer) = stream.into_split();
        let connection = Rc::new(Connection::new(Rc::clone(&self.common), wire, writer));
        let task = Reader::new(Rc::clone(&self.common), wire, Rc::clone(&connection), reader);
        self.seated(seat, connection, task);
    }

    /// Tells one connection too many why it is not served. The telling has a bound, too.
    fn turn_away(self: &Rc<Self>, stream: TcpStream) {
        if self.peers.borrow().len() - self.served.get() >= self.spec.limits.turned_away {
            return;
        }
        let text = format!("this listener serves {} connections at most; try again", self.spec.limits.connections);
        let failure = Failure::new(Kind::Overloaded, text);
        let (reader, writer) = stream.into_split();
        let mut bytes = Vec::new();
        let wire = match self.spec.protocol {
            Protocol::Frames => Wire::Frames,
            Protocol::Lines | Protocol::Http => Wire::Lines,
        };
        match self.spec.protocol {
            Protocol::Frames | Protocol::Lines => wire.encode(&Err(failure), &mut bytes),
            Protocol::Http => http::turn_away(&failure, &mut bytes),
        }
        let connection = Rc::new(Connection::new(Rc::clone(&self.common), wire, writer));
        connection.say(&bytes);
        let task = Reader::new(Rc::clone(&self.common), wire, Rc::clone(&connection), reader).dismiss();
        self.seated(self.seat(false), connection, task);
    }

    fn seat(self: &Rc<Self>, served: bool) -> Seat {
        let id = self.next.get();
        self.next.set(id + 1);
        Seat { shared: Rc::clone(self), id, served }
    }

    fn seated(&self, seat: Seat, peer: Rc<dyn Peer>, task: impl Future<Output = ()> + 'static) {
        self.peers.borrow_mut().insert(seat.id, peer);
        spawn_local(async move {
            let _seat = seat;
            task.await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Sink for Nobody {
        fn submit(&self, request: crate::net::Request) {
            drop(request.ticket);
        }
    }

    #[test]
    fn every_failure_is_counted_and_only_those_that_are_ours_make_a_row() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let spec = ListenSpec::new(Protocol::Http, ([127, 0, 0, 1], 0).into(), None);
            let bound = crate::net::bind(&spec).expect("a free port");
            let listener = serve(bound, Rc::new(Nobody), &Outbox::new()).expect("a served socket");
            let fails = |row, kind: io::ErrorKind| listener.shared.failed(row, &kind.into());
            assert_eq!((fails(0, io::ErrorKind::Other), fails(u32::MAX, io::ErrorKind::Other)), (1, u32::MAX));
            for theirs in [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset] {
                assert_eq!(fails(3, theirs), 3);
            }
            assert_eq!(listener.counts(), ListenerCounts { failed: 4, ..ListenerCounts::default() });
        });
    }

    #[test]
    fn failures_in_a_row_are_met_with_longer_and_bounded_pauses() {
        assert_eq!(pause(1), Duration::from_millis(20));
        assert!(pause(2) > pause(1));
        assert_eq!(pause(u32::MAX), Duration::from_millis(1280));
    }
}
