//! What happens to workers, noted: in their numbers and last inputs, for whoever traces them, in the log.

use super::part::in_words;
use super::shard::Shard;
use super::workers::Paced;
use crate::base::limits::{LOG_PERIOD, LOG_PERIOD_BYTES_MAX};
use crate::base::{ExitReason, Fault};
use crate::protocol::{Came, Driver, Notice, Recorded, TraceOutcome};
use crate::wasm::{Crash, LogLine, StepResult};
use crate::worker::Taken;

impl<D: Driver> Shard<D> {
    /// A worker is given this input.
    pub(super) fn note_input(&mut self, at: usize, taken: &Taken) {
        let slot = &mut self.workers[at];
        let recorded = Recorded::new(taken.seq, self.clock.wall, &taken.input, slot.spec.redact);
        slot.seen.statistics.input(recorded.kind);
        slot.seen.recent.push(recorded);
        if self.parts.traces.watches(at) {
            self.parts.traces.input(at, recorded, self.driver.now());
        }
    }

    /// What a step returned, in the words of a trace; nothing is told before it is carried out.
    pub(super) fn in_words(&self, at: usize, result: &StepResult) -> Option<TraceOutcome> {
        self.parts.traces.watches(at).then(|| in_words(result, self.workers[at].spec.redact))
    }

    /// What came of the input that was stepped.
    pub(super) fn note_outcome(&mut self, at: usize, came: Came, told: Option<TraceOutcome>) {
        let seen = &mut self.workers[at].seen;
        seen.recent.came(came);
        seen.statistics.came(came);
        if let Some(told) = told {
            self.parts.traces.outcome(at, told, self.clock.wall, self.driver.now());
        }
    }

    /// A worker crashed or was killed, in a step or outside of one.
    pub(super) fn note_crash(&mut self, at: usize, came: Came, reason: &str) {
        let traced = self.parts.traces.watches(at);
        self.note_outcome(at, came, traced.then(|| TraceOutcome::Crashed(reason.to_owned())));
    }

    /// A worker crashed; control is told.
    pub(super) fn report_crash(&mut self, at: usize, reason: &ExitReason) {
        let text = reason.to_string();
        self.note_crash(at, Came::Crashed, &text);
        let slot = &mut self.workers[at];
        slot.seen.last_crash = Some(text);
        let (worker, generation) = (slot.spec.name.clone(), slot.generation());
        let inputs = slot.seen.recent.newest_first();
        self.gate.tell(Notice::Crashed { worker, generation, reason: reason.clone(), inputs });
    }

    /// The host has a line about a worker. One that logs too much is not heard until the next period.
    pub(super) fn log(&mut self, at: usize, level: &'static str, text: String) {
        let slot = &mut self.workers[at];
        let (level, text) = match slot.seen.pace.line(self.clock.now, text.len()) {
            Paced::Passes(0) => (level, text),
            Paced::Passes(lost) => {
                self.gate.log(slot.spec.name.clone(), "warn", format!("{lost} lines were lost before this one"));
                (level, text)
            }
            Paced::Ends => {
                ("warn", format!("it logs more than {LOG_PERIOD_BYTES_MAX} bytes in {LOG_PERIOD:?}: lines are lost"))
            }
            Paced::Lost => return,
        };
        self.gate.log(slot.spec.name.clone(), level, text);
    }

    /// A guest has logged these lines.
    pub(super) fn log_lines(&mut self, at: usize, lines: Vec<LogLine>) {
        for line in lines {
            self.log(at, line.level.word(), line.text);
        }
    }

    /// An input nobody waits for was refused.
    pub(super) fn log_refusal(&mut self, at: usize, text: &str) {
        let reason = if self.workers[at].spec.redact { "(redacted)" } else { text };
        self.log(at, "warn", format!("refused an input: {reason}"));
    }

    /// The fault of a crash, its last words logged.
    pub(super) fn fault_of(&mut self, at: usize, crash: Crash) -> Fault {
        self.log_lines(at, crash.log);
        crash.fault
    }
}
