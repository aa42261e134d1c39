//! The last inputs of a worker, kept for whoever looks later. Pure.

use crate::base::limits::INPUTS_KEPT;
use crate::protocol::{Came, Recorded};

/// The last inputs, at most [`INPUTS_KEPT`]. Grows to that and then reuses its places.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    kept: Vec<Recorded>,
    next: usize,
}

impl Recent {
    pub(crate) fn push(&mut self, recorded: Recorded) {
        match self.kept.get_mut(self.next) {
            Some(oldest) => *oldest = recorded,
            None => {
                if self.kept.len() == self.kept.capacity() {
                    self.kept.reserve_exact(INPUTS_KEPT.div_ceil(2).min(INPUTS_KEPT - self.kept.len()));
                }
                self.kept.push(recorded);
            }
        }
        self.next = (self.next + 1) % INPUTS_KEPT;
    }

    /// Says what came of the newest, if that is not known yet.
    pub(crate) fn came(&mut self, came: Came) {
        let at = (self.next + INPUTS_KEPT - 1) % INPUTS_KEPT;
        if let Some(newest) = self.kept.get_mut(at).filter(|newest| newest.came == Came::Open) {
            newest.came = came;
        }
    }

    /// All that are kept, newest first.
    pub(crate) fn newest_first(&self) -> Vec<Recorded> {
        let (newer, older) = self.kept.split_at(self.next.min(self.kept.len()));
        newer.iter().rev().chain(older.iter().rev()).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Input;

    fn recorded(seq: u64) -> Recorded {
        Recorded::new(seq, seq * 10, &Input::Cast(vec![b'x'; 3]), false)
    }

    #[test]
    fn the_newest_are_kept_and_no_place_is_added_for_them() {
        let mut recent = Recent::default();
        assert!(recent.newest_first().is_empty());
        for seq in 0..100 {
            recent.push(recorded(seq));
            let kept: Vec<u64> = recent.newest_first().iter().map(|recorded| recorded.seq).collect();
            let expected: Vec<u64> = (0..=seq).rev().take(INPUTS_KEPT).collect();
            assert_eq!(kept, expected);
        }
        assert_eq!(recent.kept.capacity(), INPUTS_KEPT);
    }

    #[test]
    fn what_came_of_an_input_is_said_once_and_of_the_newest() {
        let mut recent = Recent::default();
        recent.came(Came::Done);
        for (seq, came) in [(0, Came::Done), (1, Came::Crashed)] {
            recent.push(recorded(seq));
            recent.came(came);
            recent.came(Came::Refused);
        }
        recent.push(recorded(2));
        let came: Vec<Came> = recent.newest_first().iter().map(|recorded| recorded.came).collect();
        assert_eq!(came, [Came::Open, Came::Crashed, Came::Done]);
    }
}
