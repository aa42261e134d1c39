//! A start on another component than the one that ran before is a row, and a way back.

use super::{State, digest, row, state, upgrade};
use crate::base::{Digest, Name, Version};
use crate::release::history::{Records, RowResult, Started};

fn component(minor: u8) -> (Version, Digest) {
    (Version { major: 0, minor: minor.into(), patch: 0 }, digest(minor))
}

/// A host starts: the manifest has one component, and this one runs. Gives how many rows there are then.
fn start(state: &State, declared: u8, runs: u8) -> usize {
    let counter = Name::new("counter").expect("a name");
    let mut records = Records::open(&state.state).expect("records").0;
    let mut started = Started::open(&state.state);
    let boots = records.history().boot("counter", &digest(declared)).map_or(digest(declared), |boot| boot.digest);
    assert_eq!(boots, digest(runs), "what the history says is to run");
    records.start(&started, &counter, component(runs), 5).expect("recorded");
    let (version, _) = component(runs);
    started.record([(counter, version, digest(declared))]).expect("recorded");
    records.history().rows().len()
}

#[test]
fn a_start_that_changes_nothing_is_no_row() {
    let state = state();
    assert_eq!([start(&state, 1, 1), start(&state, 1, 1)], [0, 0]);
    upgrade(&mut state.history(), 1, 2);
    assert_eq!([start(&state, 1, 2), start(&state, 1, 2)], [1, 1]);
}

#[test]
fn a_start_on_a_rebuilt_component_is_a_row_and_can_be_rolled_back() {
    let state = state();
    start(&state, 1, 1);
    assert_eq!([start(&state, 2, 2), start(&state, 2, 2)], [1, 1]);
    let history = state.history();
    let written = &history.ledger().rows()[0];
    assert_eq!((written.via.as_str(), written.result), ("start", RowResult::Permanent));
    assert_eq!((written.from_digest, written.digest), (Some(digest(1)), Some(digest(2))));
    let back = history.ledger().previous("counter", &digest(2)).expect("what ran before");
    assert_eq!((back.digest, back.version), (digest(1), component(1).0));
    upgrade(&mut state.history(), 2, 1);
    assert_eq!(start(&state, 2, 1), 2, "a rollback outlives a restart");
}

#[test]
fn what_ran_before_a_rebuilt_component_is_what_an_upgrade_brought() {
    let state = state();
    start(&state, 1, 1);
    upgrade(&mut state.history(), 1, 2);
    assert_eq!(start(&state, 3, 3), 2);
    let history = state.history();
    assert_eq!(history.ledger().previous("counter", &digest(3)).map(|target| target.digest), Some(digest(2)));
    upgrade(&mut state.history(), 3, 4);
    assert_eq!(start(&state, 3, 4), 3, "an upgrade after it outlives a restart");
    assert_eq!(start(&state, 1, 1), 4, "and the manifest's first component is a change again");
}

#[test]
fn a_behaviour_that_was_never_started_here_has_nothing_before_it() {
    let state = state();
    let mut history = state.history();
    history.append(row(1, 2, RowResult::Refused)).expect("appended");
    assert_eq!(start(&state, 1, 1), 1);
}
