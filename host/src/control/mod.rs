//! Control: the order of things across shards.
//!
//! [`Control`] hears from shards ([`crate::protocol::Notice`]) and from users ([`Ask`]), carries out what
//! the tree has decided, and commands shards. Two machines of its own decide beside the tree, and do
//! nothing by themselves: the applications say which root is to start or stop next, the releases say
//! which step of a change of code comes next.
//!
//! Invariant: its thread never runs guest code and never waits for a shard, nor for the disk of the state directory,
//! which has a thread of its own. It does wait for that of the watched folder, when it reads there; workers go on
//! meanwhile, and only restarts that wait come some milliseconds later.

#[expect(clippy::module_inception, reason = "the room is named after what it holds")]
mod control;

mod carry_out;
mod configure;

mod ask;
mod lifecycle;
mod orders;
mod report;
mod shards;
mod waits;

mod applications;
mod releases;

pub use applications::{Hosted, Settled, Stands, no_application};
pub use ask::{Ask, Changes, Configured, ControlEvent, Haste, Reloading, Surroundings};
pub use control::Control;
pub use lifecycle::Ended;
pub use releases::{
    Cancelled, Candidate, CompileJob, Compiled, DiskDone, DiskJob, Pending, ReleasesSetup, Rollback, Running, Verdict,
};
