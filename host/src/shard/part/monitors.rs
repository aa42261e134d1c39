//! Who is to be told when a worker of this shard ends: OTP's monitors. The one that watches keeps the names
//! and tags ([`crate::worker::Worker`]); here are its ends of the ties.
//!
//! Invariant: whoever watches is told once, or has ended, or watches no longer.

use std::collections::HashMap;

use super::{Part, Want, Wants};
use crate::base::{DownWhy, ExitReason};
use crate::protocol::Tie;
use crate::shard::body::End;
use crate::shard::workers::Slot;

/// The monitors of the workers of one shard.
#[derive(Debug)]
pub(crate) struct Monitors {
    shard: usize,
    /// Who watches, by the slot of who is watched, in the order in which they came.
    watched: HashMap<usize, Vec<Tie>>,
}

impl Monitors {
    /// Those of the shard with this index.
    pub(crate) fn new(shard: usize) -> Monitors {
        Monitors { shard, watched: HashMap::new() }
    }

    /// The worker in this slot, which has not ended, is watched.
    pub(crate) fn watch(&mut self, at: usize, tie: Tie) {
        self.watched.entry(at).or_default().push(tie);
    }

    /// It is watched no longer by this one.
    pub(crate) fn unwatch(&mut self, at: usize, tie: Tie) {
        if let Some(ties) = self.watched.get_mut(&at) {
            ties.retain(|other| *other != tie);
            if ties.is_empty() {
                self.watched.remove(&at);
            }
        }
    }

    /// How many are watched.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.watched.len()
    }
}

impl Part for Monitors {
    /// What a worker watched, it watches no longer; whoever watched it is told.
    fn left(&mut self, at: usize, slot: &mut Slot, end: &End, wants: &mut Wants) {
        if !end.leaves_the_worker() {
            for (number, worker) in slot.worker.take_monitors() {
                wants.push(Want::Unwatch(worker, Tie { shard: self.shard, slot: at, number }));
            }
        }
        for tie in self.watched.remove(&at).unwrap_or_default() {
            wants.push(Want::Down(tie, why(end)));
        }
    }
}

/// The end of a worker as others are told of it.
fn why(end: &End) -> DownWhy {
    match end {
        End::Ignored => DownWhy::Normal,
        End::Exited(reason) | End::Recovers(reason) | End::Stopped(reason) | End::Failed(reason) => match reason {
            ExitReason::Normal => DownWhy::Normal,
            ExitReason::Shutdown => DownWhy::Shutdown,
            ExitReason::Killed => DownWhy::Killed,
            ExitReason::Crashed(fault) => DownWhy::Crashed(fault.to_string()),
        },
    }
}
