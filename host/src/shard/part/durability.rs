//! What of the durable workers is on its way to disk, and what waits for it.
//!
//! A step of a durable worker is recorded when it is over, and what it wants done waits until the disk has the record:
//! that is the whole gate. The worker steps on meanwhile, unless what it wants changes what it may step next.
//!
//! A journal would grow for ever. What is needed of its oldest part is recorded again at its end, so that the rest can
//! go: a worker's tail is moved as it is, whether the worker sleeps, steps or cannot even start.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::base::limits::{GATED_ACTIONS_MAX, GATED_BYTES_MAX, MOVED_BYTES_PER_TURN};
use crate::base::{Bug, Name, Nanos, is_planted};
use crate::journal::{Came, Records, Tail, in_parts};
use crate::protocol::{HandedIn, OnDisk};
use crate::shard::caller::Caller;
use crate::supervisor::ChildId;
use crate::worker::Action;

/// The records of a shard: those of this turn, how far the earlier ones have come, and which are needed.
#[derive(Debug, Default)]
pub(crate) struct Durability {
    /// Of this turn.
    records: Records,
    /// Records so far. The number of one is its ticket.
    count: u64,
    on_disk: OnDisk,
    /// Bytes that are not on disk, by the last ticket of each turn.
    under_way: VecDeque<(u64, usize)>,
    bytes_under_way: usize,
    held: VecDeque<Held>,
    /// Workers that step nothing until the record with this ticket is on disk.
    standing: VecDeque<(u64, usize)>,
    /// Whose tails need which part of the journal.
    needs: BTreeSet<(u64, Whose)>,
    /// Bytes of all tails.
    bytes: u64,
    /// Of workers that have no slot, or have not started in theirs.
    found: HashMap<String, Tail>,
}

/// Whose tail it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whose {
    /// Of the worker in this slot.
    Slot(usize),
    /// Of a worker that has none.
    Found(String),
}

/// What a worker wants done, which waits for a record.
#[derive(Debug)]
pub(crate) struct Held {
    ticket: u64,
    /// The worker.
    pub(crate) at: usize,
    pub(crate) child: ChildId,
    pub(crate) action: Action<Caller>,
}

impl Durability {
    /// With what an earlier host has left of this shard's workers.
    pub(crate) fn new(found: HashMap<String, Tail>) -> Durability {
        let needs = found.iter().map(|(worker, tail)| (tail.needed, Whose::Found(worker.clone()))).collect();
        let bytes = found.values().map(Tail::bytes).sum();
        Durability { found, needs, bytes, ..Durability::default() }
    }

    /// The worker in this slot is gone from it, and leaves its tail.
    pub(crate) fn leave(&mut self, at: usize, worker: &Name, tail: Tail) {
        self.needs.remove(&(tail.needed, Whose::Slot(at)));
        self.needs.insert((tail.needed, Whose::Found(worker.to_string())));
        self.found.insert(worker.to_string(), tail);
    }

    /// What an earlier host, or an earlier worker of its name, has left of the worker in this slot. Given once.
    pub(crate) fn found(&mut self, worker: &Name, at: usize) -> Option<Tail> {
        let (worker, tail) = self.found.remove_entry(worker.as_str())?;
        self.needs.remove(&(tail.needed, Whose::Found(worker)));
        self.needs.insert((tail.needed, Whose::Slot(at)));
        Some(tail)
    }

    /// Takes a record.
    pub(crate) fn record(&mut self, record: &[u8]) {
        in_parts(record, |part| {
            // No part is longer than a journal takes.
            self.records.push(part);
            self.count += 1;
        });
    }

    /// The step under way of the worker with this tail is over.
    pub(crate) fn record_step(&mut self, tail: &mut Tail, done: Nanos, came: Came) {
        let before = tail.bytes();
        self.record(tail.over(done, came));
        self.bytes += tail.bytes() - before;
    }

    /// The tail of the worker in this slot begins.
    pub(crate) fn begins(&mut self, at: usize, tail: &mut Tail) {
        self.bytes += tail.bytes();
        if !is_planted(Bug::BeginningNotRecorded) {
            self.record(&tail.beginning_record());
        }
        self.is_recorded(Whose::Slot(at), tail);
    }

