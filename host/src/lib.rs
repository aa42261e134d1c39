//! Erlang/OTP's behaviours for WebAssembly, without processes.
#![deny(missing_docs)]

pub mod base;
pub mod worker;
pub mod supervisor;
pub mod net;
pub mod wasm;
pub mod release;
pub mod event_loop;
pub mod node;
pub mod admin;
pub mod cli;
