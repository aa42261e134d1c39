//! The rules of recovery, one by one, and what else may stand where a journal should.

use super::sim::Sim;
use super::{all, commit, options, read, writer};
use crate::error::RecoveryError;
use crate::recover::{Expected, Torn};
use crate::segment::{BATCHES_FROM, BLOCK};
use crate::writer::Writer;

const FIRST: &str = "0000000000000001.journal";
const SECOND: &str = "0000000000000002.journal";

/// Where the batch with this number begins in the first segment, if each batch is one block long.
fn place(batch: usize) -> usize {
    2 * BLOCK + (batch - 1) * BLOCK
}

/// A journal of two batches in one segment.
fn two() -> Sim {
    let disk = Sim::new(1);
    let mut writer = writer(&disk, 1);
    commit(&mut writer, &[b"one", b"two"]);
    commit(&mut writer, &[b"three"]);
    disk
}

#[test]
fn r1_batches_are_read_back_whole_and_in_order_over_segments_and_starts() {
    let disk = Sim::new(1);
    let mut written = vec![];
    for life in 1..=3 {
        let mut writer = writer(&disk, life);
        for turn in 0..5_u8 {
            commit(&mut writer, &[&[life, turn], &[], &[turn; 900]]);
            written.extend([vec![life, turn], vec![], vec![turn; 900]]);
        }
        assert_eq!(writer.committed().next_record, written.len() as u64);
    }
    assert_eq!(all(&disk).expect("it is whole"), written);
    let (records, recovered) = read(&disk, Expected { from: 20, durable: 0 }).expect("it is whole");
    assert_eq!((records.as_slice(), recovered.next_record()), (&written[20..], 45));
    assert!(disk.names().len() > 5, "{:?}", disk.names());
}

#[test]
fn r2_zeros_behind_the_last_batch_are_its_end() {
    let (records, recovered) = read(&two(), Expected { from: 0, durable: 2 }).expect("it is whole");
    assert_eq!((records.len(), recovered.torn, recovered.closed), (3, None, false));
}

#[test]
fn r3_a5_a_write_that_was_torn_keeps_nobody_from_starting_and_its_bytes_are_kept() {
    let disk = two();
    disk.damage(FIRST, |bytes| bytes[place(3)..place(3) + 5].copy_from_slice(b"a bit"));
    let (records, recovered) = read(&disk, Expected { from: 0, durable: 2 }).expect("it was never acknowledged");
    let torn = Torn { file: FIRST.into(), offset: place(3) as u64 };
    assert_eq!((records.len(), recovered.torn.as_ref()), (3, Some(&torn)));
    let mut writer = Writer::open(disk.clone(), recovered, options(2)).expect("there is room");
    assert_eq!(disk.bytes("torn"), b"a bit");
    commit(&mut writer, &[b"four"]);
    assert_eq!(all(&disk).expect("it goes on in a new segment").len(), 4);
}

#[test]
fn r4_a_damaged_batch_that_a_later_one_vouches_for_is_refused_with_its_place() {
    let disk = two();
    disk.damage(FIRST, |bytes| bytes[place(1) + 130] ^= 1);
    let told = all(&disk).expect_err("it was acknowledged");
    let RecoveryError::Damaged { file, offset, batch: 1, record: 0, durable: 1 } = &told else { panic!("{told:?}") };
    assert_eq!((file.as_str(), *offset), (FIRST, place(1) as u64));
    assert!(told.to_string().contains("was acknowledged"), "{told}");
}

#[test]
fn r4_a9_a19_a_batch_that_is_missing_is_refused_by_what_is_known_from_elsewhere() {
    let disk = two();
    disk.damage(FIRST, |bytes| bytes[place(2)..place(3)].fill(0));
    assert_eq!(all(&disk).expect("nothing here says that it was acknowledged").len(), 2);
    let told = read(&disk, Expected { from: 0, durable: 2 }).expect_err("a client has its receipt");
    assert!(matches!(told, RecoveryError::Damaged { batch: 2, record: 2, durable: 2, .. }), "{told:?}");
    let told = read(&disk, Expected { from: 3, durable: 0 }).expect_err("a snapshot holds what came of it");
    assert!(matches!(told, RecoveryError::Missing { needed: 3, begins: 2 }), "{told:?}");
}

