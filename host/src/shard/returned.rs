//! A guest function has returned: each of the five, for each of its purposes.

use super::body::{
    Body, End, Given, InitFor, Next, Running, SaveAsFor, SaveFor, Slice, StepFor, TerminateFor, init_fault, take_up,
};
use super::end::exit_kind;
use super::part::{AfterCrash, not_running, replace_with};
use super::shard::Shard;
use super::workers::Ending;
use crate::base::{Effect, ExitReason, Failure, Fault, FaultClass, Kind, SavedState, StartFailure};
use crate::protocol::Driver;
use crate::wasm::{Crash, InitError, Instance, Returned, Started, Terminated};
use crate::worker::Began;

impl<D: Driver> Shard<D> {
    /// Lets a guest function run for a slice, and goes on with what it came to.
    pub(super) fn run_slice(&mut self, at: usize, running: Running) -> Next {
        let slice = running.resume();
        if !matches!(slice, Slice::Unfinished(_)) {
            self.workers[at].seen.underway = None;
        }
        match slice {
            Slice::Unfinished(running) => {
                self.unfinished(at, running.word());
                Next::Stay(Body::Running(Box::new(running)))
            }
            Slice::Init(result, purpose) => self.init_returned(at, result, purpose),
            Slice::Step(stepped, StepFor::Input) => self.stepped(at, stepped),
            Slice::Step(stepped, StepFor::Again(again)) => self.stepped_again(at, stepped, *again),
            Slice::Step(stepped, StepFor::Retry) => self.retried(at, stepped),
            Slice::Save(result, purpose) => self.save_returned(at, result, purpose),
            Slice::SaveAs(result, purpose) => self.save_as_returned(at, result, purpose),
            Slice::Terminate(result, purpose) => self.terminate_returned(at, result, purpose),
        }
    }

    /// A guest function needs another slice. Whoever looks at the worker does not wait for a long one.
    fn unfinished(&mut self, at: usize, function: &'static str) {
        let now = self.clock.now;
        let slot = &mut self.workers[at];
        slot.seen.underway.get_or_insert((now, function));
        if slot.desk.has_looks() && slot.is_long_at_it(now) {
            for look in slot.desk.take_looks() {
                // The asker may have gone.
                let _ = look.done.send(Ok(slot.glance(now)));
            }
        }
    }

    fn init_returned(&mut self, at: usize, result: Result<Started, InitError>, purpose: InitFor) -> Next {
        match purpose {
            InitFor::Start => self.started(at, result),
            InitFor::Wake => self.woken(at, result),
            InitFor::CodeChange(old) => self.parts.swaps.changed(at, &self.workers[at], old, result, &mut self.wants),
            InitFor::Replace(old, given) => self.replaced(at, old, *given, result),
            InitFor::Mourning(reason) => self.terminate_fresh(at, result, reason),
            InitFor::Again(again) => self.began_again(at, result, *again),
            InitFor::Rested { resumes } => self.rested(at, result, resumes),
            InitFor::ToGoBack => self.began_to_go_back(at, result),
            InitFor::Snapshot(old) => self.snapshot_taken(at, old, result),
        }
    }

    fn started(&mut self, at: usize, result: Result<Started, InitError>) -> Next {
        let fault = match result {
            Ok(Started { mut instance, effects }) => {
                self.log_lines(at, instance.take_log());
                self.note_begin(at, &effects);
                let slot = &mut self.workers[at];
                match slot.worker.begin(Began::Fresh, effects, self.clock.now, &mut self.actions) {
                    Ok(()) => {
                        slot.seen.statistics.up(self.clock.wall);
                        self.hold_begin(at);
                        return Next::Up(instance);
                    }
                    Err(fault) => fault,
                }
            }
            Err(InitError::Failure(StartFailure::Ignore, log)) => {
                self.log_lines(at, log);
                return Next::Gone(End::Ignored);
            }
            Err(error) => {
                let (fault, log) = init_fault(error);
                self.log_lines(at, log);
                fault
            }
        };
        let reason = ExitReason::Crashed(fault);
        self.report_crash(at, &reason);
        Next::Gone(End::Failed(reason))
    }

    /// One that cannot take its own state over has crashed: its supervisor starts it afresh.
    fn woken(&mut self, at: usize, result: Result<Started, InitError>) -> Next {
        match result {
            Ok(mut started) => {
                self.log_lines(at, started.instance.take_log());
                self.take_over(at, Began::Carried, started)
            }
            Err(error) => {
                self.workers[at].instances += 1;
                let (fault, log) = init_fault(error);
                self.log_lines(at, log);
                self.crashed(at, fault)
            }
        }
    }

