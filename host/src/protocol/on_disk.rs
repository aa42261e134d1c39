//! What a shard and the journal say to each other.

use crate::journal::Records;

/// What a shard hands in.
#[derive(Debug)]
pub struct HandedIn {
    /// Its records, to be written behind those that it handed in before.
    pub records: Records,
    /// The position before which it needs nothing, but for what it hands in now.
    pub needed: u64,
    /// Bytes of what it needs.
    pub bytes: u64,
}

/// How far a journal is on disk, as one shard is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnDisk {
    /// So many of the records that this shard has handed in are on disk.
    pub through: u64,
    /// All records of the journal before this position are.
    pub position: u64,
    /// What is needed of those before this position is to be recorded again, so that they can go.
    pub leave: u64,
    /// It has no room for much more: durable workers take nothing new until it has.
    pub full: bool,
}
