//! The history does not grow for ever, and what is forgotten is still known where it matters.

use super::super::Ledger;
use super::super::memory::Memory;
use super::*;
use crate::base::limits::HISTORY_ROWS_MAX;

/// So many rows are there before some are forgotten.
const MOST: usize = HISTORY_ROWS_MAX + HISTORY_ROWS_MAX / 2;

/// Lines of so many refused releases of `echo`.
fn refused(revisions: impl Iterator<Item = u64>) -> Vec<u8> {
    let one = |revision| Row { revision, behaviour: "echo".into(), ..row(2, 3, RowResult::Refused) };
    revisions.flat_map(|revision| line::write(&one(revision)).expect("a line")).collect()
}

#[test]
fn a_start_forgets_the_oldest_of_too_many_and_not_the_last_releases() {
    let state = state();
    upgrade(&mut state.history(), 1, 2);
    state.damage(&refused(2..=MOST as u64 + 1));
    let mut history = state.history();
    assert_eq!((history.ledger().rows().len(), state.lines()), (HISTORY_ROWS_MAX, HISTORY_ROWS_MAX + 1));
    assert_eq!(history.ledger().rows()[0].revision, 1, "the release that made something run");
    assert_eq!(history.ledger().current("counter").map(|serving| serving.version.minor), Some(2), "what matters stays");
    assert_eq!(upgrade(&mut history, 2, 4), MOST as u64 + 2);
    let again = state.history();
    assert_eq!(again.ledger().rows(), history.ledger().rows());
    assert_eq!(again.ledger().current("counter").map(|serving| serving.version.minor), Some(4));
}

#[test]
fn a_host_that_runs_for_long_forgets_too_and_knows_what_ran_and_where_a_rollback_goes() {
    let state = state();
    let mut history = state.history();
    let mut all = vec![];
    let mut release = |history: &mut History, from, to| {
        let row = history.append(row(from, to, RowResult::Permanent)).expect("appended");
        all.push(row.clone());
    };
    // One version that ran once, then two to and fro.
    release(&mut history, 1, 9);
    release(&mut history, 9, 2);
    for turn in 0..MOST {
        if turn % 2 == 0 { release(&mut history, 2, 3) } else { release(&mut history, 3, 2) }
    }
    release(&mut history, 2, 3);
    let whole = Ledger::of(Memory::default(), all);
    for ledger in [history.ledger(), state.history().ledger()] {
        assert!(ledger.rows().len() < MOST && ledger.row(1).is_none());
        assert_eq!(ledger.current("counter"), whole.current("counter"));
        assert_eq!(ledger.previous("counter", &digest(3)), whole.previous("counter", &digest(3)));
        assert_eq!([1, 2, 3, 9].map(|at| ledger.ran(&digest(at))), [false, true, true, true]);
        assert_eq!(ledger.last_revision(), whole.last_revision());
    }
    assert!(state.lines() <= MOST + 1);
}

#[test]
fn nothing_is_forgotten_while_a_release_has_begun() {
    let state = state();
    let mut history = state.history();
    let begun = history.begin(row(1, 2, RowResult::Begun)).expect("begun").clone();
    for _ in 0..MOST {
        history.append(row(2, 3, RowResult::Refused)).expect("appended");
    }
    assert_eq!(history.ledger().rows().len(), MOST + 1);
    let done = Row { result: RowResult::Permanent, ..begun };
    assert_eq!(history.complete(done.clone()).expect("complete"), &done);
    assert_eq!(history.ledger().rows().len(), HISTORY_ROWS_MAX);
    assert_eq!(state.history().ledger().current("counter").map(|serving| serving.version.minor), Some(2));
}

#[test]
fn no_flipped_bit_changes_what_is_known_of_forgotten_rows() {
    let state = state();
    upgrade(&mut state.history(), 1, 2);
    state.damage(&refused(2..=MOST as u64 + 1));
    drop(state.history());
    let path = state.state.path().join("history.jsonl");
    let whole = fs::read(&path).expect("read");
    let first = whole.iter().position(|byte| *byte == b'\n').expect("a line");
    for byte in 0..first {
        let mut damaged = whole.clone();
        damaged[byte] ^= 1 << (byte % 8);
        fs::write(&path, damaged).expect("written");
        assert!(History::open(&state.state, &|_| 0).is_err(), "byte {byte}");
    }
}
