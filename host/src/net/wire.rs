//! What `frames` and `lines` have in common: bytes are cut into units, outcomes become bytes.

use super::unit::Unit;
use super::{frames, lines};
use crate::base::Outcome;

/// The two stream protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Frames,
    Lines,
}

impl Wire {
    /// The unit at the front of `bytes`, of which the first `scanned` are known to hold no end.
    pub(super) fn decode(self, bytes: &[u8], scanned: usize, body_max: usize) -> Unit {
        match self {
            Wire::Frames => frames::decode(bytes, body_max),
            Wire::Lines => lines::decode(bytes, scanned, body_max),
        }
    }

    /// Appends one answer.
    pub(super) fn encode(self, outcome: &Outcome, out: &mut Vec<u8>) {
        match self {
            Wire::Frames => frames::encode(outcome, out),
            Wire::Lines => lines::encode(outcome, out),
        }
    }

    /// What a unit is called in messages.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Wire::Frames => "frame",
            Wire::Lines => "line",
        }
    }
}
