//! Watching a worker step: each input and what came of it, as lines to whoever asked, within limits.
//!
//! Invariants: a trace never holds a worker up: a line that finds no place is lost and counted. It
//! ends at its limits by itself, and its last line always has a place.

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;

use super::driver::Driver;
use super::recent::{Came, Head, Recorded};
use super::shard::{Shard, lock};
use super::slot::{Body, Slot};
use crate::base::limits::{TRACE_LANE, TRACE_LOOK, TRACES_MAX};
use crate::base::{Effect, Failure, HandlerChange, Kind, Millis, Nanos, nanos};
use crate::supervisor::{ChildId, Status, Tree};
use crate::wasm::StepResult;

/// Somebody wants to watch a worker.
#[derive(Debug)]
pub struct TraceOrder {
    lane: mpsc::Sender<TraceLine>,
    /// Inputs to show at most.
    inputs: u64,
    /// How long at most.
    time: Nanos,
    /// Told once it has begun.
    begun: oneshot::Sender<Result<(), Failure>>,
}

/// The other end of a trace that was ordered.
#[derive(Debug)]
pub struct Ordered {
    /// Its lines.
    pub lines: mpsc::Receiver<TraceLine>,
    /// Whether it has begun.
    pub begun: oneshot::Receiver<Result<(), Failure>>,
}

impl TraceOrder {
    /// An order for so many inputs and so much time.
    pub fn new(inputs: u64, time: Nanos) -> (TraceOrder, Ordered) {
        let (lane, lines) = mpsc::channel(TRACE_LANE);
        let (begun, told) = oneshot::channel();
        (TraceOrder { lane, inputs, time, begun }, Ordered { lines, begun: told })
    }
}

/// One line of a trace.
#[derive(Clone, Debug)]
pub struct TraceLine {
    /// Lines lost before this one, because the reader was slow.
    pub lost: u64,
    /// When.
    pub at: Millis,
    /// What.
    pub event: TraceEvent,
}

/// What happened to a traced worker.
#[derive(Clone, Debug)]
pub enum TraceEvent {
    /// It was given an input.
    Input(Recorded),
    /// The input with this number was stepped, in this time on the clock.
    Outcome(u64, Nanos, TraceOutcome),
    /// It crashed outside a step, with the reason.
    Crashed(String),
    /// The trace is over.
    Ended(TraceEnd),
}

/// What came of a traced input.
#[derive(Clone, Debug)]
pub enum TraceOutcome {
    /// What it asked for, by name with how often, and how its first reply begins.
    Done(Vec<(String, u64)>, Option<Head>),
    /// It was refused, with the reason.
    Refused(Head),
    /// The worker crashed on it, with the reason.
    Crashed(String),
}

/// Why a trace is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceEnd {
    /// As many inputs as were asked for.
    Inputs,
    /// As much time as was asked for.
    Time,
    /// The worker is stopped for good.
    Stopped,
}

/// One trace of one worker.
#[derive(Debug)]
pub(super) struct Tracer {
    lane: mpsc::Sender<TraceLine>,
    last: mpsc::OwnedPermit<TraceLine>,
    left: u64,
    until: Nanos,
    lost: u64,
    gone: bool,
}

impl Tracer {
    fn send(&mut self, at: Millis, event: TraceEvent) {
        match self.lane.try_send(TraceLine { lost: self.lost, at, event }) {
            Ok(()) => self.lost = 0,
            Err(TrySendError::Full(_)) => self.lost += 1,
            Err(TrySendError::Closed(_)) => self.gone = true,
        }
    }

    fn end(self, at: Millis, why: TraceEnd) {
        self.last.send(TraceLine { lost: self.lost, at, event: TraceEvent::Ended(why) });
    }
}

/// All traces of one worker.
#[derive(Debug, Default)]
pub(super) struct Tracers {
    all: Vec<Tracer>,
    /// The input being stepped, and since when.
    open: Option<(u64, Nanos)>,
    /// When to look whether a worker that is down will come back.
    look: Option<Nanos>,
}

