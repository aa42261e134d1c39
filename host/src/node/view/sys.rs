//! What OTP's `sys` shows of a process: statistics, the last inputs, traces, a replaced state.

use serde::{Deserialize, Serialize};

/// What a worker has done since its start, over all its instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsView {
    /// When its first instance came up, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at_ms: Option<u64>,
    /// When its last instance came up, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_started_at_ms: Option<u64>,
    /// Calls stepped.
    pub calls: u64,
    /// Messages stepped.
    pub casts: u64,
    /// Timers stepped.
    pub timers: u64,
    /// Outcomes of its own calls stepped.
    pub responses: u64,
    /// Other inputs stepped: internal events, publications.
    pub other: u64,
    /// Replies it gave, also delayed ones.
    pub replies: u64,
    /// Calls and messages it sent to workers.
    pub sent: u64,
    /// Inputs it refused.
    pub refusals: u64,
    /// Its crashes, also in `init`, `save` and `terminate`.
    pub crashes: u64,
    /// The most inputs that waited at once.
    pub queued_most: usize,
    /// Inputs that found no place in its queue.
    #[serde(default)]
    pub overloads: u64,
}

/// A function of a worker that has not come to its end for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoingView {
    /// `init`, `step`, `save`, `save-as` or `terminate`; of an `init`, in brackets, for what.
    pub function: String,
    /// For how long, in milliseconds.
    pub for_ms: u64,
}

/// What a durable worker would be brought back from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DurableView {
    /// Inputs that would be stepped again, since its last saved state.
    pub inputs: usize,
    /// Bytes of them and of that state in the journal.
    pub bytes: u64,
    /// Answers and messages of it that wait until the disk has what they rest on.
    pub waiting: usize,
    /// Whether it is given no input until then.
    pub stands: bool,
}

/// The beginning of a body: its size, and its first bytes unless they are redacted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadView {
    /// Bytes of the whole body.
    pub bytes: usize,
    /// The first bytes, if they are text. A timer begins with its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The first bytes as hexadecimal digits, if they are not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    /// Whether there is more than is shown.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cut: bool,
}

/// One input of a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputView {
    /// Its number over all instances of the worker, from 0.
    pub seq: u64,
    /// When it was stepped, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// `call`, `cast`, `timer`, `response`, `internal`, `published`, `entered`, `handler-ended`,
    /// `down`, `start-phase`, `prep-stop`, `config-changed` or `other`.
    pub kind: String,
    /// How it began.
    #[serde(flatten)]
    pub head: HeadView,
    /// `ok`, `refused`, `crashed` or `killed`; absent while it is being stepped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// A timer that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueView {
    /// `named`, `state` or `event`: what ends it before its time.
    pub kind: String,
    /// Its name; of a redacted worker its size.
    pub name: HeadView,
    /// When it goes off, in milliseconds from now.
    pub in_ms: u64,
}

/// An input that is postponed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostponedView {
    /// As in [`InputView::kind`].
    pub kind: String,
    /// How it begins.
    #[serde(flatten)]
    pub head: HeadView,
}

/// A state that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedView {
    /// The schema the new state was given in.
    pub schema: String,
    /// Its bytes.
    pub bytes: usize,
    /// How many instances the worker had before the one that has it.
    pub generation: u64,
}

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceView {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Lines lost before this one because the reader was slow.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: TraceEventView,
}

/// What happened to a traced worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TraceEventView {
    /// It was given an input.
    Input {
        /// The input's number.
        seq: u64,
        /// As in [`InputView::kind`].
        kind: String,
        /// How it began.
        #[serde(flatten)]
        head: HeadView,
    },
    /// The step of an input returned, and what it asked for is done.
    Done {
        /// The input's number.
        seq: u64,
        /// How long the step took on the clock, in microseconds.
        us: u64,
        /// What it asked for: effects by the contract's names, and how often.
        effects: Vec<(String, u64)>,
        /// How its first reply begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<HeadView>,
    },
    /// An input was refused.
    Refused {
        /// The input's number.
        seq: u64,
        /// How long the step took on the clock, in microseconds.
        us: u64,
        /// How the reason begins.
        reason: HeadView,
    },
    /// It crashed or was killed.
    Crashed {
        /// The input's number, if it happened in a step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        /// Why.
        reason: String,
    },
    /// The trace is over.
    Ended {
        /// `inputs` or `time` (as much as was asked for), `stopped` (the worker is, for good) or `host`
        /// (the node is).
        why: String,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}
