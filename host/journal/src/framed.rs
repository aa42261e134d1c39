//! Records one after the other, each behind its length: as they are handed in, and as they stand in a batch.

/// Bytes of a length.
pub(crate) const LENGTH: usize = 4;

/// Puts a record behind the others. No record is longer than a batch.
pub(crate) fn push(bytes: &mut Vec<u8>, record: &[u8]) {
    let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(record);
}

/// The records in these bytes, up to where there is none any more.
#[derive(Clone, Copy)]
pub(crate) struct Framed<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Framed<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, after) = self.0.split_first_chunk()?;
        let (record, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = after;
        Some(record)
    }
}
