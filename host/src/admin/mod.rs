//! The admin API: JSON over HTTP/1.1 on a Unix socket that only its owner can open, and the client
//! of it that the command line uses.
//!
//! Everything goes through [`crate::node`]. This room must never reach past it, never decide
//! anything about workers or releases, and never print.

mod address;
mod applications;
mod audit;
mod client;
mod client_error;
mod handlers;
mod lines;
mod operations;
mod routes;
mod server;
mod socket;
mod supervisors;
mod sys;
#[cfg(test)]
mod tests;
mod timed;
mod wire;

pub use client::Client;
pub use client_error::ClientError;
pub use lines::Lines;
pub use operations::{ChildOrder, Control, Operations};
pub use server::serve;
pub use socket::{Socket, SocketError, private_directory};
pub use wire::{ErrorView, StartedView};
