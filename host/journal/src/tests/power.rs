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
fn a2_a4_a6_a23_whatever_happens_all_that_was_acknowledged_is_read_back_and_nothing_else() {
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

/// A start, commits over several segments, a trim and an end; gives how many records were acknowledged and let go.
fn scripted(disk: &Sim) -> (u64, u64) {
    let (_, recovered) = read(disk, Expected::default()).expect("it is whole");
    let (mut acknowledged, mut needed) = (recovered.next_record(), 0);
    let Ok(mut writer) = Writer::open(disk.clone(), recovered, options(1)) else { return (acknowledged, needed) };
    for number in 0..9_u8 {
        let mut batch = writer.batch();
        assert!(batch.push(&[number; 900]));
        match writer.commit(&mut batch) {
            Ok(committed) => acknowledged = committed.next_record,
            Err(_) => return (acknowledged, needed),
        }
        if number == 4 && writer.seal().is_err() {
            return (acknowledged, needed);
        }
        if number == 7 {
            needed = acknowledged - 1;
            if writer.trim(needed).is_err() {
                return (acknowledged, needed);
            }
        }
    }
    // Whether that is written or not, nothing is promised by it.
    let _ = writer.close();
    (acknowledged, needed)
}

#[test]
fn a3_the_end_may_come_at_every_single_operation_and_again_while_it_is_recovered() {
    let mut operations = 0;
    for cut in 0.. {
        let disk = Sim::new(u64::from(cut));
        disk.cut_after(Some(cut));
        let (acknowledged, needed) = scripted(&disk);
        let ended = !disk.has_power();
        for (number, again) in [3, 1, 7, 2].into_iter().enumerate() {
            // A kill leaves what was written, a power cut what was synced and some of the rest.
            if number % 2 == 0 {
                disk.power_cut()
            } else {
                disk.cut_after(None)
            }
            let (_, recovered) = read(&disk, Expected { from: needed, durable: 0 }).expect("it is whole");
            assert!(recovered.next_record() >= acknowledged, "after operation {cut}: {recovered:?}");
            disk.cut_after(Some(again));
            // The start that goes on with it ends soon, too.
            let _ = Writer::open(disk.clone(), recovered, options(2));
        }
        if !ended {
            operations = cut;
            break;
        }
    }
    assert!(operations > 40, "{operations} operations");
}
