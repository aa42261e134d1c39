//! A shard: the workers of one thread, and the only place where guests run.
//!
//! [`Shard::turn`] is all there is to it: hear what came, visit whoever has something to do, let out what
//! was done. A visit takes a worker's body in hand and goes on with it (`visit`, `returned`); a worker
//! that has no instance any more ends in one place (`end`); what the tree decides is done in one place
//! (`act`), and so is what the parts want (`wants`).
//!
//! Invariant: a clock, chance and other threads are reached through [`Driver`](crate::protocol::Driver)
//! alone. Parses no bytes, names no engine but its nouns.

mod body;
mod caller;

mod workers;

mod part;
mod parts;

mod clock;
mod code;
mod gate;
mod post;

mod route;
#[expect(clippy::module_inception, reason = "the room's one noun")]
mod shard;
mod turn;

mod act;
mod again;
mod commands;
mod durably;
mod effects;
mod end;
mod handlers;
mod note;
mod publish;
mod rested;
mod returned;
mod start;
mod visit;
mod wants;
mod watch;

#[cfg(test)]
mod probe;

pub use route::Target;
pub use shard::Shard;
pub use turn::Arrived;
