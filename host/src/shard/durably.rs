//! Steps of durable workers: recorded when they are over, and what they want held back until the disk has the record.

use std::borrow::Cow;

use super::caller::Caller;
use super::part::{Whose, is_its_own};
use super::shard::Shard;
use crate::base::{Bug, Digest, Effect, Failure, Kind, Nanos, SavedState, Source, Start, is_planted};
use crate::journal::{Began, Came, Given, Record, Tail, digest};
use crate::protocol::{Driver, OnDisk};
use crate::wasm::{Component, StepResult};
use crate::worker::{Action, Taken};

impl<D: Driver> Shard<D> {
    /// A durable worker is gone from its slot: what brings it back is kept for whoever starts it again.
    pub(super) fn leave_tail(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        if let Some(tail) = slot.tail.take() {
            self.parts.durability.leave(at, &slot.spec.name, *tail);
        }
    }

    /// A worker that is durable has, at a start, what an earlier one has left of it.
    pub(super) fn find_tail(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        if slot.spec.durable && slot.tail.is_none() {
            slot.tail = self.parts.durability.found(&slot.spec.name, at).map(Box::new);
        }
    }

    /// The next instance of a worker is told this; a durable one notes that.
    pub(super) fn note_start(&mut self, at: usize, component: &Component, start: &Start) {
        let slot = &mut self.workers[at];
        if !slot.spec.durable {
            return;
        }
        slot.begins = Some(Box::new(began(start.clone(), component.digest(), self.clock.now)));
    }

    /// The new instance of a worker is to take its place, and its `init` wants this.
    pub(super) fn note_begin(&mut self, at: usize, effects: &[Effect]) {
        let slot = &mut self.workers[at];
        if let Some(begins) = &mut slot.begins {
            begins.now = self.clock.now;
            begins.wanted = Some(digest(&effects));
            begins.image = Cow::Owned(slot.worker.image());
        }
    }

    /// A worker is given this input.
    pub(super) fn record_given(&mut self, at: usize, taken: &Taken) {
        let (now, now_ms) = (self.clock.now, self.clock.wall);
        let slot = &mut self.workers[at];
        let Some(tail) = &mut slot.tail else { return };
        let Taken { seq, input, source } = taken;
        let source = match source {
            Source::Request { deadline, .. } if is_planted(Bug::RequestNotRecorded) => {
                &Source::Others { deadline: Some(*deadline) }
            }
            source => source,
        };
        let (worker, input) = (slot.spec.name.as_str(), Cow::Borrowed(input));
        tail.given(&Given { worker, seq: *seq, now, now_ms, source: *source, input });
    }

    /// What came of a step, as its journal has it; of a worker without a journal nothing.
    pub(super) fn came(&self, at: usize, result: &StepResult) -> Option<Came> {
        self.workers[at].tail.as_ref().map(|_| Came::of(result))
    }

    /// A step is over, and what it wanted is in `actions`. Does that, for a durable worker once its record is on disk.
    pub(super) fn carry_out_step(&mut self, at: usize, came: Option<Came>) {
        let Some(came) = came else { return self.carry_out(at) };
        self.record_over(at, came);
        self.workers[at].seen.statistics.actions(&self.actions);
        self.hold_actions(at);
    }

    /// A step has refused its input; whoever waits for it is told, by a durable worker once that is on disk.
    pub(super) fn refuse_step(&mut self, at: usize, text: String, came: Option<Came>) {
        if let Some(came) = came {
            self.record_over(at, came);
        }
        let refused = Failure::new(Kind::Refused, text);
        if let Err(untold) = self.workers[at].worker.fail(refused, &mut self.actions) {
            return self.log_refusal(at, &untold.text);
        }
        match came {
            Some(_) => self.hold_actions(at),
            None => self.do_actions(at),
        }
    }

    /// Whoever asks for what is known is told once all that is recorded by now is on disk.
    pub(super) fn tell_known(&mut self, at: usize, told: Vec<Action<Caller>>) {
        for action in told {
            match is_planted(Bug::UngatedRequest) {
                true => self.carry_out_one(at, action),
                false => self.hold(at, action),
            }
        }
    }

