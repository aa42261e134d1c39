//! One row of the history.

use serde::{Deserialize, Serialize};

use super::{Blame, text};
use crate::base::{Digest, Millis, Name, Version};

/// What came of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowResult {
    /// It is under way: an intent, which a second line with the same revision completes.
    Begun,
    /// It runs.
    Permanent,
    /// These very bytes ran already.
    AlreadyRunning,
    /// A check said no; nothing was tried.
    Refused,
    /// It was tried; the version before serves.
    RolledBack,
}

/// One release, tried or refused. A rollback the operator asked for is a permanent row of its own
/// whose `to` is the older version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its number, from 1, ascending, never reused. Set by [`super::History`].
    pub revision: u64,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: Millis,
    /// The behaviour, or the file's name if no behaviour could be told.
    pub behaviour: String,
    /// The version that ran before.
    #[serde(default, with = "text::maybe")]
    pub from: Option<Version>,
    /// The component that ran before.
    #[serde(default, with = "text::maybe")]
    pub from_digest: Option<Digest>,
    /// The version that was to run, if it could be told.
    #[serde(default, with = "text::maybe")]
    pub to: Option<Version>,
    /// The component that was to run, if its file could be read.
    #[serde(default, with = "text::maybe")]
    pub digest: Option<Digest>,
    /// What came of it.
    pub result: RowResult,
    /// Where it came from: `folder releases/counter-0.2.0.wasm`, `cli`, `rollback`.
    pub via: String,
    /// How many workers changed.
    pub workers: usize,
    /// The longest time a worker took no input, in microseconds.
    pub pause_us: u64,
    /// Why it was refused or rolled back, or what is worth knowing.
    #[serde(default)]
    pub reason: String,
}

/// Where the row of a start comes from.
const START: &str = "start";

/// Where the row of a rollback comes from that somebody ordered.
pub const ROLLBACK: &str = "rollback";

/// Where the row of one comes from that a host has decided on when it started.
pub(super) const RETREAT: &str = "rollback by the host";

impl Row {
    /// The row of a host that was started on another component than the one that ran before.
    pub fn of_start(behaviour: &Name, from: (Version, Digest), to: (Version, Digest), at_ms: Millis) -> Row {
        Row {
            at_ms,
            behaviour: behaviour.to_string(),
            via: START.to_owned(),
            reason: "the manifest has another component since the host ran last; what is not durable starts afresh"
                .to_owned(),
            ..Row::between(from, to)
        }
    }

    /// The row of a rollback that was recorded where no host ran: because somebody ordered it, or because the release
    /// before it is to blame for this.
    pub(super) fn of_way_back(
        behaviour: &str,
        from: (Version, Digest),
        to: (Version, Digest),
        blame: Option<&Blame>,
    ) -> Row {
        let (via, reason) = match blame {
            None => (ROLLBACK, "no host ran; the next start runs it, and what is not durable starts afresh".to_owned()),
            Some(blame) => {
                (RETREAT, format!("{} is not run again: {blame}; what is not durable starts afresh", from.0))
            }
        };
        let name = behaviour.to_owned();
        Row { behaviour: name, via: via.to_owned(), reason, ..Row::between(from, to) }
    }

    /// A row that says no more than what ran and what runs.
    fn between(from: (Version, Digest), to: (Version, Digest)) -> Row {
        Row {
            revision: 0,
            at_ms: 0,
            behaviour: String::new(),
            from: Some(from.0),
            from_digest: Some(from.1),
            to: Some(to.0),
            digest: Some(to.1),
            result: RowResult::Permanent,
            via: String::new(),
            workers: 0,
            pause_us: 0,
            reason: String::new(),
        }
    }

    /// Whether a release is what made something run: neither the manifest, nor a rollback.
    pub(super) fn is_release(&self) -> bool {
        self.result == RowResult::Permanent && ![START, ROLLBACK, RETREAT].contains(&self.via.as_str())
    }

    /// Whether it is the row of a start.
    pub(super) fn is_start(&self) -> bool {
        self.via == START
    }
}
