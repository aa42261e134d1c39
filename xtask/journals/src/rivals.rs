//! What could carry a journal. Each makes groups of records durable, one group after the other.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Result, ensure};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use protobuf::well_known_types::BytesValue;
use raft_engine::{Config, Engine, LogBatch, MessageExt, ReadableSize, RecoveryMode};
use redb::{ReadableDatabase, TableDefinition};
use tomte_journal::{Expected, Folder, Options, Writer};

/// Bytes of one record.
pub(crate) const RECORD: usize = 100;

/// Bytes of a segment of the own journal.
const SEGMENT: u64 = 64 << 20;

/// Makes groups of records durable.
pub(crate) trait Rival {
    /// Appends these records, of which the first has this number; they are durable when it returns.
    fn commit(&mut self, first: u64, records: &[[u8; RECORD]]) -> Result<()>;
}

/// Tells what it recovered.
pub(crate) trait Readable {
    /// The record with this number, if there is one.
    fn read(&self, number: u64) -> Result<Option<Vec<u8>>>;
}

/// Their names, in the order in which they are measured.
pub(crate) const NAMES: [&str; 5] = ["plain", OWN, "redb", "fjall", "raft-engine"];

/// The journal of this host.
const OWN: &str = "tomte-journal";

/// Those that read back what they have written.
pub(crate) const READABLE: [&str; 5] = [OWN, "redb", "fjall", "raft-engine", TOLERANT];

/// raft-engine as it is by default: it takes whatever is damaged at the end of its newest file for a torn write.
const TOLERANT: &str = "raft-engine, tolerant";

/// The record with this number, which begins with it; no two are alike, and none can be compressed.
pub(crate) fn record(number: u64) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    blake3::Hasher::new().update(&number.to_le_bytes()).finalize_xof().fill(&mut record);
    record[..8].copy_from_slice(&number.to_le_bytes());
    record
}

/// One of those, in a folder where it was before.
pub(crate) fn reopen(name: &str, folder: &Path) -> Result<Box<dyn Readable>> {
    Ok(match name {
        OWN => Box::new(Own::read(folder)?),
        "redb" => Box::new(redb::Database::open(folder.join("redb"))?),
        "fjall" => Box::new(Fjall::open(folder)?),
        "raft-engine" => Box::new(raft(folder, RecoveryMode::AbsoluteConsistency)?),
        TOLERANT => Box::new(raft(folder, RecoveryMode::TolerateTailCorruption)?),
        other => anyhow::bail!("nobody is named {other}"),
    })
}

/// One of them, in an empty folder.
pub(crate) fn open(name: &str, folder: &Path) -> Result<Box<dyn Rival>> {
    Ok(match name {
        "plain" => Box::new(Plain(OpenOptions::new().create_new(true).append(true).open(folder.join("log"))?)),
        OWN => Box::new(own(folder)?),
        "redb" => Box::new(redb::Database::create(folder.join("redb"))?),
        "fjall" => Box::new(Fjall::open(folder)?),
        "raft-engine" => Box::new(raft(folder, RecoveryMode::AbsoluteConsistency)?),
        TOLERANT => Box::new(raft(folder, RecoveryMode::TolerateTailCorruption)?),
        other => anyhow::bail!("no rival is named {other}"),
    })
}

/// The limit: one write at the end of a file, and `fdatasync`.
struct Plain(File);

impl Rival for Plain {
    fn commit(&mut self, _first: u64, records: &[[u8; RECORD]]) -> Result<()> {
        self.0.write_all(records.as_flattened())?;
        Ok(self.0.sync_data()?)
    }
}

/// The journal of this host.
fn own(folder: &Path) -> Result<Writer<Folder>> {
    let disk = Folder::new(folder);
    let recovered = tomte_journal::recover(&disk, Expected::default(), |_| {})?;
    let options = Options { segment: SEGMENT, first: SEGMENT, fingerprint: [0; 16], seed: [7; 32] };
    Ok(Writer::open(disk, recovered, options)?)
}

