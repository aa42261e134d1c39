//! A batch: a head of fixed length, records, and zeros up to the next block.

use crate::digest::{DIGEST, Digest, Key, keyed};
use crate::fields::Fields;
use crate::framed::{self, Framed, LENGTH};
use crate::segment::BLOCK;

/// Bytes of the records of one batch, their lengths among them.
pub const BODY_BYTES_MAX: usize = 4 << 20;

/// Bytes of one record: what a listener takes at most, and room beside it.
pub const RECORD_BYTES_MAX: usize = 2 << 20;

/// Records of one batch.
pub const RECORDS_MAX: u32 = 1 << 16;

/// Bytes of a head.
pub(crate) const HEAD: usize = 128;

const MAGIC: [u8; 4] = *b"tmtb";

/// What a batch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It has records.
    Records,
    /// It says that the batches before it are on disk.
    Seal,
    /// Nothing follows: the journal was closed.
    End,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Records, Kind::Seal, Kind::End];

    fn code(self) -> u32 {
        match self {
            Kind::Records => 0,
            Kind::Seal => 1,
            Kind::End => 2,
        }
    }
}

/// What stands before the records of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    /// Its number.
    pub(crate) batch: u64,
    /// The position of its first record; of the next one if it has none.
    pub(crate) first_record: u64,
    pub(crate) records: u32,
    /// Bytes of its records.
    pub(crate) body: u32,
    /// The batch up to which the disk had been heard of when this one was written.
    pub(crate) durable: u64,
    /// Where in its segment it begins.
    pub(crate) offset: u64,
    /// The digest of the batch before it.
    pub(crate) chain: Digest,
    /// That of its records.
    pub(crate) body_digest: Digest,
    /// Of what made its records.
    pub(crate) fingerprint: [u8; 16],
    /// Its own.
    pub(crate) digest: Digest,
}

impl Head {
    /// To be filled in.
    pub(crate) const EMPTY: Head = Head {
        kind: Kind::Records,
        batch: 0,
        first_record: 0,
        records: 0,
        body: 0,
        durable: 0,
        offset: 0,
        chain: [0; DIGEST],
        body_digest: [0; DIGEST],
        fingerprint: [0; 16],
        digest: [0; DIGEST],
    };

    /// Reads a head that stands at this offset of the segment with this key. None if it is no head of this place.
    pub(crate) fn read(bytes: &[u8; HEAD], key: &Key, offset: u64) -> Option<Head> {
        let (head, digest) = bytes.split_last_chunk::<DIGEST>()?;
        let mut fields = Fields::of(head);
        // Most places are refused by these four bytes, before anything is hashed.
        if fields.bytes()? != MAGIC || keyed(key, head) != *digest {
            return None;
        }
        let code = fields.u32()?;
        let head = Head {
            kind: Kind::ALL.into_iter().find(|kind| kind.code() == code)?,
            batch: fields.u64()?,
            first_record: fields.u64()?,
            records: fields.u32()?,
            body: fields.u32()?,
            durable: fields.u64()?,
            offset: fields.u64()?,
            chain: fields.bytes()?,
            body_digest: fields.bytes()?,
            fingerprint: fields.bytes()?,
            digest: *digest,
        };
        let fits = head.body as usize <= BODY_BYTES_MAX && head.records <= RECORDS_MAX;
        (head.offset == offset && fits).then_some(head)
    }

    fn bytes(&self, key: &Key) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        let mut at = 0;
        let mut put = |field: &[u8]| {
            bytes[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        };
        put(&MAGIC);
        put(&self.kind.code().to_le_bytes());
        put(&self.batch.to_le_bytes());
        put(&self.first_record.to_le_bytes());
        put(&self.records.to_le_bytes());
        put(&self.body.to_le_bytes());
        put(&self.durable.to_le_bytes());
        put(&self.offset.to_le_bytes());
        put(&self.chain);
        put(&self.body_digest);
        put(&self.fingerprint);
        let digest = keyed(key, &bytes[..HEAD - DIGEST]);
        bytes[HEAD - DIGEST..].copy_from_slice(&digest);
        bytes
    }