#[test]
fn r4_a_last_batch_of_an_older_segment_is_refused_too() {
    let disk = Sim::new(1);
    let mut journal = writer(&disk, 1);
    (0..5).for_each(|_| commit(&mut journal, &[b"record"]));
    disk.damage(FIRST, |bytes| bytes[place(4)] ^= 1);
    let told = all(&disk).expect_err("the next segment was begun after it");
    assert!(matches!(told, RecoveryError::Damaged { batch: 4, durable: 4, .. }), "{told:?}");
}

#[test]
fn r5_damage_before_the_first_record_that_is_needed_is_nobodys_loss() {
    let disk = Sim::new(1);
    let mut journal = writer(&disk, 1);
    (0..5).for_each(|_| commit(&mut journal, &[b"record"]));
    disk.damage(FIRST, |bytes| bytes.fill(0xAA));
    assert!(all(&disk).is_err());
    let (records, _) = read(&disk, Expected { from: 4, durable: 0 }).expect("a snapshot has the rest");
    assert_eq!(records.len(), 1);
}

#[test]
fn r6_a15_what_cannot_be_read_is_never_taken_for_the_end() {
    let disk = two();
    disk.unreadable(FIRST);
    assert!(matches!(all(&disk), Err(RecoveryError::Read { file, .. }) if file == FIRST));
    let disk = two();
    disk.damage(FIRST, |bytes| bytes.truncate(place(2)));
    assert!(matches!(all(&disk), Err(RecoveryError::Misplaced { .. })), "a file that was cut is shorter than it says");
}

#[test]
fn r7_one_copy_of_a_header_is_enough_and_none_is_not() {
    for copy in 0..2 {
        let disk = two();
        disk.damage(FIRST, |bytes| bytes[copy * BLOCK..][..BLOCK].fill(0xFF));
        assert_eq!(all(&disk).expect("the other copy is whole").len(), 3);
    }
    let disk = two();
    disk.damage(FIRST, |bytes| bytes[..2 * BLOCK].fill(0));
    assert!(matches!(all(&disk), Err(RecoveryError::Header { .. })));
}

#[test]
fn r7_a_segment_that_was_made_ready_and_never_begun_is_none() {
    let disk = two();
    let mut journal = writer(&disk, 2);
    let preparation = journal.preparation().expect("none is ready");
    journal.take(preparation.run(&disk)).expect("there is room");
    // Its header was being written when the power went.
    disk.damage("0000000000000003.journal", |bytes| bytes[..300].fill(3));
    assert_eq!(all(&disk).expect("nothing was in it").len(), 3);
    commit(&mut writer(&disk, 3), &[b"four"]);
    assert_eq!(all(&disk).expect("its number is free").len(), 4);
    disk.damage("0000000000000003.journal", |bytes| bytes[..BATCHES_FROM as usize].fill(3));
    assert!(matches!(all(&disk), Err(RecoveryError::Header { .. })), "there is a batch in it");
}

#[test]
fn r8_what_only_the_cache_of_the_kernel_has_is_written_anew_by_the_next_start() {
    let disk = Sim::new(3);
    let mut journal = writer(&disk, 1);
    commit(&mut journal, &[b"one"]);
    let mut batch = journal.batch();
    batch.push(b"two");
    disk.fail_sync_after(Some(0));
    journal.commit(&mut batch).expect_err("the sync failed");
    journal.commit(&mut batch).expect_err("and is final");
    // The process starts anew. It sees both records, although the disk has one.
    let seen = all(&disk).expect("it is whole");
    assert_eq!(seen.len(), 2);
    drop(writer(&disk, 2));
    disk.power_cut();
    assert_eq!(all(&disk).expect("what was served is on disk"), seen);
}

#[test]
fn r9_nothing_follows_the_end_of_a_journal() {
    let disk = two();
    writer(&disk, 2).close().expect("there is room");
    let (records, recovered) = read(&disk, Expected::default()).expect("it is whole");
    assert_eq!((records.len(), recovered.closed), (3, true));
    let again = Writer::open(disk.clone(), recovered, options(3)).expect("there is room");
    let (_, recovered) = read(&disk, Expected::default()).expect("a new segment follows");
    assert!(!recovered.closed);
    again.close().expect("there is room");
    // The batch that ends the journal stands in the second segment; whatever is there behind it is no accident.
    let other = Sim::new(9);
    let mut journal = writer(&other, 1);
    commit(&mut journal, &[b"one"]);
    journal.end().expect("there is room");
    commit(&mut journal, &[b"two"]);
    assert!(matches!(all(&other), Err(RecoveryError::AfterEnd { .. })));
}

