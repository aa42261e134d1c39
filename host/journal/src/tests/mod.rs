//! A journal on a simulated disk, and on a real one.

mod committing;
mod flips;
mod operations;
mod power;
mod rules;
mod sim;

use crate::disk::Disk;
use crate::error::RecoveryError;
use crate::recover::{Expected, Recovered, recover};
use crate::writer::{Options, SEGMENT_BYTES_MIN, Writer};

/// Small segments: four batches each, if those are small.
fn options(seed: u8) -> Options {
    let length = SEGMENT_BYTES_MIN + (8 << 10);
    Options { segment: length, first: length, fingerprint: [seed; 16], seed: [seed; 32] }
}

/// What is read back from the first record on.
fn read<D: Disk>(disk: &D, expected: Expected) -> Result<(Vec<Vec<u8>>, Recovered), RecoveryError> {
    let mut records = vec![];
    let recovered = recover(disk, expected, |entry| {
        assert_eq!(entry.position, expected.from + records.len() as u64, "positions have no gap");
        records.push(entry.record.to_vec());
    })?;
    Ok((records, recovered))
}

/// Everything that is there.
fn all<D: Disk>(disk: &D) -> Result<Vec<Vec<u8>>, RecoveryError> {
    read(disk, Expected::default()).map(|(records, _)| records)
}

/// Goes on where the journal ends.
fn writer<D: Disk + Clone>(disk: &D, seed: u8) -> Writer<D> {
    let (_, recovered) = read(disk, Expected::default()).expect("it is whole");
    Writer::open(disk.clone(), recovered, options(seed)).expect("there is room")
}

/// Commits a batch of these records.
fn commit<D: Disk>(writer: &mut Writer<D>, records: &[&[u8]]) {
    let mut batch = writer.batch();
    records.iter().for_each(|record| assert!(batch.push(record), "there is room in a batch"));
    writer.commit(&mut batch).expect("the disk takes it");
}
