//! One visit to one worker: the guest runs here and nowhere else.

use super::driver::Driver;
use super::event::Notice;
use super::recent::Came;
use super::shard::Shard;
use super::slot::{Activity, Body, Ending};
use crate::base::{ExitReason, Failure, Fault, FaultClass, Kind, StartFailure};
use crate::supervisor::{Event, StartOutcome};
use crate::wasm::{Crash, InitError, Instance, LogLine, StepResult};
use crate::worker::Began;

/// Inputs of one worker before its neighbours have their turn.
const STEPS_PER_VISIT: usize = 64;

impl<D: Driver> Shard<D> {
    /// Lets one worker go on; says how many steps that took.
    pub(super) fn visit(&mut self, slot: usize) -> usize {
        match std::mem::replace(&mut self.slots[slot].body, Body::Down) {
            Body::Down => 1,
            Body::Idle(instance) => self.visit_idle(slot, instance),
            Body::Asleep(state) => {
                self.visit_asleep(slot, state);
                1
            }
            Body::Busy(activity) => {
                self.resume(slot, activity);
                1
            }
            Body::Ready(ready) if self.slots[slot].ending.is_some() => {
                self.garbage.push(ready.new);
                self.slots[slot].body = Body::Idle(ready.old);
                self.mark_ready(slot);
                1
            }
            body @ Body::Ready(_) => {
                self.slots[slot].body = body;
                1
            }
        }
    }

    /// At a step boundary: an ordered end comes first, then a change of code, then questions and
    /// orders of operators, then inputs.
    fn visit_idle(&mut self, slot: usize, instance: Instance) -> usize {
        let entry = &mut self.slots[slot];
        if entry.ending.is_some() {
            self.terminate(slot, instance);
            return 1;
        }
        if entry.swap.as_ref().is_some_and(|part| !part.ready) {
            self.begin_swap(slot, instance);
            return 1;
        }
        if !entry.inspect.is_empty() {
            self.begin_inspect(slot, instance);
            return 1;
        }
        if entry.hands_over {
            self.begin_handover(slot, instance);
            return 1;
        }
        if entry.wants_replacing() {
            self.begin_replace(slot, instance);
            return 1;
        }
        if entry.suspended {
            entry.body = Body::Idle(instance);
            return 1;
        }
        if entry.drowsy && !entry.worker.is_ready() {
            self.hibernate(slot, instance);
            return 1;
        }
        entry.drowsy = false;
        entry.idle_since = self.now;
        if entry.wants_saving(&instance) {
            self.resume_saving(slot, instance.begin_save());
            return 1;
        }
        self.step_inputs(slot, instance)
    }

    fn step_inputs(&mut self, slot: usize, mut instance: Instance) -> usize {
        let sliced = instance.component().is_sliced();
        for steps in 0..STEPS_PER_VISIT {
            let entry = &mut self.slots[slot];
            let asked = !entry.inspect.is_empty() || !entry.replacements.is_empty();
            let asked = asked || entry.spec.terminate_after_crash;
            let asked = asked || !self.unsaid.is_empty();
            let interrupted = steps > 0 && (entry.ending.is_some() || entry.swap.is_some() || asked);
            let mut late = vec![];
            let next = if interrupted { None } else { entry.worker.take_next(self.now, &mut late) };
            self.answer_late(late);
            let entry = &mut self.slots[slot];
            let Some(taken) = next else {
                entry.body = Body::Idle(instance);
                return steps.max(1);
            };
            self.note_input(slot, &taken);
            let context = taken.context(self.wall);
            if sliced {
                self.resume(slot, Activity::Stepping(instance.begin_step(context, taken.input)));
                return steps + 1;
            }
            let stepped = instance.step(context, taken.input);
            let Some(left) = self.stepped(slot, stepped) else { return steps + 1 };
            instance = left;
        }
        self.slots[slot].body = Body::Idle(instance);
        STEPS_PER_VISIT
    }

