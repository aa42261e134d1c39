//! The product from outside, as anybody's script would use it: its binary, its command line, a host as
//! a child process, and callers over its sockets. Judges nothing: whoever uses it does.

mod build;
mod client;
mod command;
mod drops;
mod host;
mod listeners;

pub(crate) use build::build;
pub(crate) use client::{Answer, Client, LineClient};
pub(crate) use command::Tomte;
pub(crate) use drops::{Outcome, drop_in, gone, outcome, take_away};
pub(crate) use host::{Host, is_up};
pub(crate) use listeners::{LISTENERS, Listeners, settle};
