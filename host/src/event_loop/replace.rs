//! A worker's state replaced by an operator: a change of code of one worker to the code it has, with
//! a state that is given instead of carried over.
//!
//! Invariant: until the new instance has taken the state, the old one stands; queue, timers and
//! callers who wait belong to the worker and stay.

use tokio::sync::oneshot;

use super::driver::Driver;
use super::shard::Shard;
use super::slot::{Activity, Body, Slot};
use crate::base::{Failure, Fault, Kind, SavedState, StartFailure};
use crate::wasm::{InitError, Instance, Started};
use crate::worker::Began;

/// A state that somebody wants a worker to have.
#[derive(Debug)]
pub struct Replacement {
    /// The schema it is written in; that of the present state if none is named.
    pub schema: Option<String>,
    /// The state.
    pub data: Vec<u8>,
    /// Whoever asked.
    pub done: oneshot::Sender<Result<Replaced, Failure>>,
}

/// A state that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The schema it was given in.
    pub schema: String,
    /// Its bytes.
    pub bytes: usize,
    /// How many instances the worker has had before the one that has it.
    pub generation: u64,
}

/// A replacement under way.
#[derive(Debug)]
pub(super) struct Replacing {
    done: oneshot::Sender<Result<Replaced, Failure>>,
    /// What the new instance is to be given, while it waits for its schema.
    data: Vec<u8>,
    /// What it was given: schema and bytes.
    given: (String, usize),
}

impl Slot {
    /// Whether a state waits for the next step boundary. A change of code goes first.
    pub(super) fn wants_replacing(&self) -> bool {
        !self.replacements.is_empty() && self.swap.is_none()
    }
}

impl<D: Driver> Shard<D> {
    /// Somebody wants this worker to have another state.
    pub(super) fn replace_state(&mut self, slot: usize, replacement: Replacement) {
        if matches!(self.slots[slot].body, Body::Down) {
            let failure = not_running(&self.slots[slot]);
            // The asker may have gone.
            let _ = replacement.done.send(Err(failure));
            return;
        }
        self.slots[slot].replacements.push_back(replacement);
        self.schedule(slot);
    }

    /// It is down: whoever wanted to give it a state is told.
    pub(super) fn refuse_replacements(&mut self, slot: usize) {
        let entry = &mut self.slots[slot];
        let waiting = std::mem::take(&mut entry.replacements).into_iter().map(|waiting| waiting.done);
        for done in waiting.chain(entry.replacing.take().map(|replacing| replacing.done)) {
            // The asker may have gone.
            let _ = done.send(Err(not_running(&self.slots[slot])));
        }
    }

    /// At a step boundary: the next state that waits is taken up.
    pub(super) fn begin_replace(&mut self, slot: usize, instance: Instance) {
        let entry = &mut self.slots[slot];
        let Some(Replacement { schema, data, done }) = entry.replacements.pop_front() else { return };
        if schema.is_none() && !instance.component().saves_state() {
            let text =
                format!("`{}` saves no state, so name the schema of the given one: --schema NAME", entry.spec.name);
            // The asker may have gone.
            let _ = done.send(Err(Failure::new(Kind::BadRequest, text)));
            entry.body = Body::Idle(instance);
            return;
        }
        entry.replacing = Some(Replacing { done, data, given: Default::default() });
        match schema {
            Some(schema) => self.replace_with(slot, instance, schema),
            None => self.resume_swap(slot, Activity::Saving(instance.begin_save())),
        }
    }

    /// The schema is known: a new instance is started on the given state.
    pub(super) fn replace_with(&mut self, slot: usize, old: Instance, schema: String) {
        let Some(replacing) = &mut self.slots[slot].replacing else { return };
        let data = std::mem::take(&mut replacing.data);
        replacing.given = (schema.clone(), data.len());
        let start = self.start_argument(slot, Some(SavedState { schema, data }));
        let init = old.component().start(start);
        self.resume_swap(slot, Activity::Migrating { old, init });
    }

    /// The new instance has taken the state, or has not and the old one goes on.
    pub(super) fn replaced(
        &mut self,
        slot: usize,
        old: Instance,
        replacing: Replacing,
        result: Result<Started, InitError>,
    ) {
        let (schema, bytes) = replacing.given;
        let outcome = match self.taken(slot, &schema, result) {
            Ok(started) if self.slots[slot].ending.is_none() => {
                self.garbage.push(old);
                self.take_over(slot, Began::Carried, started.instance, started.effects);
                self.log(slot, "info", format!("its state was replaced by {bytes} bytes of {schema:?}"));
                Ok(Replaced { schema, bytes, generation: self.slots[slot].generation() })
            }
            Ok(started) => {
                self.garbage.push(started.instance);
                self.slots[slot].body = Body::Idle(old);
                Err(not_running(&self.slots[slot]))
            }
            Err(why) => {
                self.slots[slot].body = Body::Idle(old);
                let name = &self.slots[slot].spec.name;
                Err(Failure::new(Kind::Refused, format!("`{name}` goes on with the state it has: {why}")))
            }
        };
        // The asker may have gone.
        let _ = replacing.done.send(outcome);
    }

    fn taken(&mut self, slot: usize, schema: &str, result: Result<Started, InitError>) -> Result<Started, String> {
        match result {
            Ok(mut started) => {
                self.log_lines(slot, started.instance.take_log());
                match self.slots[slot].worker.admits(&started.effects) {
                    Ok(()) => Ok(started),
                    Err(fault) => {
                        self.garbage.push(started.instance);
                        Err(format!("its `init` broke the contract: {fault}"))
                    }
                }
            }
            Err(InitError::Failure(StartFailure::UnknownSchema, log)) => {
                self.log_lines(slot, log);
                Err(format!("it cannot read the schema {schema:?}"))
            }
            Err(error) => Err(format!("its `init` did not take the given one: {}", self.init_fault(slot, error))),
        }
    }

    /// The old instance crashed while it was asked for its schema.
    pub(super) fn refuse_replacing(&mut self, slot: usize, fault: &Fault) {
        let entry = &mut self.slots[slot];
        if let Some(replacing) = entry.replacing.take() {
            let text = format!("`{}` could not tell the schema of its state: {fault}", entry.spec.name);
            // The asker may have gone.
            let _ = replacing.done.send(Err(Failure::new(Kind::Crashed, text)));
        }
    }
}

fn not_running(slot: &Slot) -> Failure {
    Failure::new(Kind::Stopped, format!("worker `{}` is not running", slot.spec.name))
}
