//! Records one after the other, each behind its length: as they are handed in, and as they stand in a batch.

/// Bytes of a length.
pub(crate) const LENGTH: usize = 4;

/// Puts a record behind the others. None has four gigabytes.
pub(crate) fn push(bytes: &mut Vec<u8>, record: &[u8]) {
    let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(record);
}

/// Records one after the other in memory, however long each is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// One more.
    pub fn push(&mut self, record: &[u8]) {
        push(&mut self.0, record);
    }

    /// The record that begins at this place, and the place of the next. The first place is 0.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<(&[u8], usize)> {
        let mut rest = Framed(self.0.get(place..)?);
        let record = rest.next()?;
        Some((record, self.0.len() - rest.0.len()))
    }

    /// Each, in order.
    #[must_use]
    pub fn each(&self) -> Framed<'_> {
        Framed(&self.0)
    }

    /// Bytes that they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// All of them as one piece.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The records in these bytes, up to where there is none any more.
#[derive(Clone, Copy, Debug)]
pub struct Framed<'a>(pub(crate) &'a [u8]);

impl<'a> Framed<'a> {
    /// Those in one piece of [`Packed`], or in whatever else these bytes are.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Framed<'a> {
        Framed(bytes)
    }
}

impl<'a> Iterator for Framed<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, after) = self.0.split_first_chunk()?;
        let (record, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = after;
        Some(record)
    }
}
