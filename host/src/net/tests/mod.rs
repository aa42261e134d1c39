//! The room over real loopback sockets, with a sink that echoes or holds what it gets.

mod bounds;
mod drain;
mod events;
mod http;
mod http_bounds;
mod streams;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::LocalSet;

use crate::base::Protocol;

use super::{ListenSpec, Listener, NetLimits, Outbox, Request, Sink, bind, serve};
use crate::base::Name;

/// No test takes this long; one that does has hung, and says so.
const PATIENCE: Duration = Duration::from_secs(20);

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

impl Shard {
    fn new(protocol: Protocol, to: Option<&str>, limits: NetLimits, hold: bool) -> Shard {
        let to = to.and_then(|name| Name::new(name).ok());
        let page = Some(PAGE.into());
        let mut spec = ListenSpec { protocol, address: ([127, 0, 0, 1], 0).into(), to, page, limits };
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

    /// Lets every task that can run do so, until nothing more has come for many rounds.
    async fn settle(&self) {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.expect("bytes sent");
    }

    async fn frame(&mut self) -> (u8, Vec<u8>) {
        let length = self.0.read_u32().await.expect("a length") as usize;
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer).await.expect("a whole answer");
        (answer[0], answer.split_off(1))
    }

    async fn line(&mut self) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            line.push(self.0.read_u8().await.expect("a whole line"));
        }
        String::from_utf8(line).expect("UTF-8").trim_end().to_owned()
    }

    /// Everything up to the end, which must be a clean one.
    async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).await.expect("a clean end");
        bytes
    }

    async fn ask(&mut self, request: &str) -> Response {
        self.send(request).await;
        self.response().await
    }

    async fn response(&mut self) -> Response {
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

#[derive(Debug)]
struct Response {
    status: u16,
    /// In lower case.
    head: String,
    body: String,
}

fn framed(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = u32::try_from(body.len()).expect("a short body").to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

/// Runs a test the way a shard runs: one thread, one set of local tasks.
fn on_a_shard(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let in_time = async { tokio::time::timeout(PATIENCE, test).await.expect("the test hangs") };
    LocalSet::new().block_on(&runtime, in_time);
}