    /// A step is over: its effects are committed and carried out, or its input is refused, or the
    /// worker has crashed and there is no instance any more.
    fn stepped(&mut self, slot: usize, stepped: Result<(Instance, StepResult), Crash>) -> Option<Instance> {
        let (mut instance, result) = match stepped {
            Ok(stepped) => stepped,
            Err(crash) => {
                let fault = self.fault_of(slot, crash);
                self.crash(slot, fault);
                return None;
            }
        };
        self.log_lines(slot, instance.take_log());
        let told = self.in_words(slot, &result);
        match result {
            Ok(effects) => {
                if let Err(fault) = self.slots[slot].worker.commit(effects, self.now, &mut self.actions) {
                    self.garbage.push(instance);
                    self.crash(slot, fault);
                    return None;
                }
                if self.slots[slot].spec.terminate_after_crash {
                    self.slots[slot].before = None;
                }
                self.note_outcome(slot, Came::Done, told);
                self.carry_out(slot);
            }
            Err(text) => {
                self.note_outcome(slot, Came::Refused, told);
                match self.slots[slot].worker.refused() {
                    Some(caller) => self.answer(caller, Err(Failure::new(Kind::Refused, text))),
                    None => self.log_refusal(slot, &text),
                }
            }
        }
        Some(instance)
    }

    /// Lets a guest function run for one slice, and goes on with what it came to.
    pub(super) fn resume(&mut self, slot: usize, activity: Activity) {
        let body = match activity {
            Activity::Starting(mut task) => match task.resume() {
                None => Body::Busy(Activity::Starting(task)),
                Some(result) => return self.started(slot, result),
            },
            Activity::Stepping(mut task) => match task.resume() {
                None => Body::Busy(Activity::Stepping(task)),
                Some(stepped) => match self.stepped(slot, stepped) {
                    Some(instance) => Body::Idle(instance),
                    None => return,
                },
            },
            Activity::Inspecting(mut task, done) => match task.resume() {
                None => Body::Busy(Activity::Inspecting(task, done)),
                Some(Err(crash)) => {
                    let fault = self.fault_of(slot, crash);
                    // The asker may have gone.
                    let _ = done.send(Err(Failure::new(Kind::Crashed, fault.to_string())));
                    return self.crash(slot, fault);
                }
                Some(Ok((instance, state))) => {
                    let inspection = self.slots[slot].inspection(instance.memory_bytes(), Some(state));
                    // The asker may have gone.
                    let _ = done.send(Ok(inspection));
                    Body::Idle(instance)
                }
            },
            sleeping @ (Activity::Hibernating(_) | Activity::Waking(_)) => {
                return self.resume_sleep(slot, sleeping);
            }
            Activity::SavingBefore(task) => return self.resume_saving(slot, task),
            Activity::Mourning(mourning) => return self.resume_mourning(slot, *mourning),
            handing @ Activity::HandingOver(_) => return self.resume_handover(slot, handing),
            Activity::Terminating(mut task) => match task.resume() {
                None => Body::Busy(Activity::Terminating(task)),
                Some(result) => return self.terminated(slot, result),
            },
            swapping @ (Activity::Saving(_) | Activity::SavingAs(..) | Activity::Migrating { .. }) => {
                return self.resume_swap(slot, swapping);
            }
        };
        self.slots[slot].body = body;
    }

    /// Starts a worker: a fresh instance and its `init`.
    pub(super) fn start(&mut self, slot: usize) {
        if let Some(part) = &mut self.slots[slot].swap {
            part.start_after = true;
            return;
        }
        let entry = &mut self.slots[slot];
        entry.ending = None;
        entry.closed = None;
        entry.before = None;
        entry.drowsy = false;
        entry.idle_since = self.now;
        let Some(component) = self.components.get(&entry.spec.behaviour).cloned() else {
            let fault = Fault::new(FaultClass::Init, format!("there is no behaviour `{}`", entry.spec.behaviour));
            let (child, outcome) = (entry.spec.child, StartOutcome::Failed(ExitReason::Crashed(fault)));
            return self.supervise(Event::Started { child, outcome });
        };
        let inherited = self.inherited(slot);
        let start = self.start_argument(slot, inherited);
        let entry = &mut self.slots[slot];
        entry.instances += 1;
        entry.body = Body::Busy(Activity::Starting(component.start(start)));
        if !entry.scheduled {
            entry.scheduled = true;
            // A caller may be waiting for this very restart.
            self.runnable.push_front(slot);
        }
    }

    pub(super) fn start_argument(&mut self, slot: usize, state: Option<crate::base::SavedState>) -> crate::base::Start {
        let seed = self.driver.random();
        let entry = &self.slots[slot];
        crate::base::Start {
            worker: entry.spec.path.clone(),
            generation: entry.instances,
            now_ms: self.wall,
            seed,
            config: entry.spec.config.to_vec(),
            state,
        }
    }

