//! The body of a subscription: events as long as the subscriber listens.

use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};

use super::watch::HttpPeer;
use crate::net::peer::Common;
use crate::net::{Feed, Request, Ticket, What};

/// One subscription of one connection. Dropped, it is over, and the loop is told.
pub(super) struct Events {
    feed: Feed,
    topic: String,
    peer: Rc<HttpPeer>,
    common: Rc<Common>,
}

impl Events {
    pub(super) fn new(peer: &Rc<HttpPeer>, common: &Rc<Common>, topic: String) -> Events {
        let feed = Feed::new(common.limits.buffer);
        Events { feed, topic, peer: Rc::clone(peer), common: Rc::clone(common) }
    }

    pub(super) fn feed(&self) -> Feed {
        self.feed.clone()
    }

    /// From now on the connection is this subscription's.
    pub(super) fn begin(self) -> Events {
        self.peer.begin_feed(&self.feed);
        self
    }
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.feed.poll(cx).map(|events| events.map(|events| Ok(Frame::data(Bytes::from(events)))))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.peer.end_feed();
        // Nobody waits for this answer.
        let (ticket, _) = Ticket::channel();
        self.common.sink.submit(Request {
            what: What::Unsubscribe,
            to: Some(std::mem::take(&mut self.topic)),
            body: vec![],
            http: None,
            timeout: None,
            request_id: None,
            feed: Some(self.feed.clone()),
            ticket,
        });
    }
}
