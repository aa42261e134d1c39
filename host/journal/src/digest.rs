//! Keyed digests.

/// Bytes of a digest: BLAKE3, cut. No two of them agree by accident.
pub(crate) const DIGEST: usize = 16;

/// What a piece of a segment is, in short.
pub(crate) type Digest = [u8; DIGEST];

/// What makes the digests of one segment its own: random, and never shown to anybody who sends records.
pub(crate) type Key = [u8; 32];

/// The digest of these bytes in a segment with this key.
pub(crate) fn keyed(key: &Key, bytes: &[u8]) -> Digest {
    cut(blake3::keyed_hash(key, bytes))
}

/// The digest of what holds the key itself.
pub(crate) fn plain(bytes: &[u8]) -> Digest {
    cut(blake3::hash(bytes))
}

fn cut(hash: blake3::Hash) -> Digest {
    let mut digest = [0; DIGEST];
    digest.copy_from_slice(&hash.as_bytes()[..DIGEST]);
    digest
}
