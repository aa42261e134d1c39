//! The one interface of all parts, and what they may want.

use std::collections::VecDeque;

use crate::base::{DownWhy, Nanos, Outcome};
use crate::protocol::{Mail, Notice, Tie};
use crate::shard::body::End;
use crate::shard::caller::Caller;
use crate::shard::workers::{Errand, Slot, Workers};
use crate::supervisor::Event;
use crate::wasm::{Instance, LogLine};
use crate::worker::{Offered, OwnerNews};

/// One thing that a part wants done.
#[derive(Debug)]
pub(crate) enum Want {
    /// Answer this caller.
    Answer(Caller, Outcome),
    /// Post this to another shard; it must not be lost.
    Post(usize, Mail),
    /// Tell control this at the end of the turn.
    Tell(Notice),
    /// Log a line under the name of this worker.
    Log(usize, &'static str, String),
    /// Ask the tree for this.
    Ask(Event),
    /// Do this with this worker's instance at its next step boundary.
    Errand(usize, Errand),
    /// Have this worker step this beside its queue.
    Give(usize, Offered<Caller>),
    /// Tell this worker what became of the handler with this number of its own.
    TellOwner(usize, u64, OwnerNews),
    /// This worker is watched by that one no longer.
    Unwatch(String, Tie),
    /// Tell that worker, wherever it lives, that the one it has watched is gone.
    Down(Tie, DownWhy),
    /// See whether there is room now for this worker to wake.
    Wake(usize),
    /// Drop this instance when the turn is over.
    Drop(Instance),
}

/// What parts want done, in order. One buffer serves all.
#[derive(Debug, Default)]
pub(crate) struct Wants(VecDeque<Want>);

impl Wants {
    /// Wants one more thing done.
    pub(crate) fn push(&mut self, want: Want) {
        self.0.push_back(want);
    }

    /// Wants this worker's lines logged.
    pub(crate) fn log_lines(&mut self, at: usize, lines: Vec<LogLine>) {
        self.0.extend(lines.into_iter().map(|line| Want::Log(at, line.level.word(), line.text)));
    }

    /// Wants a line of the host logged under this worker's name.
    pub(crate) fn log(&mut self, at: usize, level: &'static str, text: String) {
        self.push(Want::Log(at, level, text));
    }

    /// Wants these instances dropped when the turn is over.
    pub(crate) fn drop_later(&mut self, instances: impl IntoIterator<Item = Instance>) {
        self.0.extend(instances.into_iter().map(Want::Drop));
    }

    /// Whether nothing is wanted.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next thing to do.
    pub(crate) fn next(&mut self) -> Option<Want> {
        self.0.pop_front()
    }
}

/// What every part is told.
pub(crate) trait Part {
    /// The worker in this slot has come up.
    fn began(&mut self, _at: usize, _slot: &mut Slot, _wants: &mut Wants) {}

    /// The worker in this slot has no instance any more, or was told once more to have none.
    fn left(&mut self, _at: usize, _slot: &mut Slot, _end: &End, _wants: &mut Wants) {}

    /// The dynamic child in this slot is gone for good, and another worker may come in its place.
    fn forgotten(&mut self, _at: usize, _slot: &mut Slot) {}

    /// Time has passed.
    fn due(&mut self, _now: Nanos, _workers: &Workers, _wants: &mut Wants) {}

    /// When it wants to be told so.
    fn wake_at(&self) -> Option<Nanos> {
        None
    }
}
