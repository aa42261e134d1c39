//! A release that ends its hosts is gone back from once, to the version before it.

use std::fs;

use super::{State, digest, row, state, upgrade};
use crate::base::limits::{LIVES_KEPT, RELEASE_FRESH_TIME};
use crate::release::history::{Blame, End, Life, Lives, ROLLBACK, Records, Row, RowResult, blame};

/// The release of the table came then, as revision 5.
const CAME: u64 = 1_000_000;

/// Its last moment.
const FRESH: u64 = RELEASE_FRESH_TIME.as_millis() as u64;

fn life(revision: u64, ended_ms: u64, how: End) -> Life {
    Life { revision, at_ms: CAME, ended: Some((ended_ms, how)) }
}

#[test]
fn a_release_is_to_blame_for_bad_ends_soon_after_it_and_for_the_third_silent_one() {
    let soon = |how| life(5, CAME + 20_000, how);
    let cases: [(&str, Vec<Life>, bool); 17] = [
        ("nobody has ended", vec![], false),
        ("one that runs", vec![Life { revision: 5, at_ms: CAME, ended: None }], false),
        ("one that was stopped", vec![soon(End::Stopped)], false),
        ("one that gave up", vec![soon(End::GaveUp)], true),
        ("one that did not come up", vec![soon(End::NotUp)], true),
        ("one that broke down", vec![soon(End::Broke)], true),
        ("one that was killed", vec![soon(End::Silent)], false),
        ("two that were killed", vec![soon(End::Silent); 2], false),
        ("three that were killed", vec![soon(End::Silent); 3], true),
        (
            "killed, stopped between",
            vec![soon(End::Silent), soon(End::Stopped), soon(End::Silent), soon(End::Silent)],
            true,
        ),
        ("killed, then one that gave up", vec![soon(End::Silent), soon(End::GaveUp)], true),
        ("one on which it came", vec![life(4, CAME + 1, End::GaveUp)], true),
        ("one that ended before it came", vec![life(4, CAME - 1, End::GaveUp)], false),
        ("one in its last fresh moment", vec![life(5, CAME + FRESH, End::GaveUp)], true),
        ("one after that", vec![life(5, CAME + FRESH + 1, End::GaveUp)], false),
        (
            "killed three times, the last too late",
            vec![soon(End::Silent), soon(End::Silent), life(5, CAME + FRESH + 1, End::Silent)],
            false,
        ),
        ("one on it whose clock was set back", vec![life(5, CAME - 1, End::GaveUp)], true),
    ];
    for (what, lives, is_to_blame) in cases {
        assert_eq!(blame(5, CAME, &lives).is_some(), is_to_blame, "{what}");
    }
    let words = |lives: &[Life]| blame(5, CAME, lives).map(|blame| blame.to_string()).unwrap_or_default();
    assert_eq!(words(&[soon(End::GaveUp)]), "a root supervisor gave up 20s after it came");
    let silent = "3 hosts that ran it were killed or aborted within its first 10 minutes";
    assert_eq!(words(&[soon(End::Silent); 3]), silent);
    let extreme = [life(u64::MAX, u64::MAX, End::Silent), life(0, 0, End::GaveUp)];
    assert_eq!(blame(u64::MAX, u64::MAX, &extreme), None, "no number breaks it");
}

fn ends(lives: &Lives) -> Vec<Option<End>> {
    lives.all().iter().map(|life| life.ended.map(|(_, how)| how)).collect()
}

#[test]
fn one_that_leaves_no_word_has_ended_when_the_next_one_starts() {
    let state = state();
    let mut first = Lives::open(&state.state, 10);
    first.begin(3, 10).expect("written");
    drop(first);
    let mut second = Lives::open(&state.state, 40);
    assert_eq!(second.all(), [Life { revision: 3, at_ms: 10, ended: Some((40, End::Silent)) }]);
    second.begin(3, 40).expect("written");
    second.end(End::GaveUp, 50).expect("written");
    second.end(End::Stopped, 60).expect("the first word counts");
    let third = Lives::open(&state.state, 70);
    assert_eq!(third.all()[1], Life { revision: 3, at_ms: 40, ended: Some((50, End::GaveUp)) });
}

#[test]
fn no_more_lives_are_kept_than_are_looked_at() {
    let state = state();
    for at in 0..LIVES_KEPT as u64 + 5 {
        let mut lives = Lives::open(&state.state, at);
        lives.begin(at, at).expect("written");
        assert!(lives.all().len() <= LIVES_KEPT);
    }
    let lives = Lives::open(&state.state, 99);
    assert_eq!((lives.all().len(), lives.all()[0].revision), (LIVES_KEPT, 5));
    assert!(fs::metadata(state.state.path().join("lives.json")).expect("there").len() < 256 * LIVES_KEPT as u64);
}

