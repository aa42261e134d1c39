//! The answers of one peer, put back into the order of its requests. Pure.

use std::collections::VecDeque;

use super::wire::Wire;
use crate::base::Outcome;

/// A written-out buffer larger than this is given back to the system.
const KEPT_BYTES: usize = 256 << 10;

/// Answers by request number. One that is due is encoded at once; one that comes early waits.
#[derive(Debug)]
pub(super) struct Replies {
    wire: Wire,
    /// The number of the next answer to leave.
    head: u32,
    /// The number of the next request.
    next: u32,
    /// Early answers; the first place belongs to request `head`. Empty while answers are in order.
    early: VecDeque<Option<Outcome>>,
    early_bytes: usize,
    out: Vec<u8>,
    written: usize,
}

impl Replies {
    pub(super) fn new(wire: Wire) -> Replies {
        Replies { wire, head: 0, next: 0, early: VecDeque::new(), early_bytes: 0, out: Vec::new(), written: 0 }
    }

    /// Counts one more request and gives its number.
    pub(super) fn number(&mut self) -> u32 {
        let seq = self.next;
        self.next = seq.wrapping_add(1);
        seq
    }

    /// Requests whose answer has not been encoded yet.
    pub(super) fn outstanding(&self) -> usize {
        self.next.wrapping_sub(self.head) as usize
    }

    /// Bytes that wait here: encoded and not written, or early.
    pub(super) fn buffered(&self) -> usize {
        self.out.len() - self.written + self.early_bytes
    }

    /// Takes the answer of request `seq`. Whether there is more to write now than before.
    pub(super) fn answer(&mut self, seq: u32, outcome: Outcome) -> bool {
        if seq != self.head {
            self.keep(seq, outcome);
            return false;
        }
        self.wire.encode(&outcome, &mut self.out);
        self.head = self.head.wrapping_add(1);
        if !self.early.is_empty() {
            self.early.pop_front();
            self.release();
        }
        true
    }

    fn keep(&mut self, seq: u32, outcome: Outcome) {
        let at = seq.wrapping_sub(self.head) as usize;
        debug_assert!(at < self.outstanding(), "request {seq} was answered twice");
        if self.early.len() <= at {
            self.early.resize_with(at + 1, || None);
        }
        self.early_bytes += size(&outcome);
        self.early[at] = Some(outcome);
    }

    fn release(&mut self) {
        while let Some(Some(outcome)) = self.early.front_mut().map(Option::take) {
            self.early.pop_front();
            self.early_bytes -= size(&outcome);
            self.wire.encode(&outcome, &mut self.out);
            self.head = self.head.wrapping_add(1);
        }
    }

    /// Puts these bytes behind everything encoded so far, in no protocol of ours.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// What is to be written.
    pub(super) fn pending(&self) -> &[u8] {
        &self.out[self.written..]
    }

    /// The first `count` pending bytes are written.
    pub(super) fn wrote(&mut self, count: usize) {
        self.written += count;
        if self.written < self.out.len() {
            return;
        }
        self.written = 0;
        if self.out.capacity() > KEPT_BYTES { self.out = Vec::new() } else { self.out.clear() }
    }

    /// Nobody reads any more: forgets every byte.
    pub(super) fn forget(&mut self) {
        *self = Replies { head: self.head, next: self.next, ..Replies::new(self.wire) };
    }
}

fn size(outcome: &Outcome) -> usize {
    outcome.as_ref().map_or_else(|failure| failure.text.len(), Vec::len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn say(number: usize) -> Outcome {
        Ok(number.to_string().into_bytes())
    }

    proptest! {
        #[test]
        fn answers_leave_in_request_order_whatever_order_they_come_in(
            order in (1_usize..60).prop_flat_map(|count| Just((0..count).collect::<Vec<_>>()).prop_shuffle()),
            start in any::<u32>(),
        ) {
            let mut replies = Replies::new(Wire::Lines);
            (replies.head, replies.next) = (start, start);
            let numbers: Vec<u32> = order.iter().map(|_| replies.number()).collect();
            for at in &order {
                replies.answer(numbers[*at], say(*at));
            }
            let all: String = (0..order.len()).map(|at| format!("ok {at}\n")).collect();
            prop_assert_eq!(String::from_utf8_lossy(replies.pending()), all);
            prop_assert_eq!((replies.outstanding(), replies.early_bytes), (0, 0));
        }
    }

    #[test]
    fn an_early_answer_is_counted_as_buffered_and_as_outstanding() {
        let mut replies = Replies::new(Wire::Lines);
        let (first, second) = (replies.number(), replies.number());
        assert!(!replies.answer(second, Ok(vec![b'x'; 100])));
        assert_eq!((replies.outstanding(), replies.buffered(), replies.pending().len()), (2, 100, 0));
        assert!(replies.answer(first, say(1)));
        assert_eq!((replies.outstanding(), replies.buffered()), (0, "ok 1\n".len() + 104));
    }

    #[test]
    fn whoever_has_gone_gets_no_byte_and_what_is_outstanding_stays_so() {
        let mut replies = Replies::new(Wire::Lines);
        let numbers = [(); 4].map(|()| replies.number());
        replies.answer(numbers[0], say(0));
        replies.answer(numbers[2], say(2));
        replies.forget();
        assert_eq!((replies.outstanding(), replies.buffered(), replies.pending()), (3, 0, &b""[..]));
        assert!(replies.answer(numbers[1], say(1)));
        assert_eq!((replies.outstanding(), replies.pending()), (2, &b"ok 1\n"[..]));
    }

    #[test]
    fn what_is_written_is_not_pending_and_a_large_buffer_is_given_back() {
        let mut replies = Replies::new(Wire::Lines);
        let seq = replies.number();
        replies.answer(seq, Ok(vec![b'x'; KEPT_BYTES * 2]));
        replies.wrote(3);
        let rest = replies.pending().len();
        assert_eq!(rest, KEPT_BYTES * 2 + 1);
        replies.wrote(rest);
        assert_eq!((replies.buffered(), replies.out.capacity()), (0, 0));
        replies.out = Vec::with_capacity(KEPT_BYTES);
        replies.raw(b"x");
        replies.wrote(1);
        assert_eq!(replies.out.capacity(), KEPT_BYTES, "one of the usual size is kept");
    }
}
