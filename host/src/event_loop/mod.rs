//! Where the rooms meet: one loop per core for the workers, one for control.
//!
//! A shard owns its workers and their connections and is the only place where guests run. Control
//! owns releases, waits and the order of things; it never runs guest code. Both are state machines
//! over a closed set of events; what they need of the world comes through [`Driver`] or arrives as
//! an event. Never parses anything, never names the engine.

mod directory;
mod driver;
mod event;

mod counts;
mod recent;

mod dynamic;
mod ending;
mod handlers;
mod hibernation;
mod managers;
mod replace;
mod route;
mod shard;
mod slot;
mod swap;
mod topics;
mod trace;
mod visit;
mod wishes;

mod after_crash;
mod applications;
mod candidate;
mod commands;
mod control;
mod job;
mod orders;
mod report;
mod upgrade;
mod verdict;

mod run_control;
mod run_shard;
mod threads;

#[cfg(test)]
mod tests;

pub use applications::{Changes, Configured, Hosted, Reloading, Settled, Stands, no_application};
pub use candidate::{Asked, Candidate, Compiled, Fit, Misfit, ReleasesSetup, Running, Told};
pub use control::{Ask, Control, ControlEvent, Ended, Haste, Surroundings};
pub use counts::Counts;
pub use directory::{Directory, Place};
pub use driver::Driver;
pub use event::{Brief, Caller, Command, Committed, Inspection, Mail, Notice, Origin, Swap};
pub use managers::{ChangeHandlers, ManagerSpec, Tie};
pub use orders::order_failure;
pub use recent::{Came, Head, InputKind, Recorded};
pub use replace::{Replaced, Replacement};
pub use route::Target;
pub use run_control::{ControlLanes, run_control};
pub use run_shard::{Lanes, Listening, run_shard};
pub use shard::{Shard, SharedTree, lock};
pub use slot::WorkerSpec;
pub use threads::{Chance, Clock, ThreadDriver, ThreadSurroundings, ToControl};
pub use topics::Topics;
pub use trace::{Ordered, TraceEnd, TraceEvent, TraceLine, TraceOrder, TraceOutcome};
pub use upgrade::Releases;
