//! Records on disk, in one order, as segments of a journal.
//!
//! A record is bytes, and has a *position*: 0, 1, 2 and so on without a gap. Records are written in
//! *batches*, numbered from 1; a batch is there completely or not at all. [`Writer::commit`] returns
//! when the disk says that it has a batch. From then on its records are read back by every
//! [`recover`], or `recover` refuses and says what is missing: it never goes on without them, and
//! never with others.
//!
//! A *segment* is a file that is zeros before it is used, so that a commit needs no room and changes
//! nothing but bytes:
//!
//! ```text
//! 0      4096   8192             8192 + n * 4096
//! header header batch, padding   batch, padding   zeros ...
//! ```
//!
//! The header stands there twice. It holds a random key, and every digest of the segment is BLAKE3 with
//! that key: whatever bytes a client has written into a record, they are never taken for a batch.
//! Each batch holds the digest of the one before, so that a stale, misplaced or repeated one does not
//! fit. Each says, too, up to which batch the disk had been heard of when it was written: a damaged
//! batch at or below that was acknowledged, and one above it was never. Batches begin at multiples of
//! 4096, so that a torn write touches no batch before it.
//!
//! Every start goes on in a new segment, into which the last batches are copied that no later one
//! vouches for: after a failed sync the cache of the kernel may hold what the disk does not.
//!
//! The rules are those of TigerBeetle's and SQLite's logs: a chain of digests, a proof of what was
//! acknowledged, and no way on after a failed sync (Rebello and others, USENIX ATC 2020, on why).
//! What remains: rot in the very last acknowledged batch, before anything later is written, cannot be
//! told from a write that the power cut tore. [`Writer::seal`] closes that gap once the journal is idle.

mod batch;
mod committer;
mod digest;
mod disk;
mod error;
mod fields;
mod framed;
mod recover;
mod segment;
mod writer;

#[cfg(test)]
mod tests;

pub use batch::{BODY_BYTES_MAX, Batch, RECORD_BYTES_MAX, RECORDS_MAX};
pub use committer::{Committer, Durable, Records};
pub use disk::{Disk, Folder, Storage};
pub use error::{CommitError, RecoveryError};
pub use framed::{Framed, Packed};
pub use recover::{Entry, Expected, Recovered, Torn, recover};
pub use writer::{Committed, Options, Preparation, Prepared, SEGMENT_BYTES_MIN, Writer};
