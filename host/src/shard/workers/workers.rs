//! All workers of a shard, and whose turn it is.
//!
//! Invariant: whoever changes a slot touches it by reaching for it, and [`Workers::settle`] decides once
//! for each touched one whether it is to be visited and when it is to be woken. Nobody else schedules.

use std::collections::{BTreeSet, VecDeque};
use std::ops::{Index, IndexMut};
use std::sync::Arc;

use super::slot::Slot;
use crate::base::{Full, Nanos, Share};
use crate::protocol::WorkerSpec;
use crate::shard::body::{Body, Undelivered};
use crate::shard::caller::Caller;
use crate::wasm::Instance;
use crate::worker::{Offered, Unplaced, Worker};

/// The workers of a shard, by the number of their slot.
#[derive(Debug)]
pub(crate) struct Workers {
    slots: Vec<Slot>,
    /// What waits for them is counted here.
    share: Arc<Share>,
    /// Those to be visited, in turn.
    runnable: VecDeque<usize>,
    /// The one that has used the last turn up; it comes after those who have come since.
    spent: Option<usize>,
    wakes: BTreeSet<(Nanos, usize)>,
    touched: Vec<usize>,
    /// Dropped between turns: freeing an instance costs as much as stepping many.
    garbage: Vec<Instance>,
}

impl Index<usize> for Workers {
    type Output = Slot;

    #[inline]
    fn index(&self, at: usize) -> &Slot {
        &self.slots[at]
    }
}

impl IndexMut<usize> for Workers {
    /// Touches it.
    #[inline]
    fn index_mut(&mut self, at: usize) -> &mut Slot {
        let slot = &mut self.slots[at];
        if !slot.marks.touched {
            slot.marks.touched = true;
            self.touched.push(at);
        }
        slot
    }
}

impl Workers {
    pub(crate) fn new(specs: Vec<WorkerSpec>, share: Arc<Share>) -> Workers {
        Workers {
            slots: specs.into_iter().map(|spec| Slot::new(spec, &share)).collect(),
            share,
            runnable: VecDeque::new(),
            spent: None,
            wakes: BTreeSet::new(),
            touched: vec![],
            garbage: vec![],
        }
    }

    /// A slot for one more worker: the one that is spare, if there is one.
    pub(crate) fn add(&mut self, spare: Option<usize>, spec: WorkerSpec) -> usize {
        let slot = Slot::new(spec, &self.share);
        let Some(at) = spare else {
            self.slots.push(slot);
            return self.slots.len() - 1;
        };
        let gone = std::mem::replace(&mut self.slots[at], slot);
        self.slots[at].succeed(gone);
        at
    }

    /// A worker of the same kind as the one in this slot, with nothing to do.
    pub(crate) fn another(&self, at: usize) -> Worker<Caller> {
        Worker::new(self.slots[at].spec.queue, Some(&self.share))
    }

    /// Every worker with its slot, in the order of the slots.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, &Slot)> {
        self.slots.iter().enumerate().filter(|(_, slot)| !slot.vacant)
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.slots.len()
    }

    /// Takes a worker's body in hand; [`Workers::put`] is to follow.
    pub(crate) fn take(&mut self, at: usize) -> Body {
        std::mem::replace(&mut self[at].body, Body::InHand)
    }

    /// Leaves a worker with this body.
    pub(crate) fn put(&mut self, at: usize, body: Body) {
        self[at].body = body;
    }

    /// Takes whatever there is of a worker's code away from it.
    pub(crate) fn discard(&mut self, at: usize) -> Option<Undelivered> {
        let body = std::mem::replace(&mut self[at].body, Body::Down);
        body.discard(&mut self.garbage)
    }

    /// Takes a worker's code back to before a change of code.
    pub(crate) fn undo_swap(&mut self, at: usize) {
        let body = self.take(at);
        let body = body.undo_swap(&mut self.garbage);
        self.put(at, body);
    }

    /// An instance that nobody needs any more.
    pub(crate) fn drop_later(&mut self, instance: Instance) {
        self.garbage.push(instance);
    }

    /// Queues an input. Whether it has a place, and the caller who has none.
    pub(crate) fn offer(&mut self, at: usize, offered: Offered<Caller>) -> (bool, Option<Caller>) {
        let (placed, gone) = match self[at].offer(offered) {
            Ok(()) => (true, None),
            Err(Full::Dropped(oldest)) => (true, Some(oldest)),
            Err(Full::Rejected(newcomer)) => (false, Some(newcomer)),
        };
        let caller = match gone {
            Some(Unplaced::Call(caller)) => Some(caller),
            Some(Unplaced::Cast) | None => None,
        };
        (placed, caller)
    }

    /// Decides for every touched worker whether and when it is to be visited.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if !self.touched.is_empty() {
            self.settle_touched();
        }
    }

    fn settle_touched(&mut self) {
        for &at in &self.touched {
            let slot = &mut self.slots[at];
            debug_assert!(!matches!(slot.body, Body::InHand), "a visit has kept the body of {}", slot.spec.name);
            slot.marks.touched = false;
            if !slot.marks.scheduled && slot.wants_visit() {
                slot.marks.scheduled = true;
                self.runnable.push_back(at);
            }
            let wake = slot.wake_at();
            if slot.marks.wake != wake {
                if let Some(old) = slot.marks.wake {
                    self.wakes.remove(&(old, at));
                }
                self.wakes.extend(wake.map(|wake| (wake, at)));
                slot.marks.wake = wake;
            }
        }
        self.touched.clear();
    }

    /// A worker is to be visited before all others: a caller may be waiting for this very restart.
    pub(crate) fn hurry(&mut self, at: usize) {
        if !std::mem::replace(&mut self[at].marks.scheduled, true) {
            self.runnable.push_front(at);
        }
    }

    /// The next to be visited.
    pub(crate) fn next(&mut self) -> Option<usize> {
        let at = self.runnable.pop_front()?;
        self[at].marks.scheduled = false;
        Some(at)
    }

    /// How many are to be visited.
    pub(crate) fn runnable(&self) -> usize {
        self.runnable.len() + usize::from(self.spent.is_some())
    }

    /// This worker has used the turn up. If it would go on, it does so after those who come before the next one.
    pub(crate) fn spent(&mut self, at: usize) {
        self.spent = self.runnable.pop_back_if(|last| *last == at);
    }

    /// Whether there is such a worker.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent.is_some()
    }

    /// All have come that are heard before this turn's visits.
    pub(crate) fn rejoin(&mut self) {
        if let Some(spent) = self.spent.take() {
            self.runnable.push_back(spent);
        }
    }

    /// The next of those for whom something has become due by now.
    pub(crate) fn next_due(&mut self, now: Nanos) -> Option<usize> {
        let &(at, slot) = self.wakes.first().filter(|(at, _)| *at <= now)?;
        self.wakes.remove(&(at, slot));
        self[slot].marks.wake = None;
        Some(slot)
    }

    /// When something becomes due for one of them.
    pub(crate) fn wake_at(&self) -> Option<Nanos> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// Frees what nobody needs any more.
    pub(crate) fn drop_garbage(&mut self) {
        self.garbage.clear();
    }
}