    /// The new instance has taken the state that somebody gave it, or has not and the old one goes on.
    fn replaced(&mut self, at: usize, old: Instance, given: Given, result: Result<Started, InitError>) -> Next {
        let slot = &self.workers[at];
        let (taken, log) = take_up(&slot.worker, result);
        let left = match taken {
            Ok(started) if slot.ending.is_none() => {
                self.log_lines(at, log);
                self.workers.drop_later(old);
                let next = self.take_over(at, Began::Carried, started);
                self.log(at, "info", format!("its state was replaced by {} bytes of {:?}", given.bytes, given.schema));
                given.taken(self.workers[at].generation());
                return next;
            }
            Ok(started) => {
                // The asker may have gone.
                let _ = given.done.send(Err(not_running(slot)));
                Some(started.instance)
            }
            Err(untaken) => {
                given.refused(slot, untaken);
                None
            }
        };
        self.wants.drop_later(left);
        self.log_lines(at, log);
        Next::Stay(Body::Idle(old))
    }

    /// A new instance takes the place of the one that was; its `init` was admitted.
    pub(super) fn take_over(&mut self, at: usize, began: Began, started: Started) -> Next {
        let slot = &mut self.workers[at];
        slot.instances += 1;
        slot.seen.statistics.up(self.clock.wall);
        self.go_on_with(at, began, started)
    }

    /// It goes on in the place of the instance before.
    pub(super) fn go_on_with(&mut self, at: usize, began: Began, started: Started) -> Next {
        let Started { instance, effects } = started;
        self.parts.after_crash.take(at);
        self.note_begin(at, &effects);
        match self.workers[at].worker.begin(began, effects, self.clock.now, &mut self.actions) {
            Ok(()) => {
                if !self.hold_begin(at) {
                    self.carry_out(at);
                }
                Next::Stay(Body::Idle(instance))
            }
            Err(fault) => {
                self.workers.drop_later(instance);
                self.crashed(at, fault)
            }
        }
    }

    /// After a crash: `terminate` on a fresh instance. What its `init` wants done is not: nobody owes this
    /// instance anything.
    fn terminate_fresh(&mut self, at: usize, result: Result<Started, InitError>, reason: Box<ExitReason>) -> Next {
        match result {
            Ok(Started { mut instance, .. }) => {
                self.log_lines(at, instance.take_log());
                let time = AfterCrash::time(&self.workers[at]);
                let task = instance.begin_terminate(self.context(at), exit_kind(&reason), time);
                Next::Run(Running::Terminate(task, TerminateFor::Mourning(reason)))
            }
            Err(error) => {
                let (fault, log) = init_fault(error);
                self.log_lines(at, log);
                self.log(at, "warn", format!("no `terminate` after the crash: {fault}"));
                Next::Gone(End::Exited(*reason))
            }
        }
    }

    fn save_returned(&mut self, at: usize, result: Returned<SavedState>, purpose: SaveFor) -> Next {
        let (instance, state) = match result {
            Ok(saved) => saved,
            Err(crash) => return self.save_crashed(at, crash, purpose),
        };
        self.workers[at].tail.iter_mut().for_each(|tail| tail.note_save());
        match purpose {
            SaveFor::Swap => return self.parts.swaps.saved(at, instance, state, &mut self.wants),
            SaveFor::Replace(replacement) => return replace_with(instance, *replacement, state.schema),
            SaveFor::Hibernation => {
                self.record_rest(at, instance.component().digest(), &state);
                self.workers.drop_later(instance);
                return self.parts.sleep.asleep(at, state);
            }
            SaveFor::Look(look) => {
                let inspection = self.workers[at].inspection(self.clock.now, instance.memory_bytes(), Some(state));
                // The asker may have gone.
                let _ = look.done.send(Ok(inspection));
            }
            SaveFor::Snapshot => {
                let component = instance.component().clone();
                return Next::Init(component, Some(Box::new(state)), InitFor::Snapshot(instance));
            }
            SaveFor::Rest => self.record_rest(at, instance.component().digest(), &state),
            SaveFor::Change => return self.saved_to_change(at, instance, state),
            SaveFor::HandOver => self.parts.managers.handed_over(at, Some(state)),
            SaveFor::AfterCrash => self.parts.after_crash.keep(at, state),
            SaveFor::Nobody => {}
        }
        Next::Stay(Body::Idle(instance))
    }

