//! Load on a running server: many connections, each with several requests in flight, on one thread.
//! The benchmarks measure with it and the demo keeps a host busy with it while it is upgraded.
//! It never starts a server and never judges a result: callers do.

mod connection;
mod drive;
mod process;
mod protocol;
mod spec;

pub(crate) use drive::{run, run_until};
pub(crate) use process::{cpu_seconds, descriptors, machine_seconds, resident_bytes, threads};
pub(crate) use protocol::Protocol;
pub(crate) use spec::{LoadResult, Spec};
