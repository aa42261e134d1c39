//! From batch to batch.

use super::run::{Segment, is_zero};
use super::{Entry, Expected, Tip, Torn, unread};
use crate::batch::{self, HEAD, Head, Kind};
use crate::digest::keyed;
use crate::disk::Storage;
use crate::error::RecoveryError;
use crate::framed::Framed;
use crate::segment::{BATCHES_FROM, BLOCK, Header};

/// What has been read.
pub(super) struct Walk {
    pub(super) tip: Tip,
    /// Batches above the last one that is vouched for.
    pub(super) tail: Vec<(Head, Vec<u8>)>,
    pub(super) torn: Option<Torn>,
    /// The number after that of a batch which closed the journal.
    pub(super) end: Option<u64>,
    /// The first record that somebody wants.
    from: u64,
}

impl Walk {
    pub(super) fn from(first: &Header, expected: Expected) -> Walk {
        let durable = expected.durable.max(before(first));
        let tip =
            Tip { batch: first.first_batch, record: first.first_record, chain: first.chain, durable, sealed: true };
        Walk { tip, tail: vec![], torn: None, end: None, from: expected.from }
    }

    /// Reads one segment up to its end, or to where the next one goes on.
    pub(super) fn segment<F: Storage>(
        &mut self,
        segment: &Segment<F>,
        next: Option<&Segment<F>>,
        each: &mut impl FnMut(Entry<'_>),
    ) -> Result<(), RecoveryError> {
        let mut offset = BATCHES_FROM;
        loop {
            if let Some(next) = next.filter(|next| self.goes_on(&next.header)) {
                self.vouch(before(&next.header));
                self.end = None;
                return Ok(());
            }
            match self.batch(segment, offset)? {
                Some(_) if self.end == Some(self.tip.batch) => {
                    return Err(RecoveryError::AfterEnd { file: segment.name.clone(), offset });
                }
                Some((head, body)) => {
                    offset += head.length();
                    self.take(head, body, each);
                }
                None => return self.stopped(segment, next, offset),
            }
        }
    }

    /// Whether a segment begins where this walk is.
    fn goes_on(&self, next: &Header) -> bool {
        let Tip { batch, record, chain, .. } = self.tip;
        (next.first_batch, next.first_record, next.chain) == (batch, record, chain)
    }

    /// The batch that is next, if it stands whole at this place.
    fn batch<F: Storage>(&self, segment: &Segment<F>, offset: u64) -> Result<Option<(Head, Vec<u8>)>, RecoveryError> {
        let Segment { name, header, file } = segment;
        let Some(head) = head(name, file, header, offset)? else { return Ok(None) };
        let Tip { batch, record, chain, .. } = self.tip;
        let fits = (head.batch, head.first_record, head.chain) == (batch, record, chain);
        if !fits || offset + head.length() > header.length {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(head.length()).unwrap_or(usize::MAX)];
        file.read(&mut bytes, offset).map_err(unread(name))?;
        let padding = bytes.split_off(HEAD + head.body as usize);
        let body = bytes.split_off(HEAD);
        let is_whole = keyed(&header.key, &body) == head.body_digest && padding.iter().all(|byte| *byte == 0);
        Ok((is_whole && batch::is_whole(&head, &body)).then_some((head, body)))
    }

    fn take(&mut self, head: Head, body: Vec<u8>, each: &mut impl FnMut(Entry<'_>)) {
        for (position, record) in (head.first_record..).zip(Framed(&body)) {
            if position >= self.from {
                each(Entry { position, record, fingerprint: head.fingerprint });
            }
        }
        self.tip.batch += 1;
        self.tip.record += u64::from(head.records);
        self.tip.chain = head.digest;
        self.end = (head.kind == Kind::End).then_some(self.tip.batch);
        self.vouch(head.durable);
        // The end of a journal has no record, and the next start is the end of the end.
        if head.batch > self.tip.durable && head.kind != Kind::End {
            self.tail.push((head, body));
        }
    }

    /// This batch and all before it were on disk.
    fn vouch(&mut self, durable: u64) {
        self.tip.durable = self.tip.durable.max(durable);
        self.tail.retain(|(head, _)| head.batch > self.tip.durable);
    }

    /// The next batch does not stand where it should. Was it ever acknowledged?
    fn stopped<F: Storage>(
        &mut self,
        segment: &Segment<F>,
        next: Option<&Segment<F>>,
        offset: u64,
    ) -> Result<(), RecoveryError> {
        let Segment { name, header, file } = segment;
        let later = match next {
            Some(next) if next.header.first_batch <= self.tip.batch => {
                let why = "it does not go on where the segment before it ends";
                return Err(RecoveryError::Misplaced { file: next.name.clone(), why });
            }
            Some(next) => before(&next.header),
            None => vouched_after(name, file, header, offset)?,
        };
        let Tip { batch, record, durable, .. } = self.tip;
        let durable = durable.max(later);
        if durable >= batch {
            return Err(RecoveryError::Damaged { file: name.clone(), offset, batch, record, durable });
        }
        if !is_zero(name, file, offset.min(header.length), header.length)? {
            self.torn = Some(Torn { file: name.clone(), offset });
        }
        Ok(())
    }
}

/// The last batch before a segment, all of which were on disk when it was begun.
fn before(header: &Header) -> u64 {
    header.first_batch.saturating_sub(1)
}

/// The head that stands at this offset of a segment, if there is one.
fn head(name: &str, file: &impl Storage, header: &Header, offset: u64) -> Result<Option<Head>, RecoveryError> {
    if offset + BLOCK as u64 > header.length {
        return Ok(None);
    }
    let mut bytes = [0; HEAD];
    file.read(&mut bytes, offset).map_err(unread(name))?;
    Ok(Head::read(&bytes, &header.key, offset))
}

/// The last batch that is vouched for by what stands behind this offset: it was written after that one was on disk.
fn vouched_after(name: &str, file: &impl Storage, header: &Header, offset: u64) -> Result<u64, RecoveryError> {
    let mut durable = 0;
    let mut at = offset;
    while at < header.length {
        if let Some(head) = head(name, file, header, at)? {
            durable = durable.max(head.durable);
        }
        at += BLOCK as u64;
    }
    Ok(durable)
}
