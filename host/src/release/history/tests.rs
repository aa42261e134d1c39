//! What a host comes back to, and what it says when it cannot.

mod ends;
mod forgetting;
mod intents;
mod retention;
mod starts;

use std::fs;
use std::io::Write;

use super::line;
use super::{Components, History, LockError, Row, RowResult, StateDir, StateError, States, Swaps};
use crate::base::{Digest, Name, SavedState, limits};

struct State {
    _dir: tempfile::TempDir,
    state: StateDir,
}

fn state() -> State {
    let dir = tempfile::tempdir().expect("a directory");
    let state = StateDir::lock(&dir.path().join("state")).expect("nobody else holds it");
    State { _dir: dir, state }
}

impl State {
    fn history(&self) -> History {
        match History::open(&self.state, &|_| 0) {
            Ok((history, None)) => history,
            other => panic!("{other:?}"),
        }
    }

    /// The lines of the file.
    fn lines(&self) -> usize {
        fs::read_to_string(self.state.path().join("history.jsonl")).expect("read").lines().count()
    }

    fn damage(&self, with: &[u8]) {
        let path = self.state.path().join("history.jsonl");
        let mut file = fs::File::options().append(true).create(true).open(path).expect("opened");
        file.write_all(with).expect("written");
    }
}

fn digest(minor: u8) -> Digest {
    Digest([minor; 32])
}

/// A release of the counter from 0.FROM.0 to 0.TO.0, whose digests are those numbers.
fn row(from: u8, to: u8, result: RowResult) -> Row {
    let version = |minor: u8| format!("0.{minor}.0").parse().ok();
    Row {
        revision: 0,
        at_ms: 1,
        behaviour: "counter".into(),
        from: version(from),
        from_digest: Some(digest(from)),
        to: version(to),
        digest: Some(digest(to)),
        result,
        via: "cli".into(),
        workers: 1,
        pause_us: 40,
        reason: String::new(),
    }
}

fn upgrade(history: &mut History, from: u8, to: u8) -> u64 {
    history.append(row(from, to, RowResult::Permanent)).expect("appended").revision
}

#[test]
fn a_second_host_on_the_same_state_directory_is_told_who_holds_it() {
    let first = state();
    let error = StateDir::lock(first.state.path()).expect_err("held");
    assert!(matches!(&error, LockError::Taken { pid: Some(pid), .. } if *pid == std::process::id()), "{error:?}");
    let said = error.to_string();
    let expected = format!(
        "another host (process {}) uses the state directory {}",
        std::process::id(),
        first.state.path().display()
    );
    assert!(said.contains(&expected) && said.contains("tomte shutdown"), "{said}");
    let path = first.state.path().to_owned();
    drop(first.state);
    StateDir::lock(&path).expect("free again");
}

#[test]
fn a25_only_its_owner_may_enter_a_state_directory() {
    use std::os::unix::fs::PermissionsExt;
    let state = state();
    let mode = fs::metadata(state.state.path()).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_state_directory_that_cannot_be_made_is_told() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let error = StateDir::lock(&file.path().join("state")).expect_err("below a file").to_string();
    assert!(error.contains("cannot be used") && error.contains("--state DIR"), "{error}");
}

#[test]
fn a_component_is_kept_and_checked_when_read() {
    let state = state();
    let components = Components::open(&state.state).expect("a store");
    let digest = components.put(b"bytes").expect("kept");
    assert_eq!(components.put(b"bytes").expect("kept"), digest);
    assert_eq!(components.get(&digest).expect("read"), b"bytes");
    let file = state.state.path().join(format!("components/{digest}.wasm"));
    fs::write(file, "other").expect("damaged");
    assert!(matches!(components.get(&digest), Err(StateError::Damaged { .. })));
    assert_eq!(components.put(b"bytes").expect("mended"), digest);
    assert!(components.get(&digest).is_ok());
    let beside = state.state.path().join("components/notes.wasm");
    fs::write(&beside, "somebody's own").expect("written");
    components.keep_only(&[].into());
    assert!(matches!(components.get(&digest), Err(StateError::NoComponent(_))) && beside.exists());
}