    /// What came of the step under way of a durable worker, for its journal.
    pub(super) fn record_over(&mut self, at: usize, came: Came) {
        let now = self.clock.now;
        let Some(tail) = &mut self.workers[at].tail else { return };
        let is_left_out = matches!(came, Came::Refused(_)) && is_planted(Bug::RefusalNotRecorded)
            || came == Came::SetAside && is_planted(Bug::SetAsideNotRecorded)
            || is_planted(Bug::FirstStepNotRecorded) && tail.inputs() == 0;
        if is_left_out {
            return tail.forget_open();
        }
        self.parts.durability.record_step(tail, now, came);
        self.note_forgotten(at);
        if self.parts.durability.is_full() {
            self.stand(at);
        }
    }

    /// A worker remembers no request for ever. The log tells of the first of many that it forgets.
    fn note_forgotten(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        let forgotten = slot.worker.take_forgotten();
        if forgotten > 0 && slot.seen.forgets.begins(self.clock.now) {
            let text = "forgets the oldest of the requests with an id, for there are too many to remember: whoever asks \
                        again with one of those ids asks anew";
            self.log(at, "warn", text.to_owned());
        }
    }

    /// A new instance of a worker has taken its place, and what its `init` wanted is in `actions`. A durable worker
    /// begins anew in its journal with that: nothing before has to be stepped again. Whether it is one; then what is
    /// wanted waits.
    pub(super) fn hold_begin(&mut self, at: usize) -> bool {
        let slot = &mut self.workers[at];
        let Some(began) = slot.begins.take() else { return false };
        self.replace_tail(at, *began);
        self.workers[at].seen.statistics.actions(&self.actions);
        self.hold_actions(at);
        true
    }

    /// A durable worker has saved this and has no instance from now on: whatever brings it back begins with it, also
    /// other code.
    pub(super) fn record_rest(&mut self, at: usize, digest: Digest, state: &SavedState) {
        let slot = &self.workers[at];
        if slot.tail.is_none() {
            return;
        }
        let start = Start {
            worker: slot.spec.name.to_string(),
            generation: slot.generation(),
            now_ms: self.clock.wall,
            seed: 0,
            config: slot.spec.config.to_vec(),
            state: Some(state.clone()),
        };
        let image = if is_planted(Bug::RestWithoutImage) { Cow::default() } else { Cow::Owned(slot.worker.image()) };
        let began = Began { image, wanted: None, ..began(start, digest, self.clock.now) };
        self.replace_tail(at, began);
    }

    fn replace_tail(&mut self, at: usize, began: Began<'static>) {
        let slot = &mut self.workers[at];
        if let Some(before) = slot.tail.take() {
            self.parts.durability.forget(at, &before);
        }
        let release = self.code.release(&slot.spec.behaviour);
        let requests = slot.worker.remembered().filter(|_| !is_planted(Bug::RequestsForgotten));
        let mut tail = Tail::beginning(&Began { release, ..began }, requests);
        self.parts.durability.begins(at, &mut tail);
        slot.tail = Some(Box::new(tail));
    }

    /// A durable worker is done, and its state with it.
    pub(super) fn record_ended(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        if let Some(tail) = slot.tail.take() {
            self.parts.durability.forget(at, &tail);
            if is_planted(Bug::EndNotRecorded) {
                return;
            }
            self.parts.durability.record(&Record::Ended(slot.spec.name.as_str()).encode());
        }
    }

    pub(super) fn hold_actions(&mut self, at: usize) {
        let mut actions = std::mem::take(&mut self.actions);
        actions.drain(..).for_each(|action| self.hold(at, action));
        self.actions = actions;
    }

