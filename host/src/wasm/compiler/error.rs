//! Why a component was not compiled, for people.

use std::io;
use std::time::Duration;

use crate::base::limits::{COMPILE_STACK_BYTES, COMPILED_BYTES_MAX};
use crate::wasm::check::CheckError;

/// Why a component was not checked or compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It is no component that this host can run, for this reason.
    #[error("{0}")]
    Refused(String),
    /// It is the beginning of one.
    #[error("{0}")]
    Partial(String),
    /// It takes too long.
    #[error(
        "checking and compiling it takes longer than {0:?}, the limit; make it smaller, or raise `time` in [compile] of host.toml"
    )]
    Time(Duration),
    /// It takes too much memory.
    #[error("checking and compiling it takes more than {} MiB of memory, the limit; make it smaller, or raise `memory` in [compile] of host.toml", .0 >> 20)]
    Memory(u64),
    /// It is nested too deeply.
    #[error("its types or its code are nested too deeply for a compiler with {} MiB of stack, the limit; flatten them", COMPILE_STACK_BYTES >> 20)]
    Stack,
    /// It becomes too much code.
    #[error("it becomes more than {} MiB of machine code, the limit; make it smaller", COMPILED_BYTES_MAX >> 20)]
    Output,
    /// The compiler ended otherwise than it should.
    #[error("the compiler broke down on it: {0}; this is a bug, report it with the component")]
    Broke(String),
    /// The process that compiles was killed from outside.
    #[error(
        "the process that compiled it was killed by {0}; is this machine out of memory? `tomte upgrade` tries it again"
    )]
    Killed(String),
    /// There is no process to compile it.
    #[error("no process to compile it: {0}; `tomte doctor` looks for what is wrong")]
    Process(#[from] io::Error),
    /// Whoever wanted it does not want it any more.
    #[error("it was called off")]
    CalledOff,
}

impl From<CheckError> for CompileError {
    fn from(error: CheckError) -> CompileError {
        match error {
            CheckError::Partial => CompileError::Partial(error.to_string()),
            error => CompileError::Refused(error.to_string()),
        }
    }
}