#[test]
fn rows_come_back_as_they_were_and_numbers_go_on() {
    let state = state();
    let mut history = state.history();
    assert_eq!(upgrade(&mut history, 1, 2), 1);
    let unread = Row { to: None, digest: None, reason: "a symbolic link".into(), ..row(2, 3, RowResult::Refused) };
    history.append(unread).expect("appended");
    let written = history.ledger().rows().to_vec();
    let mut again = state.history();
    assert_eq!(again.ledger().rows(), written);
    assert_eq!(upgrade(&mut again, 2, 4), 3);
    assert_eq!(state.history().ledger().rows().len(), 3);
}

#[test]
fn a_torn_last_line_is_cut_off_and_told() {
    let state = state();
    upgrade(&mut state.history(), 1, 2);
    state.damage(b"{\"revision\":2,\"at");
    let (mut history, note) = History::open(&state.state, &|_| 0).expect("opened");
    assert!(note.is_some_and(|note| note.contains("17 bytes are cut off")));
    assert_eq!(upgrade(&mut history, 2, 3), 2);
    assert_eq!(state.history().ledger().rows().len(), 2, "what was appended after is whole");
}

#[test]
fn damage_in_the_middle_is_loud() {
    for damage in [&b"not json\n"[..], b"\n", b"{}\n"] {
        let state = state();
        upgrade(&mut state.history(), 1, 2);
        state.damage(damage);
        let error = History::open(&state.state, &|_| 0).expect_err("damaged").to_string();
        assert!(error.contains("history.jsonl is damaged: line 2"), "{error}");
    }
    let state = state();
    upgrade(&mut state.history(), 1, 2);
    let twice = fs::read(state.state.path().join("history.jsonl")).expect("read");
    state.damage(&twice);
    assert!(
        History::open(&state.state, &|_| 0).expect_err("damaged").to_string().contains("revision 1 is out of order")
    );
}

#[test]
fn a_host_comes_back_on_what_was_permanent_unless_the_manifest_changed() {
    let state = state();
    let mut history = state.history();
    assert_eq!(history.ledger().boot("counter", &digest(1)), None);
    upgrade(&mut history, 1, 2);
    history.append(row(2, 3, RowResult::RolledBack)).expect("appended");
    history.append(row(2, 4, RowResult::Refused)).expect("appended");
    let history = state.history();
    let serving = history.ledger().boot("counter", &digest(1)).expect("0.2.0 was permanent");
    assert_eq!((serving.version.minor, serving.digest, serving.base), (2, digest(2), digest(1)));
    assert_eq!(history.ledger().boot("counter", &digest(9)), None, "the manifest names another component now");
    assert_eq!(history.ledger().boot("kv", &digest(1)), None);
}

#[test]
fn rolling_back_twice_goes_back_twice() {
    let state = state();
    let mut history = state.history();
    upgrade(&mut history, 1, 2);
    upgrade(&mut history, 2, 3);
    let back = history.ledger().previous("counter", &digest(3)).expect("0.2.0");
    assert_eq!((back.version.minor, back.swap), (2, Some(2)), "with the states 0.2.0 had when 0.3.0 came");
    upgrade(&mut history, 3, 2);
    let back = history.ledger().previous("counter", &digest(2)).expect("0.1.0");
    assert_eq!((back.version.minor, back.swap), (1, Some(1)));
    upgrade(&mut history, 2, 1);
    assert_eq!(history.ledger().previous("counter", &digest(1)), None, "nothing ran before the manifest's own");
    assert_eq!(history.ledger().boot("counter", &digest(1)), None, "which is what a start runs anyway");
    let forward = history.ledger().back_to(2, &digest(1)).expect("0.3.0 was permanent once");
    assert_eq!((forward.version.minor, forward.swap), (3, None));
    assert_eq!(history.ledger().needed(), [1, 2, 3].map(digest).into(), "also those of the last rows");
}

#[test]
fn another_component_in_the_manifest_starts_a_new_chain() {
    let state = state();
    let mut history = state.history();
    upgrade(&mut history, 1, 2);
    upgrade(&mut history, 7, 8);
    assert_eq!(history.ledger().previous("counter", &digest(8)).map(|target| target.digest), Some(digest(7)));
    assert_eq!(history.ledger().current("counter").map(|serving| serving.base), Some(digest(7)));
    assert_eq!(history.ledger().previous("counter", &digest(9)), None, "the host was started with yet another one");
    assert_eq!(
        history.ledger().back_to(1, &digest(9)).map(|target| (target.digest, target.swap)),
        Some((digest(2), None))
    );
    assert_eq!(history.ledger().back_to(99, &digest(8)), None);
}

