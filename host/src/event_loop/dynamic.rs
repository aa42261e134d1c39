//! Workers that come and go: their slots, and the way to them by name.
//!
//! A child that was added at run time lives on the shard that its address points to
//! ([`Directory::home`]), so every shard knows where it would be without asking. What is sent to it
//! goes the way its start went, and so comes after it.
//!
//! [`Directory::home`]: super::Directory::home

use super::directory::Place;
use super::driver::Driver;
use super::event::Mail;
use super::shard::{Shard, lock};
use super::slot::{Slot, SwapPart, WorkerSpec};
use crate::base::Name;
use crate::supervisor::ChildId;

/// Where a worker of some name is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// In this slot.
    Here(usize),
    /// With the event manager of this number: itself, or one of its handlers.
    Manager(usize),
    /// On that shard, if anywhere.
    There(usize, Name),
    /// There is none.
    Nowhere,
}

impl<D: Driver> Shard<D> {
    pub(super) fn locate(&self, name: &str) -> Found {
        let here = |place: &Place| place.shard == self.index;
        if let Some(place) = self.directory.find(name).filter(here) {
            return Found::Here(place.slot);
        }
        if let Some(place) = self.directory.manager_or_handler(name).filter(here) {
            return Found::Manager(place.slot);
        }
        if let Some(&slot) = self.dynamic_names.get(name) {
            return Found::Here(slot);
        }
        match self.directory.route(name) {
            Some((shard, name)) if shard != self.index => Found::There(shard, name),
            _ => Found::Nowhere,
        }
    }

    /// The slot of one of this shard's workers.
    pub(super) fn slot_of(&self, child: ChildId) -> Option<usize> {
        let place = self.directory.of(child).filter(|place| place.shard == self.index);
        place.map(|place| place.slot).or_else(|| self.dynamic.get(&child).copied())
    }

    /// Starts a worker anew, as it is declared now: its specification may have changed since the last
    /// time.
    pub(super) fn start_as_declared(&mut self, slot: usize) {
        let entry = &self.slots[slot];
        let spec = match entry.swap {
            // Its code is changing: it stays what it was until that is decided.
            Some(_) => None,
            None => WorkerSpec::of(&lock(&self.tree), entry.spec.child),
        };
        if let Some(spec) = spec {
            self.slots[slot].spec = spec;
        }
        self.start(slot);
    }

    /// Starts a dynamic child, here or where it lives.
    pub(super) fn start_dynamic(&mut self, child: ChildId) {
        let spec = {
            let tree = lock(&self.tree);
            // It may have been stopped before its start came here.
            tree.contains(child).then(|| WorkerSpec::of(&tree, child)).flatten()
        };
        let Some(spec) = spec else { return };
        let home = self.directory.home(spec.name.as_str());
        if home != self.index {
            return self.post(home, Mail::Start(child));
        }
        let slot = self.open(spec);
        self.start(slot);
    }

    /// Makes a slot. One that comes while its code changes starts when that is decided.
    fn open(&mut self, spec: WorkerSpec) -> usize {
        let (child, name) = (spec.child, spec.name.clone());
        let swap = self.swap.as_ref().filter(|swap| swap.behaviour == spec.behaviour);
        let part = swap.map(|swap| SwapPart { ready: true, ..SwapPart::new(swap.component.clone(), self.now) });
        let slot = match self.spare.pop() {
            Some(slot) => {
                self.slots[slot] = Slot::after(&self.slots[slot], spec);
                slot
            }
            None => {
                self.slots.push(Slot::new(spec));
                self.slots.len() - 1
            }
        };
        self.slots[slot].swap = part;
        self.slots[slot].manager = self.directory.manager_or_handler(name.as_str()).map(|place| place.slot);
        self.dynamic.insert(child, slot);
        self.dynamic_names.insert(name, slot);
        slot
    }

    /// A dynamic child is gone for good, and so is its slot.
    pub(super) fn release(&mut self, child: ChildId) {
        let Some(slot) = self.dynamic.remove(&child) else { return };
        let name = &self.slots[slot].spec.name;
        // Its address may be that of another one by now.
        if self.dynamic_names.get(name) == Some(&slot) {
            self.dynamic_names.remove(name);
        }
        self.close(slot, "gone");
        self.forget_topics(slot);
        self.answer_inspectors(slot);
        self.end_traces(slot);
        self.slots[slot].vacant = true;
        self.slots[slot].swap = None;
        self.update_wake(slot);
        self.spare.push(slot);
    }
}
