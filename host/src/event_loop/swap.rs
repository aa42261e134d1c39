//! This shard's part in a change of code: every worker of the behaviour gets a new instance beside
//! its old one, carrying its state; then all change at once, or none does.
//!
//! Invariant: until [`Shard::commit_swap`] the old instances stand and nothing of the new ones shows.

use std::collections::HashMap;

use super::driver::Driver;
use super::event::{Committed, Inspection, Notice, Swap};
use super::shard::Shard;
use super::slot::{Activity, Back, Body, Ready, SwapPart};
use crate::base::{Effect, Failure, Name, Nanos, SavedState, StartFailure};
use crate::wasm::{Component, Crash, InitError, Instance};
use crate::worker::Began;
use tokio::sync::oneshot;

/// A change of code this shard takes part in.
#[derive(Debug)]
pub(super) struct ShardSwap {
    id: u64,
    pub(super) behaviour: Name,
    pub(super) component: Component,
    /// Workers that are not ready yet.
    waiting: usize,
    reported: bool,
}

impl<D: Driver> Shard<D> {
    /// Asks every worker of a behaviour to get ready. The answer is one [`Notice::Prepared`].
    pub(super) fn prepare(&mut self, swap: Swap) {
        let Swap { id, behaviour, component, back } = swap;
        let slots: Vec<usize> = self.slots_of(&behaviour);
        self.swap =
            Some(ShardSwap { id, behaviour, component: component.clone(), waiting: slots.len(), reported: false });
        let states: HashMap<&Name, &SavedState> = back.iter().flat_map(|states| states.iter()).map(by_name).collect();
        // What a worker that came later goes back to has its siblings' schema.
        let schema = back.as_ref().and_then(|states| states.first()).map(|(_, state)| state.schema.as_str());
        for slot in slots {
            let entry = &mut self.slots[slot];
            let state = states.get(&entry.spec.name);
            let back = state
                .map(|state| state.schema.as_str())
                .or(schema)
                .map(|schema| Back { schema: schema.to_owned(), state: state.map(|state| state.data.clone()) });
            entry.swap = Some(SwapPart { back, ..SwapPart::new(component.clone(), self.now) });
            if matches!(entry.body, Body::Down) {
                self.mark_ready(slot);
            }
            self.schedule(slot);
        }
        self.report_if_ready();
    }

    fn slots_of(&self, behaviour: &Name) -> Vec<usize> {
        let all = self.slots.iter().enumerate();
        all.filter(|(_, slot)| !slot.vacant && slot.spec.behaviour == *behaviour).map(|(at, _)| at).collect()
    }

    /// At a step boundary: this worker takes no more inputs from here on.
    pub(super) fn begin_swap(&mut self, slot: usize, instance: Instance) {
        let since = self.driver.now();
        let Some(part) = &mut self.slots[slot].swap else { return };
        part.since = since;
        if instance.component().saves_state() {
            self.resume_swap(slot, Activity::Saving(instance.begin_save()));
        } else {
            self.migrate(slot, instance, None);
        }
    }

    pub(super) fn resume_swap(&mut self, slot: usize, activity: Activity) {
        match activity {
            Activity::Saving(mut task) => match task.resume() {
                None => self.slots[slot].body = Body::Busy(Activity::Saving(task)),
                Some(Ok((instance, state))) => self.saved(slot, instance, state),
                Some(Err(crash)) => self.old_crashed(slot, crash),
            },
            Activity::SavingAs(mut task, back) => match task.resume() {
                None => self.slots[slot].body = Body::Busy(Activity::SavingAs(task, back)),
                Some(Ok((instance, result))) => self.saved_as(slot, instance, result, back),
                Some(Err(crash)) => self.old_crashed(slot, crash),
            },
            Activity::Migrating { old, mut init } => match init.resume() {
                None => self.slots[slot].body = Body::Busy(Activity::Migrating { old, init }),
                Some(result) => self.migrated(slot, old, result),
            },
            other => self.slots[slot].body = Body::Busy(other),
        }
    }

    fn old_crashed(&mut self, slot: usize, crash: Crash) {
        let fault = self.fault_of(slot, crash);
        if self.slots[slot].replacing.is_some() {
            self.refuse_replacing(slot, &fault);
            return self.crash(slot, fault);
        }
        let name = self.slots[slot].spec.name.clone();
        self.refuse_swap(format!("the running version of `{name}` could not save its state: {fault}"));
        self.crash(slot, fault);
    }

