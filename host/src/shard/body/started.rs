//! What came of an `init`, in the terms of whoever called it.

use std::fmt;

use crate::base::{Fault, FaultClass, StartFailure};
use crate::shard::caller::Caller;
use crate::wasm::{InitError, LogLine, Started};
use crate::worker::Worker;

/// Why an instance cannot take the place of another.
#[derive(Debug)]
pub(crate) enum Untaken {
    /// What it wants done breaks the contract.
    Contract(Fault),
    /// It does not know the schema of the state it was given.
    Schema,
    /// Its `init` gave up or crashed.
    Init(Fault),
}

impl fmt::Display for Untaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Untaken::Contract(fault) => write!(f, "its `init` broke the contract: {fault}"),
            Untaken::Schema => f.write_str("it cannot read its own schema"),
            Untaken::Init(fault) => write!(f, "its `init` did not take it: {fault}"),
        }
    }
}

/// Whether a new instance can take the place of this worker's present one; and what it logged.
pub(crate) fn take_up(
    worker: &Worker<Caller>,
    result: Result<Started, InitError>,
) -> (Result<Started, Untaken>, Vec<LogLine>) {
    match result {
        Ok(mut started) => {
            let log = started.instance.take_log();
            let admitted = worker.admits(&started.effects);
            (admitted.map(|()| started).map_err(Untaken::Contract), log)
        }
        Err(InitError::Failure(StartFailure::UnknownSchema, log)) => (Err(Untaken::Schema), log),
        Err(error) => {
            let (fault, log) = init_fault(error);
            (Err(Untaken::Init(fault)), log)
        }
    }
}

/// Why an `init` that gave up counts as a crash of the start; and what it logged.
pub(crate) fn init_fault(error: InitError) -> (Fault, Vec<LogLine>) {
    let (failure, log) = match error {
        InitError::Crash(crash) => return (crash.fault, crash.log),
        InitError::Failure(failure, log) => (failure, log),
    };
    let text = match failure {
        StartFailure::Stop(text) => text,
        StartFailure::UnknownSchema => "cannot read the saved state: its schema is unknown".to_owned(),
        StartFailure::Ignore => "said ignore".to_owned(),
    };
    (Fault::new(FaultClass::Init, text), log)
}
