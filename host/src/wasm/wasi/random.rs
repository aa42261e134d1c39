//! Randomness that follows from the seed of the instance: the same seed draws the same numbers.

use super::super::stop::Stop;
use crate::base::limits::RANDOM_BYTES_MAX;

/// SplitMix64 (Steele, Lea and Flood, 2014): tiny, and good enough where nothing is secret.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        let length = usize::try_from(length).ok().filter(|length| *length <= RANDOM_BYTES_MAX);
        let length = length.ok_or(Stop::RandomBytes(RANDOM_BYTES_MAX))?;
        let mut bytes = vec![0; length];
        for chunk in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(bytes)
    }
}
