//! Numbers for what the tree is asked, so that its answer finds whoever asked.

/// The lower part of the number of a question is the asking loop's own, the upper one names the shard;
/// in the numbers of control it is nothing.
const OWN_BITS: u32 = 48;

/// The number under which a shard asks the tree what it calls `id` itself.
pub fn question(shard: usize, id: u64) -> u64 {
    (shard as u64 + 1) << OWN_BITS | id
}

/// The shard that asked, and its own number for the question; none if control did.
pub fn asker(asked: u64) -> Option<(usize, u64)> {
    let shard = usize::try_from(asked >> OWN_BITS).ok()?.checked_sub(1)?;
    Some((shard, asked & ((1 << OWN_BITS) - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_question_names_who_asked() {
        for (shard, id) in [(0, 1), (7, 0), (3, (1 << OWN_BITS) - 1)] {
            assert_eq!(asker(question(shard, id)), Some((shard, id)));
        }
        assert_eq!((asker(0), asker(12)), (None, None), "those of control");
    }
}
