//! What can be ordered of a compiler, and doing it.

use std::str::FromStr;

use crate::wasm::check::{CheckError, check};
use crate::wasm::code::Code;
use crate::wasm::maker::Maker;

/// What is to be done with a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Say what it is.
    Check,
    /// Compile it, with budgets of time.
    Compile,
    /// Compile it, with budgets of fuel.
    CompileWithFuel,
}

impl Task {
    /// Compiling for these budgets.
    pub(super) fn compile(fuel: bool) -> Task {
        if fuel { Task::CompileWithFuel } else { Task::Compile }
    }

    /// Its name on the command line of the process that does it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Task::Check => "check",
            Task::Compile => "compile",
            Task::CompileWithFuel => "compile-with-fuel",
        }
    }

    /// Does it; the answer is [`Checked`](super::Checked) as JSON, or machine code.
    pub(super) fn perform(self, bytes: &[u8]) -> Result<Vec<u8>, CheckError> {
        match self {
            Task::Check => {
                let checked = check(bytes)?;
                serde_json::to_vec(&checked).map_err(|error| CheckError::Compile(error.to_string()))
            }
            Task::Compile | Task::CompileWithFuel => {
                let maker = Maker::for_compiling(self == Task::CompileWithFuel).map_err(CheckError::from_engine)?;
                Code::compile(&maker, bytes).map_err(CheckError::from_engine)
            }
        }
    }
}

impl FromStr for Task {
    type Err = String;

    fn from_str(text: &str) -> Result<Task, String> {
        let all = [Task::Check, Task::Compile, Task::CompileWithFuel];
        all.into_iter().find(|task| task.word() == text).ok_or_else(|| "no task of a compiler".to_owned())
    }
}
