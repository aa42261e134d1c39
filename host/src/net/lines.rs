//! `lines`: one line of UTF-8 is one call, for people with a terminal. Pure.
//!
//! A request's line is taken as it is, without its `\n` or `\r\n`. In an answer a backslash, a
//! newline and a carriage return are written `\\`, `\n` and `\r`, so that one answer is one line
//! and nothing is lost; bytes that are not UTF-8 become U+FFFD, which *is* a loss: behaviours
//! with binary replies belong behind `frames` or `http`.

use super::unit::Unit;
use crate::base::Outcome;

/// The line at the front of `bytes`, of which the first `scanned` hold no newline.
pub(super) fn decode(bytes: &[u8], scanned: usize, body_max: usize) -> Unit {
    let from = scanned.min(bytes.len());
    let Some(end) = bytes[from..].iter().position(|byte| *byte == b'\n').map(|at| at + from) else {
        // One byte of grace: it may be the carriage return of a line that just fits.
        return if bytes.len() > body_max + 1 { Unit::Hopeless(too_long(body_max)) } else { Unit::Partial };
    };
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    if line.len() > body_max {
        return Unit::Hopeless(too_long(body_max));
    }
    let used = end + 1;
    match std::str::from_utf8(line) {
        Ok(_) => Unit::Request { used, body: line.to_vec() },
        Err(error) => {
            Unit::Malformed { used, text: format!("the line is not UTF-8 from byte {} on", error.valid_up_to()) }
        }
    }
}

fn too_long(body_max: usize) -> String {
    format!("the line is longer than the limit of {body_max} bytes; the connection is closed")
}

/// Appends one answer: `ok BODY` or `error KIND TEXT`, and a newline.
pub(super) fn encode(outcome: &Outcome, out: &mut Vec<u8>) {
    match outcome {
        Ok(body) => {
            out.extend_from_slice(b"ok ");
            escape(&String::from_utf8_lossy(body), out);
        }
        Err(failure) => {
            out.extend_from_slice(b"error ");
            out.extend_from_slice(failure.kind.word().as_bytes());
            out.push(b' ');
            escape(&failure.text, out);
        }
    }
    out.push(b'\n');
}

fn escape(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 1);
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::{Failure, Kind};

    fn request(used: usize, body: &str) -> Unit {
        Unit::Request { used, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn both_line_endings_end_a_line_and_belong_to_no_body() {
        assert_eq!(decode(b"read\nx", 0, 9), request(5, "read"));
        assert_eq!(decode(b"read\r\nx", 0, 9), request(6, "read"));
        assert_eq!(decode(b"a\rb\n", 0, 9), request(4, "a\rb"));
        assert_eq!(decode(b"\n", 0, 9), request(1, ""));
        assert_eq!(decode(b"rea", 0, 9), Unit::Partial);
    }

    #[test]
    fn a_line_that_is_not_utf8_costs_only_itself() {
        let Unit::Malformed { used, text } = decode(b"ab\xffc\nread\n", 0, 9) else { panic!("it is not UTF-8") };
        assert_eq!(used, 5);
        assert!(text.contains("byte 2"), "{text}");
    }

    #[test]
    fn a_line_over_the_limit_is_hopeless_with_or_without_its_end() {
        assert_eq!(decode(b"abc\r\n", 0, 3), request(5, "abc"));
        assert_eq!(decode(b"abc\r", 0, 3), Unit::Partial);
        assert!(matches!(decode(b"abcd\n", 0, 3), Unit::Hopeless(_)));
        assert!(matches!(decode(b"abcde", 0, 3), Unit::Hopeless(_)));
    }

    #[test]
    fn an_answer_is_one_line_whatever_it_holds() {
        let mut out = Vec::new();
        encode(&Ok(b"a\nb\\n\rc".to_vec()), &mut out);
        encode(&Ok(vec![b'x', 0xff]), &mut out);
        encode(&Err(Failure::new(Kind::TimedOut, "late\nvery")), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "ok a\\nb\\\\n\\rc\nok x\u{fffd}\nerror timed-out late\\nvery\n");
    }

    proptest! {
        #[test]
        fn any_split_of_the_bytes_gives_the_same_lines(
            lines in prop::collection::vec("[a-zé]{0,20}", 0..12),
            cuts in prop::collection::vec(1_usize..30, 1..20),
        ) {
            let stream: Vec<u8> = lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
            let (mut seen, mut held, mut rest, mut scanned) = (Vec::new(), Vec::new(), stream.as_slice(), 0);
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                held.extend_from_slice(now);
                rest = later;
                while let Unit::Request { used, body } = decode(&held, scanned, 64) {
                    seen.push(String::from_utf8_lossy(&body).into_owned());
                    held.drain(..used);
                    scanned = 0;
                }
                scanned = held.len();
                if rest.is_empty() { break }
            }
            prop_assert_eq!(seen, lines);
        }

        #[test]
        fn what_is_escaped_can_be_read_back(text in "[\\\\nr\n\ra]{0,30}") {
            let mut out = Vec::new();
            encode(&Ok(text.clone().into_bytes()), &mut out);
            let line = String::from_utf8(out).expect("UTF-8");
            let (mut plain, mut marks) = (String::new(), line["ok ".len()..line.len() - 1].chars());
            while let Some(mark) = marks.next() {
                match (mark, if mark == '\\' { marks.next() } else { None }) {
                    ('\\', Some('n')) => plain.push('\n'),
                    ('\\', Some('r')) => plain.push('\r'),
                    ('\\', Some(other)) => plain.push(other),
                    (other, _) => plain.push(other),
                }
            }
            prop_assert_eq!(plain, text);
        }
    }
}
