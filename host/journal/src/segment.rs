//! A segment's name and its header.

use std::io;

use crate::digest::{DIGEST, Digest, Key, plain};
use crate::disk::Storage;
use crate::fields::Fields;

/// What a disk writes whole or not at all, at most. Headers and batches begin at multiples of it.
pub(crate) const BLOCK: usize = 4096;

/// The header stands at the first two blocks; batches begin behind them.
pub(crate) const BATCHES_FROM: u64 = 2 * BLOCK as u64;

/// Goes up when an older reader would misread what follows.
const VERSION: u32 = 1;

const MAGIC: [u8; 8] = *b"tomtejnl";

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Which journal it is of: random, and the same in each of its segments.
    pub(crate) journal: [u8; 16],
    /// Its number. The next segment has the next one.
    pub(crate) number: u64,
    /// Its length in bytes.
    pub(crate) length: u64,
    /// The number of its first batch; all before it are on disk.
    pub(crate) first_batch: u64,
    /// The position of its first record.
    pub(crate) first_record: u64,
    /// The digest of the batch before its first.
    pub(crate) chain: Digest,
    /// What its digests are made with.
    pub(crate) key: Key,
}

/// What stands where a header should.
pub(crate) enum Found {
    Header(Header),
    /// Both copies are damaged, or none was ever written.
    Nothing,
    /// A later version wrote it.
    Version(u32),
}

impl Header {
    /// Both copies.
    pub(crate) fn blocks(&self) -> Vec<u8> {
        let mut block = Vec::with_capacity(2 * BLOCK);
        block.extend_from_slice(&MAGIC);
        block.extend_from_slice(&VERSION.to_le_bytes());
        block.extend_from_slice(&self.journal);
        for number in [self.number, self.length, self.first_batch, self.first_record] {
            block.extend_from_slice(&number.to_le_bytes());
        }
        block.extend_from_slice(&self.chain);
        block.extend_from_slice(&self.key);
        block.resize(BLOCK - DIGEST, 0);
        let digest = plain(&block);
        block.extend_from_slice(&digest);
        block.extend_from_within(..);
        block
    }

    /// The header of this file, from whichever copy is whole.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn read(file: &impl Storage) -> io::Result<Found> {
        if file.length()? < BATCHES_FROM {
            return Ok(Found::Nothing);
        }
        let mut blocks = [0; 2 * BLOCK];
        file.read(&mut blocks, 0)?;
        let mut found = blocks.chunks_exact(BLOCK).filter_map(one);
        Ok(found.next().unwrap_or(Found::Nothing))
    }
}

fn one(block: &[u8]) -> Option<Found> {
    let (body, digest) = block.split_last_chunk::<DIGEST>()?;
    if plain(body) != *digest {
        return None;
    }
    let mut fields = Fields::of(body);
    if fields.bytes()? != MAGIC {
        return None;
    }
    let version = fields.u32()?;
    if version != VERSION {
        return Some(Found::Version(version));
    }
    let header = Header {
        journal: fields.bytes()?,
        number: fields.u64()?,
        length: fields.u64()?,
        first_batch: fields.u64()?,
        first_record: fields.u64()?,
        chain: fields.bytes()?,
        key: fields.bytes()?,
    };
    Some(Found::Header(header))
}

/// The name of a segment that is being made.
pub(crate) const NEW: &str = "new";

/// The name of one that is made ready before it is needed.
pub(crate) const READY: &str = "ready";

/// The name of the segment with this number.
pub(crate) fn name(number: u64) -> String {
    format!("{number:016}.journal")
}

/// The number of the segment with this name, if it is one.
pub(crate) fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".journal").filter(|digits| digits.len() == 16)?;
    digits.parse().ok().filter(|number| self::name(*number) == name)
}
