//! What OTP's `sys` does to a process, for a worker: replace its state, trace it. The rest of `sys`
//! (state, statistics, last inputs, suspend, resume) stands in [`super::handle`].

use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::handle::Handle;
use super::show_sys::trace;
use super::view::{ReplacedView, TraceEventView, TraceView};
use crate::base::limits::{TRACE_INPUTS, TRACE_INPUTS_MAX, TRACE_TIME, TRACE_TIME_MAX};
use crate::base::{Failure, Kind, nanos};
use crate::protocol::{Command, Replacement, TraceLine, TraceOrder};
use crate::runtime::Clock;

/// How much a trace shows before it ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceLimits {
    /// Inputs.
    pub inputs: u64,
    /// Time.
    pub time: Duration,
}

impl Default for TraceLimits {
    fn default() -> TraceLimits {
        TraceLimits { inputs: TRACE_INPUTS, time: TRACE_TIME }
    }
}

impl TraceLimits {
    /// The limits, if they are within what a trace may ask for.
    ///
    /// # Errors
    /// They are not, with a text for people.
    pub fn checked(self) -> Result<TraceLimits, String> {
        if !(1..=TRACE_INPUTS_MAX).contains(&self.inputs) {
            return Err(format!("a trace may show from 1 to {TRACE_INPUTS_MAX} inputs"));
        }
        if !(Duration::from_millis(1)..=TRACE_TIME_MAX).contains(&self.time) {
            return Err(format!("a trace may last from 1ms to {}h", TRACE_TIME_MAX.as_secs() / 3600));
        }
        Ok(self)
    }
}

/// The lines of a trace as they happen. Dropping it ends the trace.
#[derive(Debug)]
pub struct Trace {
    lines: mpsc::Receiver<TraceLine>,
    over: bool,
}

impl Trace {
    /// The next line; the last is [`TraceEventView::Ended`], and then there is none.
    pub async fn next(&mut self) -> Option<TraceView> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// As [`Trace::next`], polled.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<TraceView>> {
        if self.over {
            return Poll::Ready(None);
        }
        let view = match ready!(self.lines.poll_recv(context)) {
            Some(line) => trace(line),
            // The shard has gone, and with it whatever it had to say.
            None => {
                let event = TraceEventView::Ended { why: "host".to_owned() };
                TraceView { at_ms: Clock::wall_ms(), lost: 0, event }
            }
        };
        self.over = matches!(view.event, TraceEventView::Ended { .. });
        Poll::Ready(Some(view))
    }
}

impl Handle {
    /// Gives a worker another state: at its next step boundary a new instance of its component is
    /// started on it. Its queue, its timers and its callers who wait stay. Without a schema the bytes
    /// are in that of its present state. Works on a suspended worker.
    ///
    /// # Errors
    /// There is no such worker, it is not running, or its `init` did not take the state; then it goes
    /// on with the one it has.
    pub async fn replace_state(
        &self,
        worker: &str,
        schema: Option<String>,
        data: Vec<u8>,
    ) -> Result<ReplacedView, Failure> {
        let (shard, child) = self.child(worker)?;
        let (done, answer) = oneshot::channel();
        self.command(shard, Command::Replace(child, Replacement { schema, data, done }))?;
        // A dynamic child may go while it is asked.
        let replaced = answer.await.map_err(|_| self.unknown(worker))??;
        Ok(ReplacedView { schema: replaced.schema, bytes: replaced.bytes, generation: replaced.generation })
    }

    /// Shows each input of a worker and what comes of it, from now on and within these limits. Never
    /// slows the worker down: a slow reader loses lines and is told how many.
    ///
    /// # Errors
    /// There is no such worker, too many watch it already, or the limits ask for too much.
    pub async fn trace(&self, worker: &str, limits: TraceLimits) -> Result<Trace, Failure> {
        let limits = limits.checked().map_err(|text| Failure::new(Kind::BadRequest, text))?;
        let (shard, child) = self.child(worker)?;
        let (order, ordered) = TraceOrder::new(limits.inputs, nanos(limits.time));
        self.command(shard, Command::Trace(child, order))?;
        // A dynamic child may go while it is asked.
        ordered.begun.await.map_err(|_| self.unknown(worker))??;
        Ok(Trace { lines: ordered.lines, over: false })
    }
}

#[cfg(test)]
pub(crate) mod stand_in {
    //! A trace without a worker.

    use super::{Trace, TraceLine};
    use crate::base::Millis;
    use crate::protocol::{TraceEnd, TraceEvent};

    /// A trace that shows a crash at each of these times and then ends.
    pub(crate) fn trace(times: &[Millis]) -> Trace {
        let (lane, lines) = tokio::sync::mpsc::channel(times.len() + 1);
        let lines_of = times.iter().map(|at| (*at, TraceEvent::Crashed("trap: x".to_owned())));
        for (at, event) in lines_of.chain([(9, TraceEvent::Ended(TraceEnd::Time))]) {
            lane.try_send(TraceLine { lost: 0, at, event }).expect("there is room");
        }
        Trace { lines, over: false }
    }

    /// A trace that shows nothing until it is dropped, and who learns of that.
    pub(crate) fn silent() -> (Trace, impl Future<Output = ()> + Send + 'static) {
        let (lane, lines) = tokio::sync::mpsc::channel(1);
        (Trace { lines, over: false }, async move { lane.closed().await })
    }
}
