//! Many senders and one journal.

use super::sim::Sim;
use super::{all, options, read, writer};
use crate::batch::RECORD_BYTES_MAX;
use crate::committer::{Committer, Durable, Records};
use crate::error::CommitError;
use crate::recover::Expected;
use crate::writer::{Options, Writer};

fn records(all: &[&[u8]]) -> Records {
    let mut records = Records::default();
    all.iter().for_each(|record| assert!(records.push(record)));
    records
}

#[test]
fn whatever_has_come_goes_into_one_batch_and_each_sender_is_told_how_far_it_is() {
    let disk = Sim::new(1);
    let mut committer = Committer::new(writer(&disk, 1), 3);
    assert!(committer.is_idle() && committer.commit().expect("nothing to do").is_empty());
    committer.hand(2, records(&[b"a", b"b"]));
    committer.hand(0, records(&[b"c"]));
    committer.hand(2, records(&[b"d"]));
    committer.hand(1, Records::default());
    assert!(!committer.is_idle());
    let told = committer.commit().expect("the disk takes it");
    let of = |sender, through, batch| Durable { sender, through, batch };
    assert_eq!(told, [of(0, 1, 1), of(2, 3, 1)]);
    committer.hand(2, records(&[b"e"]));
    assert_eq!(committer.commit().expect("the disk takes it"), [of(2, 4, 2)]);
    assert!(committer.is_idle());
    assert_eq!(all(&disk).expect("it is whole"), [b"a", b"b", b"c", b"d", b"e"]);
}

#[test]
fn what_does_not_fit_into_one_batch_goes_into_the_next_ones_in_order() {
    let disk = Sim::new(1);
    let (_, nothing) = read(&disk, Expected::default()).expect("it is empty");
    let sizes = Options { segment: 64 << 10, first: 64 << 10, ..options(1) };
    let mut committer = Committer::new(Writer::open(disk.clone(), nothing, sizes).expect("there is room"), 2);
    let sent: Vec<Vec<u8>> = (0..100_u8).map(|number| vec![number; 3000]).collect();
    for pair in sent.chunks(2) {
        committer.hand(0, records(&[&pair[0]]));
        committer.hand(1, records(&[&pair[1]]));
    }
    let mut through = [0, 0];
    let mut batches = 0;
    while !committer.is_idle() {
        for Durable { sender, through: now, .. } in committer.commit().expect("the disk takes it") {
            assert!(now > through[sender], "each says something new");
            through[sender] = now;
        }
        batches += 1;
        assert_eq!(
            all(&disk).expect("it is whole").len() as u64,
            through[0] + through[1],
            "no more was told than is there"
        );
    }
    assert_eq!((through, batches), ([50, 50], 6));
    assert_eq!(all(&disk).expect("it is whole"), sent);
}

#[test]
fn a_full_disk_keeps_all_that_was_handed_in_until_there_is_room() {
    let disk = Sim::new(1);
    let mut committer = Committer::new(writer(&disk, 1), 1);
    disk.with_room(30 << 10);
    let mut handed = 0;
    let told = loop {
        handed += 1;
        committer.hand(0, records(&[&[handed]]));
        if let Err(told) = committer.commit() {
            break told;
        }
    };
    assert!(matches!(told, CommitError::NoSegment(_)), "{told:?}");
    committer.hand(0, records(&[&[handed + 1]]));
    assert!(matches!(committer.commit(), Err(CommitError::NoSegment(_))));
    disk.with_room(usize::MAX);
    let told = committer.commit().expect("there is room");
    assert_eq!(told.last().map(|told| told.through), Some(u64::from(handed) + 1));
    let expected: Vec<[u8; 1]> = (1..=handed + 1).map(|number| [number]).collect();
    assert_eq!(all(&disk).expect("it is whole"), expected);
}

#[test]
fn a13_a_failed_sync_is_told_and_nothing_is_taken_after_it() {
    let disk = Sim::new(1);
    let mut committer = Committer::new(writer(&disk, 1), 1);
    committer.hand(0, records(&[b"one"]));
    disk.fail_sync_after(Some(0));
    assert!(matches!(committer.commit(), Err(CommitError::Failed(_))));
    committer.hand(0, records(&[b"two"]));
    assert!(matches!(committer.commit(), Err(CommitError::Closed)));
}

#[test]
fn a14_a17_a_write_that_fails_is_told_and_nothing_is_taken_after_it() {
    let disk = Sim::new(1);
    let mut committer = Committer::new(writer(&disk, 1), 1);
    committer.hand(0, records(&[b"one"]));
    committer.commit().expect("written");
    disk.cut_after(Some(0));
    committer.hand(0, records(&[b"two"]));
    assert!(matches!(committer.commit(), Err(CommitError::Failed(_))));
    disk.cut_after(None);
    committer.hand(0, records(&[b"three"]));
    assert!(matches!(committer.commit(), Err(CommitError::Closed)), "although the disk is well again");
    assert_eq!(all(&disk).expect("it is whole"), [b"one"]);
}

#[test]
fn a_record_that_no_batch_takes_is_refused_where_it_is_made() {
    let mut records = Records::default();
    assert!(!records.push(&vec![0; RECORD_BYTES_MAX + 1]));
    assert!(records.push(&vec![0; RECORD_BYTES_MAX]));
    assert_eq!((records.count(), records.bytes()), (1, RECORD_BYTES_MAX + 4));
}
