//! From what wasmtime says to a [`Fault`] with a text for people.

use std::time::Duration;

use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

use super::log::LogLine;
use super::memory::size;
use super::state::State;
use super::stop::Stop;
use crate::base::{Fault, FaultClass, GuestLimits};

/// An instance that is no more: why, and what it wrote before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Why.
    pub fault: Fault,
    /// Its last log lines, oldest first.
    pub log: Vec<LogLine>,
}

/// The guest's functions, as people know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Init,
    Step,
    Terminate,
    Save,
    SaveAs,
}

impl Function {
    pub(super) fn word(self) -> &'static str {
        match self {
            Function::Init => "init",
            Function::Step => "step",
            Function::Terminate => "terminate",
            Function::Save => "save",
            Function::SaveAs => "save-as",
        }
    }
}

/// The fault behind an error of wasmtime, and the guest's log with it.
#[cold]
pub(super) fn crash(
    error: &wasmtime::Error,
    state: &mut State,
    guest: &GuestLimits,
    function: Function,
    budget: Duration,
) -> Crash {
    let fault = classify(error, state, guest, function, budget);
    Crash { fault, log: state.take_log() }
}

fn classify(
    error: &wasmtime::Error,
    state: &State,
    guest: &GuestLimits,
    function: Function,
    budget: Duration,
) -> Fault {
    let word = function.word();
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return stopped(stop, word);
    }
    if let Some(I32Exit(code)) = error.downcast_ref::<I32Exit>() {
        return Fault::new(FaultClass::Trap, format!("called exit with code {code}"));
    }
    let trap = error.downcast_ref::<Trap>();
    match trap {
        Some(Trap::Interrupt) => return Fault::new(FaultClass::Timeout, format!("{word} took longer than {budget:?}")),
        Some(Trap::OutOfFuel) => {
            let units = super::state::fuel_units(budget);
            let text = format!("{word} took longer than {budget:?} ({units} units of fuel)");
            return Fault::new(FaultClass::Timeout, text);
        }
        _ => {}
    }
    if let Some(refusal) = state.memory.refusal() {
        return Fault::new(FaultClass::Memory, refusal);
    }
    match trap {
        Some(trap) => Fault::new(FaultClass::Trap, trap_text(*trap, state)),
        None => Fault::new(FaultClass::Contract, ill_formed(error, guest, word)),
    }
}

fn stopped(stop: &Stop, word: &str) -> Fault {
    match stop {
        Stop::Crash(reason) => Fault::new(FaultClass::Deliberate, reason),
        Stop::NoRoom(_) => Fault::new(FaultClass::Memory, stop.to_string()),
        other => Fault::new(FaultClass::Contract, format!("{word}: {other}")),
    }
}

fn trap_text(trap: Trap, state: &State) -> String {
    match trap {
        Trap::StackOverflow => "stack overflow (endless recursion?)".into(),
        Trap::IntegerDivisionByZero => "integer divide by zero".into(),
        Trap::IntegerOverflow => "integer overflow in a division".into(),
        Trap::BadConversionToInteger => "a float does not fit an integer".into(),
        Trap::MemoryOutOfBounds | Trap::HeapMisaligned => "memory access out of bounds".into(),
        Trap::TableOutOfBounds => "table access out of bounds".into(),
        Trap::IndirectCallToNull | Trap::BadSignature => "call through a function pointer that leads nowhere".into(),
        Trap::UnreachableCodeReached => last_words(&state.last_words())
            .unwrap_or_else(|| "panic or abort in the guest, without a message on stderr".into()),
        other => other.to_string(),
    }
}

/// How languages and runtimes tell an error; the language's own word comes before that of the runtime it stands on.
const BEGINNINGS: [&str; 4] = ["Traceback (most recent call last)", "panic: ", "fatal error: ", PANICKED];

/// How a panic of Rust is told, after the thread.
const PANICKED: &str = "panicked at ";

/// How such a runtime goes on about itself, once the error is told.
const ASIDES: [&str; 4] = ["note: run with", "goroutine ", "thread '", "stack backtrace:"];

/// Whether an error is told from this line on in this way.
fn begins(line: &str, begin: &str) -> bool {
    line.starts_with(begin) || (begin == PANICKED && line.contains(begin))
}

/// The error among what was written to stderr last, on one line; all of it if none is known.
fn last_words(stderr: &str) -> Option<String> {
    let lines: Vec<&str> = stderr.lines().collect();
    let found = BEGINNINGS.iter().find_map(|begin| Some((lines.iter().rposition(|line| begins(line, begin))?, *begin)));
    let told: Vec<&str> = match found {
        // The error is the first line that is not part of the way to it.
        Some((from, begin)) if begin == BEGINNINGS[0] => {
            let rest = || lines[from + 1..].iter();
            let error = rest().find(|line| !line.starts_with(' '));
            let place =
                rest().take_while(|line| line.starts_with(' ')).filter(|line| line.trim().starts_with("File ")).last();
            error.into_iter().chain(place).map(|line| line.trim()).collect()
        }
        Some((from, _)) => {
            let first = lines[from];
            let first = first.find(PANICKED).map_or(first, |at| &first[at..]);
            let rest = lines[from + 1..].iter().map(|line| line.trim());
            let is_aside = |line: &&str| ASIDES.iter().any(|aside| line.starts_with(aside));
            std::iter::once(first).chain(rest.take_while(|line| !is_aside(line))).collect()
        }
        None => lines.iter().map(|line| line.trim()).collect(),
    };
    let told: Vec<&str> = told.into_iter().filter(|line| !line.is_empty()).collect();
    (!told.is_empty()).then(|| told.join(" "))
}

fn ill_formed(error: &wasmtime::Error, guest: &GuestLimits, word: &str) -> String {
    let cause = error.root_cause().to_string();
    if cause.contains("fuel allocated for hostcalls") {
        let limit = size(super::state::lifted_bytes_max(guest));
        return format!("{word} handed the host more than {limit} at once");
    }
    format!("{word} broke the contract: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_reads_as_one_line_from_its_first_word() {
        let stderr = "\nthread '<unnamed>' (1) panicked at src/lib.rs:3:5:\nboom\nnote: run with `RUST_BACKTRACE=1`\n";
        assert_eq!(last_words(stderr).as_deref(), Some("panicked at src/lib.rs:3:5: boom"));
        assert_eq!(last_words("abort: no\n").as_deref(), Some("abort: no"));
        assert_eq!(last_words("\n"), None);
    }

    #[test]
    fn the_language_s_own_error_is_told_before_that_of_its_runtime() {
        let python = "warming up\nTraceback (most recent call last):\n  File \"/0/app.py\", line 9, in step\n    a()\n  \
            File \"/0/counter.py\", line 7, in a\n    1 / 0\n    ~~^~~\nZeroDivisionError: division by zero\n\
            thread '<unnamed>' (1) panicked at runtime/src/lib.rs:5:1:\nPython function threw an unexpected exception\n";
        let told = "ZeroDivisionError: division by zero File \"/0/counter.py\", line 7, in a";
        assert_eq!(last_words(python).as_deref(), Some(told));
        let go = "panic: no such order\n\ngoroutine 1 [running]:\nmain.step(...)\n\t/counter.go:7\n";
        assert_eq!(last_words(go).as_deref(), Some("panic: no such order"));
        let twice = format!("thread 'a' panicked at x.rs:1:1:\nfirst\n{go}");
        assert_eq!(last_words(&twice).as_deref(), Some("panic: no such order"));
    }
}