impl Tracers {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// When the first of them ends, or wants to know whether it should.
    pub(super) fn until(&self) -> Option<Nanos> {
        self.all.iter().map(|tracer| tracer.until).chain(self.look.filter(|_| !self.is_empty())).min()
    }

    fn each(&mut self, at: Millis, event: &TraceEvent) {
        self.all.iter_mut().for_each(|tracer| tracer.send(at, event.clone()));
        self.all.retain(|tracer| !tracer.gone);
    }

    #[cold]
    fn input(&mut self, recorded: Recorded, now: Nanos) {
        self.open = Some((recorded.seq, now));
        self.all.iter_mut().for_each(|tracer| tracer.left = tracer.left.saturating_sub(1));
        self.each(recorded.at, &TraceEvent::Input(recorded));
    }

    #[cold]
    fn outcome(&mut self, outcome: TraceOutcome, at: Millis, now: Nanos) {
        let event = match (self.open.take(), outcome) {
            (Some((seq, since)), outcome) => TraceEvent::Outcome(seq, now.saturating_sub(since), outcome),
            (None, TraceOutcome::Crashed(reason)) => TraceEvent::Crashed(reason),
            // It began before the trace did.
            (None, _) => return,
        };
        self.each(at, &event);
        self.end_where(at, TraceEnd::Inputs, |tracer| tracer.left == 0);
    }

    fn end_where(&mut self, at: Millis, why: TraceEnd, over: impl Fn(&Tracer) -> bool) {
        self.all.extract_if(.., |tracer| over(tracer)).for_each(|tracer| tracer.end(at, why));
    }
}

impl<D: Driver> Shard<D> {
    /// Begins a trace, if there are not too many.
    pub(super) fn begin_trace(&mut self, slot: usize, order: TraceOrder) {
        let TraceOrder { lane, inputs, time, begun } = order;
        let Slot { seen, spec, .. } = &mut self.slots[slot];
        seen.tracers.all.retain(|tracer| !tracer.lane.is_closed());
        let last = lane.clone().try_reserve_owned();
        let (Ok(last), true) = (last, seen.tracers.all.len() < TRACES_MAX) else {
            let text = format!("`{}` is traced {TRACES_MAX} times already", spec.name);
            // The asker may have gone.
            let _ = begun.send(Err(Failure::new(Kind::Overloaded, text)));
            return;
        };
        let until = self.now.saturating_add(time);
        seen.tracers.all.push(Tracer { lane, last, left: inputs, until, lost: 0, gone: false });
        if !self.traced.contains(&slot) {
            self.traced.push(slot);
        }
        // The asker may have gone.
        let _ = begun.send(Ok(()));
        self.update_wake(slot);
    }

    /// A worker is given this input.
    pub(super) fn note_input(&mut self, slot: usize, taken: &crate::worker::Taken) {
        let Slot { seen, spec, .. } = &mut self.slots[slot];
        let recorded = Recorded::new(taken.seq, self.wall, &taken.input, spec.redact);
        seen.counts.input(recorded.kind);
        seen.recent.push(recorded);
        if !seen.tracers.is_empty() {
            seen.tracers.input(recorded, self.driver.now());
        }
    }

    /// What a step returned, in the words of a trace; nothing is told before it is carried out.
    pub(super) fn in_words(&self, slot: usize, result: &StepResult) -> Option<TraceOutcome> {
        let Slot { seen, spec, .. } = &self.slots[slot];
        (!seen.tracers.is_empty()).then(|| match result {
            Ok(effects) => done(effects, spec.redact),
            Err(text) => TraceOutcome::Refused(Head::new(b"", text.as_bytes(), spec.redact)),
        })
    }

    /// What came of the input that was stepped.
    pub(super) fn note_outcome(&mut self, slot: usize, came: Came, told: Option<TraceOutcome>) {
        let seen = &mut self.slots[slot].seen;
        seen.recent.came(came);
        seen.counts.came(came);
        if let Some(told) = told {
            let now = self.driver.now();
            seen.tracers.outcome(told, self.wall, now);
        }
    }

    /// A worker crashed or was killed, in a step or outside of one.
    pub(super) fn note_crash(&mut self, slot: usize, came: Came, reason: &str) {
        let traced = !self.slots[slot].seen.tracers.is_empty();
        self.note_outcome(slot, came, traced.then(|| TraceOutcome::Crashed(reason.to_owned())));
    }

