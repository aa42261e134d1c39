//! What control commands, done between two visits.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::body::Body;
use super::part::{Step, not_running};
use super::shard::Shard;
use super::workers::Errand;
use crate::protocol::{Command, Driver, Look, Notice, Replacement, SwapStep, SwapStepped};
use crate::supervisor::ChildId;
use crate::wasm::Started;
use crate::worker::Began;

impl<D: Driver> Shard<D> {
    /// One command of control.
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Act(action) => self.act_if_it_holds(action),
            Command::Suspend(child, done) => self.set_suspended(child, true, done),
            Command::Resume(child, done) => self.set_suspended(child, false, done),
            Command::HostInput(child, question, input, time) => self.offer_host_input(child, question, input, time),
            Command::Configure(child, config) => self.with_slot(child, |shard, at| shard.configure(at, config)),
            Command::Inspect(child, look) => self.with_slot(child, |shard, at| shard.inspect(at, look)),
            Command::Replace(child, state) => self.with_slot(child, |shard, at| shard.replace(at, state)),
            Command::Trace(child, order) => self.with_slot(child, |shard, at| {
                shard.parts.traces.begin(at, &shard.workers[at], order, &shard.clock);
            }),
            Command::Survey(done) => {
                let now = self.clock.now;
                let workers = self.workers.all().map(|(_, slot)| slot.brief(now));
                // The asker may have gone; then nobody needs the answer.
                let _ = done.send(workers.chain(self.parts.managers.briefs()).collect());
            }
            Command::Swap(id, step) => self.swap(id, step),
            Command::Drain | Command::Quit => {}
        }
    }

    fn set_suspended(&mut self, child: ChildId, suspended: bool, done: oneshot::Sender<()>) {
        self.with_slot(child, |shard, at| {
            shard.workers[at].suspended = suspended;
            // The asker may have gone.
            let _ = done.send(());
        });
    }

    /// A worker's configuration is another one: its next instance starts with it, and one that runs is told.
    fn configure(&mut self, at: usize, config: Arc<[u8]>) {
        let slot = &mut self.workers[at];
        if !slot.body.is_down() {
            slot.worker.configure(config.to_vec());
        }
        slot.spec.config = config;
    }

    /// Somebody wants to see a worker: at its next step boundary, unless that is far.
    fn inspect(&mut self, at: usize, look: Look) {
        let now = self.clock.now;
        let slot = &mut self.workers[at];
        if slot.body.is_down() || slot.is_long_at_it(now) {
            // The asker may have gone.
            let _ = look.done.send(Ok(slot.glance(now)));
        } else {
            slot.desk.push(Errand::Look(look));
        }
    }

    /// Somebody wants a worker to have another state.
    fn replace(&mut self, at: usize, replacement: Replacement) {
        let slot = &mut self.workers[at];
        if slot.body.is_down() {
            // The asker may have gone.
            let _ = replacement.done.send(Err(not_running(slot)));
        } else {
            slot.desk.push(Errand::Replace(replacement));
        }
    }

    /// One step of a change of code.
    fn swap(&mut self, id: u64, step: SwapStep) {
        let (workers, wants) = (&mut self.workers, &mut self.wants);
        match step {
            SwapStep::Load(swap) => self.parts.swaps.load(id, swap, wants),
            SwapStep::Suspend => self.parts.swaps.suspend(id, workers, self.clock.now, wants),
            SwapStep::Save => self.parts.swaps.begin(id, Step::Save, workers, wants),
            SwapStep::CodeChange => self.parts.swaps.begin(id, Step::CodeChange, workers, wants),
            SwapStep::Resume(revision) => self.resume_swap(id, revision),
            SwapStep::Purge => self.parts.swaps.purge(id, wants),
            SwapStep::GiveUp => self.parts.swaps.give_up(id, workers, wants),
            SwapStep::Undo => self.undo_swap(id),
        }
    }

    /// Every shard is ready: the new instances take over.
    fn resume_swap(&mut self, id: u64, revision: u64) {
        let Some((behaviour, component, shares)) = self.parts.swaps.resume(id) else { return };
        if let Some(before) = self.code.replace(behaviour, component, revision)
            && self.workers.all().any(|(_, slot)| slot.tail.is_some())
        {
            // A worker that did not take part steps again with what it was recorded with.
            self.code.keep(before);
        }
        let mut done = SwapStepped::default();
        for (at, share) in shares {
            self.release(at);
            match self.workers.take(at) {
                Body::Ready(ready) => {
                    self.parts.swaps.keep_old(ready.old);
                    let began = if share.state.is_some() { Began::Carried } else { Began::Fresh };
                    let started = Started { instance: ready.new, effects: ready.effects };
                    let next = self.take_over(at, began, started);
                    self.go_on(at, next);
                    done.workers += 1;
                    done.pause = done.pause.max(self.driver.now().saturating_sub(share.since));
                }
                // It was ordered to end in the meantime, and ends as what it was.
                body => self.workers.put(at, body),
            }
            share.start_after.into_iter().for_each(|spec| self.start_as_declared(spec));
        }
        self.tell(Notice::SwapStepped(id, Ok(done)));
    }

    /// One shard was not ready: the old instances go on.
    fn undo_swap(&mut self, id: u64) {
        for (at, share) in self.parts.swaps.undo(id) {
            self.release(at);
            self.workers.undo_swap(at);
            share.start_after.into_iter().for_each(|spec| self.start_as_declared(spec));
        }
    }

    /// The change of a worker's code is decided: it is given inputs again.
    fn release(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        slot.held = false;
        slot.desk.forget_swap();
    }
}
