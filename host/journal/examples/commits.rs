//! `commits FOLDER FROM DURABLE [unsynced]` goes on with a journal and commits until it is killed; with `check` in the
//! place of `unsynced` it only reads. FROM and DURABLE are what is known of it from outside: the first record that is
//! needed, and a batch that was acknowledged.
//!
//! Its first line says how many records were read back, each after each is one acknowledgement: the position of the next
//! record, and the batch. `cargo xtask torture` kills it and cuts its power. With `unsynced` nothing is ever synced: that
//! is a bug on purpose, which a power cut has to show.

use std::io::{self, Write as _};
use std::path::Path;

use tomte_journal::{Committed, Disk, Expected, Folder, Options, Recovered, Storage, Writer, recover};

/// Small segments, so that many begin and end within a second.
const SEGMENT: u64 = 256 << 10;

/// Records behind the last acknowledged one that stay needed; older segments go.
const NEEDED: u64 = 500;

/// A folder that never syncs.
#[derive(Debug)]
struct Unsynced(Folder);

/// A file that never syncs.
#[derive(Debug)]
struct UnsyncedFile(<Folder as Disk>::Storage);

impl Disk for Unsynced {
    type Storage = UnsyncedFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn open(&self, name: &str) -> io::Result<UnsyncedFile> {
        self.0.open(name).map(UnsyncedFile)
    }

    fn create(&self, name: &str) -> io::Result<UnsyncedFile> {
        self.0.create(name).map(UnsyncedFile)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Storage for UnsyncedFile {
    fn length(&self) -> io::Result<u64> {
        self.0.length()
    }

    fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read(buffer, offset)
    }

    fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ([folder, from, durable] | [folder, from, durable, _]) = words.as_slice() else {
        return Err("commits FOLDER FROM DURABLE [unsynced|check]".into());
    };
    let expected = Expected { from: from.parse()?, durable: durable.parse()? };
    let folder = Folder::new(Path::new(folder));
    match words.get(3) {
        None => works(&folder.clone(), folder, expected),
        Some(&"unsynced") => works(&folder.clone(), Unsynced(folder), expected),
        Some(_) => read(&folder, expected).map(drop),
    }
}

/// Reads it back, and checks each record.
fn read(disk: &impl Disk, expected: Expected) -> Result<Recovered, Box<dyn std::error::Error>> {
    let (mut count, mut wrong) = (0_u64, None);
    let recovered = recover(disk, expected, |entry| {
        count += 1;
        if entry.record != record(entry.position) {
            wrong = wrong.or(Some(entry.position));
        }
    })?;
    if let Some(position) = wrong {
        return Err(format!("record {position} is not what was written").into());
    }
    writeln!(io::stdout(), "{} {}", recovered.next_record(), recovered.last_batch())?;
    Ok(recovered)
}

/// Commits batches of one to a hundred records until it is killed.
fn works<D: Disk>(folder: &Folder, disk: D, expected: Expected) -> Result<(), Box<dyn std::error::Error>> {
    let recovered = read(folder, expected)?;
    let mut next = recovered.next_record();
    let seed = *blake3::hash(&[next.to_le_bytes(), recovered.last_batch().to_le_bytes()].concat()).as_bytes();
    let options = Options { segment: SEGMENT, first: SEGMENT / 4, fingerprint: [1; 16], seed };
    let mut writer = Writer::open(disk, recovered, options)?;
    let mut batch = writer.batch();
    loop {
        for _ in 0..=next % 100 {
            if !batch.push(&record(next)) {
                break;
            }
            next += 1;
        }
        let Committed { batch: number, next_record } = writer.commit(&mut batch)?;
        // Whoever reads that has it acknowledged.
        writeln!(io::stdout(), "{next_record} {number}")?;
        if number % 50 == 0 {
            writer.trim(next_record.saturating_sub(NEEDED))?;
        }
        if number % 7 == 0 {
            writer.seal()?;
        }
    }
}

/// The record at this position: its length and its bytes follow from that.
fn record(position: u64) -> Vec<u8> {
    let mut record = vec![0; 8 + usize::try_from(position % 400).unwrap_or(0)];
    blake3::Hasher::new().update(&position.to_le_bytes()).finalize_xof().fill(&mut record);
    record
}
