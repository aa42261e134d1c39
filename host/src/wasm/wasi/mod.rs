//! WASI 0.2 with next to no powers: no sockets, no environment, no files but the assets a behaviour
//! was granted; clocks and randomness are virtual and follow from what the instance was told; output
//! goes to its log.
//!
//! Invariant: no call waits or needs a runtime of tokio, whatever the guest asks for, and none blocks
//! but for the time in which the system reads an asset. wasmtime-wasi provides the types, whatever can
//! only be reached with a power, and the files.

mod clock;
mod random;

mod context;

mod cli;
mod filesystem;
mod host;
mod io;
mod link;

pub(super) use context::Wasi;
pub(super) use link::{link, provides};
