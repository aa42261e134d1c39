//! What wakes control, what users ask of it, and what it asks of its surroundings.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::applications::{Settled, Stands};
use super::orders::Done;
use super::releases::{
    Cancelled, Candidate, CompileJob, Compiled, DiskDone, DiskJob, Pending, Rollback, Running, Verdict,
};
use crate::base::{ChildSpec, Failure, Millis, Name, Nanos, SupervisorSpec};
use crate::protocol::Notice;
use crate::release::{Manifest, Row, Setting, Watch};
use crate::supervisor::{NewChild, Order};

/// Everything that can wake the control loop.
#[derive(Debug)]
pub enum ControlEvent {
    /// A shard has something to tell.
    Notice(Notice),
    /// Somebody asks for something.
    Ask(Ask),
    /// Something may have changed in the watched folder.
    Hint,
    /// The watched folder is watched by this from now on.
    Watch(Watch),
    /// What came of a [`CompileJob`].
    Compiled(Box<Compiled>),
    /// What came of the first [`DiskJob`] of which this was not told yet.
    Disk(Box<DiskDone>),
}

/// What users of the node ask of control. An asker whose sender is dropped hears that the node has stopped.
#[derive(Debug)]
pub enum Ask {
    /// Tell when the whole tree has started.
    Booted(oneshot::Sender<()>),
    /// Order something of a worker or a supervisor.
    Order(Name, Order, Done),
    /// Start a new child under this supervisor.
    StartChild(Name, NewChild, Done),
    /// Show the applications, in start order.
    Applications(oneshot::Sender<Vec<Stands>>),
    /// Start the application of this name.
    StartApplication(Name, Settled),
    /// Stop the application of this name.
    StopApplication(Name, Settled),
    /// Change what is declared of what runs.
    Reload(Box<Reloading>, oneshot::Sender<Result<(), Failure>>),
    /// Change what the workers of this application are configured with; without changes it is shown.
    Config(Name, Changes, oneshot::Sender<Result<Configured, Failure>>),
    /// A configuration of a worker of this application, as JSON text, under what settings, command line
    /// and operators have said.
    Overlay(Name, Arc<[u8]>, oneshot::Sender<Result<Arc<[u8]>, Failure>>),
    /// Show every behaviour as it runs.
    Running(oneshot::Sender<Vec<Running>>),
    /// Show every release that was tried.
    History(oneshot::Sender<Vec<Row>>),
    /// Show every release that waits or is under way, the first first.
    Pending(oneshot::Sender<Vec<Pending>>),
    /// Take back every release that waits or is under way, or those of the file of this name.
    Cancel(Option<String>, oneshot::Sender<Cancelled>),
    /// Run this component.
    Upgrade(Candidate, oneshot::Sender<Verdict>),
    /// Run what ran before.
    Rollback(Rollback, oneshot::Sender<Verdict>),
    /// Stop everything.
    Shutdown(Haste),
}

/// What a node that is to stop takes the time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// It answers what is in flight, then stops the tree.
    Drain,
    /// It stops the tree, everybody with the time there is for it.
    Stop,
    /// It kills what runs and what is stopping.
    Halt,
}

/// What is declared now.
#[derive(Clone, Debug)]
pub struct Reloading {
    /// The manifests of the applications, as they are now.
    pub manifests: Vec<Manifest>,
    /// Supervisors with another declaration: their flags and all their child specs, in start order.
    pub supervisors: Vec<(Name, SupervisorSpec, Vec<ChildSpec>)>,
}

/// Keys that somebody wants an application's workers to be configured with.
pub type Changes = serde_json::Map<String, serde_json::Value>;

/// What an application's workers are configured with, and how many of them were told just now.
pub type Configured = (Vec<Setting>, usize);

/// What control asks of the world. The real one has clocks and threads; a simulator is only another one.
pub trait Surroundings {
    /// The monotonic clock.
    fn now(&self) -> Nanos;

    /// The clock of people.
    fn wall_ms(&self) -> Millis;

    /// The next random number.
    fn random(&mut self) -> u64;

    /// Has this done where it holds nobody up; what comes of it comes back as [`ControlEvent::Compiled`].
    fn compile(&mut self, job: CompileJob);

    /// Has this done where it holds nobody up, after all that were given before; what comes of each comes back as
    /// [`ControlEvent::Disk`], in their order.
    fn disk(&mut self, job: DiskJob);
}
