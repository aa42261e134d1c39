//! The command line: one file for each verb, each a conversation with [`crate::node`] or with the
//! host behind its admin socket.
//!
//! Data goes to standard output and talk to standard error, both through `output` alone. This room
//! must never reach past the node, and never decide what the host should decide.

mod arguments;
mod body;
mod bug;
mod context;
mod exit;
mod locate;
mod output;
mod problem;
mod render;
mod template;
mod verbs;

pub use arguments::{Cli, parse};
pub use bug::watch_for_bugs;
pub use exit::Exit;
pub use verbs::execute;
