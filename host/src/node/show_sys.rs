//! What a worker has done and what a trace tells, as users are shown it.

use super::view::{
    DoingView, DueView, DurableView, HeadView, InputView, PostponedView, StatisticsView, TraceEventView, TraceView,
};
use crate::protocol::{
    Doing, Due, Head, InputKind, Recorded, Rests, Statistics, TraceEnd, TraceEvent, TraceLine, TraceOutcome,
};

pub(super) fn statistics(counts: &Statistics) -> StatisticsView {
    StatisticsView {
        started_at_ms: counts.started,
        instance_started_at_ms: counts.instance_started,
        calls: counts.calls,
        casts: counts.casts,
        timers: counts.timers,
        responses: counts.responses,
        other: counts.other,
        replies: counts.replies,
        sent: counts.sent,
        refusals: counts.refusals,
        crashes: counts.crashes,
        queued_most: counts.queued_most,
        overloads: counts.overloads,
    }
}

pub(super) fn durable(rests: Rests) -> DurableView {
    let Rests { inputs, bytes, waiting, stands } = rests;
    DurableView { inputs, bytes, waiting, stands }
}

pub(super) fn doing(doing: Doing) -> DoingView {
    DoingView { function: doing.function.to_owned(), for_ms: doing.time / 1_000_000 }
}

pub(super) fn input(recorded: &Recorded) -> InputView {
    InputView {
        seq: recorded.seq,
        at_ms: recorded.at,
        kind: recorded.kind.word().to_owned(),
        head: head(&recorded.head),
        outcome: recorded.came.word().map(str::to_owned),
    }
}

pub(super) fn due(due: &Due) -> DueView {
    DueView { kind: due.kind.word().to_owned(), name: head(&due.name), in_ms: due.after / 1_000_000 }
}

pub(super) fn postponed((kind, input): &(InputKind, Head)) -> PostponedView {
    PostponedView { kind: kind.word().to_owned(), head: head(input) }
}

pub(super) fn head(head: &Head) -> HeadView {
    let text = head.text().filter(|text| !text.is_empty()).map(str::to_owned);
    let hex = head.text().is_none().then(|| head.shown().iter().map(|byte| format!("{byte:02x}")).collect());
    HeadView { bytes: head.bytes, text, hex, cut: head.is_cut() }
}

pub(super) fn trace(line: TraceLine) -> TraceView {
    let TraceLine { lost, at, event } = line;
    TraceView { at_ms: at, lost, event: trace_event(event) }
}

fn trace_event(event: TraceEvent) -> TraceEventView {
    match event {
        TraceEvent::Input(recorded) => TraceEventView::Input {
            seq: recorded.seq,
            kind: recorded.kind.word().to_owned(),
            head: head(&recorded.head),
        },
        TraceEvent::Outcome(seq, took, outcome) => {
            let us = took / 1000;
            match outcome {
                TraceOutcome::Done(effects, reply) => {
                    TraceEventView::Done { seq, us, effects, reply: reply.as_ref().map(head) }
                }
                TraceOutcome::Refused(reason) => TraceEventView::Refused { seq, us, reason: head(&reason) },
                TraceOutcome::Crashed(reason) => TraceEventView::Crashed { seq: Some(seq), reason },
            }
        }
        TraceEvent::Crashed(reason) => TraceEventView::Crashed { seq: None, reason },
        TraceEvent::Ended(why) => TraceEventView::Ended { why: end(why).to_owned() },
    }
}

fn end(why: TraceEnd) -> &'static str {
    match why {
        TraceEnd::Inputs => "inputs",
        TraceEnd::Time => "time",
        TraceEnd::Stopped => "stopped",
    }
}
