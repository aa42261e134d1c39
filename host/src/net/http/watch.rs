//! The bounds in time of one HTTP connection, without a timer per request.
//!
//! hyper has a timer for request heads, but it also runs while a kept-alive connection is idle
//! and is set anew for each request. This watches the bytes instead, by the listener's clock.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::base::limits::FEED_PING_TIME;
use crate::net::Feed;
use crate::net::peer::{Common, Peer, Tick};

/// What the connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Between two requests.
    Quiet,
    /// Has the first bytes of a head.
    Head,
    /// Has a head, not yet the whole body.
    Body,
    /// The loop has the request.
    Busy,
    /// The peer hears a topic.
    Feed,
}

/// Word left for the task by the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    None,
    Drain,
    Close,
}

/// One HTTP connection as its listener sees it.
pub(in crate::net) struct HttpPeer {
    common: Rc<Common>,
    stage: Cell<Stage>,
    since: Cell<Tick>,
    order: Cell<Order>,
    waker: Cell<Option<Waker>>,
    feed: RefCell<Option<Feed>>,
}

impl HttpPeer {
    pub(super) fn new(common: Rc<Common>) -> HttpPeer {
        let since = Cell::new(common.now());
        let (stage, order) = (Cell::new(Stage::Quiet), Cell::new(Order::None));
        HttpPeer { common, stage, since, order, waker: Cell::new(None), feed: RefCell::default() }
    }

    pub(super) fn enter(&self, stage: Stage) {
        self.stage.set(stage);
        self.since.set(self.common.now());
    }

    pub(super) fn begin_feed(&self, feed: &Feed) {
        self.enter(Stage::Feed);
        *self.feed.borrow_mut() = Some(feed.clone());
    }

    pub(super) fn end_feed(&self) {
        self.enter(Stage::Quiet);
        *self.feed.borrow_mut() = None;
    }

    pub(super) fn is_feeding(&self) -> bool {
        self.stage.get() == Stage::Feed
    }

    /// What the task is to do; it is woken when that changes.
    pub(super) fn order(&self, cx: &mut Context<'_>) -> Order {
        self.waker.set(Some(cx.waker().clone()));
        self.order.get()
    }

    fn got_bytes(&self) {
        if self.stage.get() == Stage::Quiet {
            self.enter(Stage::Head);
        }
    }

    fn wrote_bytes(&self) {
        if matches!(self.stage.get(), Stage::Quiet | Stage::Feed) {
            self.since.set(self.common.now());
        }
    }

    fn leave(&self, order: Order) {
        self.order.set(self.order.get().max(order));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Peer for HttpPeer {
    fn drain(&self) {
        if let Some(feed) = &*self.feed.borrow() {
            feed.close();
        }
        self.leave(Order::Drain);
    }

    fn close(&self) {
        self.leave(Order::Close);
    }

    fn check(&self) {
        let limits = &self.common.limits;
        let bound = match self.stage.get() {
            // Half a request is nothing that a stop waits for.
            Stage::Head | Stage::Body if self.order.get() == Order::Drain => limits.linger_time,
            Stage::Quiet => limits.idle_time,
            Stage::Head => limits.header_time,
            Stage::Body => limits.frame_time,
            Stage::Busy => return,
            Stage::Feed => {
                if self.common.overdue(self.since.get(), FEED_PING_TIME)
                    && let Some(feed) = &*self.feed.borrow()
                {
                    feed.ping();
                }
                // A subscriber that takes nothing for so long, not even the ping, has gone.
                limits.idle_time.max(2 * FEED_PING_TIME)
            }
        };
        if self.common.overdue(self.since.get(), bound) {
            self.close();
        }
    }
}

/// The socket, telling the peer's stage about bytes that come and go.
pub(super) struct Watched {
    pub(super) stream: TcpStream,
    pub(super) peer: Rc<HttpPeer>,
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if read.is_ready() {
            self.peer.got_bytes();
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if wrote.is_ready() {
            self.peer.wrote_bytes();
        }
        wrote
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
