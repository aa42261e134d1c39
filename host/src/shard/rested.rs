//! A durable worker that has a state and no instance, and how it gets another: of its own code, of later code, or of
//! earlier code that reads another schema.

use std::borrow::Cow;

use super::again::start_of;
use super::body::{Body, InitFor, Next, Running, SaveAsFor, SaveFor, init_fault, take_up};
use super::caller::Caller;
use super::shard::Shard;
use super::workers::Ending;
use crate::base::{Fault, SavedState, Start};
use crate::journal::Tail;
use crate::protocol::Driver;
use crate::wasm::{Component, InitError, Instance, Started};
use crate::worker::{Began, Image};

impl<D: Driver> Shard<D> {
    /// A worker has a state that the code of its behaviour cannot read: an instance of the code that can is to write
    /// it otherwise.
    pub(super) fn begin_to_go_back(&mut self, at: usize) -> Result<Running, Fault> {
        let tail = self.workers[at].tail.as_deref();
        let began = tail.and_then(Tail::began).ok_or_else(|| self.unreadable(at))?;
        let component = self.recorded_code(&began)?;
        let start = Start { now_ms: self.clock.wall, ..start_of(began.clone()) };
        let (image, config) = (began.image.into_owned(), began.config.into_owned());
        self.rebuild(at, image, &config);
        Ok(Running::Init(component.start(start), InitFor::ToGoBack))
    }

    /// A worker that has a state and no instance gets one, of whatever code is its behaviour's now. It `resumes` if the
    /// host, or its own end, came between.
    pub(super) fn begin_rested(&mut self, at: usize, component: &Component, resumes: bool) -> Running {
        let began = self.workers[at].tail.as_deref().and_then(Tail::began);
        let (state, image, config) = began.map_or_else(Default::default, |began| {
            (began.state.map(Cow::into_owned), began.image.into_owned(), began.config.into_owned())
        });
        self.rebuild(at, image, &config);
        let start = self.start_argument(at, state);
        self.note_start(at, component, &start);
        Running::Init(component.start(start), InitFor::Rested { resumes })
    }

    /// A worker is built again from what it had beside its instance, unless it has stayed.
    fn rebuild(&mut self, at: usize, image: Image, config: &[u8]) {
        if !self.workers[at].intact {
            let mut rebuilt = self.workers.another(at);
            let requests = self.workers[at].tail.as_deref().and_then(Tail::requests);
            rebuilt.take_on(image, requests, || Caller::Nobody);
            self.workers[at].worker.replace_by(rebuilt);
            self.reconfigure(at, config);
        }
    }

    /// A worker that was brought back is told its configuration, if that is another one now.
    pub(super) fn reconfigure(&mut self, at: usize, was: &[u8]) {
        let slot = &mut self.workers[at];
        if was != &*slot.spec.config {
            slot.worker.configure(slot.spec.config.to_vec());
        }
    }

    /// The `init` of the instance has returned that goes on from a state.
    pub(super) fn rested(&mut self, at: usize, result: Result<Started, InitError>, resumes: bool) -> Next {
        let Started { mut instance, effects } = match result {
            Ok(started) => started,
            Err(error) => {
                let (fault, log) = init_fault(error);
                self.log_lines(at, log);
                return self.not_again(at, self.untaken(at, fault));
            }
        };
        self.log_lines(at, instance.take_log());
        self.note_begin(at, &effects);
        let slot = &mut self.workers[at];
        slot.intact = false;
        if let Err(fault) = slot.worker.begin(Began::Carried, effects, self.clock.now, &mut self.actions) {
            self.workers.drop_later(instance);
            return self.not_again(at, fault);
        }
        if resumes {
            slot.worker.resume(&mut self.actions);
        }
        slot.seen.statistics.up(self.clock.wall);
        self.hold_begin(at);
        Next::Up(instance)
    }

