//! How a worker comes up: as it is declared at that moment, with an instance of its own.

use super::body::{Body, End, InitFor, Running};
use super::shard::Shard;
use crate::base::{ExitReason, Fault, FaultClass, SavedState, Start};
use crate::protocol::{Driver, WorkerSpec};
use crate::supervisor::{Event, StartOutcome};
use crate::wasm::{Component, Instance};

impl<D: Driver> Shard<D> {
    /// The tree wants this worker to run. One whose code is being changed starts when that is decided.
    pub(super) fn start_as_declared(&mut self, spec: Box<WorkerSpec>) {
        let at = self.slot_of(spec.child).unwrap_or_else(|| self.open(&spec));
        if self.workers[at].held {
            return self.parts.swaps.start_after(at, Some(spec));
        }
        self.workers[at].spec = *spec;
        self.start(at);
    }

    /// Makes a slot for a dynamic child.
    fn open(&mut self, spec: &WorkerSpec) -> usize {
        let at = self.workers.add(self.parts.children.take_spare(), spec.clone());
        self.parts.children.enter(spec.child, spec.name.clone(), at);
        self.parts.swaps.opened(at, &mut self.workers[at], self.clock.now);
        at
    }

    /// Makes an instance, whose `init` runs at the worker's next visit.
    fn start(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        slot.ending = None;
        slot.closed = None;
        if slot.spec.hibernate_after.is_some() {
            self.parts.sleep.busy(at, self.clock.now);
        }
        let Some(component) = self.code.get(&slot.spec.behaviour) else {
            let fault = Fault::new(FaultClass::Init, format!("there is no behaviour `{}`", slot.spec.behaviour));
            return self.ended(at, End::Failed(ExitReason::Crashed(fault)));
        };
        self.find_tail(at);
        let again = self.begin_again(at, &component);
        self.workers[at].instances += 1;
        let init = match again {
            Some(Ok(again)) => again,
            Some(Err(fault)) => return self.ended(at, End::Failed(ExitReason::Crashed(fault))),
            None => self.begin_afresh(at, &component),
        };
        self.workers.put(at, Body::Running(Box::new(init)));
        self.workers.hurry(at);
    }

    /// The first instance of a worker that has no state.
    fn begin_afresh(&mut self, at: usize, component: &Component) -> Running {
        let inherited = self.parts.managers.inherited(&self.workers[at].spec.name);
        let start = self.start_argument(at, inherited);
        self.note_start(at, component, &start);
        Running::Init(component.start(start), InitFor::Start)
    }

    /// What the next instance of a worker is told.
    pub(super) fn start_argument(&mut self, at: usize, state: Option<SavedState>) -> Start {
        let slot = &self.workers[at];
        Start {
            worker: slot.spec.name.to_string(),
            generation: slot.instances,
            now_ms: self.clock.wall,
            seed: self.driver.random(),
            config: slot.spec.config.to_vec(),
            state,
        }
    }

    /// A worker has come up with this instance.
    pub(super) fn up(&mut self, at: usize, instance: Instance) {
        self.workers.put(at, Body::Idle(instance));
        // It was in time.
        self.workers[at].ending = None;
        self.parts.began(at, &mut self.workers[at], &mut self.wants);
        let child = self.workers[at].spec.child;
        // What follows may be its end, and that of its slot.
        self.carry_out(at);
        self.supervise(Event::Started { child, outcome: StartOutcome::Up });
    }
}
