//! Releases: OTP's release handler. One at a time, from what was dropped or asked for to the word that is
//! told of it.
//!
//! The [`Releases`] machine is told what happened ([`Event`]) and answers with what it wants done
//! ([`Want`]). A release waits in the queue, is compiled where it holds nobody up, and is planned. Then a
//! [`run::Run`] executes the instructions of its plan one by one: those for the shards are sent to all of
//! them and each shard's answer is waited for, those for the disk are done by a thread that holds nobody up
//! ([`disk`]). While something is on its way there, no other release begins.
//!
//! Invariants: until the point of no return of the plan nothing that runs has changed; success is told only
//! when the row of the history is complete. Whatever waits or is under way is shown and, until that point, taken
//! back ([`pending`]).

mod candidate;
mod event;
mod verdict;

mod compile;
mod untaken;

mod drops;
mod rollback;
mod work;

mod disk;

mod run;

mod machine;

mod ends;
mod execute;
mod pending;

#[cfg(test)]
mod tests;

pub use candidate::{Candidate, Running};
pub use compile::{CompileJob, Compiled};
pub use disk::{DiskDone, DiskJob};
pub use machine::ReleasesSetup;
pub use rollback::Rollback;
pub use verdict::{Cancelled, Pending, Verdict};

pub(super) use event::{Event, Moment, Want};
pub(super) use machine::Releases;
