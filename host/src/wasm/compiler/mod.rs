//! Where components are checked and compiled: in a process of its own, with limits of time, memory and
//! stack, so that no file ends, fills or holds up the host; or here, for whoever trusts what it runs.
//!
//! The process is this very program. It reads a component from its standard input and writes what came of
//! it to its standard output: both are files without a name, see `tomte_precompiled`. What it did is kept, so that
//! the next start of the host need not wait for it.

mod error;
mod limits;
mod task;

mod call_off;

mod cache;

mod order;
mod serve;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use tomte_precompiled::{Sealed, Sheet};

use super::check::{CheckError, Checked, check_head};
use crate::base::limits::COMPONENT_BYTES_MAX;

pub use cache::Cache;
pub use call_off::{CallOff, CalledOff};
pub use error::CompileError;
pub use limits::CompileLimits;
pub use serve::serve;
pub use task::Task;

/// Where components are checked and compiled.
#[derive(Clone, Debug, Default)]
pub enum Compiler {
    /// On the thread that asks, without limits, and not to be called off.
    #[default]
    Here,
    /// In a process of its own.
    Process {
        /// The command `tomte`, of exactly this version.
        program: PathBuf,
        /// What it may take for one component.
        limits: CompileLimits,
        /// Where what it did is kept, if anywhere.
        cache: Option<Arc<Cache>>,
    },
}

impl Compiler {
    /// Whether this is a component that fits the contract, and what it says of itself. It is not compiled.
    ///
    /// # Errors
    /// It is not; or that could not be found out within the limits.
    pub fn check(&self, bytes: &[u8], called_off: &CalledOff) -> Result<Checked, CompileError> {
        let told = self.ask(Task::Check, bytes, called_off)?;
        let text = told.read(ANSWER_BYTES_MAX)?;
        serde_json::from_slice(&text).map_err(|_| CompileError::Broke("it gave no answer".to_owned()))
    }

    /// Compiles it for engines with these budgets.
    pub(super) fn compile(&self, bytes: &[u8], fuel: bool, called_off: &CalledOff) -> Result<Sealed, CompileError> {
        self.ask(Task::compile(fuel), bytes, called_off)
    }

    fn ask(&self, task: Task, bytes: &[u8], called_off: &CalledOff) -> Result<Sealed, CompileError> {
        // What costs nothing to see is refused without any process, so that junk costs nothing either.
        check_head(bytes)?;
        match self {
            Compiler::Here => here(task, bytes),
            Compiler::Process { program, limits, cache } => {
                let name = cache.as_ref().map(|cache| (cache, cache.name(program, task, bytes)));
                if let Some(kept) = name.as_ref().and_then(|(cache, name)| cache.find(name)) {
                    return Ok(kept);
                }
                if task != Task::Check && bytes.len() >= LONG_BYTES {
                    tracing::info!(bytes = bytes.len(), "compiling a large component, which takes some seconds");
                }
                let done = order::run(program, limits, task, bytes, called_off)?;
                if let Some((cache, name)) = name {
                    cache.keep(&name, &done);
                }
                Ok(done)
            }
        }
    }
}

/// Bytes of a component that takes long enough to compile that whoever waits is told.
const LONG_BYTES: usize = 512 << 10;

/// The longest answer that is no code.
const ANSWER_BYTES_MAX: u64 = COMPONENT_BYTES_MAX;

fn here(task: Task, bytes: &[u8]) -> Result<Sealed, CompileError> {
    let done = catch_unwind(AssertUnwindSafe(|| task.perform(bytes)));
    let answer = done.unwrap_or_else(|_| Err(CheckError::Compile("the compiler panicked".to_owned())))?;
    Ok(Sheet::of(&answer)?.seal()?)
}
