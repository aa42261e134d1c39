//! Intents: what has begun and what became of it, also when the disk fails in between.

use std::sync::Arc;

use super::line;
use super::{State, digest, row, state, upgrade};
use crate::base::limits;
use crate::release::history::{History, Records, Row, RowResult, StateError};
use crate::release::{TestDisk, identity};

/// The disk of this machine, not the double.
#[test]
fn room_that_is_reserved_leaves_the_length_of_a_file_as_it_is() {
    use crate::release::disk::{Disk, RealDisk};
    let file = tempfile::NamedTempFile::new().expect("a file");
    RealDisk.reserve(file.path(), file.as_file(), 0, 1 << 20).expect("there is room");
    assert_eq!(file.as_file().metadata().expect("there").len(), 0);
    // No file may be this long, on no disk there is so much room.
    let most = u64::try_from(i64::MAX).expect("it fits") - 1;
    let error = RealDisk.reserve(file.path(), file.as_file(), 0, most).expect_err("no room");
    let kind = error.kind();
    assert!(matches!(kind, std::io::ErrorKind::StorageFull | std::io::ErrorKind::FileTooLarge), "{error}");
}

/// A state directory on a disk that may fill up.
fn on_test_disk() -> (State, Arc<TestDisk>) {
    let State { _dir, state } = state();
    let disk = Arc::new(TestDisk::new());
    (State { _dir, state: state.on(Arc::<TestDisk>::clone(&disk)) }, disk)
}

fn completed(revision: u64, result: RowResult) -> Row {
    Row { revision, at_ms: 9, ..row(1, 2, result) }
}

fn results(history: &History) -> Vec<(u64, RowResult)> {
    history.ledger().rows().iter().map(|row| (row.revision, row.result)).collect()
}

#[test]
fn an_intent_and_its_completion_are_one_row_and_two_lines() {
    for result in [RowResult::Permanent, RowResult::Refused, RowResult::RolledBack] {
        let state = state();
        let mut history = state.history();
        let begun = history.begin(row(1, 2, RowResult::Permanent)).expect("begun").clone();
        assert_eq!((begun.revision, begun.result), (1, RowResult::Begun));
        assert_eq!(history.ledger().current("counter"), None, "what has begun does not run");
        let done = history.complete(completed(1, result)).expect("completed").clone();
        assert_eq!((history.ledger().rows(), state.lines()), (&[done.clone()][..], 2));
        let mut again = state.history();
        assert_eq!(again.ledger().rows(), [done]);
        let runs = again.ledger().current("counter").map(|current| current.version.minor);
        assert_eq!(runs, (result == RowResult::Permanent).then_some(2));
        assert_eq!(upgrade(&mut again, 2, 3), 2);
    }
}

#[test]
fn an_intent_that_stands_alone_is_rolled_back_by_the_next_host_once() {
    let state = state();
    let mut history = state.history();
    upgrade(&mut history, 1, 2);
    history.begin(row(2, 3, RowResult::Permanent)).expect("begun");
    drop(history);
    let (history, note) = History::open(&state.state, &|_| 0).expect("opened");
    assert_eq!(results(&history), [(1, RowResult::Permanent), (2, RowResult::RolledBack)]);
    assert_eq!(history.ledger().rows()[1].reason, "the host ended before it was complete");
    let note = note.expect("a note");
    assert!(note.contains("the release of counter (revision 2) was not complete"), "{note}");
    assert_eq!(history.ledger().boot("counter", &digest(1)).map(|current| current.version.minor), Some(2));
    assert_eq!((state.history().ledger().rows(), state.lines()), (history.ledger().rows(), 3), "and is not told again");
}

#[test]
fn an_intent_that_stands_alone_is_permanent_if_durable_workers_have_changed_by_it() {
    let state = state();
    state.history().begin(row(1, 2, RowResult::Permanent)).expect("begun");
    let by_it = |row: &Row| if (row.revision, row.digest) == (1, Some(digest(2))) { 3 } else { 0 };
    let (history, note) = History::open(&state.state, &by_it).expect("opened");
    assert_eq!(results(&history), [(1, RowResult::Permanent)]);
    let settled = &history.ledger().rows()[0];
    assert_eq!((settled.workers, settled.reason.contains("the journal of its durable workers has it")), (3, true));
    assert!(note.is_some_and(|note| note.contains("its durable workers had changed, and it is now")));
    assert_eq!(history.ledger().boot("counter", &digest(1)).map(|current| current.version.minor), Some(2));
    assert_eq!((state.history().ledger().rows(), state.lines()), (history.ledger().rows(), 2), "it is on disk");
}

#[test]
fn a_completion_that_was_torn_is_none() {
    let state = state();
    state.history().begin(row(1, 2, RowResult::Permanent)).expect("begun");
    let mut line = serde_json::to_vec(&completed(1, RowResult::Permanent)).expect("JSON");
    line.truncate(line.len() / 2);
    state.damage(&line);
    let (history, note) = History::open(&state.state, &|_| 0).expect("opened");
    assert_eq!(results(&history), [(1, RowResult::RolledBack)]);
    assert!(note.is_some_and(|note| note.contains("bytes are cut off; the release of counter")));
    assert_eq!(state.history().ledger().rows(), history.ledger().rows());
}

#[test]
fn only_an_intent_has_a_second_line() {
    let second = |first: RowResult, second: RowResult| {
        let state = state();
        for result in [first, second] {
            state.damage(&line::write(&completed(1, result)).expect("a line"));
        }
        History::open(&state.state, &|_| 0).map_err(|error| error.to_string())
    };
    assert!(second(RowResult::Begun, RowResult::Permanent).is_ok());
    for (first, then) in [
        (RowResult::Permanent, RowResult::Permanent),
        (RowResult::Refused, RowResult::Permanent),
        (RowResult::Permanent, RowResult::Begun),
        (RowResult::Begun, RowResult::Begun),
    ] {
        let error = second(first, then).expect_err("damaged");
        assert!(error.contains("line 2: revision 1 is out of order"), "{error}");
    }
}

