//! What control commands a shard.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Brief, Look, Replacement, SwapStep, TraceOrder, WorkerAction};
use crate::base::Input;
use crate::supervisor::ChildId;

/// What control commands a shard. Never waits behind what users send.
#[derive(Debug)]
pub enum Command {
    /// Do what the tree has decided about one of the shard's own.
    Act(WorkerAction),
    /// Give a worker no input until it is resumed.
    Suspend(ChildId, oneshot::Sender<()>),
    /// Give it inputs again.
    Resume(ChildId, oneshot::Sender<()>),
    /// Give it this input, which is the host's own, within this time; the outcome comes back as
    /// [`super::Notice::HostAnswer`] with this number.
    HostInput(ChildId, u64, Input, Duration),
    /// Its configuration is this JSON text from now on.
    Configure(ChildId, Arc<[u8]>),
    /// Show it closely.
    Inspect(ChildId, Look),
    /// Give it this state instead of its own.
    Replace(ChildId, Replacement),
    /// Show each of its inputs and what comes of it, within limits.
    Trace(ChildId, TraceOrder),
    /// Show all workers briefly.
    Survey(oneshot::Sender<Vec<Brief>>),
    /// Do this step of the change of code with this number.
    Swap(u64, SwapStep),
    /// Stop accepting; answer what is in flight.
    Drain,
    /// Nothing runs any more: end the thread.
    Quit,
}

/// What a shard's thread is to do beside a turn of its shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadOrders {
    /// [`Command::Drain`] came.
    pub drain: bool,
    /// [`Command::Quit`] came.
    pub quit: bool,
}