    /// The old instance has saved. Going back, the older schema is asked for where it differs.
    fn saved(&mut self, slot: usize, instance: Instance, state: SavedState) {
        if self.slots[slot].replacing.is_some() {
            return self.replace_with(slot, instance, state.schema);
        }
        let Some(part) = &mut self.slots[slot].swap else {
            self.slots[slot].body = Body::Idle(instance);
            return;
        };
        match part.back.take() {
            Some(back) if back.schema != state.schema => {
                let task = instance.begin_save_as(back.schema.clone());
                self.resume_swap(slot, Activity::SavingAs(task, Some(back)));
            }
            _ => self.migrate(slot, instance, Some(state)),
        }
    }

    /// The old instance was asked for the schema it once came from, or for nothing any more.
    fn saved_as(&mut self, slot: usize, instance: Instance, result: Result<Vec<u8>, String>, back: Option<Back>) {
        let Some(Back { schema, state }) = back else {
            self.slots[slot].body = Body::Idle(instance);
            return;
        };
        let data = match (result, state) {
            (Ok(data), _) => data,
            (Err(why), Some(data)) => {
                self.log(slot, "warn", format!("goes back to its state of the upgrade ({schema}): {why}"));
                data
            }
            (Err(why), None) => {
                self.slots[slot].body = Body::Idle(instance);
                let name = &self.slots[slot].spec.name;
                self.refuse_swap(format!("`{name}` came after the upgrade and cannot go back to {schema}: {why}"));
                return self.mark_ready(slot);
            }
        };
        self.migrate(slot, instance, Some(SavedState { schema, data }));
    }

    fn migrate(&mut self, slot: usize, old: Instance, state: Option<SavedState>) {
        let Some(part) = &mut self.slots[slot].swap else {
            self.slots[slot].body = Body::Idle(old);
            return;
        };
        part.carried.clone_from(&state);
        let component = part.component.clone();
        let start = self.start_argument(slot, state);
        let init = component.start(start);
        self.resume_swap(slot, Activity::Migrating { old, init });
    }

    fn migrated(&mut self, slot: usize, old: Instance, result: Result<crate::wasm::Started, InitError>) {
        if let Some(replacing) = self.slots[slot].replacing.take() {
            return self.replaced(slot, old, replacing, result);
        }
        let name = self.slots[slot].spec.name.clone();
        let part_gone = self.slots[slot].swap.is_none() || self.slots[slot].ending.is_some();
        let refusal = match result {
            Ok(mut started) => {
                self.log_lines(slot, started.instance.take_log());
                match self.slots[slot].worker.admits(&started.effects) {
                    Ok(()) if part_gone => {
                        self.garbage.push(started.instance);
                        None
                    }
                    Ok(()) => {
                        let (new, effects) = (started.instance, started.effects);
                        self.slots[slot].body = Body::Ready(Box::new(Ready { old, new, effects }));
                        return self.mark_ready(slot);
                    }
                    Err(fault) => Some(format!("its `init` for `{name}` broke the contract: {fault}")),
                }
            }
            Err(InitError::Failure(StartFailure::UnknownSchema, log)) => {
                self.log_lines(slot, log);
                let schema = self.slots[slot].swap.as_ref().and_then(|part| part.carried.as_ref());
                let schema = schema.map_or("none", |state| state.schema.as_str());
                Some(format!("it cannot read the state of `{name}`, which is in the schema {schema:?}"))
            }
            Err(error) => {
                let fault = self.init_fault(slot, error);
                Some(format!("its `init` could not take over the state of `{name}`: {fault}"))
            }
        };
        self.slots[slot].body = Body::Idle(old);
        match refusal {
            Some(text) => {
                // It goes on as it was, whatever becomes of the others.
                if let Some(part) = &mut self.slots[slot].swap {
                    part.ready = true;
                }
                self.refuse_swap(text);
            }
            None => self.mark_ready(slot),
        }
    }

    /// Nothing is left to prepare for this worker: it stands ready, or is down.
    pub(super) fn mark_ready(&mut self, slot: usize) {
        if let Some(part) = self.slots[slot].swap.as_mut().filter(|part| !part.ready) {
            part.ready = true;
            if let Some(swap) = &mut self.swap {
                swap.waiting -= 1;
            }
            self.report_if_ready();
        }
    }

    fn report_if_ready(&mut self) {
        let Some(swap) = self.swap.as_mut().filter(|swap| swap.waiting == 0 && !swap.reported) else { return };
        swap.reported = true;
        let id = swap.id;
        let carried = self.slots.iter().filter_map(|slot| {
            let state = slot.swap.as_ref()?.carried.clone()?;
            Some((slot.spec.name.clone(), state))
        });
        let carried = carried.collect();
        self.notices.push(Notice::Prepared(id, Ok(carried)));
    }