#[test]
fn what_was_not_begun_cannot_be_completed() {
    let state = state();
    let mut history = state.history();
    upgrade(&mut history, 1, 2);
    for revision in [0, 1, 2] {
        let error = history.complete(completed(revision, RowResult::Permanent)).expect_err("refused").to_string();
        assert!(error.contains("was not begun"), "{error}");
    }
    assert_eq!(state.lines(), 1);
}

#[test]
fn a_history_that_is_shortened_has_one_line_for_each_row() {
    let state = state();
    upgrade(&mut state.history(), 1, 2);
    let most = 2 * limits::HISTORY_ROWS_MAX as u64;
    let lines = (2..=most).flat_map(|revision| {
        [RowResult::Begun, RowResult::Refused].map(|result| Row { revision, ..row(2, 3, result) })
    });
    let text: Vec<Vec<u8>> = lines.map(|row| line::write(&row).expect("a line")).collect();
    state.damage(&text.concat());
    let revision = most + 1;
    let alone = Row { revision, ..row(2, 4, RowResult::Begun) };
    state.damage(&line::write(&alone).expect("a line"));
    let (history, _) = History::open(&state.state, &|_| 0).expect("opened");
    assert_eq!(history.ledger().rows().len(), limits::HISTORY_ROWS_MAX);
    assert_eq!(history.ledger().rows().last().map(|row| row.result), Some(RowResult::RolledBack));
    assert_eq!(state.lines(), history.ledger().rows().len() + 1, "one line more is about those that are forgotten");
    let again = state.history();
    assert_eq!(again.ledger().rows(), history.ledger().rows());
    assert_eq!(again.ledger().current("counter").map(|current| current.version.minor), Some(2), "what matters stays");
}

#[test]
fn a_line_that_finds_the_disk_full_leaves_nothing_and_the_next_one_is_tried() {
    let (state, disk) = on_test_disk();
    let mut history = state.history();
    upgrade(&mut history, 1, 2);
    disk.set_room(40);
    let error = history.append(row(2, 3, RowResult::Refused)).expect_err("full");
    assert!(matches!(error, StateError::Full(_)), "{error:?}");
    assert!(history.begin(row(2, 3, RowResult::Permanent)).is_err());
    disk.set_room(1 << 20);
    assert_eq!(upgrade(&mut history, 2, 3), 2);
    assert_eq!(state.history().ledger().rows(), history.ledger().rows(), "no half line in between");
}

#[test]
fn a_line_that_cannot_be_synced_is_the_last_that_is_tried() {
    let (state, disk) = on_test_disk();
    let mut history = state.history();
    disk.set_sync_fails(true);
    assert!(matches!(history.append(row(1, 2, RowResult::Refused)), Err(StateError::Io { .. })));
    disk.set_sync_fails(false);
    assert!(matches!(history.append(row(1, 2, RowResult::Refused)), Err(StateError::Broken)));
    assert_eq!(state.history().ledger().rows(), [], "what was told as failed did not happen");
}

#[test]
fn the_longest_completion_fits_into_the_room_that_was_kept_for_it() {
    let (state, disk) = on_test_disk();
    let mut history = state.history();
    let revision = history.begin(row(1, 2, RowResult::Permanent)).expect("begun").revision;
    disk.set_room(0);
    let reason = "\u{1}".repeat(2 * limits::HISTORY_REASON_BYTES_MAX);
    let longest = Row {
        reason,
        workers: usize::MAX,
        pause_us: u64::MAX,
        at_ms: u64::MAX,
        ..completed(revision, RowResult::RolledBack)
    };
    history.complete(longest).expect("there is room");
    assert_eq!(state.history().ledger().rows(), history.ledger().rows());
}

#[test]
fn a_host_that_cannot_complete_an_intent_starts_and_the_next_one_tries_again() {
    let (state, disk) = on_test_disk();
    state.history().begin(row(1, 2, RowResult::Permanent)).expect("begun");
    let empty = Arc::new(TestDisk::new());
    empty.set_room(0);
    let State { _dir, state: full } = state;
    let full = full.on(empty);
    let (history, note) = History::open(&full, &|_| 0).expect("opened");
    assert_eq!(results(&history), [(1, RowResult::RolledBack)]);
    assert!(note.is_some_and(|note| note.contains("the disk is full")));
    let well = full.on(disk);
    let (history, note) = History::open(&well, &|_| 0).expect("opened");
    assert_eq!((results(&history), note.is_some()), (vec![(1, RowResult::RolledBack)], true));
    assert_eq!(History::open(&well, &|_| 0).expect("opened").1, None, "now it is complete");
}

#[test]
fn a_refusal_takes_the_component_back_unless_it_was_kept_before() {
    let state = state();
    let (mut records, _) = Records::open(&state.state).expect("records");
    records.components().put(b"old").expect("kept");
    for (bytes, stays) in [(&b"new"[..], false), (b"old", true)] {
        let revision = records.begin(row(1, 2, RowResult::Permanent), bytes).expect("begun").revision;
        assert!(records.components().get(&identity::digest(bytes)).is_ok());
        let refused = records.refuse(row(1, 2, RowResult::Refused)).row;
        assert_eq!((refused.revision, refused.result), (revision, RowResult::Refused));
        assert_eq!(records.components().get(&identity::digest(bytes)).is_ok(), stays);
    }
    assert_eq!(records.refuse(row(1, 2, RowResult::Refused)).row.revision, 3, "one that has not begun has a row too");
}