impl Rival for Writer<Folder> {
    fn commit(&mut self, _first: u64, records: &[[u8; RECORD]]) -> Result<()> {
        let mut batch = self.batch();
        ensure!(records.iter().all(|record| batch.push(record)), "a batch holds them");
        Writer::commit(self, &mut batch)?;
        Ok(())
    }
}

/// What was read back.
struct Own(Vec<Vec<u8>>);

impl Own {
    fn read(folder: &Path) -> Result<Own> {
        let mut records = vec![];
        tomte_journal::recover(&Folder::new(folder), Expected::default(), |entry| {
            records.push(entry.record.to_vec());
        })?;
        Ok(Own(records))
    }
}

impl Readable for Own {
    fn read(&self, number: u64) -> Result<Option<Vec<u8>>> {
        Ok(usize::try_from(number).ok().and_then(|at| self.0.get(at)).cloned())
    }
}

const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("journal");

impl Rival for redb::Database {
    fn commit(&mut self, first: u64, records: &[[u8; RECORD]]) -> Result<()> {
        let write = self.begin_write()?;
        {
            let mut table = write.open_table(TABLE)?;
            for (number, record) in (first..).zip(records) {
                table.insert(number, record.as_slice())?;
            }
        }
        Ok(write.commit()?)
    }
}

impl Readable for redb::Database {
    fn read(&self, number: u64) -> Result<Option<Vec<u8>>> {
        let table = self.begin_read()?.open_table(TABLE)?;
        Ok(table.get(number)?.map(|record| record.value().to_vec()))
    }
}

/// The log before the tree of a merge tree, and the tree.
struct Fjall(Database, Keyspace);

impl Fjall {
    fn open(folder: &Path) -> Result<Fjall> {
        let database = Database::builder(folder.join("fjall")).open()?;
        let keyspace = database.keyspace("journal", KeyspaceCreateOptions::default)?;
        Ok(Fjall(database, keyspace))
    }
}

impl Rival for Fjall {
    fn commit(&mut self, first: u64, records: &[[u8; RECORD]]) -> Result<()> {
        let mut batch = self.0.batch().durability(Some(PersistMode::SyncData));
        for (number, record) in (first..).zip(records) {
            batch.insert(&self.1, number.to_be_bytes(), record.as_slice());
        }
        Ok(batch.commit()?)
    }
}

impl Readable for Fjall {
    fn read(&self, number: u64) -> Result<Option<Vec<u8>>> {
        Ok(self.1.get(number.to_be_bytes())?.map(|record| record.to_vec()))
    }
}

/// A record as raft-engine takes it.
struct Record;

impl MessageExt for Record {
    type Entry = BytesValue;

    fn index(entry: &BytesValue) -> u64 {
        entry.value.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

fn raft(folder: &Path, mode: RecoveryMode) -> Result<Engine> {
    let dir = folder.join("raft").to_string_lossy().into_owned();
    // Records are not compressed by anybody.
    let config = Config { dir, recovery_mode: mode, batch_compression_threshold: ReadableSize(0), ..Config::default() };
    Ok(Engine::open(config)?)
}

impl Rival for Engine {
    fn commit(&mut self, _first: u64, records: &[[u8; RECORD]]) -> Result<()> {
        let entry = |record: &[u8; RECORD]| BytesValue { value: record.to_vec(), ..BytesValue::default() };
        let entries: Vec<BytesValue> = records.iter().map(entry).collect();
        let mut batch = LogBatch::with_capacity(1);
        batch.add_entries::<Record>(1, &entries)?;
        self.write(&mut batch, true)?;
        Ok(())
    }
}

impl Readable for Engine {
    fn read(&self, number: u64) -> Result<Option<Vec<u8>>> {
        Ok(self.get_entry::<Record>(1, number)?.map(|entry| entry.value))
    }
}
