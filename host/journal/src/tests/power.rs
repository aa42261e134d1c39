//! The power goes at any moment, the disk fills up, syncs fail; over several lives.

use fastrand::Rng;

use super::sim::Sim;
use super::{options, read};
use crate::error::CommitError;
use crate::recover::Expected;
use crate::writer::Writer;

/// What the outside knows.
#[derive(Default)]
struct Outside {
    /// All records that were ever handed in, by position; those that were never acknowledged may be written over.
    sent: Vec<Vec<u8>>,
    acknowledged: Expected,
    commits: u32,
}

#[test]
fn whatever_happens_all_that_was_acknowledged_is_read_back_and_nothing_else() {
    let mut commits = 0;
    let mut lives = 0;
    for seed in 0..400 {
        let mut rng = Rng::with_seed(seed);
        let disk = Sim::new(seed);
        let mut outside = Outside::default();
        for _ in 0..rng.u8(2..8) {
            lives += 1;
            if let Err(told) = life(&mut rng, &disk, &mut outside) {
                panic!("seed {seed}: {told}");
            }
            if rng.bool() {
                disk.power_cut();
            }
            disk.cut_after(None);
            disk.fail_sync_after(None);
        }
        commits += outside.commits;
    }
    assert!(commits > 5_000 && lives > 1_000, "{commits} commits, {lives} lives");
}

/// One start, and what follows until it ends.
fn life(rng: &mut Rng, disk: &Sim, outside: &mut Outside) -> Result<(), String> {
    let known = outside.acknowledged;
    let kept = rng.u64(..=known.from);
    // What was acknowledged is known from outside half the time; the journal has to know it by itself.
    let durable = if rng.bool() { known.durable } else { 0 };
    let trimmed = read(disk, Expected { from: known.from, durable }).map_err(|error| error.to_string())?;
    let (records, recovered) = match read(disk, Expected { from: kept, durable }) {
        Ok(read) => (Some(read.0), read.1),
        // Trimmed away in an earlier life.
        Err(_) => (None, trimmed.1),
    };
    for (position, record) in (kept..).zip(records.unwrap_or_default()) {
        let sent = outside.sent.get(usize::try_from(position).unwrap_or(usize::MAX));
        if sent != Some(&record) {
            return Err(format!("record {position} is not what was sent"));
        }
    }
    if recovered.next_record() < known.from || recovered.last_batch() < known.durable {
        return Err(format!("{recovered:?} is less than {known:?}"));
    }
    outside.sent.truncate(usize::try_from(recovered.next_record()).unwrap_or(usize::MAX));
    if rng.u8(..3) > 0 {
        disk.cut_after(Some(rng.u32(..60)));
    }
    if rng.u8(..4) == 0 {
        disk.fail_sync_after(Some(rng.u32(..12)));
    }
    disk.with_room(if rng.u8(..4) == 0 { 16 * 1024 * rng.usize(2..8) } else { usize::MAX });
    let last_batch = recovered.last_batch();
    let Ok(mut writer) = Writer::open(disk.clone(), recovered, options(rng.u8(..))) else {
        disk.with_room(usize::MAX);
        return Ok(());
    };
    // From here on all that was recovered is promised.
    outside.acknowledged = Expected { from: outside.sent.len() as u64, durable: last_batch };
    works(rng, disk, &mut writer, outside)?;
    disk.with_room(usize::MAX);
    if rng.bool() {
        // Whether that is written or not, nothing is promised by it.
        let _ = writer.close();
    }
    Ok(())
}

/// Commits until the life ends.
fn works(rng: &mut Rng, disk: &Sim, writer: &mut Writer<Sim>, outside: &mut Outside) -> Result<(), String> {
    for _ in 0..rng.u8(..20) {
        let mut batch = writer.batch();
        for _ in 0..rng.u8(1..5) {
            let record = vec![rng.u8(..); rng.usize(..1500)];
            if batch.push(&record) {
                outside.sent.push(record);
            }
        }
        match writer.commit(&mut batch) {
            Ok(committed) => {
                outside.commits += 1;
                outside.acknowledged = Expected { from: committed.next_record, durable: committed.batch };
                if outside.acknowledged.from != outside.sent.len() as u64 {
                    return Err(format!("{committed:?} after {} records", outside.sent.len()));
                }
            }
            Err(CommitError::NoSegment(_)) => {
                let kept = outside.sent.len() - batch.records() as usize;
                outside.sent.truncate(kept);
                disk.with_room(usize::MAX);
            }
            Err(CommitError::Failed(_) | CommitError::Closed) => return Ok(()),
        }
        match rng.u8(..6) {
            0 => drop(writer.seal()),
            1 => drop(writer.trim(rng.u64(..=outside.acknowledged.from))),
            2 => {
                if let Some(preparation) = writer.preparation() {
                    // One that cannot be made ready is made on the way.
                    let _ = writer.take(preparation.run(disk));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
