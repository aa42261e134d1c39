//! The threads of a node: what really drives shards and control.
//!
//! Invariant: decides nothing. What a turn does, its shard does; what an event means, control knows.

mod lane;
mod run_control;
mod run_disk;
mod run_journal;
mod run_shard;
mod threads;

#[cfg(test)]
mod tests;

pub use lane::{LaneReceiver, LaneSender, lane};
pub use run_control::{ControlLanes, run_control};
pub use run_disk::run_disk;
pub use run_journal::{JournalLanes, run_journal};
pub use run_shard::{Lanes, Listening, run_shard};
pub use threads::{Clock, ThreadDriver, ThreadSurroundings, ToControl};