#[test]
fn a_file_that_is_torn_or_foreign_blames_nobody() {
    let state = state();
    let path = state.state.path().join("lives.json");
    let mut lives = Lives::open(&state.state, 1);
    lives.begin(1, 1).expect("written");
    let whole = fs::read(&path).expect("there");
    for bytes in
        [&whole[..whole.len() / 2], b"", b"[[[[", b"{}", b"[{\"revision\":-1,\"at_ms\":0}]", &vec![b'['; 1 << 20]]
    {
        fs::write(&path, bytes).expect("written");
        assert_eq!(ends(&Lives::open(&state.state, 2)), []);
    }
    fs::remove_file(&path).expect("removed");
    std::os::unix::fs::symlink("/etc/passwd", &path).expect("linked");
    let mut lives = Lives::open(&state.state, 2);
    assert_eq!(ends(&lives), []);
    lives.begin(1, 2).expect("it takes the link's place");
    assert_eq!(ends(&Lives::open(&state.state, 3)), [Some(End::Silent)]);
    assert!(fs::read_to_string("/etc/passwd").is_ok_and(|text| !text.contains("revision")));
}

/// Records in which the counter 0.2.0 runs in the place of 0.1.0, with both components.
fn upgraded(state: &State) -> (Records, [crate::base::Digest; 2]) {
    let mut records = Records::open(&state.state).expect("records").0;
    let digests = [&b"one"[..], b"two"].map(|bytes| records.components().put(bytes).expect("kept"));
    let row = Row { from_digest: Some(digests[0]), digest: Some(digests[1]), ..row(1, 2, RowResult::Permanent) };
    let revision = records.begin(row.clone(), b"two").expect("begun").revision;
    records.complete(Row { revision, ..row }).expect("complete");
    (records, digests)
}

fn boots(records: &Records, declared: &crate::base::Digest) -> crate::base::Digest {
    records.history().boot("counter", declared).map_or(*declared, |boots| boots.digest)
}

#[test]
fn a_way_back_that_is_recorded_is_what_boots_and_is_no_release_itself() {
    for blame in [None, Some(Blame::Silent(3))] {
        let state = state();
        let (mut records, [one, two]) = upgraded(&state);
        assert_eq!(boots(&records, &one), two);
        assert_eq!(records.history().last_release().map(|row| row.revision), Some(1));
        let way = records.history().way_back(None, None, |_| Some(two)).expect("a way");
        let row = records.go_back(&way, &one, blame.as_ref(), 9).expect("recorded");
        assert_eq!((row.revision, row.at_ms, row.via == ROLLBACK), (2, 9, blame.is_none()));
        drop(records);
        let records = Records::open(&state.state).expect("records").0;
        assert_eq!(boots(&records, &one), one);
        assert_eq!(records.history().last_release(), None, "whatever happens now blames no release");
        let no_way = records.history().way_back(None, None, |_| Some(one)).expect_err("none is before it");
        assert!(no_way.why.contains("knows no version before"), "{no_way:?}");
    }
}

#[test]
fn a_way_back_that_would_not_be_what_boots_is_refused_in_words() {
    let state = state();
    let (mut records, [one, two]) = upgraded(&state);
    let way = records.history().way_back(Some("counter"), None, |_| Some(two)).expect("a way");
    let refused = records.go_back(&way, &digest(9), None, 9).expect_err("the manifest has the word");
    assert!(refused.contains("the manifest has another component of `counter`"), "{refused}");
    let (mut records, third) = {
        let row = Row { from_digest: Some(two), digest: Some(digest(3)), ..row(2, 3, RowResult::Permanent) };
        let revision = records.begin(row.clone(), b"three").expect("begun").revision;
        records.complete(Row { revision, ..row }).expect("complete");
        (records, digest(3))
    };
    fs::remove_file(state.state.path().join(format!("components/{two}.wasm"))).expect("removed");
    let way = records.history().way_back(None, None, |_| Some(third)).expect("a way");
    let refused = records.go_back(&way, &one, None, 9).expect_err("it is gone");
    assert!(refused.contains("is not kept any more"), "{refused}");
    assert_eq!(records.history().rows().len(), 2, "nothing was recorded");
}

#[test]
fn only_what_somebody_released_is_a_release() {
    let state = state();
    let mut history = state.history();
    assert_eq!(history.ledger().last_release(), None);
    upgrade(&mut history, 1, 2);
    history.append(row(2, 3, RowResult::Refused)).expect("appended");
    assert_eq!(history.ledger().last_release().map(|row| row.revision), Some(1), "a refusal changes nothing");
    history.append(Row { via: "start".into(), ..row(2, 4, RowResult::Permanent) }).expect("appended");
    assert_eq!(history.ledger().last_release(), None, "the manifest has brought it");
    upgrade(&mut history, 4, 5);
    history.append(Row { via: ROLLBACK.into(), ..row(5, 4, RowResult::Permanent) }).expect("appended");
    assert_eq!(history.ledger().last_release(), None, "it was gone back from");
}

#[test]
fn a_history_that_is_not_in_its_place_takes_no_row() {
    let state = state();
    let mut history = state.history();
    upgrade(&mut history, 1, 2);
    let (place, away) = (state.state.path().join("history.jsonl"), state.state.path().join("away"));
    fs::rename(&place, &away).expect("moved");
    for made_again in [false, true] {
        if made_again {
            fs::write(&place, "").expect("written");
        }
        let refused = history.append(row(2, 3, RowResult::Permanent)).expect_err("nobody would find it").to_string();
        assert!(refused.contains("was removed or replaced while the host ran"), "{refused}");
    }
    fs::rename(&away, &place).expect("moved back");
    upgrade(&mut history, 2, 3);
    assert_eq!(state.lines(), 2);
}