    /// Does this once what is recorded by now is on disk. A worker does not step past what concerns itself.
    pub(super) fn hold(&mut self, at: usize, action: Action<Caller>) {
        if is_ungated(&action) {
            return self.carry_out_one(at, action);
        }
        if !tells_others(&action) && !is_planted(Bug::StepsPastItsEnd) {
            self.stand(at);
        }
        let slot = &mut self.workers[at];
        let child = slot.spec.child;
        match self.parts.durability.hold(at, child, action) {
            Some(action) => self.carry_out_one(at, action),
            None => slot.gated += 1,
        }
    }

    /// A durable worker steps nothing until what is recorded by now is on disk.
    pub(super) fn stand(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        slot.stands = slot.stands || (slot.tail.is_some() && self.parts.durability.stand(at));
    }

    /// Why a durable worker cannot take what it could not remember.
    pub(super) fn has_no_room(&self, at: usize) -> Option<Failure> {
        // Every call is asked this, so that what hardly ever is so is looked at first.
        if !self.parts.durability.is_without_room() {
            return None;
        }
        let spec = &self.workers[at].spec;
        spec.durable.then(|| {
            let text = format!("the disk has no room for what `{}` would have to remember; not executed", spec.name);
            Failure::new(Kind::StorageFull, text)
        })
    }

    /// Records are on disk: what waited for them is done, in the order in which it was asked.
    pub(super) fn gate_opens(&mut self, on_disk: OnDisk) {
        self.parts.durability.passed(on_disk);
        while let Some(at) = self.parts.durability.next_standing() {
            self.workers[at].stands = is_planted(Bug::StandsForEver);
        }
        while let Some(held) = self.parts.durability.next() {
            let slot = &mut self.workers[held.at];
            if slot.spec.child == held.child {
                slot.gated = slot.gated.saturating_sub(1);
            }
            let is_down = slot.body.is_down() && !slot.intact;
            let is_gone = slot.spec.child != held.child || slot.vacant || is_down;
            if !(is_gone && is_its_own(&held.action)) {
                self.carry_out_one(held.at, held.action);
            }
            self.do_postponed();
            self.do_wants();
        }
    }

    /// Hands the records of this turn in, to be written; behind them those that are to leave the oldest part of the
    /// journal.
    pub(super) fn hand_in(&mut self) {
        if self.parts.durability.is_idle() {
            return;
        }
        while let Some(whose) = self.parts.durability.next_to_move() {
            match whose {
                Whose::Found(worker) => self.parts.durability.move_found(worker),
                Whose::Slot(at) => {
                    // Whoever needs something has a tail.
                    let Some(tail) = self.workers[at].tail.as_deref_mut() else { break };
                    self.parts.durability.move_on(at, tail);
                }
            }
        }
        if let Some(handed_in) = self.parts.durability.hand_in() {
            self.driver.hand_in(handed_in);
        }
    }
}

/// A worker begins with an instance of this code that is told this.
fn began(start: Start, digest: Digest, now: Nanos) -> Began<'static> {
    let Start { worker, generation, now_ms, seed, config, state } = start;
    Began {
        worker: Cow::Owned(worker),
        digest,
        generation,
        now,
        now_ms,
        seed,
        config: Cow::Owned(config),
        state: state.map(Cow::Owned),
        image: Cow::default(),
        wanted: Some(0),
        release: 0,
    }
}

/// Whether a bug was planted that lets this out at once.
fn is_ungated(action: &Action<Caller>) -> bool {
    match action {
        Action::Answer(..) | Action::AnswerHttp(..) => is_planted(Bug::UngatedAnswer),
        Action::Cast { .. } => is_planted(Bug::UngatedCast),
        Action::Call { .. } => is_planted(Bug::UngatedCall),
        Action::Forward(_) => is_planted(Bug::UngatedForward),
        Action::Publish { .. } => is_planted(Bug::UngatedPublication),
        _ => false,
    }
}

/// Whether this changes nothing about what its own worker may step next.
fn tells_others(action: &Action<Caller>) -> bool {
    matches!(
        action,
        Action::Answer(..)
            | Action::AnswerHttp(..)
            | Action::Forward(_)
            | Action::Cast { .. }
            | Action::Call { .. }
            | Action::Publish { .. }
    )
}
