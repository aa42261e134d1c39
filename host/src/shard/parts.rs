//! All parts of a shard, told together.

use super::body::End;
use super::part::{
    AfterCrash, Children, Durability, LocalTopics, Managers, Monitors, Part, Requests, Sleep, Swaps, Traces, Wants,
};
use super::workers::{Slot, Workers};
use crate::base::{Millis, Nanos};

/// The parts of a shard, by name for what only one of them does.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) topics: LocalTopics,
    pub(crate) managers: Managers,
    pub(crate) monitors: Monitors,
    pub(crate) swaps: Swaps,
    pub(crate) sleep: Sleep,
    pub(crate) traces: Traces,
    pub(crate) after_crash: AfterCrash,
    pub(crate) children: Children,
    pub(crate) requests: Requests,
    pub(crate) durability: Durability,
}

impl Parts {
    fn all(&mut self) -> [&mut dyn Part; 8] {
        let Parts { topics, managers, monitors, swaps, sleep, traces, after_crash, children, .. } = self;
        [topics, managers, monitors, swaps, sleep, traces, after_crash, children]
    }

    /// A turn begins at this time of the guests' clock.
    pub(crate) fn begin_turn(&mut self, wall: Millis) {
        self.requests.begin_turn();
        self.traces.begin_turn(wall);
    }

    /// The worker in this slot has come up.
    pub(crate) fn began(&mut self, at: usize, slot: &mut Slot, wants: &mut Wants) {
        self.all().into_iter().for_each(|part| part.began(at, slot, wants));
    }

    /// The worker in this slot has no instance any more.
    pub(crate) fn left(&mut self, at: usize, slot: &mut Slot, end: &End, wants: &mut Wants) {
        self.all().into_iter().for_each(|part| part.left(at, slot, end, wants));
    }

    /// The dynamic child in this slot is gone for good.
    pub(crate) fn forgotten(&mut self, at: usize, slot: &mut Slot) {
        self.all().into_iter().for_each(|part| part.forgotten(at, slot));
    }

    /// Time has passed.
    pub(crate) fn due(&mut self, now: Nanos, workers: &Workers, wants: &mut Wants) {
        let Parts { managers, sleep, traces, .. } = self;
        let timed: [&mut dyn Part; 3] = [managers, sleep, traces];
        for part in timed {
            if part.wake_at().is_some_and(|at| at <= now) {
                part.due(now, workers, wants);
            }
        }
    }

    /// When one of them wants to be told that time has passed.
    pub(crate) fn wake_at(&self) -> Option<Nanos> {
        [self.managers.wake_at(), self.sleep.wake_at(), self.traces.wake_at()].into_iter().flatten().min()
    }
}
