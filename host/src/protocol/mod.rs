//! What shards and control say to each other, and what they share: the tree, and who lives where.
//!
//! A [`Command`] goes from control to a shard, a [`Notice`] from a shard to control, [`Mail`] from anybody
//! to a shard. A loop reaches the world only through its [`Driver`].
//!
//! Invariant: decides nothing by itself. Knows no socket, no folder, and of the engine its nouns alone.

mod failures;
mod origin;
mod question;

mod handlers;
mod worker_spec;

mod topics;

mod deal;
mod directory;
mod supervision;

mod recent;
mod statistics;

mod replace;
mod show;
mod swap;
mod trace;

mod command;
mod mail;
mod notice;
mod on_disk;

mod driver;

pub use command::{Command, ThreadOrders};
pub use deal::{Dealt, deal};
pub use directory::{Directory, Place};
pub use driver::Driver;
pub use failures::{no_worker, order_failure};
pub use handlers::{ChangeHandlers, ManagerSpec, Tie};
pub use mail::Mail;
pub use notice::Notice;
pub use on_disk::{HandedIn, OnDisk};
pub use origin::Origin;
pub use question::{asker, question};
pub use recent::{Came, Head, InputKind, Recorded};
pub use replace::{Replaced, Replacement};
pub use show::{Brief, Depth, Doing, Due, Inspection, Look, Rests, Waits};
pub use statistics::Statistics;
pub use supervision::{Assigned, HostAction, Query, Reply, Supervision, WorkerAction};
pub use swap::{Swap, SwapRefusal, SwapStep, SwapStepped};
pub use topics::Topics;
pub use trace::{Ordered, TraceEnd, TraceEvent, TraceLine, TraceOrder, TraceOutcome};
pub use worker_spec::WorkerSpec;
