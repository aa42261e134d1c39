//! The room over real loopback sockets, with a sink that echoes or holds what it gets.

mod bounds;
mod browsers;
mod client;
mod drain;
mod events;
mod http;
mod http_bounds;
mod quiet;
mod streams;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::{ListenSpec, Listener, NetLimits, Outbox, Request, Sink, bind, serve};
use crate::base::{Name, Protocol};
use client::{Client, framed};
use quiet::{on_a_shard, settle};

/// What a listener that speaks HTTP shows at `/`.
const PAGE: &str = "<title>a page</title>";

/// Echoes each body, or keeps the requests until a test takes them.
struct TestSink {
    hold: bool,
    held: RefCell<Vec<Request>>,
    seen: Cell<usize>,
    came: Notify,
}

impl Sink for TestSink {
    fn submit(&self, request: Request) {
        self.seen.set(self.seen.get() + 1);
        if self.hold {
            self.held.borrow_mut().push(request);
        } else {
            request.ticket.answer(Ok(request.body));
        }
        self.came.notify_one();
    }
}

/// A listener with what stands around it on a shard.
struct Shard {
    sink: Rc<TestSink>,
    outbox: Rc<Outbox>,
    listener: Listener,
    spec: ListenSpec,
}

/// The one host whose pages may ask beside the listener's own.
const FRIEND: &str = "https://shop.example";

impl Shard {
    fn new(protocol: Protocol, to: Option<&str>, limits: NetLimits, hold: bool) -> Shard {
        let to = to.and_then(|name| Name::new(name).ok());
        let (page, origins) = (Some(PAGE.into()), vec![FRIEND.to_owned()]);
        let spec = ListenSpec::new(protocol, ([127, 0, 0, 1], 0).into(), to);
        Shard::of(ListenSpec { page, origins, limits, ..spec }, hold)
    }

    fn of(mut spec: ListenSpec, hold: bool) -> Shard {
        let bound = bind(&spec).expect("a free port");
        spec.address = bound.local_addr();
        let sink = Rc::new(TestSink { hold, held: RefCell::default(), seen: Cell::new(0), came: Notify::new() });
        let outbox = Outbox::new();
        let listener = serve(bound, Rc::clone(&sink) as Rc<dyn Sink>, &outbox).expect("a served socket");
        Shard { sink, outbox, listener, spec }
    }

    fn echo(protocol: Protocol) -> Shard {
        Shard::new(protocol, Some("echo"), NetLimits::default(), false)
    }

    fn hold(protocol: Protocol) -> Shard {
        Shard::new(protocol, Some("echo"), NetLimits::default(), true)
    }

    async fn client(&self) -> Client {
        Client(TcpStream::connect(self.spec.address).await.expect("a connection"))
    }

    /// The requests held, once there are so many.
    async fn held(&self, count: usize) -> Vec<Request> {
        while self.sink.held.borrow().len() < count {
            self.sink.came.notified().await;
        }
        self.sink.held.take()
    }

    /// Answers requests that were held with their own bodies.
    fn echo_all(&self, held: Vec<Request>) {
        for request in held {
            request.ticket.answer(Ok(request.body));
        }
        self.outbox.flush();
    }

    /// Waits until so many connections have a place.
    async fn seated(&self, count: usize) {
        while self.listener.connections() < count {
            tokio::task::yield_now().await;
        }
    }
}
