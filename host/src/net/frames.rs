//! `frames`: a u32 big-endian length, then the body; Erlang's `{packet, 4}`. Pure.

use super::unit::Unit;
use crate::base::{Failure, Kind, Outcome};

const LENGTH_BYTES: usize = 4;

/// The frame at the front of `bytes`.
pub(super) fn decode(bytes: &[u8], body_max: usize) -> Unit {
    let Some((head, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else { return Unit::Partial };
    let length = u32::from_be_bytes(*head) as usize;
    if length > body_max {
        return Unit::Hopeless(too_long(u32::from_be_bytes(*head), body_max));
    }
    match rest.get(..length) {
        Some(body) => Unit::Request { used: LENGTH_BYTES + length, body: body.to_vec() },
        None => Unit::Partial,
    }
}

fn too_long(length: u32, body_max: usize) -> String {
    let negative = length.cast_signed();
    let aside = if negative < 0 { format!(" ({negative} if signed)") } else { String::new() };
    format!("a frame of {length} bytes{aside} is longer than the limit of {body_max} bytes; the connection is closed")
}

/// Appends one answer: length, status byte, then the body or the error text.
pub(super) fn encode(outcome: &Outcome, out: &mut Vec<u8>) {
    let (kind, body) = match outcome {
        Ok(body) => (Kind::Ok, body.as_slice()),
        Err(failure) => (failure.kind, failure.text.as_bytes()),
    };
    let Ok(length) = u32::try_from(body.len() + 1) else {
        let text = format!("the reply has {} bytes, more than a frame can carry", body.len());
        return encode(&Err(Failure::new(Kind::Crashed, text)), out);
    };
    out.reserve(LENGTH_BYTES + body.len() + 1);
    out.extend_from_slice(&length.to_be_bytes());
    out.push(kind as u8);
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(body: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(body.len()).expect("a short body").to_be_bytes().to_vec();
        bytes.extend_from_slice(body);
        bytes
    }

    #[test]
    fn a_length_that_would_be_negative_is_named_with_the_limit() {
        let Unit::Hopeless(text) = decode(&[0xff, 0xff, 0xff, 0xff], 10) else { panic!("it must be hopeless") };
        assert!(text.contains("4294967295") && text.contains("-1") && text.contains("10 bytes"), "{text}");
    }

    #[test]
    fn the_limit_itself_is_allowed_and_one_more_is_not() {
        assert_eq!(decode(&frame(b"abc"), 3), Unit::Request { used: 7, body: b"abc".to_vec() });
        assert!(matches!(decode(&frame(b"abcd"), 3), Unit::Hopeless(_)));
        assert!(matches!(decode(&[0, 0, 0, 4], 3), Unit::Hopeless(_)), "told before the body comes");
    }

    #[test]
    fn an_answer_carries_its_length_and_its_kind() {
        let mut out = Vec::new();
        encode(&Ok(b"7".to_vec()), &mut out);
        encode(&Err(Failure::new(Kind::Stopped, "bye")), &mut out);
        assert_eq!(out, b"\0\0\0\x02\x007\0\0\0\x04\x07bye");
    }

    proptest! {
        #[test]
        fn any_split_of_the_bytes_gives_the_same_requests(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
            cuts in prop::collection::vec(1_usize..30, 1..20),
        ) {
            let stream: Vec<u8> = bodies.iter().flat_map(|body| frame(body)).collect();
            let (mut seen, mut held, mut rest) = (Vec::new(), Vec::new(), stream.as_slice());
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                held.extend_from_slice(now);
                rest = later;
                while let Unit::Request { used, body } = decode(&held, 64) {
                    seen.push(body);
                    held.drain(..used);
                }
                if rest.is_empty() { break }
            }
            prop_assert_eq!(seen, bodies);
            prop_assert!(held.is_empty());
        }

        #[test]
        fn no_bytes_make_the_decoder_panic_or_take_more_than_there_is(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            match decode(&bytes, 32) {
                Unit::Request { used, body } => prop_assert!(used <= bytes.len() && body.len() <= 32),
                Unit::Malformed { .. } => prop_assert!(false, "a frame is never malformed"),
                Unit::Partial | Unit::Hopeless(_) => {}
            }
        }
    }
}
