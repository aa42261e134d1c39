//! The first segment of a start.

use std::io;

use super::prepare::{named, zeros};
use super::{Current, Options, SEGMENT_BYTES_MIN, Writer};
use crate::batch::{self, Batch, Head};
use crate::digest::{Digest, Key};
use crate::disk::{Disk, Storage};
use crate::recover::{Recovered, Tip, Torn};
use crate::segment::{self, BATCHES_FROM, Header, NEW};

/// The file that keeps what a torn write has left, for whoever wants to look.
const TORN: &str = "torn";

/// Bytes of it that are kept.
const TORN_BYTES_MAX: u64 = 1 << 20;

impl<D: Disk> Writer<D> {
    /// Goes on behind what was recovered, in a new segment. What no later batch vouches for is copied into it: all
    /// that was recovered is on disk when this returns.
    ///
    /// # Errors
    /// The system's, or options that no journal can have. Nothing is lost then, and the next start finds the same.
    pub fn open(disk: D, recovered: Recovered, options: Options) -> io::Result<Writer<D>> {
        if options.segment < SEGMENT_BYTES_MIN {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the segments are too small"));
        }
        if let Some(torn) = &recovered.torn {
            // It was never acknowledged; a full disk is no reason not to start.
            let _ = keep(&disk, torn);
        }
        let Recovered { tip, journal, segments, left_over, tail, .. } = recovered;
        let number = segments.last().map_or(1, |(number, _)| number + 1);
        let first = tail.first().map(|(head, _)| head);
        let header = Header {
            journal: journal.unwrap_or_else(|| self::journal(&options.seed)),
            number,
            length: options.first.max(SEGMENT_BYTES_MIN).max(BATCHES_FROM + copied(&tail)),
            first_batch: first.map_or(tip.batch, |head| head.batch),
            first_record: first.map_or(tip.record, |head| head.first_record),
            chain: first.map_or(tip.chain, |head| head.chain),
            key: key(&options.seed, number),
        };
        let (mut at, mut chain) = (BATCHES_FROM, header.chain);
        let file = zeros(&disk, NEW, header.length, |file| {
            file.write(&header.blocks(), 0)?;
            for (head, body) in &tail {
                let (bytes, digest) = copy(head, body, &header.key, at, chain, tip.durable);
                file.write(&bytes, at)?;
                at += bytes.len() as u64;
                chain = digest;
            }
            Ok(())
        })?;
        named(&disk, NEW, number)?;
        for name in left_over {
            // A segment that was never begun may have lost its place already. What stays is found again.
            if name != segment::name(number) {
                let _ = disk.remove(&name);
            }
        }
        let current = Current::of(file, &header, at);
        let tip = Tip { chain, durable: tip.batch - 1, sealed: false, ..tip };
        let journal = header.journal;
        Ok(Writer {
            disk,
            options,
            journal,
            current,
            before: segments,
            tip,
            next: None,
            preparing: false,
            failed: false,
        })
    }
}

/// Bytes of these batches in a segment.
fn copied(tail: &[(Head, Vec<u8>)]) -> u64 {
    tail.iter().map(|(head, _)| head.length()).sum()
}

/// A batch as it stands in another segment, and its digest.
fn copy(head: &Head, body: &[u8], key: &Key, offset: u64, chain: Digest, durable: u64) -> (Vec<u8>, Digest) {
    let mut batch = Batch::new(batch::BODY_BYTES_MAX as u64);
    batch.take_body(head, body);
    let head = Head { offset, chain, durable, ..head.clone() };
    let (bytes, digest) = batch.sealed(key, head);
    (bytes.to_vec(), digest)
}

/// Which journal one is that begins with this seed.
fn journal(seed: &[u8; 32]) -> [u8; 16] {
    let hash = blake3::derive_key("tomte journal 2026 identity", seed);
    let mut journal = [0; 16];
    journal.copy_from_slice(&hash[..16]);
    journal
}

/// The key of the segment with this number.
pub(super) fn key(seed: &[u8; 32], number: u64) -> Key {
    let mut material = seed.to_vec();
    material.extend_from_slice(&number.to_le_bytes());
    blake3::derive_key("tomte journal 2026 segment key", &material)
}

/// Copies the end of a file where nobody writes over it.
fn keep<D: Disk>(disk: &D, torn: &Torn) -> io::Result<()> {
    let file = disk.open(&torn.file)?;
    let length = file.length()?.saturating_sub(torn.offset).min(TORN_BYTES_MAX);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read(&mut bytes, torn.offset)?;
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    disk.create(TORN)?.write(&bytes[..end], 0)
}