    /// An input nobody waits for was refused.
    pub(super) fn log_refusal(&mut self, slot: usize, text: &str) {
        let reason = if self.slots[slot].spec.redact { "(redacted)" } else { text };
        self.log(slot, "warn", format!("refused an input: {reason}"));
    }

    /// Ends the traces of one worker whose time is over.
    pub(super) fn end_late_traces(&mut self, slot: usize) {
        let now = self.now;
        let tracers = &mut self.slots[slot].seen.tracers;
        // The end of this turn looks, and says when to look again.
        tracers.look = None;
        tracers.end_where(self.wall, TraceEnd::Time, |tracer| tracer.until <= now);
    }

    /// It is gone for good.
    pub(super) fn end_traces(&mut self, slot: usize) {
        self.slots[slot].seen.tracers.end_where(self.wall, TraceEnd::Stopped, |_| true);
    }

    /// Ends the traces of workers that will not come back by themselves. Looked at between turns,
    /// since a worker that is restarted, alone or with others, is stopped first.
    pub(super) fn end_traces_of_stopped(&mut self) {
        for at in (0..self.traced.len()).rev() {
            let slot = self.traced[at];
            let Slot { seen, spec, body, closed, .. } = &mut self.slots[slot];
            let is_down = matches!(body, Body::Down) && closed.is_some();
            if is_down && is_down_for_good(&lock(&self.tree), spec.child) {
                seen.tracers.end_where(self.wall, TraceEnd::Stopped, |_| true);
            }
            // What decides it may happen on another shard, which does not tell this one.
            seen.tracers.look = is_down.then(|| self.now.saturating_add(nanos(TRACE_LOOK)));
            if seen.tracers.is_empty() {
                self.traced.swap_remove(at);
            }
            self.update_wake(slot);
        }
    }
}

/// Whether it is stopped, and nobody above it is in the middle of something that could start it again.
fn is_down_for_good(tree: &Tree, child: ChildId) -> bool {
    if !tree.contains(child) {
        return true;
    }
    let above = std::iter::successors(Some(child), |at| tree.parent(*at));
    matches!(tree.status(child), Status::Stopped | Status::Ignored) && above.into_iter().all(|at| tree.is_settled(at))
}

fn done(effects: &[Effect], redact: bool) -> TraceOutcome {
    let mut names: Vec<(String, u64)> = vec![];
    for word in effects.iter().map(word) {
        match names.iter_mut().find(|(name, _)| name == word) {
            Some((_, times)) => *times += 1,
            None => names.push((word.to_owned(), 1)),
        }
    }
    let reply = effects.iter().find_map(|effect| match effect {
        Effect::Reply { body, .. } => Some(Head::new(b"", body, redact)),
        _ => None,
    });
    TraceOutcome::Done(names, reply)
}

/// The contract's word for an effect.
fn word(effect: &Effect) -> &str {
    match effect {
        Effect::Reply { .. } => "reply",
        Effect::Forward { .. } => "forward",
        Effect::Cast { .. } => "cast",
        Effect::Call(_) => "call",
        Effect::Publish { .. } => "publish",
        Effect::Subscribe(_) => "subscribe",
        Effect::Unsubscribe(_) => "unsubscribe",
        Effect::NextState(_) => "next-state",
        Effect::RepeatState => "repeat-state",
        Effect::EnterCalls => "enter-calls",
        Effect::Postpone => "postpone",
        Effect::NextEvent(_) => "next-event",
        Effect::StartTimer(_) => "start-timer",
        Effect::UpdateTimer(_) => "update-timer",
        Effect::CancelTimer(_) => "cancel-timer",
        Effect::Supervisor(request) => request.wish.word(),
        Effect::Handler(order) => match order.change {
            HandlerChange::Add(_) => "add-handler",
            HandlerChange::Delete(_) => "delete-handler",
            HandlerChange::Swap(..) => "swap-handler",
        },
        Effect::Hibernate => "hibernate",
        Effect::Stop(_) => "stop",
        Effect::Other(..) => "other",
    }
}