    /// Bytes of the whole batch in its segment.
    pub(crate) fn length(&self) -> u64 {
        length(self.body as usize)
    }
}

/// Bytes in a segment of a batch with this many bytes of records.
pub(crate) fn length(body: usize) -> u64 {
    (HEAD + body).next_multiple_of(BLOCK) as u64
}

/// Records that are to be written together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Room for the head, then the records, each behind its length.
    bytes: Vec<u8>,
    records: u32,
    /// Bytes of records that a segment holds.
    room: usize,
}

impl Batch {
    /// An empty one, for segments that hold this many bytes of records.
    pub(crate) fn new(room: u64) -> Batch {
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(BODY_BYTES_MAX);
        Batch { bytes: vec![0; HEAD], records: 0, room }
    }

    /// Takes one more record; says no if the batch has no room for it. An empty batch has room for every record
    /// of at most [`RECORD_BYTES_MAX`], if its segments are at least twice as long.
    pub fn push(&mut self, record: &[u8]) -> bool {
        let fits = self.body() + LENGTH + record.len() <= self.room && record.len() <= RECORD_BYTES_MAX;
        if !fits || self.records == RECORDS_MAX {
            return false;
        }
        framed::push(&mut self.bytes, record);
        self.records += 1;
        true
    }

    /// Moves records from the front of these, each behind its length, as long as there is room; says how many.
    pub(crate) fn take_front(&mut self, records: &mut Vec<u8>) -> u32 {
        let (mut end, mut count) = (0, 0);
        for record in Framed(records) {
            let whole = LENGTH + record.len();
            if self.body() + end + whole > self.room || self.records + count == RECORDS_MAX {
                break;
            }
            (end, count) = (end + whole, count + 1);
        }
        self.bytes.extend_from_slice(&records[..end]);
        self.records += count;
        // Most turns go into a batch as a whole.
        if end == records.len() {
            records.clear()
        } else {
            drop(records.drain(..end))
        }
        count
    }

    /// How many records it has.
    #[must_use]
    pub fn records(&self) -> u32 {
        self.records
    }

    /// Bytes of its records, their lengths among them.
    #[must_use]
    pub fn body(&self) -> usize {
        self.bytes.len() - HEAD
    }

    /// Takes all of them out; what it has allocated stays.
    pub fn clear(&mut self) {
        self.bytes.truncate(HEAD);
        self.records = 0;
    }

    /// Takes over records as they stand in a batch that was read.
    pub(crate) fn take_body(&mut self, head: &Head, body: &[u8]) {
        self.clear();
        self.bytes.extend_from_slice(body);
        self.records = head.records;
    }

    /// It as it stands on disk, and its digest. The head says the rest. It holds zeros behind its records then, and is to
    /// be cleared.
    pub(crate) fn sealed(&mut self, key: &Key, head: Head) -> (&[u8], Digest) {
        let body = u32::try_from(self.body()).unwrap_or(u32::MAX);
        let body_digest = keyed(key, &self.bytes[HEAD..]);
        let head = Head { records: self.records, body, body_digest, ..head }.bytes(key);
        self.bytes[..HEAD].copy_from_slice(&head);
        self.bytes.resize(self.bytes.len().next_multiple_of(BLOCK), 0);
        let mut digest = [0; DIGEST];
        digest.copy_from_slice(&head[HEAD - DIGEST..]);
        (&self.bytes, digest)
    }
}

/// Whether a body has as many records as its head says, and nothing else.
pub(crate) fn is_whole(head: &Head, body: &[u8]) -> bool {
    let mut records = Framed(body);
    records.by_ref().count() == head.records as usize && records.0.is_empty()
}
