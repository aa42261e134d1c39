//! The process that compiles: what it forbids itself, and its answer.

use std::io::{self, Read as _, Write as _};
use std::thread;

use rustix::process::{Resource, Rlimit, Signal, nice, set_parent_process_death_signal, setrlimit};

use super::order::Answer;
use super::task::Task;
use crate::base::limits::{COMPILE_STACK_BYTES, COMPILED_BYTES_MAX, COMPONENT_BYTES_MAX};
use crate::wasm::check::CheckError;

/// How much it stands back behind those who serve: where they need the processor, it has a tenth of it.
const NICE: i32 = 10;

/// Descriptors it may have open. It opens none, but its threads and its clock may need some.
const DESCRIPTORS: u64 = 64;

/// Does a task with the component on standard input, within so many bytes of memory; the answer goes to
/// standard output. Gives the exit code of the process.
pub fn serve(task: Task, memory: u64) -> u8 {
    if let Err(error) = forbid(memory) {
        return say(Answer::Broken, format!("its limits could not be set: {error}").as_bytes());
    }
    let deep = thread::Builder::new().stack_size(COMPILE_STACK_BYTES);
    match deep.spawn(move || perform(task)).map(thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // The panic has been told on standard error.
        Ok(Err(_)) => Answer::Broken as u8,
        Err(error) => say(Answer::Broken, error.to_string().as_bytes()),
    }
}

/// Whatever the component does to the compiler, this process is all that suffers.
fn forbid(memory: u64) -> io::Result<()> {
    let limit = |resource, most: u64| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    set_parent_process_death_signal(Some(Signal::KILL))?;
    nice(NICE)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, DESCRIPTORS)?;
    limit(Resource::Fsize, COMPILED_BYTES_MAX)?;
    // Addresses that are only reserved do not count, of which the allocator takes many for each thread.
    limit(Resource::Data, memory)?;
    // If the machine itself runs out of memory, this process goes first. A system without this file has another
    // way to choose.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

fn perform(task: Task) -> u8 {
    let mut bytes = vec![];
    if let Err(error) = io::stdin().lock().take(COMPONENT_BYTES_MAX + 1).read_to_end(&mut bytes) {
        return say(Answer::Broken, format!("the component cannot be read: {error}").as_bytes());
    }
    match task.perform(&bytes) {
        Ok(answer) => say(Answer::Done, &answer),
        Err(why @ CheckError::Partial) => say(Answer::Partial, why.to_string().as_bytes()),
        Err(why) => say(Answer::Refused, why.to_string().as_bytes()),
    }
}

fn say(answer: Answer, bytes: &[u8]) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => answer as u8,
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Answer::TooLong as u8,
        Err(_) => Answer::Broken as u8,
    }
}