#[test]
fn r10_each_record_comes_with_the_fingerprint_of_what_made_it() {
    let disk = two();
    commit(&mut writer(&disk, 7), &[b"four"]);
    let mut made = vec![];
    crate::recover(&disk, Expected::default(), |entry| made.push(entry.fingerprint[0])).expect("it is whole");
    // The last batch of the first start is copied forward, and with it goes who made it.
    assert_eq!(made, [1, 1, 1, 7]);
}

#[test]
fn a10_segments_that_are_not_where_they_belong_are_refused() {
    let disk = Sim::new(1);
    let mut journal = writer(&disk, 1);
    (0..9).for_each(|_| commit(&mut journal, &[b"record"]));
    let first = disk.bytes(FIRST);
    let told = |change: &dyn Fn(&Sim)| {
        let copy = Sim::new(2);
        for name in disk.names() {
            crate::Disk::create(&copy, &name).expect("it takes files");
            copy.damage(&name, |bytes| *bytes = disk.bytes(&name));
        }
        change(&copy);
        all(&copy).expect_err("it is not the journal that was written")
    };
    let error = told(&|copy| copy.damage(SECOND, |bytes| bytes.clone_from(&first)));
    assert!(matches!(error, RecoveryError::Misplaced { .. }), "{error:?}");
    let error = told(&|copy| crate::Disk::remove(copy, SECOND).expect("it is there"));
    assert!(matches!(error, RecoveryError::Missing { needed: 0, begins: 8 }), "{error:?}");
    // The second segment of another journal, and of another history of the same one.
    for (seed, expected) in [(5, "another journal"), (1, "does not go on")] {
        let other = Sim::new(5);
        let mut another = writer(&other, seed);
        (0..9).for_each(|_| commit(&mut another, &[b"other"]));
        let error = told(&|copy| copy.damage(SECOND, |bytes| bytes.clone_from(&other.bytes(SECOND))));
        assert!(matches!(error, RecoveryError::Misplaced { why, .. } if why.contains(expected)), "{error:?}");
    }
}

#[test]
fn a_journal_of_a_later_version_is_refused_by_name() {
    let disk = two();
    disk.damage(FIRST, |bytes| {
        bytes[8] = 9;
        let (body, digest) = bytes[..BLOCK].split_last_chunk_mut::<16>().expect("a block");
        *digest = crate::digest::plain(body);
    });
    assert!(matches!(all(&disk), Err(RecoveryError::Version { version: 9, .. })));
}

#[test]
fn a12_a_record_that_looks_like_a_batch_is_never_taken_for_one() {
    let disk = Sim::new(1);
    let mut journal = writer(&disk, 1);
    commit(&mut journal, &[b"one"]);
    // The whole second batch is what the disk holds as the first one, at a place where batches begin.
    let image = disk.bytes(FIRST)[place(1)..place(2)].to_vec();
    let mut disguise = vec![0; BLOCK - 128 - 4];
    disguise.extend_from_slice(&image[..2000]);
    commit(&mut journal, &[&disguise]);
    disk.damage(FIRST, |bytes| bytes[place(2)] ^= 1);
    assert_eq!(all(&disk).expect("the last one may be torn, and nothing vouches for it").len(), 1);
}

#[test]
fn a11_a20_a_batch_of_another_history_of_the_same_segment_does_not_fit() {
    let history = |second: &[u8]| {
        let disk = Sim::new(1);
        let mut journal = writer(&disk, 1);
        commit(&mut journal, &[b"one"]);
        commit(&mut journal, &[second]);
        commit(&mut journal, &[b"three"]);
        journal.seal().expect("there is room");
        disk
    };
    // As when a disk gives back an old image of one place.
    let (disk, other) = (history(b"two"), history(b"2"));
    let third = other.bytes(FIRST)[place(3)..place(4)].to_vec();
    disk.damage(FIRST, |bytes| bytes[place(3)..place(4)].copy_from_slice(&third));
    assert!(matches!(all(&disk), Err(RecoveryError::Damaged { batch: 3, .. })));
}

#[test]
fn what_a_start_has_copied_is_vouched_for_by_whatever_is_written_next() {
    let disk = two();
    commit(&mut writer(&disk, 2), &[b"four"]);
    // The last batch of the first start stands first in the segment of the second one.
    disk.damage(SECOND, |bytes| bytes[place(1) + 130] ^= 1);
    let told = all(&disk).expect_err("it was acknowledged by the first start");
    assert!(matches!(told, RecoveryError::Damaged { batch: 2, durable: 2, .. }), "{told:?}");
}
