//! A durable worker comes back: a new instance steps again what the worker has stepped, and must do the same.
//!
//! After a crash the worker itself has stayed (its queue, its timers, those who wait for it), and only the instance is
//! made again. In another host, or after an end, the worker is built again as well, beside the one that stands in its
//! place, and takes over what has come for it meanwhile.

use std::borrow::Cow;

use super::body::{Again, End, InitFor, Next, Running, SET_ASIDE, SaveFor, StepFor, init_fault};
use super::caller::Caller;
use super::shard::Shard;
use crate::base::{
    Bug, Digest, Effect, ExitReason, Failure, Fault, FaultClass, Kind, Millis, Nanos, Start, is_planted,
};
use crate::journal::{self, Came, Tail, digest};
use crate::protocol::Driver;
use crate::wasm::{Component, InitError, Instance, Returned, Started, StepResult};
use crate::worker::{Action, Began, Taken, Worker};

impl<D: Driver> Shard<D> {
    /// The instance is lost, but neither the worker nor its state: its supervisor starts it again.
    pub(super) fn recovers(&mut self, at: usize, reason: ExitReason) -> Next {
        self.workers[at].intact = true;
        if is_planted(Bug::OwedAnswered) {
            let owed = self.workers[at].worker.crashed();
            self.answer_all(owed, Kind::Crashed, "planted");
        }
        Next::Gone(End::Recovers(reason))
    }

    /// A worker that only its instance had left is gone, too: its ties to others end.
    pub(super) fn give_up_worker(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        if std::mem::take(&mut slot.intact) && slot.body.is_down() {
            self.parts.left(at, slot, &End::Stopped(ExitReason::Shutdown), &mut self.wants);
        }
    }

    /// A durable worker has come to this end: what is kept of it.
    pub(super) fn settle_tail(&mut self, at: usize, end: &End) {
        let slot = &mut self.workers[at];
        if end.leaves_the_worker() {
            return;
        }
        slot.intact = false;
        if let End::Exited(reason) = end
            && reason.is_clean()
        {
            self.record_ended(at);
        }
    }

    /// How a worker is brought back that has something to be brought back to.
    ///
    /// # Errors
    /// The code is not there that it was recorded with, or its record cannot be read.
    pub(super) fn begin_again(&mut self, at: usize, component: &Component) -> Option<Result<Running, Fault>> {
        let tail = self.workers[at].tail.as_deref()?;
        if tail.is_at_rest() && tail.goes_back(component.digest()).is_some() {
            return Some(self.begin_to_go_back(at));
        }
        if tail.is_at_rest() {
            let resumes = !self.workers[at].intact;
            return Some(Ok(self.begin_rested(at, component, resumes)));
        }
        let Some(began) = tail.began() else {
            return Some(Err(self.unreadable(at)));
        };
        let component = match self.recorded_code(&began) {
            Ok(component) => component,
            Err(fault) => return Some(Err(fault)),
        };
        let start = start_of(began);
        let rebuilt = (!self.workers[at].intact).then(|| Box::new(self.workers.another(at)));
        Some(Ok(Running::Init(component.start_again(start), InitFor::Again(Box::new(Again::new(rebuilt))))))
    }

    /// The code that alone can go on from this beginning.
    pub(super) fn recorded_code(&self, began: &journal::Began<'_>) -> Result<Component, Fault> {
        self.code.with_digest(began.digest).ok_or_else(|| unknown_code(&began.worker, began.digest))
    }

    pub(super) fn unreadable(&self, at: usize) -> Fault {
        let text = format!("what `{}` began with cannot be read", self.workers[at].spec.name);
        Fault::new(FaultClass::Init, text)
    }