    fn refuse_swap(&mut self, why: String) {
        if let Some(swap) = self.swap.as_mut().filter(|swap| !swap.reported) {
            swap.reported = true;
            let id = swap.id;
            self.notices.push(Notice::Prepared(id, Err(why)));
        }
    }

    /// Every shard is ready: the new instances take over.
    pub(super) fn commit_swap(&mut self, id: u64) {
        let Some(swap) = self.swap.take_if(|swap| swap.id == id) else { return };
        self.components.insert(swap.behaviour.clone(), swap.component);
        let mut done = Committed::default();
        for slot in self.slots_of(&swap.behaviour) {
            let Some(part) = self.slots[slot].swap.take() else { continue };
            match std::mem::replace(&mut self.slots[slot].body, Body::Down) {
                Body::Ready(ready) => {
                    let Ready { old, new, effects } = *ready;
                    self.garbage.push(old);
                    let began = if part.carried.is_some() { Began::Carried } else { Began::Fresh };
                    self.take_over(slot, began, new, effects);
                    done.workers += 1;
                    done.pause = done.pause.max(self.pause_since(part.since));
                }
                // It was ordered to stop in the meantime, and ends as what it was.
                body => self.slots[slot].body = body,
            }
            self.after_swap(slot, part.start_after);
        }
        self.notices.push(Notice::Committed(id, done));
    }

    pub(super) fn take_over(&mut self, slot: usize, began: Began, new: Instance, effects: Vec<Effect>) {
        let entry = &mut self.slots[slot];
        entry.instances += 1;
        entry.seen.counts.up(self.wall);
        entry.before = None;
        match entry.worker.begin(began, effects, self.now, &mut self.actions) {
            Ok(()) => {
                entry.body = Body::Idle(new);
                self.carry_out(slot);
            }
            Err(fault) => {
                self.garbage.push(new);
                self.crash(slot, fault);
            }
        }
    }

    fn pause_since(&self, since: Nanos) -> Nanos {
        self.driver.now().saturating_sub(since)
    }

    /// One shard was not ready: the old instances go on.
    pub(super) fn abort_swap(&mut self, id: u64) {
        let Some(swap) = self.swap.take_if(|swap| swap.id == id) else { return };
        for slot in self.slots_of(&swap.behaviour) {
            let Some(part) = self.slots[slot].swap.take() else { continue };
            match std::mem::replace(&mut self.slots[slot].body, Body::Down) {
                Body::Ready(ready) => {
                    self.garbage.push(ready.new);
                    self.slots[slot].body = Body::Idle(ready.old);
                }
                // Unless it is on its way to a state of its own, which is no part of this.
                Body::Busy(Activity::Migrating { old, .. }) if self.slots[slot].replacing.is_none() => {
                    self.slots[slot].body = Body::Idle(old)
                }
                // What it writes is in the schema this swap wanted, and of no use to the next one.
                Body::Busy(Activity::SavingAs(task, _)) => {
                    self.slots[slot].body = Body::Busy(Activity::SavingAs(task, None));
                }
                body => self.slots[slot].body = body,
            }
            self.after_swap(slot, part.start_after);
        }
    }

    fn after_swap(&mut self, slot: usize, start: bool) {
        if start {
            self.start_as_declared(slot);
        }
        self.schedule(slot);
        self.update_wake(slot);
    }

    /// Somebody wants to see this worker; its state is saved at the next step boundary.
    pub(super) fn inspect(&mut self, slot: usize, done: oneshot::Sender<Result<Inspection, Failure>>) {
        if matches!(self.slots[slot].body, Body::Down) {
            // The asker may have gone.
            let _ = done.send(Ok(self.slots[slot].inspection(0, None)));
            return;
        }
        self.slots[slot].inspect.push(done);
        self.schedule(slot);
    }

    /// It is down: whoever asked to see it or to change its state sees that.
    pub(super) fn answer_inspectors(&mut self, slot: usize) {
        self.refuse_replacements(slot);
        for done in std::mem::take(&mut self.slots[slot].inspect) {
            // The asker may have gone.
            let _ = done.send(Ok(self.slots[slot].inspection(0, None)));
        }
    }

    pub(super) fn begin_inspect(&mut self, slot: usize, instance: Instance) {
        let Some(done) = self.slots[slot].inspect.pop() else { return };
        if instance.component().saves_state() {
            self.resume(slot, Activity::Inspecting(instance.begin_save(), done));
            return;
        }
        let inspection = self.slots[slot].inspection(instance.memory_bytes(), None);
        // The asker may have gone.
        let _ = done.send(Ok(inspection));
        self.slots[slot].body = Body::Idle(instance);
    }
}

fn by_name((name, state): &(Name, SavedState)) -> (&Name, &SavedState) {
    (name, state)
}
