//! What the records of a journal say, and what of them brings a durable worker back.
//!
//! The bytes on disk, their order and their safety are `tomte-journal`'s. Here a record has a meaning.
//!
//! Invariant: pure. What stands in a journal is read by every later version: cases and fields of [`Record`] are added
//! at the end and never changed.

mod record;
mod tail;

#[cfg(test)]
pub(crate) mod tests;

pub use record::{Began, Came, Given, Life, Record, Unreadable, digest, digest_of, in_parts};
pub use tail::{Stepped, Tail, Tails};
pub use tomte_journal::Records;