    fn started(&mut self, slot: usize, result: Result<crate::wasm::Started, InitError>) {
        let child = self.slots[slot].spec.child;
        let outcome = match result {
            Ok(mut started) => {
                self.log_lines(slot, started.instance.take_log());
                let worker = &mut self.slots[slot].worker;
                match worker.begin(Began::Fresh, started.effects, self.now, &mut self.actions) {
                    Ok(()) => {
                        let entry = &mut self.slots[slot];
                        entry.body = Body::Idle(started.instance);
                        entry.seen.counts.up(self.wall);
                        StartOutcome::Up
                    }
                    Err(fault) => StartOutcome::Failed(ExitReason::Crashed(fault)),
                }
            }
            Err(InitError::Failure(StartFailure::Ignore, log)) => {
                self.log_lines(slot, log);
                StartOutcome::Ignored
            }
            Err(error) => StartOutcome::Failed(ExitReason::Crashed(self.init_fault(slot, error))),
        };
        if let StartOutcome::Failed(reason) = &outcome {
            let reason = reason.clone();
            self.report_crash(slot, &reason);
            let owed = self.slots[slot].worker.crashed();
            self.answer_all(owed, Kind::Crashed, &reason.to_string());
        }
        if outcome == StartOutcome::Ignored {
            self.close(slot, "not needed now (its `init` said ignore)");
        }
        let up = outcome == StartOutcome::Up;
        if up {
            self.handler_joined(slot);
        } else {
            self.mark_ready(slot);
            self.answer_inspectors(slot);
        }
        // What follows may be its end, and that of its slot.
        if up {
            self.carry_out(slot);
        }
        self.supervise(Event::Started { child, outcome });
        if !up {
            self.close_if_down_for_good(slot);
        }
    }

    /// The guest crashed: everyone it owed an answer is told, then the supervisor decides.
    pub(super) fn crash(&mut self, slot: usize, fault: Fault) {
        let reason = ExitReason::Crashed(fault);
        let text = reason.to_string();
        let owed = self.slots[slot].worker.crashed();
        self.answer_all(owed, Kind::Crashed, &text);
        self.report_crash(slot, &reason);
        self.mark_ready(slot);
        self.mourn(slot, reason);
    }

    /// A worker has ended by itself, or on the supervisor's order if there is one.
    pub(super) fn exited(&mut self, slot: usize, reason: ExitReason) {
        self.slots[slot].body = Body::Down;
        self.forget_topics(slot);
        self.untie(slot);
        let child = self.slots[slot].spec.child;
        self.answer_inspectors(slot);
        self.handler_left(slot, &reason);
        match self.slots[slot].ending.take() {
            Some(Ending::Ordered { .. }) => self.supervise(Event::Stopped { child, reason }),
            Some(Ending::Own(_)) | None => self.supervise(Event::Exited { child, reason }),
        }
        self.close_if_down_for_good(slot);
    }

    pub(super) fn log(&mut self, slot: usize, level: &'static str, text: String) {
        let worker = self.slots[slot].spec.name.clone();
        self.notices.push(Notice::Log { worker, level, text });
    }

    pub(super) fn log_lines(&mut self, slot: usize, lines: Vec<LogLine>) {
        for line in lines {
            self.log(slot, line.level.word(), line.text);
        }
    }

    /// The fault of a crash, its last words logged.
    pub(super) fn fault_of(&mut self, slot: usize, crash: Crash) -> Fault {
        self.log_lines(slot, crash.log);
        crash.fault
    }

    /// Why an `init` that gave up counts as a crash of the start.
    pub(super) fn init_fault(&mut self, slot: usize, error: InitError) -> Fault {
        let (failure, log) = match error {
            InitError::Crash(crash) => return self.fault_of(slot, crash),
            InitError::Failure(failure, log) => (failure, log),
        };
        self.log_lines(slot, log);
        let text = match failure {
            StartFailure::Stop(text) => text,
            StartFailure::UnknownSchema => "cannot read the saved state: its schema is unknown".to_owned(),
            StartFailure::Ignore => "said ignore".to_owned(),
        };
        Fault::new(FaultClass::Init, text)
    }
}
