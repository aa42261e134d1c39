//! The world outside a shard, simulated: a clock that is set, numbers from a seed, lanes of any length.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use crate::base::limits::TICK;
use crate::base::{Input, Millis, Nanos, nanos};
use crate::control::{CompileJob, DiskJob, Surroundings};
use crate::journal::Record;
use crate::protocol::{Dealt, Driver, HandedIn, Mail, Notice, OnDisk};

/// What all loops of one simulation share.
#[derive(Default)]
pub(super) struct Sim {
    pub(super) now: Cell<Nanos>,
    /// What every look at the clock takes; with a slice, a guest that spins ends its turn.
    pub(super) grain: Cell<Nanos>,
    pub(super) lane: Cell<usize>,
    /// Whether guests step by plain calls.
    pub(super) is_plain: Cell<bool>,
    pub(super) mail: RefCell<Vec<VecDeque<Mail>>>,
    pub(super) notices: RefCell<VecDeque<Notice>>,
    /// What the compiler's thread would have to do.
    pub(super) jobs: RefCell<VecDeque<CompileJob>>,
    /// What the thread of the disk would have to do.
    pub(super) disk: RefCell<VecDeque<DiskJob>>,
    pub(super) journal: RefCell<Journal>,
    /// By how much somebody has set the wall clock.
    pub(super) set_by: Cell<i64>,
    drawn: Cell<u64>,
}

/// What was handed in, in order, and how much of it is on disk. A disk here is a list.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) records: Vec<(usize, Vec<u8>)>,
    pub(super) synced: usize,
    /// What earlier nodes have left.
    pub(super) before: Vec<Vec<u8>>,
    /// What each shard needs before it has handed anything in.
    pub(super) needed: HashMap<usize, u64>,
    /// What it says that it needs once so many records are on disk.
    needs: Vec<(usize, usize, u64)>,
    /// What stands before is to be recorded again.
    pub(super) leave: u64,
    /// Nothing is written until a test says so.
    pub(super) is_slow: bool,
}

impl Journal {
    /// A shard begins with this.
    pub(super) fn deal(&mut self, shard: usize, dealt: &Dealt) {
        self.needed.insert(shard, dealt.needed());
    }

    fn hand(&mut self, shard: usize, handed_in: HandedIn) {
        self.records.extend(handed_in.records.each().map(|record| (shard, record.to_vec())));
        self.needs.push((shard, self.records.len(), handed_in.needed));
    }

    /// All that a later node finds.
    pub(super) fn on_disk(&self) -> Vec<Vec<u8>> {
        let written = self.records[..self.synced].iter().map(|(_, record)| record.clone());
        self.before.iter().cloned().chain(written).collect()
    }

    /// How far this shard's records are on disk.
    pub(super) fn on_disk_of(&self, shard: usize) -> OnDisk {
        let through = self.records[..self.synced].iter().filter(|(from, _)| *from == shard).count() as u64;
        OnDisk { through, position: (self.before.len() + self.synced) as u64, leave: self.leave, full: false }
    }

    /// How many calls of this worker are on disk since this node has started.
    pub(super) fn calls_of(&self, worker: &str) -> u64 {
        let written = self.records[..self.synced].iter().filter_map(|(_, record)| Record::decode(record).ok());
        let is_call = |record: &Record<'_>| matches!(record, Record::Step(given, ..) if given.worker == worker && matches!(*given.input, Input::Call { .. }));
        written.filter(is_call).count() as u64
    }

    /// The position before which nobody needs anything.
    pub(super) fn needed(&self) -> u64 {
        let mut needed = self.needed.clone();
        let on_disk = self.needs.iter().filter(|(_, after, _)| *after <= self.synced);
        needed.extend(on_disk.map(|(shard, _, needed)| (*shard, *needed)));
        needed.values().copied().min().unwrap_or(0)
    }
}

impl Sim {
    fn look(&self) -> Nanos {
        self.now.replace(self.now.get() + self.grain.get())
    }

    fn wall(&self) -> Millis {
        (self.now.get() / 1_000_000).saturating_add_signed(self.set_by.get())
    }

    fn random(&self) -> u64 {
        self.drawn.set(self.drawn.get() + 1);
        self.drawn.get().wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// A driver in one thread with all others; of the shard with this index, or of control.
#[derive(Clone)]
pub(super) struct SimDriver(pub(super) Rc<Sim>, pub(super) usize);

impl Driver for SimDriver {
    fn now(&self) -> Nanos {
        self.0.look()
    }

    fn beats(&self) -> u64 {
        self.0.look() / nanos(TICK)
    }

    fn wall_ms(&self) -> Millis {
        self.0.wall()
    }

    fn random(&mut self) -> u64 {
        self.0.random()
    }

    fn post(&mut self, shard: usize, mail: Mail) -> Result<(), Mail> {
        let lane = &mut self.0.mail.borrow_mut()[shard];
        if lane.len() >= self.0.lane.get() {
            return Err(mail);
        }
        lane.push_back(mail);
        Ok(())
    }

    fn hand_in(&mut self, handed_in: HandedIn) {
        self.0.journal.borrow_mut().hand(self.1, handed_in);
    }

    fn notify(&mut self, notice: Notice) {
        self.0.notices.borrow_mut().push_back(notice);
    }
}

impl Surroundings for SimDriver {
    fn now(&self) -> Nanos {
        self.0.look()
    }

    fn wall_ms(&self) -> Millis {
        self.0.wall()
    }

    fn random(&mut self) -> u64 {
        self.0.random()
    }

    fn compile(&mut self, job: CompileJob) {
        self.0.jobs.borrow_mut().push_back(job);
    }
    fn disk(&mut self, job: DiskJob) {
        self.0.disk.borrow_mut().push_back(job);
    }
}
