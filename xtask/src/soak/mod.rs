//! `cargo xtask soak`: a real host for a long time under all that can come at once: honest callers over
//! every protocol, workers that crash, versions that are swapped and taken back, orders of an operator,
//! files and guests and clients that mean harm. At the end nothing is lost, and nothing has grown.

mod ground;
mod samples;
mod tally;

mod clients;
mod guests;
mod honest;
mod operator;
mod versions;

mod stage;

mod run;
mod swaps;

pub(crate) use ground::{COMPILE_MEMORY_BYTES, COMPILE_TIME, Ground, guest};
pub(crate) use run::{Length, run};
pub(crate) use samples::Sample;
pub(crate) use swaps::run as run_swaps;
