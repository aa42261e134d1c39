//! What holds for records and what they leave.

use std::borrow::Cow;

use proptest::prelude::*;

use super::record::Open;
use super::*;
use crate::base::{CallError, Digest, HttpHeader, HttpRequest, Input, RequestId, SavedState, Source, TimerKind};
use crate::worker::{Image, Remembered};

fn given(input: &Input) -> Given<'_> {
    let source = Source::Others { deadline: Some(7) };
    Given { worker: "bank", seq: 3, now: 1_000, now_ms: 1, source, input: Cow::Borrowed(input) }
}

/// A beginning.
pub(crate) fn began(worker: &str) -> Began<'_> {
    Began {
        worker: worker.into(),
        digest: Digest([9; 32]),
        generation: 1,
        now: 5,
        now_ms: 6,
        seed: 7,
        config: b"{}"[..].into(),
        state: Some(Cow::Owned(SavedState { schema: "s/1".into(), data: vec![4] })),
        image: Cow::Owned(Image::default()),
        wanted: Some(8),
        release: 2,
    }
}

fn inputs() -> impl Strategy<Value = Input> {
    let body = prop::collection::vec(any::<u8>(), 0..40);
    (0..8_u8, any::<u64>(), "[a-z/]{0,9}", body).prop_map(|(case, number, name, body)| match case {
        0 => Input::Call { token: number, body },
        1 => Input::Cast(body),
        2 => Input::Published { topic: name, body },
        3 => Input::Timer { name, body },
        4 => Input::Response { tag: number, outcome: Ok(body) },
        5 => Input::Response { tag: number, outcome: Err(CallError::Refused(name)) },
        6 => Input::Entered(name),
        _ => {
            let headers = vec![HttpHeader { name: name.clone(), value: name.clone() }];
            let (method, query) = ("GET".into(), Some(name.clone()));
            Input::Http { token: number, request: Box::new(HttpRequest { method, path: name, query, headers, body }) }
        }
    })
}

proptest! {
    #[test]
    fn a_record_that_is_written_in_two_parts_is_read_back_whole(input in inputs(), done in any::<u64>(), text in ".*") {
        let came = [Came::Done(digest(&text)), Came::Refused(digest(&text)), Came::SetAside];
        for came in came {
            let mut open = Open::default();
            open.begin(&given(&input));
            prop_assert_eq!(open.given(), Some(given(&input)));
            let bytes = open.end(done, came).to_vec();
            let record = Record::Step(given(&input), done, came);
            prop_assert_eq!(&record.encode(), &bytes);
            prop_assert_eq!(Record::decode(&bytes), Ok(record));
        }
    }

    #[test]
    fn bytes_that_are_no_record_are_refused_and_nothing_else_happens(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(record) = Record::decode(&bytes) {
            let again = record.encode();
            prop_assert_eq!(Record::decode(&again), Ok(record));
        }
        let _ = Tails::default().hear(0, &bytes);
    }
}

/// A journal that was written by an earlier version is read by this one. Whoever changes these bytes has broken every
/// state directory there is.
#[test]
fn records_are_written_as_they_always_were() {
    let hex = |record: Record<'_>| record.encode().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(Record::Life(Life { now: 300, now_ms: 2 })), "00ac0202");
    assert_eq!(began("bank").encode(), Record::Began(Box::new(began("bank"))).encode());
    let began = hex(Record::Began(Box::new(began("bank"))));
    assert_eq!(began, format!("010462616e6b{}01050607027b7d0103732f310104{}010802", "09".repeat(32), "00".repeat(15)));
    let input = Input::Timer { name: "tick".into(), body: vec![1, 2] };
    let given = Given { source: Source::Timer(TimerKind::State), ..given(&input) };
    let step = hex(Record::Step(given.clone(), 1_001, Came::Done(5)));
    assert_eq!(step, "020462616e6b03e80701020104047469636b020102e9070005");
    assert_eq!(hex(Record::Ended("bank")), "030462616e6b");
    let id = RequestId { id: [7; 16], asked: 300, forwarded: false };
    let once = Given { source: Source::Request { deadline: 9, id }, ..given };
    let once = hex(Record::Step(once, 1_001, Came::Done(5)));
    assert_eq!(once, format!("020462616e6b03e807010709{}ac020004047469636b020102e9070005", "07".repeat(16)));
    assert_eq!(hex(Record::Requests(Cow::Owned(Remembered::default()))), "0700");
}

#[test]
fn a_tail_holds_what_followed_the_last_beginning_and_nothing_after_an_end() {
    let mut tails = Tails::default();
    let input = Input::Cast(vec![1]);
    let step = Record::Step(given(&input), 2_000, Came::SetAside).encode();
    tails.hear(0, &step).expect("what began before the journal does is not needed");
    for position in [1, 4] {
        tails.hear(position, &Record::Began(Box::new(began("bank"))).encode()).expect("it begins");
        tails.hear(position + 1, &step).expect("it steps");
        tails.hear(position + 2, &step).expect("it steps");
    }
    tails.hear(7, &Record::Began(Box::new(began("gone"))).encode()).expect("it begins");
    tails.hear(8, &Record::Ended("gone").encode()).expect("it ends");
    assert_eq!(tails.clocks(), Life { now: 2_000, now_ms: 6 });
    let workers = tails.into_workers();
    assert_eq!(workers.keys().collect::<Vec<_>>(), ["bank"]);
    assert_eq!(workers["bank"].needed, 4);
    assert_eq!(steps(&workers["bank"]), 2);
    let mut moved = Tails::default();
    moved.hear(9, &workers["bank"].record()).expect("it was moved");
    let workers = moved.into_workers();
    assert_eq!((workers["bank"].needed, steps(&workers["bank"])), (9, 2));
}

fn steps(tail: &Tail) -> usize {
    let (mut place, mut steps) = (0, 0);
    while let Some(step) = tail.step(place) {
        let ((given, done, came), next) = step.expect("it can be read");
        assert_eq!((given.seq, done, came), (3, 2_000, Came::SetAside));
        (place, steps) = (next, steps + 1);
    }
    steps
}

#[test]
fn a_record_of_any_length_is_written_in_parts_that_fit_and_heard_whole() {
    for length in [0, (1 << 20) - 40, 1 << 20, 5 << 20] {
        let state = Some(Cow::Owned(SavedState { schema: "s/1".into(), data: vec![7; length] }));
        let record = Record::Began(Box::new(Began { state: state.clone(), ..began("bank") })).encode();
        let (mut tails, mut parts) = (Tails::default(), Records::default());
        // What was begun and not brought to its end is not heard.
        tails.hear(0, &Record::Part(true, &[1, 2, 3]).encode()).expect("a part");
        in_parts(&record, |part| assert!(parts.push(part), "it fits"));
        parts.each().zip(1..).for_each(|(part, position)| tails.hear(position, part).expect("a part"));
        let workers = tails.into_workers();
        assert_eq!(workers["bank"].began().and_then(|began| began.state), state);
        assert_eq!(workers["bank"].needed, 1, "where its first part stands");
    }
    let nested = Record::Rest(&Record::Rest(&[0]).encode()).encode();
    assert!(Tails::default().hear(0, &nested).is_err());
}