    /// The `init` of an instance that is to step again has returned.
    pub(super) fn began_again(&mut self, at: usize, result: Result<Started, InitError>, mut again: Again) -> Next {
        let Started { mut instance, effects } = match result {
            Ok(started) => started,
            Err(error) => return self.not_again(at, init_fault(error).0),
        };
        // What it logs it has logged before.
        drop(instance.take_log());
        let tail = self.workers[at].tail.as_deref();
        let requests = tail.and_then(Tail::requests);
        let Some(told) = tail.and_then(Tail::began) else { return Next::Up(instance) };
        if Some(digest(&effects)) != told.wanted {
            self.workers.drop_later(instance);
            return self.diverged(at, "its `init` wants something else than it did");
        }
        if let Some(worker) = &mut again.rebuilt {
            let began = if told.state.is_some() { Began::Carried } else { Began::Fresh };
            worker.take_on(told.image.into_owned(), requests, || Caller::Nobody);
            if let Err(fault) = worker.begin(began, effects, told.now, &mut vec![]) {
                self.workers.drop_later(instance);
                return self.not_again(at, fault);
            }
        }
        self.step_again(at, instance, again)
    }

    /// Goes on with the next recorded step, or with what comes after the last.
    fn step_again(&mut self, at: usize, instance: Instance, mut again: Again) -> Next {
        loop {
            let Some(tail) = self.workers[at].tail.as_deref() else { return Next::Up(instance) };
            let ((given, done, came), next) = match tail.step(again.place) {
                None => return self.caught_up(at, instance, again),
                Some(Ok(step)) => step,
                Some(Err(unreadable)) => {
                    self.workers.drop_later(instance);
                    return self.diverged(at, &unreadable.to_string());
                }
            };
            let (now, now_ms, taken) = taken(given);
            (again.place, again.seq, again.done, again.came, again.stop) = (next, taken.seq, done, came, None);
            if came == Came::SetAside && is_planted(Bug::SetAsideNotRetaken) {
                continue;
            }
            if let Some(worker) = &mut again.rebuilt
                && let Err(why) = worker.retake(&taken, now, Caller::Nobody)
            {
                self.workers.drop_later(instance);
                return self.diverged(at, &why);
            }
            if came == Came::SetAside {
                again.set_aside();
                continue;
            }
            let task = instance.begin_step_again(taken.context(now_ms), taken.input);
            return Next::Run(Running::Step(task, StepFor::Again(Box::new(again))));
        }
    }

    /// A recorded step was stepped again.
    pub(super) fn stepped_again(&mut self, at: usize, stepped: Returned<StepResult>, mut again: Again) -> Next {
        let (mut instance, result) = match stepped {
            Ok(stepped) => stepped,
            Err(crash) => {
                let why = format!("crashed on input {}, which it had stepped: {}", again.seq, crash.fault);
                return self.diverged(at, &why);
            }
        };
        drop(instance.take_log());
        if Came::of(&result) != again.came {
            self.workers.drop_later(instance);
            return self.diverged(at, &format!("input {} came out otherwise than recorded", again.seq));
        }
        if let (Ok(effects), true) = (&result, is_planted(Bug::DoneAgain)) {
            let casts = effects.iter().filter_map(|effect| match effect {
                Effect::Cast { to, body } => Some(Action::Cast { to: to.clone(), body: body.clone() }),
                _ => None,
            });
            casts.collect::<Vec<_>>().into_iter().for_each(|action| self.carry_out_one(at, action));
        }
        if let Err(fault) = again.apply(result) {
            self.workers.drop_later(instance);
            return self.not_again(at, fault);
        }
        match self.step_again(at, instance, again) {
            // The rest in another turn.
            Next::Run(running) if self.clock.is_over(&self.driver) => Next::rests(running),
            next => next,
        }
    }

    /// All that was recorded has been stepped again.
    fn caught_up(&mut self, at: usize, instance: Instance, again: Again) -> Next {
        self.workers[at].seen.statistics.up(self.clock.wall);
        let Again { rebuilt, stop, .. } = again;
        if let Some(rebuilt) = rebuilt {
            return self.caught_up_anew(at, instance, *rebuilt, stop);
        }
        let slot = &mut self.workers[at];
        slot.intact = false;
        let suspect = slot.tail.as_deref().and_then(Tail::under_way).filter(|_| !is_planted(Bug::SuspectForgotten));
        let Some(given) = suspect else { return Next::Up(instance) };
        let (_, now_ms, taken) = taken(given);
        Next::Run(Running::Step(instance.begin_step(taken.context(now_ms), taken.input), StepFor::Retry))
    }