#[test]
fn a_rollback_may_name_a_revision_further_back() {
    let state = state();
    let mut history = state.history();
    for minor in 1..=3 {
        upgrade(&mut history, minor, minor + 1);
    }
    history.append(row(4, 5, RowResult::RolledBack)).expect("appended");
    let back = history.ledger().back_to(1, &digest(4)).expect("0.2.0");
    assert_eq!((back.version.minor, back.swap), (2, Some(2)));
    assert_eq!(history.ledger().back_to(4, &digest(4)), None, "what was rolled back never was permanent");
}

#[test]
fn the_states_of_the_last_swaps_are_kept() {
    let state = state();
    let swaps = Swaps::open(&state.state).expect("a store");
    let saved = |data: &[u8]| SavedState { schema: "counter/1".into(), data: data.to_vec() };
    let worker = |text: &str| Name::new(text).expect("a name");
    let states: States = [(worker("a"), saved(b"\n\xff\0")), (worker("b"), saved(b""))].into();
    for revision in 1..=limits::SWAPS_KEPT as u64 + 5 {
        swaps.save(revision, &states).expect("kept");
    }
    assert_eq!(swaps.load(5).expect("no error"), None);
    assert_eq!(swaps.load(6).expect("read"), Some(states));
    let path = state.state.path().join("swaps/6.states");
    let mut content = fs::read(&path).expect("read");
    *content.last_mut().expect("not empty") ^= 1;
    fs::write(&path, content).expect("damaged");
    assert!(matches!(swaps.load(6), Err(StateError::Damaged { .. })));
}

#[test]
fn no_flipped_bit_makes_another_history() {
    let written = state();
    upgrade(&mut written.history(), 1, 2);
    upgrade(&mut written.history(), 2, 3);
    let rows = written.history().ledger().rows().to_vec();
    let path = written.state.path().join("history.jsonl");
    let whole = fs::read(&path).expect("read");
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, damaged).expect("written");
        let opened = History::open(&written.state, &|_| 0).map(|(history, _)| history.ledger().rows().to_vec());
        assert!(opened.as_ref().map_or_else(|_| true, |seen| *seen == rows), "bit {bit}: {opened:?}");
    }
}

#[test]
fn every_torn_last_line_is_cut_off() {
    let written = state();
    upgrade(&mut written.history(), 1, 2);
    upgrade(&mut written.history(), 2, 3);
    let path = written.state.path().join("history.jsonl");
    let whole = fs::read(&path).expect("read");
    let first = whole.iter().position(|byte| *byte == b'\n').expect("two lines") + 1;
    for length in first + 1..whole.len() {
        fs::write(&path, &whole[..length]).expect("written");
        let (history, note) = History::open(&written.state, &|_| 0).expect("opened");
        assert_eq!((history.ledger().rows().len(), note.is_some()), (1, true), "{length} of {} bytes", whole.len());
    }
}

#[test]
fn the_last_of_all_revisions_is_the_end_of_it_and_not_of_the_host() {
    let state = state();
    state.damage(&line::write(&Row { revision: u64::MAX, ..row(1, 2, RowResult::Permanent) }).expect("a line"));
    let mut history = state.history();
    let refused = history.append(row(2, 3, RowResult::Permanent)).expect_err("no number is left").to_string();
    assert!(refused.contains("no revision after its last one"), "{refused}");
}

#[test]
fn a_state_directory_that_everybody_may_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).expect("set");
    let refused = StateDir::lock(dir.path()).expect_err("not believed").to_string();
    assert!(refused.contains("chmod o-w"), "{refused}");
}

#[test]
fn a_link_in_the_place_of_the_lock_is_not_followed() {
    let dir = tempfile::tempdir().expect("a directory");
    let target = dir.path().join("precious");
    fs::write(&target, "precious").expect("written");
    std::os::unix::fs::symlink(&target, dir.path().join("lock")).expect("linked");
    assert!(StateDir::lock(dir.path()).is_err());
    assert_eq!(fs::read_to_string(&target).expect("read"), "precious");
}
