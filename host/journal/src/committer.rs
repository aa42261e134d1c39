//! Many who hand in records, one who writes them.

use std::collections::VecDeque;

use crate::batch::{Batch, RECORD_BYTES_MAX};
use crate::disk::Disk;
use crate::error::CommitError;
use crate::framed::{self, Framed};
use crate::writer::{Committed, Writer};

/// Records of one sender in their order, as they stand in a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    bytes: Vec<u8>,
    count: u32,
}

/// How far the records of one sender are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Durable {
    /// The sender.
    pub sender: usize,
    /// The number of its last record that is on disk, as [`Committer::hand`] counts: the first is 1.
    pub through: u64,
    /// The batch in which that is.
    pub batch: u64,
}

/// Takes what senders hand in and commits, again and again, whatever has come while the last commit ran. Nobody waits
/// for a timer: the busier the disk is, the larger are the batches.
#[derive(Debug)]
pub struct Committer<D: Disk> {
    writer: Writer<D>,
    batch: Batch,
    /// What was handed in and is not in a batch, oldest first.
    waiting: VecDeque<(usize, Records)>,
    /// The senders of what is in the batch.
    under_way: Vec<usize>,
    /// Of each sender, how many of its records are in batches.
    taken: Vec<u64>,
}

impl Records {
    /// One more. The senders keep to [`RECORD_BYTES_MAX`]; a longer one is not taken, and that is said.
    pub fn push(&mut self, record: &[u8]) -> bool {
        if record.len() > RECORD_BYTES_MAX {
            return false;
        }
        framed::push(&mut self.bytes, record);
        self.count += 1;
        true
    }

    /// Each, in order.
    #[must_use]
    pub fn each(&self) -> Framed<'_> {
        Framed(&self.bytes)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Bytes that they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

impl<D: Disk> Committer<D> {
    /// For this many senders, numbered from 0.
    pub fn new(writer: Writer<D>, senders: usize) -> Committer<D> {
        let batch = writer.batch();
        Committer { writer, batch, waiting: VecDeque::new(), under_way: vec![], taken: vec![0; senders] }
    }

    /// A sender has these records, behind those that it handed in before.
    pub fn hand(&mut self, sender: usize, records: Records) {
        if records.count > 0 {
            self.waiting.push_back((sender, records));
        }
    }

    /// Whether nothing waits to be written.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.batch.records() == 0
    }

    /// Writes one batch of what has come, oldest first, and says of each sender in it how far it is on disk.
    ///
    /// # Errors
    /// See [`CommitError`]. After [`CommitError::NoSegment`] nothing is lost: the next call tries the same again.
    pub fn commit(&mut self) -> Result<Vec<Durable>, CommitError> {
        self.fill();
        if self.batch.records() == 0 {
            return Ok(vec![]);
        }
        let Committed { batch, .. } = self.writer.commit(&mut self.batch)?;
        let mut senders = std::mem::take(&mut self.under_way);
        senders.sort_unstable();
        senders.dedup();
        Ok(senders.into_iter().map(|sender| Durable { sender, through: self.taken[sender], batch }).collect())
    }

    /// The writer, for what is to be done between two commits.
    pub fn writer(&mut self) -> &mut Writer<D> {
        &mut self.writer
    }

    /// Ends the journal in an orderly way, once it is idle.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub fn close(self) -> Result<(), CommitError> {
        self.writer.close()
    }

    fn fill(&mut self) {
        while let Some((sender, records)) = self.waiting.front_mut() {
            let (sender, taken) = (*sender, self.batch.take_front(&mut records.bytes));
            records.count -= taken;
            self.taken[sender] += u64::from(taken);
            if taken > 0 {
                self.under_way.push(sender);
            }
            if records.count > 0 {
                return;
            }
            self.waiting.pop_front();
        }
    }
}
