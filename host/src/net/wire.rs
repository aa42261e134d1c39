//! What `frames` and `lines` have in common: bytes are cut into units, outcomes become bytes.

use super::unit::Unit;
use super::{frames, lines};
use crate::base::Outcome;

/// The id of a request.
pub(super) type Id = [u8; 16];

/// The stream protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Frames,
    /// Frames whose bodies begin with the id of a request.
    FramesWithIds,
    Lines,
}

impl Wire {
    /// The unit at the front of `bytes`, of which the first `scanned` are known to hold no end.
    pub(super) fn decode(self, bytes: &[u8], scanned: usize, body_max: usize) -> Unit {
        match self {
            Wire::Frames => frames::decode(bytes, body_max),
            Wire::FramesWithIds => frames::decode(bytes, body_max.saturating_add(size_of::<Id>())),
            Wire::Lines => lines::decode(bytes, scanned, body_max),
        }
    }

    /// Takes the id of a request from the front of its unit. One of zeros is none.
    ///
    /// # Errors
    /// The unit is too short to have one.
    pub(super) fn take_id(self, body: &mut Vec<u8>) -> Result<Option<Id>, String> {
        if self != Wire::FramesWithIds {
            return Ok(None);
        }
        let Some(id) = body.first_chunk().copied() else {
            let (has, needs) = (body.len(), size_of::<Id>());
            return Err(format!("a frame here begins with {needs} bytes of request id, and this one has {has} bytes"));
        };
        body.drain(..size_of::<Id>());
        Ok(Some(id).filter(|id| *id != Id::default()))
    }

    /// Appends one answer.
    pub(super) fn encode(self, outcome: &Outcome, out: &mut Vec<u8>) {
        match self {
            Wire::Frames | Wire::FramesWithIds => frames::encode(outcome, out),
            Wire::Lines => lines::encode(outcome, out),
        }
    }

    /// What a unit is called in messages.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Wire::Frames | Wire::FramesWithIds => "frame",
            Wire::Lines => "line",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_from_the_front_and_one_of_zeros_is_none() {
        let taken = |wire: Wire, mut body: Vec<u8>| wire.take_id(&mut body).map(|id| (id, body));
        let unit = |id: u8| [&[id; 16][..], b"body"].concat();
        assert_eq!(taken(Wire::FramesWithIds, unit(7)), Ok((Some([7; 16]), b"body".to_vec())));
        assert_eq!(taken(Wire::FramesWithIds, unit(0)), Ok((None, b"body".to_vec())));
        assert_eq!(taken(Wire::FramesWithIds, vec![7; 16]), Ok((Some([7; 16]), vec![])));
        assert_eq!(taken(Wire::Frames, unit(7)), Ok((None, unit(7))));
        let short = taken(Wire::FramesWithIds, vec![7; 15]).expect_err("15 bytes are no id");
        assert!(short.contains("16 bytes of request id") && short.contains("15 bytes"), "{short}");
    }
}
