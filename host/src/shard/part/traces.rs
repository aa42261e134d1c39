//! Watching workers step: each input and what came of it, as lines to whoever asked, within limits.
//!
//! Invariants: a trace never holds a worker up: a line that finds no place is lost and counted. It
//! ends at its limits by itself, and its last line always has a place.

use std::collections::BTreeMap;

use tokio::sync::mpsc::{self, error::TrySendError};

use super::{Part, Wants};
use crate::base::limits::{TRACE_LOOK, TRACES_MAX};
use crate::base::{Effect, Failure, Kind, Millis, Nanos, nanos};
use crate::protocol::{Head, Recorded, TraceEnd, TraceEvent, TraceLine, TraceOrder, TraceOutcome};
use crate::shard::clock::TurnClock;
use crate::shard::workers::{Slot, Workers};
use crate::supervisor::ChildId;
use crate::wasm::StepResult;

/// One trace of one worker.
#[derive(Debug)]
struct Tracer {
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
struct Tracers {
    all: Vec<Tracer>,
    /// The input being stepped, and since when.
    open: Option<(u64, Nanos)>,
    /// When to look whether a worker that is down will come back.
    look: Option<Nanos>,
}

impl Tracers {
    fn each(&mut self, at: Millis, event: &TraceEvent) {
        self.all.iter_mut().for_each(|tracer| tracer.send(at, event.clone()));
        self.all.retain(|tracer| !tracer.gone);
    }

    fn end_where(&mut self, at: Millis, why: TraceEnd, over: impl Fn(&Tracer) -> bool) {
        self.all.extract_if(.., |tracer| over(tracer)).for_each(|tracer| tracer.end(at, why));
    }

    fn wake_at(&self) -> Option<Nanos> {
        self.all.iter().map(|tracer| tracer.until).chain(self.look).min()
    }
}

/// The traces of a shard, by slot. Only traced workers stand here.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    traced: BTreeMap<usize, Tracers>,
    /// The time of the turn, for the lines that end a trace.
    wall: Millis,
}

impl Traces {
    /// A turn begins.
    pub(crate) fn begin_turn(&mut self, wall: Millis) {
        self.wall = wall;
    }

    /// Whether somebody watches this worker.
    pub(crate) fn watches(&self, at: usize) -> bool {
        !self.traced.is_empty() && self.traced.contains_key(&at)
    }

    /// Begins a trace, if there are not too many.
    pub(crate) fn begin(&mut self, at: usize, slot: &Slot, order: TraceOrder, clock: &TurnClock) {
        let TraceOrder { lane, inputs, time, begun } = order;
        let tracers = self.traced.entry(at).or_default();
        tracers.all.retain(|tracer| !tracer.lane.is_closed());
        let last = lane.clone().try_reserve_owned();
        let (Ok(last), true) = (last, tracers.all.len() < TRACES_MAX) else {
            let text = format!("`{}` is traced {TRACES_MAX} times already", slot.spec.name);
            // The asker may have gone.
            let _ = begun.send(Err(Failure::new(Kind::Overloaded, text)));
            return;
        };
        let until = clock.now.saturating_add(time);
        tracers.all.push(Tracer { lane, last, left: inputs, until, lost: 0, gone: false });
        // The asker may have gone.
        let _ = begun.send(Ok(()));
    }

    /// A watched worker is given this input.
    #[cold]
    pub(crate) fn input(&mut self, at: usize, recorded: Recorded, now: Nanos) {
        let Some(tracers) = self.traced.get_mut(&at) else { return };
        tracers.open = Some((recorded.seq, now));
        tracers.all.iter_mut().for_each(|tracer| tracer.left = tracer.left.saturating_sub(1));
        tracers.each(recorded.at, &TraceEvent::Input(recorded));
        self.forget_if_over(at);
    }

    /// This came of the input that a watched worker was given; a crash also outside of a step.
    #[cold]
    pub(crate) fn outcome(&mut self, at: usize, outcome: TraceOutcome, wall: Millis, now: Nanos) {
        let Some(tracers) = self.traced.get_mut(&at) else { return };
        let event = match (tracers.open.take(), outcome) {
            (Some((seq, since)), outcome) => TraceEvent::Outcome(seq, now.saturating_sub(since), outcome),
            (None, TraceOutcome::Crashed(reason)) => TraceEvent::Crashed(reason),
            // It began before the trace did.
            (None, _) => return,
        };
        tracers.each(wall, &event);
        tracers.end_where(wall, TraceEnd::Inputs, |tracer| tracer.left == 0);
        self.forget_if_over(at);
    }

    /// Ends the traces of workers that will not come back by themselves. Looked at between turns,
    /// since a worker that is restarted, alone or with others, is stopped first.
    pub(crate) fn end_turn(&mut self, workers: &Workers, clock: &TurnClock, is_gone: impl Fn(ChildId) -> bool) {
        if self.traced.is_empty() {
            return;
        }
        for (&at, tracers) in &mut self.traced {
            let slot = &workers[at];
            let is_down = slot.body.is_down() && slot.closed.is_some();
            if is_down && is_gone(slot.spec.child) {
                tracers.end_where(clock.wall, TraceEnd::Stopped, |_| true);
            }
            // What decides it may happen on another shard, which does not tell this one.
            tracers.look = is_down.then(|| clock.now.saturating_add(nanos(TRACE_LOOK)));
        }
        self.traced.retain(|_, tracers| !tracers.all.is_empty());
    }

    fn forget_if_over(&mut self, at: usize) {
        if self.traced.get(&at).is_some_and(|tracers| tracers.all.is_empty()) {
            self.traced.remove(&at);
        }
    }
}

impl Part for Traces {
    fn forgotten(&mut self, at: usize, _: &mut Slot) {
        if let Some(mut tracers) = self.traced.remove(&at) {
            tracers.end_where(self.wall, TraceEnd::Stopped, |_| true);
        }
    }

    fn due(&mut self, now: Nanos, _: &Workers, _: &mut Wants) {
        for tracers in self.traced.values_mut() {
            // The end of this turn looks, and says when to look again.
            tracers.look = tracers.look.filter(|look| *look > now);
            tracers.end_where(self.wall, TraceEnd::Time, |tracer| tracer.until <= now);
        }
        self.traced.retain(|_, tracers| !tracers.all.is_empty());
    }

    fn wake_at(&self) -> Option<Nanos> {
        // Asked in every turn.
        if self.traced.is_empty() { None } else { self.traced.values().filter_map(Tracers::wake_at).min() }
    }
}

/// What a step returned, in the words of a trace.
pub(crate) fn in_words(result: &StepResult, redact: bool) -> TraceOutcome {
    match result {
        Ok(effects) => done(effects, redact),
        Err(text) => TraceOutcome::Refused(Head::new(b"", text.as_bytes(), redact)),
    }
}

fn done(effects: &[Effect], redact: bool) -> TraceOutcome {
    let mut names: Vec<(String, u64)> = vec![];
    for word in effects.iter().map(Effect::word) {
        match names.iter_mut().find(|(name, _)| name == word) {
            Some((_, times)) => *times += 1,
            None => names.push((word.to_owned(), 1)),
        }
    }
    let reply = effects.iter().find_map(|effect| match effect {
        Effect::Reply { body, .. } => Some(Head::new(b"", body, redact)),
        Effect::HttpReply { reply, .. } => Some(Head::new(b"", &reply.body, redact)),
        _ => None,
    });
    TraceOutcome::Done(names, reply)
}
