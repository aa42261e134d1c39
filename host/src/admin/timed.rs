//! A request's body that must come to its end in its time: half of one would hold a connection for ever, and
//! there are few of them.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::Sleep;

/// The body, and the end of its time.
pub(super) struct Timed {
    body: Incoming,
    end: Pin<Box<Sleep>>,
}

/// The time was over before the body was there.
#[derive(Debug, thiserror::Error)]
pub(super) enum TimedError {
    #[error("the body did not come in its time")]
    Late,
    #[error(transparent)]
    Broken(#[from] hyper::Error),
}

impl Timed {
    /// A body that has so much time from now on.
    pub(super) fn new(body: Incoming, time: Duration) -> Timed {
        Timed { body, end: Box::pin(tokio::time::sleep(time)) }
    }
}

impl Body for Timed {
    type Data = Bytes;
    type Error = TimedError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TimedError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(TimedError::from))),
            Poll::Pending => self.end.as_mut().poll(cx).map(|()| Some(Err(TimedError::Late))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
