//! What the machine of releases is told, and what it wants done.

use tokio::sync::oneshot;

use super::candidate::Candidate;
use super::compile::{CompileJob, Compiled};
use super::disk::{DiskDone, DiskJob};
use super::rollback::Rollback;
use super::verdict::{Cancelled, Verdict};
use crate::base::{Millis, Nanos};
use crate::protocol::{SwapRefusal, SwapStep, SwapStepped};
use crate::release::Watch;

/// When something happened.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::control) struct Moment {
    /// By the monotonic clock.
    pub(in crate::control) now: Nanos,
    /// By the clock of people.
    pub(in crate::control) wall_ms: Millis,
}

/// What the machine of releases is told.
#[derive(Debug)]
pub(in crate::control) enum Event {
    /// Time has passed.
    Tick,
    /// Something may have changed in the watched folder.
    Look,
    /// From now on this tells when to look.
    Watch(Watch),
    /// Somebody wants this to run.
    Upgrade(Candidate, oneshot::Sender<Verdict>),
    /// Somebody wants to run what ran before.
    Rollback(Rollback, oneshot::Sender<Verdict>),
    /// Somebody takes back what waits or is under way, of this file only if one is named.
    Cancel(Option<String>, oneshot::Sender<Cancelled>),
    /// What came of a [`Want::Compile`].
    Compiled(Compiled),
    /// What came of the first [`Want::Disk`] of which this was not told yet.
    Disk(DiskDone),
    /// A shard has done the step of this change of code that it was sent last, or refuses to.
    Stepped(u64, Result<SwapStepped, SwapRefusal>),
}

/// What the machine of releases wants done.
#[derive(Debug)]
pub(in crate::control) enum Want {
    /// Have this compiled; an [`Event::Compiled`] answers.
    Compile(Box<CompileJob>),
    /// Have this done to the state directory, after those before it; an [`Event::Disk`] answers.
    Disk(DiskJob),
    /// Send this step of the change of code with this number to every shard. One [`Event::Stepped`] of
    /// each answers, but none answers [`SwapStep::Undo`].
    Step(u64, SwapStep),
}
