//! Publications on their way to one subscriber of a listener, as server-sent events.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::base::limits::FEED_ITEM_BYTES;

/// One subscriber's line, filled by the loop and emptied by the subscriber's connection. Its
/// copies are the same line.
#[derive(Clone)]
pub struct Feed(Rc<Line>);

#[derive(Default)]
struct Line {
    most: usize,
    waiting: RefCell<VecDeque<Arc<[u8]>>>,
    bytes: Cell<usize>,
    lost: Cell<u64>,
    ping: Cell<bool>,
    closed: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Feed {
    /// An empty line in which this many bytes may wait.
    pub fn new(most: usize) -> Feed {
        Feed(Rc::new(Line { most, ..Line::default() }))
    }

    /// Puts a publication in line. A subscriber that reads too slowly loses it and is told how many
    /// it has lost.
    pub fn push(&self, body: &Arc<[u8]>) {
        let line = &self.0;
        let bytes = line.bytes.get() + body.len() + FEED_ITEM_BYTES;
        if bytes > line.most || line.lost.get() > 0 {
            line.lost.set(line.lost.get() + 1);
        } else {
            line.bytes.set(bytes);
            line.waiting.borrow_mut().push_back(Arc::clone(body));
        }
        self.wake();
    }

    /// Ends the line once it is empty.
    pub fn close(&self) {
        self.0.closed.set(true);
        self.wake();
    }

    /// Whether these are one line.
    pub fn is(&self, other: &Feed) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Sends a comment, so that a subscriber who has gone is noticed.
    pub(super) fn ping(&self) {
        self.0.ping.set(true);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }

    /// Everything in line as events; none at the end of the line.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
        let line = &self.0;
        let mut text = Vec::with_capacity(line.bytes.replace(0));
        for body in line.waiting.borrow_mut().drain(..) {
            event(&body, &mut text);
        }
        let lost = line.lost.replace(0);
        if lost > 0 {
            text.extend_from_slice(format!("event: lost\ndata: {lost}\n\n").as_bytes());
        }
        if line.ping.replace(false) && text.is_empty() {
            text.extend_from_slice(b":\n\n");
        }
        if !text.is_empty() {
            return Poll::Ready(Some(text));
        }
        if line.closed.get() {
            return Poll::Ready(None);
        }
        line.waker.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Feed({} waiting)", self.0.waiting.borrow().len())
    }
}

/// Appends one event (WHATWG HTML, §9.2.6). A body that is no text has the type `bytes` and comes
/// in base64, since an event stream is UTF-8.
fn event(body: &[u8], out: &mut Vec<u8>) {
    let Ok(text) = str::from_utf8(body) else {
        out.extend_from_slice(b"event: bytes\ndata: ");
        out.extend_from_slice(BASE64.encode(body).as_bytes());
        out.extend_from_slice(b"\n\n");
        return;
    };
    for line in text.replace("\r\n", "\n").split(['\n', '\r']) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 1 << 10;

    fn poll(feed: &Feed) -> Poll<Option<String>> {
        let polled = feed.poll(&mut Context::from_waker(Waker::noop()));
        polled.map(|text| text.map(|text| String::from_utf8(text).expect("an event stream is UTF-8")))
    }

    fn text(text: &str) -> Poll<Option<String>> {
        Poll::Ready(Some(text.to_owned()))
    }

    #[test]
    fn publications_come_in_order_one_event_each() {
        let feed = Feed::new(MOST);
        assert_eq!(poll(&feed), Poll::Pending);
        for body in ["one", "two\nlines", "a\r\nb\rc", ""] {
            feed.push(&body.as_bytes().into());
        }
        let events = "data: one\n\ndata: two\ndata: lines\n\ndata: a\ndata: b\ndata: c\n\ndata: \n\n";
        assert_eq!(poll(&feed), text(events));
        feed.push(&[0xff, 0x00].into());
        assert_eq!(poll(&feed), text("event: bytes\ndata: /wA=\n\n"));
        assert_eq!(poll(&feed), Poll::Pending);
    }

    #[test]
    fn a_slow_subscriber_is_told_how_many_it_has_lost_where_they_are_missing() {
        let feed = Feed::new(MOST);
        let large: Arc<[u8]> = vec![b'x'; MOST / 2].into();
        for _ in 0..3 {
            feed.push(&large);
        }
        feed.push(&b"small"[..].into());
        let Poll::Ready(Some(events)) = poll(&feed) else { panic!("nothing came") };
        assert_eq!(events.matches("data: x").count(), 1);
        assert!(events.ends_with("event: lost\ndata: 3\n\n"));
        feed.push(&b"again"[..].into());
        assert_eq!(poll(&feed), text("data: again\n\n"));
    }

    #[test]
    fn as_much_waits_as_the_bound_says_and_not_a_byte_more() {
        for (more, lost) in [(0, false), (1, true)] {
            let feed = Feed::new(2 * (FEED_ITEM_BYTES + 3));
            feed.push(&b"one"[..].into());
            feed.push(&vec![b'x'; 3 + more].into());
            let Poll::Ready(Some(events)) = poll(&feed) else { panic!("nothing came") };
            assert_eq!(events.contains("event: lost"), lost, "{more} more: {events}");
        }
    }

    #[test]
    fn a_closed_line_ends_after_what_is_in_it_and_a_quiet_one_is_pinged() {
        let feed = Feed::new(MOST);
        feed.ping();
        assert_eq!(poll(&feed), text(":\n\n"));
        assert_eq!(poll(&feed), Poll::Pending);
        feed.push(&b"last"[..].into());
        feed.close();
        assert_eq!(poll(&feed), text("data: last\n\n"));
        assert_eq!(poll(&feed), Poll::Ready(None));
    }
}