    /// The tail of the worker in this slot is not needed any more.
    pub(crate) fn forget(&mut self, at: usize, tail: &Tail) {
        self.bytes = self.bytes.saturating_sub(tail.bytes());
        self.needs.remove(&(tail.needed, Whose::Slot(at)));
    }

    /// Records a tail again, at the end of the journal.
    fn record_anew(&mut self, whose: Whose, tail: &mut Tail) {
        self.needs.remove(&(tail.needed, whose.clone()));
        if is_planted(Bug::MovedWithoutSteps) || is_planted(Bug::MovedInPieces) {
            let pieces = if is_planted(Bug::MovedInPieces) { usize::MAX } else { 1 };
            tail.each().take(pieces).for_each(|record| self.record(record));
        } else {
            self.record(&tail.record());
        }
        self.is_recorded(whose, tail);
    }

    /// All of a tail has been recorded.
    fn is_recorded(&mut self, whose: Whose, tail: &mut Tail) {
        tail.needed = self.on_disk.position;
        self.needs.insert((tail.needed, whose));
    }

    /// Whether nothing is recorded or needed, as where no worker is durable.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.needs.is_empty() && self.records.count() == 0
    }

    /// The next whose tail is to leave the oldest part of the journal, while there is room in this turn.
    pub(crate) fn next_to_move(&mut self) -> Option<Whose> {
        let (needed, whose) = self.needs.first()?;
        let moves = *needed < self.on_disk.leave && self.records.bytes() < MOVED_BYTES_PER_TURN;
        moves.then(|| whose.clone())
    }

    /// Records the tail of the worker in this slot again.
    pub(crate) fn move_on(&mut self, at: usize, tail: &mut Tail) {
        self.record_anew(Whose::Slot(at), tail);
    }

    /// Records the tail of a worker that has not started again.
    pub(crate) fn move_found(&mut self, worker: String) {
        let Some(mut tail) = self.found.remove(&worker) else { return };
        self.record_anew(Whose::Found(worker.clone()), &mut tail);
        self.found.insert(worker, tail);
    }

    /// This waits until what is recorded by now is on disk; gives it back where all of that is.
    pub(crate) fn hold(&mut self, at: usize, child: ChildId, action: Action<Caller>) -> Option<Action<Caller>> {
        if self.on_disk.through >= self.count && self.held.is_empty() {
            return Some(action);
        }
        self.held.push_back(Held { ticket: self.count, at, child, action });
        None
    }

    /// Whether the journal has no room for more.
    pub(crate) fn is_without_room(&self) -> bool {
        self.on_disk.full
    }

    /// Whether so much waits for the disk that no more may come.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes_under_way + self.records.bytes() > GATED_BYTES_MAX || self.held.len() > GATED_ACTIONS_MAX
    }

    /// This worker stands until what is recorded by now is on disk. Whether it has to.
    pub(crate) fn stand(&mut self, at: usize) -> bool {
        let must = self.on_disk.through < self.count;
        if must {
            self.standing.push_back((self.count, at));
        }
        must
    }

    /// What is to be written of this turn.
    pub(crate) fn hand_in(&mut self) -> Option<HandedIn> {
        if self.records.count() == 0 {
            return None;
        }
        let records = std::mem::take(&mut self.records);
        self.bytes_under_way += records.bytes();
        self.under_way.push_back((self.count, records.bytes()));
        let needs = if is_planted(Bug::NeedsTooLittle) { self.needs.last() } else { self.needs.first() };
        let needed = needs.map_or(self.on_disk.position, |(needed, _)| *needed);
        Some(HandedIn { records, needed, bytes: self.bytes })
    }

    /// Records are on disk.
    pub(crate) fn passed(&mut self, on_disk: OnDisk) {
        self.on_disk = on_disk;
        while let Some((_, bytes)) = self.under_way.pop_front_if(|(last, _)| *last <= on_disk.through) {
            self.bytes_under_way -= bytes;
        }
    }

    /// The next worker that need not stand any longer.
    pub(crate) fn next_standing(&mut self) -> Option<usize> {
        let (_, at) = self.standing.pop_front_if(|(ticket, _)| *ticket <= self.on_disk.through)?;
        Some(at)
    }

    /// The next that need not wait any longer.
    pub(crate) fn next(&mut self) -> Option<Held> {
        let early = u64::from(is_planted(Bug::GateOneTooSoon));
        self.held.pop_front_if(|held| held.ticket <= self.on_disk.through + early)
    }
}
