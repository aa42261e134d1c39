//! One row of the history.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::{Digest, Millis, Version};

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
    #[serde(default, with = "as_text")]
    pub from: Option<Version>,
    /// The component that ran before.
    #[serde(default, with = "as_text")]
    pub from_digest: Option<Digest>,
    /// The version that was to run, if it could be told.
    #[serde(default, with = "as_text")]
    pub to: Option<Version>,
    /// The component that was to run, if its file could be read.
    #[serde(default, with = "as_text")]
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

/// Vocabulary types as the text they show and read.
mod as_text {
    use super::*;

    pub(super) fn serialize<T: Display, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(ToString::to_string).serialize(to)
    }

    pub(super) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        let parsed = |text: String| {
            text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is not as it was written")))
        };
        Option::<String>::deserialize(from)?.map(parsed).transpose()
    }
}