    /// The same, of a worker that was built again. Where its behaviour has other code by now, it changes to that.
    fn caught_up_anew(
        &mut self,
        at: usize,
        instance: Instance,
        rebuilt: Worker<Caller>,
        stop: Option<ExitReason>,
    ) -> Next {
        let slot = &mut self.workers[at];
        slot.worker.replace_by(rebuilt);
        let mut was = vec![];
        if let Some(tail) = slot.tail.as_deref_mut() {
            tail.forget_open();
            was.extend_from_slice(tail.config());
        }
        self.reconfigure(at, &was);
        let current = self.code.get(&self.workers[at].spec.behaviour).map(|component| component.digest());
        if stop.is_none() && current != Some(instance.component().digest()) {
            return Next::Run(Running::Save(instance.begin_save(), SaveFor::Change));
        }
        self.workers[at].worker.resume(&mut self.actions);
        self.actions.extend(stop.map(Action::Stop));
        Next::Up(instance)
    }

    /// The input on which the worker crashed was stepped once more.
    pub(super) fn retried(&mut self, at: usize, stepped: Returned<StepResult>) -> Next {
        let fault = match stepped {
            Ok((instance, result)) => match self.step_over(at, instance, result) {
                Ok(instance) => return Next::Up(instance),
                Err(fault) => fault,
            },
            Err(crash) => self.fault_of(at, crash),
        };
        self.set_aside(at, &fault);
        self.workers[at].intact = true;
        let component = self.code.get(&self.workers[at].spec.behaviour);
        match component.and_then(|component| self.begin_again(at, &component)) {
            Some(Ok(running)) => Next::Run(running),
            Some(Err(fault)) => self.not_again(at, fault),
            None => self.diverged(at, "its code is gone"),
        }
    }

    /// The worker has crashed twice on the input under way: it goes on without it.
    fn set_aside(&mut self, at: usize, fault: &Fault) {
        let slot = &mut self.workers[at];
        let seq = slot.tail.as_deref().and_then(Tail::under_way).map_or(0, |given| given.seq);
        let text = format!("{SET_ASIDE}: {fault}");
        // Nobody may wait for it.
        let _ = slot.worker.fail(Failure::new(Kind::Crashed, text), &mut self.actions);
        let came = if is_planted(Bug::CrashCountsAsStep) { Came::of(&Ok(vec![])) } else { Came::SetAside };
        self.record_over(at, came);
        self.hold_actions(at);
        self.log(at, "error", format!("crashed twice on input {seq}, which is set aside: {fault}"));
    }

    /// A worker does not do again what it did. Nothing of it is lost: it stays as its journal has it.
    pub(super) fn diverged(&mut self, at: usize, why: &str) -> Next {
        self.not_again(at, Fault::new(FaultClass::Contract, format!("does not do again what it did: {why}")))
    }

    pub(super) fn not_again(&mut self, at: usize, fault: Fault) -> Next {
        let reason = ExitReason::Crashed(fault);
        self.report_crash(at, &reason);
        Next::Gone(End::Failed(reason))
    }
}

/// Why a worker cannot be brought back without the code that it was recorded with.
fn unknown_code(worker: &str, code: Digest) -> Fault {
    let why = "which alone can step that again, and which is not there";
    Fault::new(FaultClass::Init, format!("`{worker}` was recorded with the component {}, {why}", code.short()))
}

/// What a worker was given: when, what it was told of the time, and the input.
fn taken(given: journal::Given<'_>) -> (Nanos, Millis, Taken) {
    let journal::Given { seq, now, now_ms, source, input, .. } = given;
    (now, now_ms, Taken { seq, input: input.into_owned(), source })
}

/// What the first instance of a worker was told.
pub(super) fn start_of(began: journal::Began<'_>) -> Start {
    Start {
        worker: began.worker.into_owned(),
        generation: began.generation,
        now_ms: began.now_ms,
        seed: began.seed,
        config: began.config.into_owned(),
        state: began.state.map(Cow::into_owned),
    }
}
