//! What a journal is asked for while it works.

use std::io::ErrorKind;

use super::sim::Sim;
use super::{all, commit, options, read, writer};
use crate::batch::{RECORD_BYTES_MAX, RECORDS_MAX};
use crate::disk::Folder;
use crate::error::{CommitError, RecoveryError};
use crate::recover::Expected;
use crate::writer::{Options, Writer};

#[test]
fn a_journal_in_a_folder_of_the_file_system_is_read_back_with_large_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Folder::new(folder.path());
    let (_, nothing) = read(&disk, Expected::default()).expect("it is empty");
    let sizes = Options { segment: 8 << 20, first: 1 << 20, ..options(1) };
    let mut journal = Writer::open(disk.clone(), nothing, sizes).expect("there is room");
    let large = vec![5; RECORD_BYTES_MAX];
    let mut batch = journal.batch();
    assert!(batch.push(&large) && !batch.push(&vec![0; RECORD_BYTES_MAX + 1]));
    journal.commit(&mut batch).expect("the disk takes it");
    commit(&mut journal, &[b"small"]);
    let (records, recovered) = read(&disk, Expected::default()).expect("it is whole");
    assert_eq!(records, [large, b"small".to_vec()]);
    drop(Writer::open(disk.clone(), recovered, sizes).expect("there is room"));
    assert_eq!(all(&disk).expect("it is whole").len(), 2);
}

#[test]
fn a_batch_takes_so_many_records_and_so_many_bytes() {
    let disk = Sim::new(1);
    let sizes = Options { segment: 1 << 20, ..options(1) };
    let (_, nothing) = read(&disk, Expected::default()).expect("it is empty");
    let mut journal = Writer::open(disk.clone(), nothing, sizes).expect("there is room");
    let mut batch = journal.batch();
    let mut pushed = 0;
    while batch.push(&[]) {
        pushed += 1;
    }
    assert_eq!((pushed, batch.records(), batch.body()), (RECORDS_MAX, RECORDS_MAX, 4 * RECORDS_MAX as usize));
    journal.commit(&mut batch).expect("the disk takes it");
    assert_eq!(batch.records(), 0);
    assert!(!batch.push(&vec![0; 1 << 20]), "no segment holds it");
    assert_eq!(all(&disk).expect("it is whole").len(), RECORDS_MAX as usize);
}

#[test]
fn a_full_disk_is_an_answer_and_the_same_batch_goes_in_once_there_is_room() {
    let disk = Sim::new(1);
    let mut journal = writer(&disk, 1);
    disk.with_room(30 << 10);
    let mut batch = journal.batch();
    let mut taken = 0;
    let told = loop {
        batch.push(b"record");
        match journal.commit(&mut batch) {
            Ok(_) => taken += 1,
            Err(told) => break told,
        }
    };
    let CommitError::NoSegment(error) = told else { panic!("{told:?}") };
    assert_eq!((error.kind(), batch.records(), taken), (ErrorKind::StorageFull, 1, 4));
    assert_eq!(disk.names(), ["0000000000000001.journal"], "nothing half made is left");
    disk.with_room(usize::MAX);
    journal.commit(&mut batch).expect("there is room");
    assert_eq!(all(&disk).expect("it is whole").len(), 5);
}

#[test]
fn segments_go_once_nobody_needs_their_records_and_what_is_needed_stays() {
    let disk = Sim::new(1);
    let mut journal = writer(&disk, 1);
    (0..14_u8).for_each(|number| commit(&mut journal, &[&[number]]));
    assert_eq!(disk.names().len(), 4);
    assert_eq!(journal.trim(3).expect("it can"), 0);
    assert_eq!((journal.trim(11).expect("it can"), disk.names().len()), (2, 2));
    let told = all(&disk).expect_err("the first records are gone");
    assert!(matches!(told, RecoveryError::Missing { needed: 0, begins: 8 }), "{told:?}");
    let (records, _) = read(&disk, Expected { from: 12, durable: 14 }).expect("the rest is there");
    assert_eq!(records, [[12], [13]]);
    assert_eq!(journal.trim(u64::MAX).expect("it can"), 1);
    assert_eq!(disk.names().len(), 1, "the one that is written to stays");
}

#[test]
fn a_segment_that_is_made_ready_is_asked_for_once_and_may_come_late_or_not_at_all() {
    let disk = Sim::new(1);
    let mut journal = writer(&disk, 1);
    let preparation = journal.preparation().expect("none is ready");
    assert!(journal.preparation().is_none(), "it is under way");
    let late = preparation.run(&disk);
    (0..5).for_each(|_| commit(&mut journal, &[b"record"]));
    journal.take(late).expect("the next one needs it");
    assert!(journal.preparation().is_none(), "one is ready");
    let names = disk.names();
    (0..4).for_each(|_| commit(&mut journal, &[b"record"]));
    assert_eq!(disk.names(), names, "it was there already");
    assert!(journal.preparation().is_some());
    journal.take(Err(ErrorKind::StorageFull.into())).expect_err("there was no room");
    assert!(journal.preparation().is_some(), "it is asked for again");
    assert_eq!(all(&disk).expect("it is whole").len(), 9);
}
