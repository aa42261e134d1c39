//! Components that nobody can go back to any more are not kept.

use super::super::super::identity;
use super::super::Records;
use super::*;
use crate::base::limits::RELEASES_KEPT;

const KEPT: u8 = RELEASES_KEPT as u8;

fn bytes(at: u8) -> Vec<u8> {
    format!("counter {at}").into_bytes()
}

fn of(at: u8) -> Digest {
    identity::digest(&bytes(at))
}

/// The counter goes from one version to another.
fn release(records: &mut Records, from: u8, to: u8) {
    let row = Row { from_digest: Some(of(from)), digest: Some(of(to)), ..row(from, to, RowResult::Permanent) };
    let revision = records.begin(row.clone(), &bytes(to)).expect("begun").revision;
    records.complete(Row { revision, ..row }).expect("complete");
}

fn counter(at: u8) -> [(Name, Digest); 1] {
    [(Name::new("counter").expect("a name"), of(at))]
}

/// The versions that are kept, up to this one.
fn kept(records: &Records, last: u8) -> Vec<u8> {
    (0..=last).filter(|at| records.components().get(&of(*at)).is_ok()).collect()
}

#[test]
fn components_of_old_releases_are_removed_and_a_rollback_to_one_says_so() {
    let state = state();
    let (mut records, _) = Records::open(&state.state).expect("records");
    records.components().put(&bytes(0)).expect("kept");
    let echo = records.components().put(b"echo").expect("kept");
    let running = counter(0).into_iter().chain([(Name::new("echo").expect("a name"), echo)]);
    records.run(running, []);
    let last = KEPT + 5;
    for at in 1..=last {
        release(&mut records, at - 1, at);
    }
    let rows: Vec<u8> = (last - KEPT..=last).collect();
    assert_eq!(kept(&records, last), rows, "what the last rows name");
    assert!(records.components().get(&echo).is_ok(), "what runs and was never released");

    let history = records.history();
    let target = |revision| history.back_to(revision, &of(last)).expect("it was permanent");
    assert!(records.fetch(&target(u64::from(last - KEPT))).is_ok());
    let refused = records.fetch(&target(1)).expect_err("it is gone").to_string();
    assert!(refused.contains("is not kept any more") && refused.contains("as a newer version"), "{refused}");
}

#[test]
fn to_and_fro_loses_nothing_that_the_next_rollback_goes_to() {
    let state = state();
    let (mut records, _) = Records::open(&state.state).expect("records");
    records.components().put(&bytes(0)).expect("kept");
    records.run(counter(0), []);
    release(&mut records, 0, 1);
    for _ in 0..KEPT {
        release(&mut records, 1, 2);
        release(&mut records, 2, 1);
    }
    let back = records.history().previous("counter", &of(1)).expect("the manifest's");
    assert_eq!((back.digest, records.fetch(&back).is_ok()), (of(0), true), "however long that is ago");
}

#[test]
fn a_start_removes_what_hosts_before_have_left_and_nothing_is_removed_before_it_is_known_what_runs() {
    let state = state();
    let (mut records, _) = Records::open(&state.state).expect("records");
    records.components().put(&bytes(0)).expect("kept");
    release(&mut records, 0, 1);
    records.components().put(&bytes(7)).expect("kept");
    drop(records);
    let (mut records, _) = Records::open(&state.state).expect("records");
    assert_eq!(kept(&records, 9), [0, 1, 7]);
    records.run(counter(1), [of(7)]);
    assert_eq!(kept(&records, 9), [0, 1, 7], "a durable worker was recorded with it");
    records.run(counter(1), []);
    assert_eq!(kept(&records, 9), [0, 1]);
    release(&mut records, 1, 2);
    let begun = Row { from_digest: Some(of(2)), digest: Some(of(3)), ..row(2, 3, RowResult::Permanent) };
    records.begin(begun, &bytes(3)).expect("begun");
    records.run(counter(2), []);
    assert_eq!(kept(&records, 9), [0, 1, 2, 3], "a release that has begun needs its own");
}
