//! A guest function that runs slice by slice, so that it never stops its neighbours.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::ticker::Ticker;

/// A guest function under way. It runs only within [`Task::resume`], for a slice at most, and is
/// killed when its budget is used up. Dropping it kills it at once.
pub struct Task<T> {
    ticker: Arc<Ticker>,
    future: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
}

impl<T> Task<T> {
    pub(super) fn new(ticker: &Arc<Ticker>, future: impl Future<Output = T> + Send + 'static) -> Task<T> {
        Task { ticker: ticker.clone(), future: Some(Box::pin(future)) }
    }

    /// Runs it for a slice ([`crate::base::limits::SLICE`]). Its value, once; `None` if it needs
    /// another slice, or has already given its value.
    pub fn resume(&mut self) -> Option<T> {
        let future = self.future.as_mut()?;
        self.ticker.enter();
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => None,
            Poll::Ready(value) => {
                self.future = None;
                Some(value)
            }
        }
    }

    /// Runs it to its end on this thread, for callers without neighbours. `None` if it has already
    /// given its value.
    pub fn finish(mut self) -> Option<T> {
        while self.future.is_some() {
            if let Some(value) = self.resume() {
                return Some(value);
            }
        }
        None
    }
}

/// Ends the current slice.
pub(super) async fn pause() {
    let mut paused = false;
    poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("done", &self.future.is_none()).finish()
    }
}
