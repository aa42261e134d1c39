//! Having a component checked or compiled by another process.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};
use tomte_precompiled::{Sealed, Sheet};

use super::call_off::CalledOff;
use super::error::CompileError;
use super::limits::CompileLimits;
use super::task::Task;
use crate::base::limits::{COMPILE_STACK_BYTES, COMPILE_THREADS_MAX, REASON_BYTES_MAX};

/// The verb that makes the command `tomte` a compiler.
const VERB: &str = "precompile";

/// How the process ends, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Its standard output has the answer.
    Done = 0,
    /// Its standard output says why the component is refused.
    Refused = 11,
    /// The same, and perhaps only because it was not copied completely.
    Partial = 14,
    /// The answer is too long for its limit of output.
    TooLong = 12,
    /// Something else went wrong; its outputs may say what.
    Broken = 13,
}

/// Has this done with a component. The process is gone when this returns.
pub(super) fn run(
    program: &Path,
    limits: &CompileLimits,
    task: Task,
    bytes: &[u8],
    called_off: &CalledOff,
) -> Result<Sealed, CompileError> {
    let [input, answer, complaints] = [Sheet::of(bytes)?, Sheet::new()?, Sheet::new()?];
    let threads = available_parallelism().map_or(1, usize::from).min(COMPILE_THREADS_MAX);
    let spawned = Command::new(program)
        .args([VERB, task.word(), &limits.memory.to_string()])
        .env_clear()
        // For the threads that the compiler makes for itself.
        .env("RUST_MIN_STACK", COMPILE_STACK_BYTES.to_string())
        .env("RAYON_NUM_THREADS", threads.to_string())
        .current_dir("/")
        .stdin(input.stdio()?)
        .stdout(answer.stdio()?)
        .stderr(complaints.stdio()?)
        .spawn();
    let mut process = Process(spawned?);
    let status = process.wait(limits.time, called_off)?;
    drop(process);
    let (answer, complaints) = (answer.seal()?, complaints.seal()?);
    if status.code() == Some(Answer::Done as i32) {
        return Ok(answer);
    }
    Err(why(status, &head(&answer), &head(&complaints), limits))
}

/// The beginning of what it said, as text.
fn head(told: &Sealed) -> String {
    let bytes = told.read(REASON_BYTES_MAX as u64).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

/// What is wrong with a component on which the process ended so.
fn why(status: ExitStatus, answer: &str, complaints: &str, limits: &CompileLimits) -> CompileError {
    // What the system says when there are no addresses left, the standard library when it aborts, and an arena of the
    // compiler's when it panics for that.
    let denied = ["Cannot allocate memory", "os error 12"].iter().any(|words| answer.contains(words));
    let no_memory = ["Cannot allocate memory", "os error 12", "memory allocation of", "out of memory"];
    if denied || no_memory.iter().any(|words| complaints.contains(words)) {
        return CompileError::Memory(limits.memory);
    }
    if complaints.contains("has overflowed its stack") {
        return CompileError::Stack;
    }
    match (status.code(), status.signal()) {
        (Some(code), _) if code == Answer::Refused as i32 => CompileError::Refused(answer.to_owned()),
        (Some(code), _) if code == Answer::Partial as i32 => CompileError::Partial(answer.to_owned()),
        (Some(code), _) if code == Answer::TooLong as i32 => CompileError::Output,
        (_, Some(signal)) if signal == Signal::XFSZ.as_raw() => CompileError::Output,
        (_, Some(signal)) if signal == Signal::KILL.as_raw() => CompileError::Killed(format!("signal {signal}")),
        _ if !answer.is_empty() => CompileError::Broke(answer.to_owned()),
        _ if !complaints.is_empty() => CompileError::Broke(complaints.to_owned()),
        _ => CompileError::Broke(status.to_string()),
    }
}

/// The process, which is gone when this is dropped.
struct Process(Child);

impl Process {
    /// Waits until it ends; no longer than this, and not once it was called off.
    fn wait(&mut self, time: Duration, called_off: &CalledOff) -> Result<ExitStatus, CompileError> {
        let ended = pidfd_open(Pid::from_child(&self.0), PidfdFlags::empty()).map_err(io::Error::from)?;
        let until = Instant::now() + time;
        let mut seen = vec![PollFd::new(&ended, PollFlags::IN)];
        seen.extend(called_off.descriptor().map(|descriptor| PollFd::from_borrowed_fd(descriptor, PollFlags::IN)));
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).ok();
            match poll(&mut seen, timeout.as_ref()) {
                Ok(0) => return Err(CompileError::Time(time)),
                Ok(_) if !seen[0].revents().is_empty() => return Ok(self.0.wait()?),
                Ok(_) => return Err(CompileError::CalledOff),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended by itself is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn told(status: i32, answer: &str, complaints: &str) -> CompileError {
        let limits = CompileLimits { memory: 64 << 20, time: Duration::from_secs(1) };
        why(ExitStatus::from_raw(status), answer, complaints, &limits)
    }

    #[test]
    fn whoever_runs_out_of_memory_is_told_the_limit_however_the_process_said_so() {
        let (abort, panicked) = (6, 70 << 8);
        for (status, complaints) in [
            (abort, "memory allocation of 4194304 bytes failed"),
            (panicked, "error: a bug in tomte: out of memory at bumpalo-3.20.3/src/lib.rs:2466:5"),
            (panicked, "error: a bug in tomte: cannot map: Cannot allocate memory (os error 12)"),
        ] {
            assert!(matches!(told(status, "", complaints), CompileError::Memory(_)), "{complaints}");
        }
    }

    #[test]
    fn a_refusal_is_told_as_it_is_whatever_words_the_component_has_in_it() {
        let status = (Answer::Refused as i32) << 8;
        let told = told(status, "an import is called `out of memory`", "");
        assert!(matches!(&told, CompileError::Refused(why) if why.contains("out of memory")), "{told:?}");
    }
}
