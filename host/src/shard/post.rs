//! The way from a shard to the others, and who waits here for their answers.
//!
//! Invariant: what must not be lost is posted in order, as soon as its lane has room; every caller that is
//! kept here comes out once.
//!
//! What found its lane full waits here and counts among the bytes that wait on the node. An answer is never dropped
//! for that, since its caller could not be told the truth: the input has been stepped. So it is the shard that holds
//! back: while more than [`UNSENT_BYTES_MAX`] wait, none of its workers takes an input. What is added then is no
//! more than the word to callers that their inputs are not taken, and that somebody has ended.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::caller::Caller;
use crate::base::limits::UNSENT_BYTES_MAX;
use crate::base::{Share, Tally};
use crate::protocol::{Driver, Mail, Origin};

/// The post of one shard.
#[derive(Debug)]
pub(crate) struct Post {
    index: usize,
    /// Callers of this shard until another one, or the tree, has their answer.
    awaited: HashMap<u64, Caller>,
    numbers: u64,
    /// What must not be lost and found its lane full, by the shard it is for. No line is empty.
    unsent: BTreeMap<usize, VecDeque<Mail>>,
    /// What that takes.
    tally: Tally,
}

/// What a letter takes that waits.
fn weight(mail: &Mail) -> usize {
    mail.bytes() + size_of::<Mail>()
}

impl Post {
    /// The post of the shard with this index. What waits is counted in this share.
    pub(crate) fn new(index: usize, share: &Arc<Share>) -> Post {
        let tally = Tally::new(usize::MAX, Some(Arc::clone(share)));
        Post { index, awaited: HashMap::new(), numbers: 0, unsent: BTreeMap::new(), tally }
    }

    /// The index of its shard.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Keeps a caller until there is an answer under this number.
    pub(crate) fn keep(&mut self, caller: Caller) -> u64 {
        self.numbers += 1;
        self.awaited.insert(self.numbers, caller);
        self.numbers
    }

    /// Keeps a caller, as another shard sees it.
    pub(crate) fn origin(&mut self, caller: Caller) -> (u64, Origin) {
        let id = self.keep(caller);
        (id, Origin::Peer { shard: self.index, id })
    }

    /// Whoever was kept under this number.
    pub(crate) fn take(&mut self, id: u64) -> Option<Caller> {
        self.awaited.remove(&id)
    }

    /// Posts to another shard, behind what could not be posted before.
    ///
    /// # Errors
    /// Its lane is full; the mail comes back.
    pub(crate) fn try_post(&mut self, driver: &mut impl Driver, shard: usize, mail: Mail) -> Result<(), Mail> {
        if self.unsent.contains_key(&shard) {
            return Err(mail);
        }
        driver.post(shard, mail)
    }

    /// Posts what must not be lost; mail that finds its lane full is tried again next turn.
    pub(crate) fn post(&mut self, driver: &mut impl Driver, shard: usize, mail: Mail) {
        if let Err(mail) = self.try_post(driver, shard, mail) {
            self.tally.carry(weight(&mail));
            self.unsent.entry(shard).or_default().push_back(mail);
        }
    }

    /// Tries again what could not be posted.
    pub(crate) fn resend(&mut self, driver: &mut impl Driver) {
        if self.unsent.is_empty() {
            return;
        }
        let tally = &mut self.tally;
        self.unsent.retain(|shard, line| {
            while let Some(mail) = line.pop_front() {
                let weight = weight(&mail);
                if let Err(mail) = driver.post(*shard, mail) {
                    line.push_front(mail);
                    return true;
                }
                tally.give(weight);
            }
            false
        });
    }

    /// Whether something waits for room in a lane.
    pub(crate) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Whether so much waits for room in lanes that nothing is to be done that makes more.
    pub(crate) fn is_full(&self) -> bool {
        self.tally.bytes() > UNSENT_BYTES_MAX
    }

    /// How many wait here.
    #[cfg(test)]
    pub(crate) fn awaited(&self) -> usize {
        self.awaited.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Budget, Millis, Nanos};
    use crate::protocol::Notice;

    /// Lanes of so many letters each.
    struct Lanes(Vec<Vec<u64>>, usize);

    impl Driver for Lanes {
        fn now(&self) -> Nanos {
            0
        }
        fn beats(&self) -> u64 {
            0
        }
        fn wall_ms(&self) -> Millis {
            0
        }
        fn random(&mut self) -> u64 {
            0
        }
        fn post(&mut self, shard: usize, mail: Mail) -> Result<(), Mail> {
            match mail {
                Mail::Answer { id, .. } if self.0[shard].len() < self.1 => self.0[shard].push(id),
                mail => return Err(mail),
            }
            Ok(())
        }
        fn hand_in(&mut self, _: crate::protocol::HandedIn) {}
        fn notify(&mut self, _: Notice) {}
    }

    fn answer(id: u64, bytes: usize) -> Mail {
        Mail::Answer { id, outcome: Ok(vec![0; bytes]) }
    }

    #[test]
    fn what_finds_its_lane_full_waits_in_order_and_is_counted_until_it_is_posted() {
        const MIB: usize = 1 << 20;
        let share = Share::of(&Budget::new(80 * MIB, 1));
        let mut post = Post::new(0, &share);
        let mut lanes = Lanes(vec![vec![], vec![], vec![]], 1);
        let mut sent = 0;
        while !post.is_full() {
            sent += 1;
            post.post(&mut lanes, 1, answer(sent, MIB));
        }
        assert_eq!(sent, (UNSENT_BYTES_MAX / MIB) as u64 + 1, "one is in the lane");
        post.post(&mut lanes, 2, answer(0, 0));
        assert_eq!(lanes.0, [vec![], vec![1], vec![0]], "the other lane is not shut out");
        assert!(post.try_post(&mut lanes, 1, answer(99, 0)).is_err(), "nothing overtakes");
        let mut other = Tally::new(usize::MAX, Some(Arc::clone(&share)));
        assert!(!other.take(20 * MIB, 0), "it counts on the node");

        lanes.1 = 10;
        post.resend(&mut lanes);
        assert!(post.has_unsent() && !post.is_full());
        lanes.1 = 1000;
        post.resend(&mut lanes);
        assert_eq!((post.has_unsent(), lanes.0[1].clone()), (false, (1..=sent).collect()));
        assert!(other.take(70 * MIB, 0), "all of it is given back");
    }
}