    fn save_crashed(&mut self, at: usize, crash: Crash, purpose: SaveFor) -> Next {
        let fault = self.fault_of(at, crash);
        let lost = self.lost_in("save", at, &fault);
        let spec = &self.workers[at].spec;
        if let Some(component) = self.code.get(&spec.behaviour) {
            // Nobody else with this code is asked for a state unless that has to be.
            component.note_unsavable(format!("`{}` was lost in its `save`: {fault}", spec.name));
        }
        let failure = || Failure::new(Kind::Crashed, &*lost);
        // Askers may have gone.
        match purpose {
            SaveFor::Look(look) => drop(look.done.send(Err(failure()))),
            SaveFor::Replace(replacement) => drop(replacement.done.send(Err(failure()))),
            SaveFor::Swap => self.parts.swaps.crashed(&lost, &mut self.wants),
            SaveFor::Snapshot => self.workers[at].tail.iter_mut().for_each(|tail| tail.may_grow()),
            SaveFor::Hibernation
            | SaveFor::Rest
            | SaveFor::Change
            | SaveFor::HandOver
            | SaveFor::AfterCrash
            | SaveFor::Nobody => {}
        }
        self.crashed(at, fault)
    }

    fn save_as_returned(&mut self, at: usize, result: Returned<Result<Vec<u8>, String>>, purpose: SaveAsFor) -> Next {
        match (result, purpose) {
            (Ok((instance, result)), SaveAsFor::Swap(back)) => {
                self.parts.swaps.saved_as(at, instance, result, *back, &mut self.wants)
            }
            (Ok((instance, result)), SaveAsFor::Change(saved, schema)) => {
                let state = result.map_or(*saved, |data| SavedState { schema, data });
                self.change_code(at, instance, &state)
            }
            (Ok((instance, _)), SaveAsFor::Nobody) => Next::Stay(Body::Idle(instance)),
            (Err(crash), purpose) => {
                let fault = self.fault_of(at, crash);
                let lost = self.lost_in("save-as", at, &fault);
                match purpose {
                    SaveAsFor::Swap(_) => self.parts.swaps.crashed(&lost, &mut self.wants),
                    SaveAsFor::Change(..) => return self.not_again(at, fault),
                    SaveAsFor::Nobody => {}
                }
                self.crashed(at, fault)
            }
        }
    }

    fn terminate_returned(&mut self, at: usize, result: Result<Terminated, Crash>, purpose: TerminateFor) -> Next {
        let result = match result {
            Ok(Terminated { effects, log }) => {
                self.log_lines(at, log);
                self.last_words(at, effects)
            }
            Err(crash) => Err(self.fault_of(at, crash)),
        };
        let end = match (purpose, &self.workers[at].ending, result) {
            (TerminateFor::Mourning(reason), _, Ok(())) => return Next::Gone(End::Exited(*reason)),
            (TerminateFor::Mourning(_), _, Err(fault)) => End::Exited(ExitReason::Crashed(fault)),
            (TerminateFor::End, Some(Ending::Own(reason)), Ok(())) => End::Exited(reason.clone()),
            (TerminateFor::End, Some(Ending::Own(_)), Err(fault)) => End::Exited(ExitReason::Crashed(fault)),
            (TerminateFor::End, _, Ok(())) => End::Stopped(ExitReason::Shutdown),
            (TerminateFor::End, _, Err(fault)) if fault.class == FaultClass::Timeout => {
                End::Stopped(ExitReason::Killed)
            }
            (TerminateFor::End, _, Err(fault)) => End::Stopped(ExitReason::Crashed(fault)),
        };
        if let End::Exited(reason) | End::Stopped(reason) = &end
            && !reason.is_clean()
        {
            self.report_crash(at, reason);
        }
        Next::Gone(end)
    }

    /// What `terminate` wants done is done, as far as it reaches others.
    fn last_words(&mut self, at: usize, effects: Vec<Effect>) -> Result<(), Fault> {
        let unheard = self.workers[at].worker.terminate(effects, self.clock.now, &mut self.actions)?;
        if !unheard.is_empty() {
            let what = unheard.into_iter().collect::<Vec<_>>().join("`, `");
            self.log(at, "warn", format!("its `terminate` asked for `{what}`: not done, for it ends"));
        }
        self.carry_out(at);
        Ok(())
    }
}
