//! What is read back, and whether that is all there was.

mod run;
mod walk;

use std::io;

use crate::batch::Head;
use crate::digest::Digest;
use crate::disk::Disk;
use crate::error::RecoveryError;

use self::run::Run;
use self::walk::Walk;

/// What is known of a journal from elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The position of the first record that is needed. Segments that end before it may be gone.
    pub from: u64,
    /// A batch that was on disk once, with all before it; 0 if none is known.
    pub durable: u64,
}

/// A record that is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its position.
    pub position: u64,
    /// It.
    pub record: &'a [u8],
    /// Of whatever made it: see [`crate::Options::fingerprint`].
    pub fingerprint: [u8; 16],
}

/// A journal that was read to its end.
#[derive(Debug)]
pub struct Recovered {
    /// Where it goes on.
    pub(crate) tip: Tip,
    /// Which journal it is; none if there was none.
    pub(crate) journal: Option<[u8; 16]>,
    /// The segments that it stands in, oldest first: number and position of the first record.
    pub(crate) segments: Vec<(u64, u64)>,
    /// Files that are of no use any more.
    pub(crate) left_over: Vec<String>,
    /// Its last batches, that no later one vouches for.
    pub(crate) tail: Vec<(Head, Vec<u8>)>,
    /// What was being written when the power went.
    pub torn: Option<Torn>,
    /// Whether it was closed by its writer.
    pub closed: bool,
}

/// The end of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tip {
    /// The number of the next batch.
    pub(crate) batch: u64,
    /// The position of the next record.
    pub(crate) record: u64,
    /// The digest of the last batch.
    pub(crate) chain: Digest,
    /// The last batch that is known to have been on disk.
    pub(crate) durable: u64,
    /// Whether the last batch only says that those before it are on disk.
    pub(crate) sealed: bool,
}

impl Tip {
    /// That of a journal without a batch.
    pub(crate) const BEGINNING: Tip = Tip { batch: 1, record: 0, chain: [0; 16], durable: 0, sealed: true };
}

/// What a write that was never acknowledged has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The file.
    pub file: String,
    /// Where it begins, in bytes.
    pub offset: u64,
}

impl Recovered {
    /// The position of the next record.
    #[must_use]
    pub fn next_record(&self) -> u64 {
        self.tip.record
    }

    /// The number of the last batch; 0 if there is none.
    #[must_use]
    pub fn last_batch(&self) -> u64 {
        self.tip.batch - 1
    }
}

/// Reads a journal from the first needed record on, in order.
///
/// # Errors
/// Something that was acknowledged is not there or cannot be read. Records that were read until then are right.
pub fn recover<D: Disk>(
    disk: &D,
    expected: Expected,
    mut each: impl FnMut(Entry<'_>),
) -> Result<Recovered, RecoveryError> {
    let run = Run::find(disk, expected.from)?;
    let Some(oldest) = run.segments.first() else { return nothing(run.left_over, expected) };
    let needed = run.segments.iter().rposition(|segment| segment.header.first_record <= expected.from);
    let begins = oldest.header.first_record;
    let needed = needed.ok_or(RecoveryError::Missing { needed: expected.from, begins })?;
    let journal = Some(oldest.header.journal);
    let segments = run.segments.iter().map(|segment| (segment.header.number, segment.header.first_record)).collect();
    let mut walk = Walk::from(&run.segments[needed].header, expected);
    for (at, segment) in run.segments.iter().enumerate().skip(needed) {
        walk.segment(segment, run.segments.get(at + 1), &mut each)?;
    }
    let Walk { tip, tail, torn, end, .. } = walk;
    if expected.from > tip.record {
        return Err(RecoveryError::Missing { needed: expected.from, begins: tip.record });
    }
    let closed = end == Some(tip.batch);
    Ok(Recovered { tip, journal, segments, left_over: run.left_over, tail, torn, closed })
}

fn nothing(left_over: Vec<String>, expected: Expected) -> Result<Recovered, RecoveryError> {
    if expected != Expected::default() {
        return Err(RecoveryError::Missing { needed: expected.from, begins: 0 });
    }
    Ok(Recovered {
        tip: Tip::BEGINNING,
        journal: None,
        segments: vec![],
        left_over,
        tail: vec![],
        torn: None,
        closed: false,
    })
}

fn unread(file: &str) -> impl Fn(io::Error) -> RecoveryError {
    move |error| RecoveryError::Read { file: file.to_owned(), error }
}
