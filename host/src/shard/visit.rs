//! One visit to one worker: its body is taken in hand, goes on, and is put back.

use std::time::Duration;

use super::body::{Asleep, Body, Next, Running, SaveFor, StepFor, TerminateFor};
use super::end::exit_kind;
use super::part::begin_replace;
use super::shard::Shard;
use super::workers::{Ending, Errand};
use crate::base::limits::CALL_TIME_MAX;
use crate::base::{Context, ExitKind, Fault};
use crate::protocol::{Came, Depth, Driver, Inspection, Look};
use crate::wasm::{Crash, Instance, StepResult};
use crate::worker::Aside;

/// Inputs of one worker before its neighbours have their turn.
const STEPS_PER_VISIT: usize = 64;

/// Why no state is shown to those who did not ask for it.
const NOT_ASKED: &str = "`tomte inspect --state` has it saved";

/// What `terminate` may take when a worker stops by itself. OTP's time for workers.
const OWN_TIME: Duration = Duration::from_secs(5);

impl<D: Driver> Shard<D> {
    /// Lets one worker go on; says how many steps that took.
    pub(super) fn visit(&mut self, at: usize) -> usize {
        let (next, steps) = match self.workers.take(at) {
            Body::Idle(instance) => self.at_boundary(at, instance),
            Body::Asleep(asleep) => (self.look_or_wake(at, asleep), 1),
            Body::Running(running) => (self.run_slice(at, *running), 1),
            Body::Ready(ready) if self.workers[at].ending.is_some() => {
                // It ends as what it was.
                self.workers.drop_later(ready.new);
                (Next::Stay(Body::Idle(ready.old)), 1)
            }
            body => (Next::Stay(body), 1),
        };
        self.go_on(at, next);
        steps
    }

    /// Goes on with a worker until it stands still, needs another slice, or is gone.
    pub(super) fn go_on(&mut self, at: usize, mut next: Next) {
        loop {
            next = match next {
                Next::Stay(body) => return self.workers.put(at, body),
                Next::Run(running) => self.run_slice(at, running),
                Next::Init(component, state, purpose) => {
                    let start = self.start_argument(at, state.map(|state| *state));
                    self.note_start(at, &component, &start);
                    self.run_slice(at, Running::Init(component.start(start), purpose))
                }
                Next::Up(instance) => return self.up(at, instance),
                Next::Gone(end) => return self.ended(at, end),
            }
        }
    }

    /// At a step boundary: an ordered end comes first, then errands, then inputs.
    fn at_boundary(&mut self, at: usize, instance: Instance) -> (Next, usize) {
        if self.workers[at].ending.is_some() {
            if self.wants_rest(at, &instance) {
                return (Next::Run(Running::Save(instance.begin_save(), SaveFor::Rest)), 1);
            }
            self.stand(at);
            match self.workers[at].stands {
                true => return (Next::Stay(Body::Idle(instance)), 1),
                false => return (self.terminate(at, instance), 1),
            }
        }
        let slot = &mut self.workers[at];
        if !slot.desk.is_empty() {
            let (busy, rests) = (slot.worker.is_ready(), slot.rests());
            if let Some(errand) = slot.desk.take(slot.held, busy, rests) {
                return (self.run_errand(at, instance, errand), 1);
            }
            if !rests {
                slot.desk.stay_awake();
            }
        }
        if slot.rests() {
            return (Next::Stay(Body::Idle(instance)), 1);
        }
        if slot.spec.hibernate_after.is_some() {
            self.parts.sleep.busy(at, self.clock.now);
        }
        if self.parts.after_crash.wants_saving(at, &self.workers[at], &instance) {
            return (Next::Run(Running::Save(instance.begin_save(), SaveFor::AfterCrash)), 1);
        }
        if self.wants_snapshot(at, &instance) {
            return (Next::Run(Running::Save(instance.begin_save(), SaveFor::Snapshot)), 1);
        }
        if self.post.is_full() {
            return (Next::Stay(Body::Idle(instance)), 1);
        }
        self.step_inputs(at, instance)
    }

    fn run_errand(&mut self, at: usize, instance: Instance, errand: Errand) -> Next {
        match errand {
            Errand::Swap => self.parts.swaps.at_boundary(at, instance, self.driver.now(), &mut self.wants),
            Errand::Look(look) => self.show(at, instance, look),
            Errand::HandOver if instance.component().saves_state() => {
                Next::Run(Running::Save(instance.begin_save(), SaveFor::HandOver))
            }
            Errand::HandOver => {
                self.parts.managers.handed_over(at, None);
                Next::Stay(Body::Idle(instance))
            }
            Errand::Replace(replacement) => begin_replace(&self.workers[at], instance, replacement),
            Errand::Hibernate => self.parts.sleep.begin(at, instance, self.clock.now),
        }
    }

    /// Shows a worker, once it has saved its state if somebody wants that and it may be asked.
    fn show(&self, at: usize, instance: Instance, look: Look) -> Next {
        let component = instance.component();
        let withheld = match (component.saves_state(), component.unsavable(), look.depth) {
            (false, ..) => None,
            (true, Some(why), _) => Some(why.to_owned()),
            (true, None, Depth::Outside) => Some(NOT_ASKED.to_owned()),
            (true, None, Depth::State) => return Next::Run(Running::Save(instance.begin_save(), SaveFor::Look(look))),
        };
        let seen = self.workers[at].inspection(self.clock.now, instance.memory_bytes(), None);
        // The asker may have gone.
        let _ = look.done.send(Ok(Inspection { withheld, ..seen }));
        Next::Stay(Body::Idle(instance))
    }

