//! What the power and the disk do to a simulated node, and what an operator sees of it afterwards.

use tokio::sync::oneshot;

use super::guests::{component, patient};
use super::world::{Child, World, name};
use crate::base::GuestLimits;
use crate::base::limits::SLICE;
use crate::control::Ask;
use crate::journal::Tails;
use crate::supervisor::{Order, Status};

/// Limits with which steps are plain calls, or run slice by slice.
fn limits(is_plain: bool) -> GuestLimits {
    if is_plain { GuestLimits { step: SLICE, ..patient() } } else { patient() }
}

impl World {
    /// A node with these workers, whose steps are plain calls, or run slice by slice.
    pub(super) fn stepping(is_plain: bool, shards: usize, children: &[Child]) -> World {
        let mut world = World::unbooted(shards, children, &limits(is_plain));
        world.sim.is_plain.set(is_plain);
        world.control.boot();
        world.settle();
        world
    }

    /// The disk writes what was handed in, however slow it is, and everything that follows happens.
    pub(super) fn sync(&mut self) {
        let written = self.sim.journal.borrow().records.len();
        self.sim.journal.borrow_mut().synced = written;
        self.settle();
    }

    /// The power goes: another node, with what this one has on disk, at the same time of the clocks.
    pub(super) fn reborn(&self, shards: usize, children: &[Child]) -> World {
        self.reborn_with(shards, children, &[])
    }

    /// The same, where the code of these guests is there as well.
    pub(super) fn reborn_with(&self, shards: usize, children: &[Child], recorded: &[&str]) -> World {
        let written = self.sim.journal.borrow().on_disk();
        let mut tails = Tails::default();
        let needed = self.sim.journal.borrow().needed();
        for (record, position) in written.iter().zip(0..).filter(|(_, position)| *position >= needed) {
            tails.hear(position, record).expect("a record");
        }
        let limits = limits(self.sim.is_plain.get());
        let recorded = recorded.iter().map(|guest| component(guest, &limits)).collect();
        let mut world = World::after(shards, children, &limits, tails.into_workers(), recorded);
        world.sim.is_plain.set(self.sim.is_plain.get());
        world.sim.now.set(self.sim.now.get());
        world.sim.journal.borrow_mut().before = written;
        world.control.boot();
        world.settle();
        world
    }

    /// An operator has a worker start anew.
    pub(super) fn restart(&mut self, worker: &str) {
        let (done, _) = oneshot::channel();
        self.ask(Ask::Order(name(worker), Order::Restart, done));
        self.settle();
    }

    /// Inputs that this worker was given.
    pub(super) fn steps(&mut self, worker: &str) -> u64 {
        let mut seen = self.inspect(worker);
        self.settle();
        seen.try_recv().expect("an answer").expect("a worker").steps
    }

    pub(super) fn is_up(&self, worker: &str) -> bool {
        self.status(worker) == Status::Running
    }
}
