//! The world outside a shard, simulated: a clock that is set, numbers from a seed, lanes of any length.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::base::limits::TICK;
use crate::base::{Millis, Nanos, nanos};
use crate::control::{CompileJob, DiskJob, Surroundings};
use crate::protocol::{Driver, Mail, Notice};

/// What all loops of one simulation share.
#[derive(Default)]
pub(super) struct Sim {
    pub(super) now: Cell<Nanos>,
    /// What every look at the clock takes; with a slice, a guest that spins ends its turn.
    pub(super) grain: Cell<Nanos>,
    pub(super) lane: Cell<usize>,
    pub(super) mail: RefCell<Vec<VecDeque<Mail>>>,
    pub(super) notices: RefCell<VecDeque<Notice>>,
    /// What the compiler's thread would have to do.
    pub(super) jobs: RefCell<VecDeque<CompileJob>>,
    /// What the thread of the disk would have to do.
    pub(super) disk: RefCell<VecDeque<DiskJob>>,
    drawn: Cell<u64>,
}

impl Sim {
    fn look(&self) -> Nanos {
        self.now.replace(self.now.get() + self.grain.get())
    }

    fn random(&self) -> u64 {
        self.drawn.set(self.drawn.get() + 1);
        self.drawn.get().wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// A driver in one thread with all others.
#[derive(Clone)]
pub(super) struct SimDriver(pub(super) Rc<Sim>);

impl Driver for SimDriver {
    fn now(&self) -> Nanos {
        self.0.look()
    }

    fn beats(&self) -> u64 {
        self.0.look() / nanos(TICK)
    }

    fn wall_ms(&self) -> Millis {
        self.0.now.get() / 1_000_000
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

    fn notify(&mut self, notice: Notice) {
        self.0.notices.borrow_mut().push_back(notice);
    }
}

impl Surroundings for SimDriver {
    fn now(&self) -> Nanos {
        self.0.look()
    }

    fn wall_ms(&self) -> Millis {
        self.0.now.get() / 1_000_000
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