    fn step_inputs(&mut self, at: usize, mut instance: Instance) -> (Next, usize) {
        let sliced = instance.component().is_sliced();
        let mut steps = 0;
        while steps == 0 || (steps < STEPS_PER_VISIT && self.goes_on(at)) {
            let mut aside = Aside::default();
            let next = self.workers[at].worker.take_next(self.clock.now, &mut aside);
            if !aside.late.is_empty() {
                self.answer_late(aside.late);
            }
            if !aside.told.is_empty() {
                self.tell_known(at, aside.told);
            }
            let Some(taken) = next else { break };
            steps += 1;
            self.note_input(at, &taken);
            self.record_given(at, &taken);
            let context = taken.context(self.clock.wall);
            if sliced {
                return (Next::Run(Running::Step(instance.begin_step(context, taken.input), StepFor::Input)), steps);
            }
            match self.stepped(at, instance.step(context, taken.input)) {
                Next::Stay(Body::Idle(left)) => instance = left,
                next => return (next, steps),
            }
        }
        (Next::Stay(Body::Idle(instance)), steps.max(1))
    }

    /// Whether a worker that has stepped an input steps the next one within the same visit.
    fn goes_on(&self, at: usize) -> bool {
        let slot = &self.workers[at];
        slot.worker.is_ready()
            && slot.ending.is_none()
            && !slot.rests()
            && !slot.spec.terminate_after_crash
            && self.parts.requests.is_empty()
            && !self.post.is_full()
            && (slot.desk.is_empty() || !slot.desk.has(slot.held, true, slot.rests()))
            && !self.clock.is_over(&self.driver)
    }

    /// A step is over: its effects are committed and carried out, or its input is refused, or the
    /// worker has crashed and there is no instance any more.
    pub(super) fn stepped(&mut self, at: usize, stepped: Result<(Instance, StepResult), Crash>) -> Next {
        let fault = match stepped {
            Ok((instance, result)) => match self.step_over(at, instance, result) {
                Ok(instance) => return Next::Stay(Body::Idle(instance)),
                Err(fault) => fault,
            },
            Err(crash) => self.fault_of(at, crash),
        };
        self.crashed(at, fault)
    }

    /// A step has returned: its effects are committed and carried out, or its input is refused.
    ///
    /// # Errors
    /// It wants what it may not, and there is no instance any more.
    #[inline]
    pub(super) fn step_over(
        &mut self,
        at: usize,
        mut instance: Instance,
        result: StepResult,
    ) -> Result<Instance, Fault> {
        self.log_lines(at, instance.take_log());
        let told = self.in_words(at, &result);
        let came = self.came(at, &result);
        match result {
            Ok(effects) => {
                if let Err(fault) = self.workers[at].commit(effects, self.clock.now, &mut self.actions) {
                    self.workers.drop_later(instance);
                    return Err(fault);
                }
                self.parts.after_crash.take(at);
                self.note_outcome(at, Came::Done, told);
                self.carry_out_step(at, came);
            }
            Err(text) => {
                self.note_outcome(at, Came::Refused, told);
                self.refuse_step(at, text, came);
            }
        }
        Ok(instance)
    }

    /// Whoever looks at a worker that hibernates is shown its state; whoever wants more wakes it.
    fn look_or_wake(&mut self, at: usize, asleep: Asleep) -> Next {
        let slot = &mut self.workers[at];
        for look in slot.desk.take_looks() {
            // The asker may have gone.
            let seen = slot.inspection(self.clock.now, 0, Some((*asleep.state).clone()));
            let _ = look.done.send(Ok(Inspection { hibernates: true, ..seen }));
        }
        match self.code.get(&slot.spec.behaviour) {
            Some(component) if slot.must_wake() && !asleep.crowded => {
                self.parts.sleep.wake(at, asleep, component, self.clock.now)
            }
            _ => Next::Stay(Body::Asleep(asleep)),
        }
    }

    /// Runs `terminate` with the time there is.
    fn terminate(&mut self, at: usize, instance: Instance) -> Next {
        let slot = &self.workers[at];
        let (kind, budget) = match &slot.ending {
            Some(Ending::Own(reason)) => (exit_kind(reason), OWN_TIME),
            Some(Ending::Ordered { by: Some(by) }) => {
                (ExitKind::Shutdown, Duration::from_nanos(by.saturating_sub(self.clock.now)))
            }
            Some(Ending::Ordered { by: None }) | None => (ExitKind::Shutdown, CALL_TIME_MAX),
        };
        let task = instance.begin_terminate(self.context(at), kind, budget);
        Next::Run(Running::Terminate(task, TerminateFor::End))
    }

    /// The context of a function that is called beside the inputs.
    pub(super) fn context(&self, at: usize) -> Context {
        Context { now_ms: self.clock.wall, seq: self.workers[at].worker.steps() }
    }
}
