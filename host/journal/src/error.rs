//! What goes wrong.

use std::io;

/// A batch that is not on disk.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// There is no room for the next segment, or no file. Nothing was written, and the same batch may be committed
    /// again later.
    #[error("the journal gets no new segment: {0}")]
    NoSegment(#[source] io::Error),
    /// What was written may be on disk or not. Nothing can be committed any more by this writer: the next start finds
    /// out what there is.
    #[error("the disk failed to take what was written: {0}")]
    Failed(#[source] io::Error),
    /// An earlier commit failed.
    #[error("the journal takes nothing more after a failed write")]
    Closed,
}

/// A journal that cannot be gone on with, since something that was acknowledged is not there.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// A file cannot be read. That is never taken for the end of a journal.
    #[error("{file} cannot be read: {error}")]
    Read {
        /// Its name.
        file: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A batch that was acknowledged is damaged or missing.
    #[error(
        "{file}, offset {offset}: batch {batch}, with the records from {record} on, is damaged, \
         and was acknowledged: batch {durable} was written after it"
    )]
    Damaged {
        /// The name of the file.
        file: String,
        /// Where the batch begins, in bytes.
        offset: u64,
        /// Its number.
        batch: u64,
        /// The position of its first record.
        record: u64,
        /// The last batch that is known to have been on disk.
        durable: u64,
    },
    /// Both headers of a segment are damaged.
    #[error("{file}: both copies of its header are damaged")]
    Header {
        /// The name of the file.
        file: String,
    },
    /// A segment does not go on where the one before it ends, or is no part of this journal.
    #[error("{file} does not belong where it is: {why}")]
    Misplaced {
        /// The name of the file.
        file: String,
        /// What is wrong.
        why: &'static str,
    },
    /// Records that are needed are in no segment.
    #[error("records from {needed} on are needed, and the journal begins at {begins}")]
    Missing {
        /// The first record that is needed.
        needed: u64,
        /// The first that is there; the next to be written, if there is none.
        begins: u64,
    },
    /// Something follows the end of a journal that was closed.
    #[error("{file}, offset {offset}: a batch follows the end of the journal")]
    AfterEnd {
        /// The name of the file.
        file: String,
        /// Where the batch begins, in bytes.
        offset: u64,
    },
    /// A later version wrote it.
    #[error("{file} is of version {version} of the journal, which this version does not read")]
    Version {
        /// The name of the file.
        file: String,
        /// Its version.
        version: u32,
    },
}
