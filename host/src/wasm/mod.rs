//! Guests: components are checked and compiled, instances are made, stepped, sliced and dropped,
//! and whatever goes wrong in one becomes a [`crate::base::Fault`] with a text for people.
//!
//! Invariant: the only room that names wasmtime. Knows nothing of supervisors, releases, sockets
//! or the clock on the wall: time and seeds are arguments, and an instance that crashed no longer
//! exists as a value.

mod allowance;
mod bindings;
mod log;
mod memory;
mod room;
mod ticker;

mod stop;

mod state;
mod wasi;

mod fault;

mod convert;

mod contract;

mod check;
mod encode;
mod shape;

mod maker;

mod exports;

mod code;
mod compiler;

mod engine;
mod spare;
mod task;

mod component;
mod instance;
mod start;
mod trial;

#[cfg(test)]
mod tests;

pub use allowance::{Allowance, Assets};
pub use check::{CheckError, Checked, check};
pub use compiler::{
    Cache, CallOff, CalledOff, CompileError, CompileLimits, Compiler, Task as CompileTask, serve as serve_compiler,
};
pub use component::Component;
pub use contract::CONTRACT_FILES;
pub use encode::{EncodeError, encode};
pub use engine::{Engine, EngineError, EngineOptions};
pub use fault::Crash;
pub use instance::{Instance, Returned, StepResult, Terminated};
pub use log::{Level, LogLine};
pub use room::Pressure;
pub use start::{InitError, Started};
pub use task::Task;
pub use trial::{Trial, TrialStart};
