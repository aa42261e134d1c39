//! Writes batches, one after the other.

mod open;
mod prepare;

use std::io;

use crate::batch::{self, Batch, HEAD, Head, Kind};
use crate::digest::Key;
use crate::disk::{Disk, Storage};
use crate::error::CommitError;
use crate::recover::Tip;
use crate::segment::{self, BATCHES_FROM, Header, READY};

pub use self::prepare::{Preparation, Prepared};
use self::prepare::{made, named};

/// Bytes of the smallest segment: headers, and a few small batches.
pub const SEGMENT_BYTES_MIN: u64 = 16 << 10;

/// How a journal is written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes of a segment, at least [`SEGMENT_BYTES_MIN`]: 64 MiB are well for a node.
    pub segment: u64,
    /// Bytes of the first segment of each start, which begins with this much to be written.
    pub first: u64,
    /// What makes the records, in a digest of its owner's: it stands at each batch, and comes back with each record.
    pub fingerprint: [u8; 16],
    /// Chance: the keys of this start's segments follow from it, and nobody may foresee it.
    pub seed: [u8; 32],
}

/// How far a journal is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The last batch.
    pub batch: u64,
    /// All records before this position are on disk.
    pub next_record: u64,
}

/// The one that writes a journal.
#[derive(Debug)]
pub struct Writer<D: Disk> {
    disk: D,
    options: Options,
    journal: [u8; 16],
    current: Current<D::Storage>,
    /// The segments before it, oldest first: number and position of the first record.
    before: Vec<(u64, u64)>,
    tip: Tip,
    next: Option<Prepared<D::Storage>>,
    /// Whether somebody makes the next one ready.
    preparing: bool,
    failed: bool,
}

/// The segment that is written to.
#[derive(Debug)]
struct Current<F> {
    file: F,
    number: u64,
    first_record: u64,
    length: u64,
    key: Key,
    /// Where its next batch begins.
    at: u64,
}

impl<D: Disk> Writer<D> {
    /// An empty batch for this journal.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.options.segment - BATCHES_FROM - HEAD as u64)
    }

    /// How far it is on disk.
    #[must_use]
    pub fn committed(&self) -> Committed {
        Committed { batch: self.tip.batch - 1, next_record: self.tip.record }
    }

    /// Writes these records behind all others, and returns when the disk has them. The batch is empty then.
    ///
    /// # Errors
    /// See [`CommitError`]; after [`CommitError::NoSegment`] the batch is as it was.
    pub fn commit(&mut self, batch: &mut Batch) -> Result<Committed, CommitError> {
        self.write(Kind::Records, batch)?;
        batch.clear();
        Ok(self.committed())
    }

    /// Says on disk that the last batch is there, so that rot in it is told from a torn write. For when the journal
    /// is idle; does nothing if that is said already.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub fn seal(&mut self) -> Result<(), CommitError> {
        if self.tip.sealed {
            return Ok(());
        }
        self.write(Kind::Seal, &mut Batch::new(0))
    }

    /// Ends the journal: the next start knows that nothing is missing behind it.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub fn close(mut self) -> Result<(), CommitError> {
        self.end()
    }

    pub(crate) fn end(&mut self) -> Result<(), CommitError> {
        self.write(Kind::End, &mut Batch::new(0))
    }

    /// What is to be made ready before the present segment is full, if that was not asked for yet: on any thread. The
    /// outcome goes to [`Writer::take`].
    #[must_use]
    pub fn preparation(&mut self) -> Option<Preparation> {
        let wanted = self.next.is_none() && !self.preparing;
        self.preparing |= wanted;
        wanted.then_some(Preparation { length: self.options.segment })
    }

    /// Takes what was made ready, or that it was not: then it is asked for again, and a segment that is needed before is
    /// made on the way.
    ///
    /// # Errors
    /// The system's. Nothing is lost.
    pub fn take(&mut self, prepared: io::Result<Prepared<D::Storage>>) -> io::Result<()> {
        self.preparing = false;
        let prepared = prepared?;
        named(&self.disk, READY, self.current.number + 1)?;
        self.next = Some(prepared);
        Ok(())
    }

    /// Where it writes.
    #[must_use]
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// Bytes of a segment.
    #[must_use]
    pub fn segment(&self) -> u64 {
        self.options.segment
    }

    /// How many segments there are.
    #[must_use]
    pub fn segments(&self) -> u64 {
        self.before.len() as u64 + 1
    }

    /// Where the oldest segment ends: the position of the first record after it. None while there is one segment.
    #[must_use]
    pub fn oldest_ends(&self) -> Option<u64> {
        self.before.first()?;
        Some(self.before.get(1).map_or(self.current.first_record, |(_, first)| *first))
    }

    /// Removes the segments that have no record at or after this position, oldest first; says how many.
    ///
    /// # Errors
    /// The system's. What is not removed is tried again the next time.
    pub fn trim(&mut self, position: u64) -> io::Result<usize> {
        let mut removed = 0;
        while let Some(&(number, _)) = self.before.first() {
            if self.oldest_ends().is_none_or(|ends| ends > position) {
                break;
            }
            self.disk.remove(&segment::name(number))?;
            self.before.remove(0);
            removed += 1;
        }
        if removed > 0 {
            self.disk.sync()?;
        }
        Ok(removed)
    }

    fn write(&mut self, kind: Kind, batch: &mut Batch) -> Result<(), CommitError> {
        if self.failed {
            return Err(CommitError::Closed);
        }
        let length = batch::length(batch.body());
        if self.current.at + length > self.current.length {
            self.rotate()?;
        }
        let Tip { batch: number, record, chain, durable, .. } = self.tip;
        let head = Head {
            kind,
            batch: number,
            first_record: record,
            durable,
            offset: self.current.at,
            chain,
            fingerprint: self.options.fingerprint,
            ..Head::EMPTY
        };
        let records = u64::from(batch.records());
        let (bytes, digest) = batch.sealed(&self.current.key, head);
        let written = self.current.file.write(bytes, self.current.at).and_then(|()| self.current.file.sync());
        written.map_err(|error| self.fails(error))?;
        self.current.at += length;
        self.tip = Tip {
            batch: number + 1,
            record: record + records,
            chain: digest,
            durable: number,
            sealed: kind != Kind::Records,
        };
        Ok(())
    }

    /// Goes on in the next segment.
    fn rotate(&mut self) -> Result<(), CommitError> {
        let number = self.current.number + 1;
        let Prepared { file, length } = match self.next.take() {
            Some(next) => next,
            None => made(&self.disk, number, self.options.segment).map_err(CommitError::NoSegment)?,
        };
        let header = Header {
            journal: self.journal,
            number,
            length,
            first_batch: self.tip.batch,
            first_record: self.tip.record,
            chain: self.tip.chain,
            key: open::key(&self.options.seed, number),
        };
        file.write(&header.blocks(), 0).and_then(|()| file.sync()).map_err(|error| self.fails(error))?;
        self.before.push((self.current.number, self.current.first_record));
        self.current = Current::of(file, &header, BATCHES_FROM);
        Ok(())
    }

    fn fails(&mut self, error: io::Error) -> CommitError {
        self.failed = true;
        CommitError::Failed(error)
    }
}

impl<F> Current<F> {
    fn of(file: F, header: &Header, at: u64) -> Current<F> {
        let Header { number, first_record, length, key, .. } = *header;
        Current { file, number, first_record, length, key, at }
    }
}
