//! Numbers that follow from a seed.

/// A small generator (SplitMix64, Steele et al. 2014). Nothing secret comes from it.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of this seed.
    pub fn seeded(seed: u64) -> Chance {
        Chance(seed)
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "it has no end, so it is no iterator")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number, below `most`.
    #[cfg(test)]
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }
}
