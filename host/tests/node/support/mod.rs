//! What every test needs: applications in temporary directories, nodes that run them, clients.

mod app;
#[path = "../../support/client.rs"]
mod client;
mod log;
mod node;
mod wire;

pub(crate) use app::{App, guest, hostile_as, stamped};
pub(crate) use log::logged;
pub(crate) use node::{PATIENCE, Running, crashed, json, refusal, until};
pub(crate) use wire::{Frames, Subscriber, http_call, http_request};