    /// Why a worker does not come up from the state that its journal has.
    fn untaken(&self, at: usize, fault: Fault) -> Fault {
        let tail = self.workers[at].tail.as_deref();
        let Some(began) = tail.and_then(Tail::began) else { return fault };
        let schema = began.state.as_ref().map_or("none", |state| &state.schema);
        let text = format!(
            "{}; its journal has a state of the schema {schema:?}, written by the component {}: put that one back, or one \
             that reads it",
            fault.text,
            began.digest.short()
        );
        Fault::new(fault.class, text)
    }

    /// The instance stands that is to write its state as earlier code can read it. What its `init` wants and logs is
    /// nothing: nobody starts.
    pub(super) fn began_to_go_back(&mut self, at: usize, result: Result<Started, InitError>) -> Next {
        match result {
            Ok(Started { mut instance, .. }) => {
                drop(instance.take_log());
                Next::Run(Running::Save(instance.begin_save(), SaveFor::Change))
            }
            Err(error) => self.not_again(at, init_fault(error).0),
        }
    }

    /// A worker that has stepped again all that it was recorded with has saved its state, and changes to other code. If that
    /// is known to have read another schema, it is asked for its state in that one; where it cannot write that, the
    /// other code may read what it has saved.
    pub(super) fn saved_to_change(&mut self, at: usize, instance: Instance, state: SavedState) -> Next {
        let current = self.code.get(&self.workers[at].spec.behaviour).map(|component| component.digest());
        let tail = self.workers[at].tail.as_deref();
        let schema = tail.zip(current).and_then(|(tail, current)| tail.goes_back(current));
        match schema.filter(|schema| **schema != state.schema).map(str::to_owned) {
            Some(schema) => {
                let task = instance.begin_save_as(schema.clone());
                Next::Run(Running::SaveAs(task, SaveAsFor::Change(Box::new(state), schema)))
            }
            None => self.change_code(at, instance, &state),
        }
    }

    /// A worker that has saved its state changes to other code.
    pub(super) fn change_code(&mut self, at: usize, instance: Instance, state: &SavedState) -> Next {
        self.record_rest(at, instance.component().digest(), state);
        self.workers.drop_later(instance);
        self.workers[at].intact = true;
        match self.code.get(&self.workers[at].spec.behaviour) {
            Some(component) => Next::Run(self.begin_rested(at, &component, true)),
            None => self.diverged(at, "its code is gone"),
        }
    }

    /// Whether a worker that was ordered to end is to leave its state as something that any code can go on from.
    pub(super) fn wants_rest(&self, at: usize, instance: &Instance) -> bool {
        let slot = &self.workers[at];
        let component = instance.component();
        matches!(slot.ending, Some(Ending::Ordered { .. }))
            && slot.tail.as_deref().is_some_and(|tail| !tail.is_at_rest())
            && component.saves_state()
            && component.unsavable().is_none()
    }

    /// Whether a worker is to go on from its state, since it has come far from where it would begin again.
    pub(super) fn wants_snapshot(&self, at: usize, instance: &Instance) -> bool {
        let tail = self.workers[at].tail.as_deref();
        tail.is_some_and(Tail::is_long) && instance.component().saves_state()
    }

    /// The new instance has taken the state and goes on; or it has not, and the old one does.
    pub(super) fn snapshot_taken(&mut self, at: usize, old: Instance, result: Result<Started, InitError>) -> Next {
        let (taken, log) = take_up(&self.workers[at].worker, result);
        self.log_lines(at, log);
        match taken {
            Ok(started) => {
                self.workers.drop_later(old);
                self.go_on_with(at, Began::Carried, started)
            }
            Err(untaken) => {
                let slot = &mut self.workers[at];
                slot.begins = None;
                slot.tail.iter_mut().for_each(|tail| tail.may_grow());
                let why = format!("its journal grows, since it does not go on from what it saves: {untaken}");
                self.log(at, "warn", why);
                Next::Stay(Body::Idle(old))
            }
        }
    }
}
