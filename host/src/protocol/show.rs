//! A worker as it is shown to operators.

use tokio::sync::oneshot;

use super::{Head, InputKind, Recorded, Statistics};
use crate::base::limits::INSPECTED_MAX;
use crate::base::{Failure, Nanos, SavedState, TimerKind};
use crate::supervisor::ChildId;
use crate::worker::Worker;

/// A guest function that has been running for more than a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doing {
    /// Which, in words.
    pub function: &'static str,
    /// For how long.
    pub time: Nanos,
}

/// What a durable worker would be brought back from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rests {
    /// Inputs that would be stepped again, since its last saved state.
    pub inputs: usize,
    /// Bytes of them and of that state.
    pub bytes: u64,
    /// Things that it wants done, which wait until the disk has what they rest on.
    pub waiting: usize,
    /// Whether it is given no input until then.
    pub stands: bool,
}

/// A worker as the tree shows it.
#[derive(Clone, Debug)]
pub struct Brief {
    /// Which.
    pub child: ChildId,
    /// Inputs waiting.
    pub queued: usize,
    /// How many may wait. A changed manifest may want another number from the next start of the host.
    pub capacity: usize,
    /// Whether it is suspended.
    pub suspended: bool,
    /// What it is in the middle of.
    pub doing: Option<Doing>,
    /// Inputs that found no place.
    pub overloads: u64,
}

/// What a worker's state machine is in, and what wakes it: OTP's `format_status` of a gen_statem.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// The name of the state it is in, if it has named one.
    pub state: Option<Head>,
    /// How many inputs are postponed.
    pub postponed: usize,
    /// The oldest of them.
    pub inputs: Vec<(InputKind, Head)>,
    /// How many timers run.
    pub timers: usize,
    /// Those that go off first.
    pub due: Vec<Due>,
    /// How many workers it monitors.
    pub monitors: usize,
}

/// A timer that runs.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// Its kind.
    pub kind: TimerKind,
    /// Its name.
    pub name: Head,
    /// How long from now it goes off.
    pub after: Nanos,
}

impl Waits {
    /// Those of a worker at this time; `redact` leaves what they are called alone.
    pub fn of<C>(worker: &Worker<C>, now: Nanos, redact: bool) -> Waits {
        let head = |name: &str| Head::new(b"", name.as_bytes(), redact);
        let mut running: Vec<_> = worker.running().collect();
        running.sort_by_key(|(_, _, at)| *at);
        let due = |&(kind, name, at): &(TimerKind, &str, Nanos)| Due {
            kind,
            name: head(name),
            after: at.saturating_sub(now),
        };
        Waits {
            state: worker.state().map(head),
            postponed: worker.postponed(),
            inputs: worker.postponed_inputs().take(INSPECTED_MAX).map(|input| Head::of(input, redact)).collect(),
            timers: running.len(),
            due: running.iter().take(INSPECTED_MAX).map(due).collect(),
            monitors: worker.monitors(),
        }
    }
}

/// How far somebody looks into a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What the host knows of it. Runs nothing of the guest's.
    Outside,
    /// Its state as well, which its `save` is run for. A `save` that traps is a crash, as a step's trap is.
    State,
}

impl Depth {
    /// With the state or without.
    pub fn of(state: bool) -> Depth {
        if state { Depth::State } else { Depth::Outside }
    }
}

/// Somebody who looks at a worker.
#[derive(Debug)]
pub struct Look {
    /// How far.
    pub depth: Depth,
    /// Takes what was seen.
    pub done: oneshot::Sender<Result<Inspection, Failure>>,
}

/// A worker seen closely.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// How many instances it has had before this one.
    pub generation: u64,
    /// Inputs waiting.
    pub queued: usize,
    /// Inputs stepped.
    pub steps: u64,
    /// Callers waiting for a delayed reply.
    pub pending_replies: usize,
    /// Its state machine and its timers.
    pub waits: Waits,
    /// Bytes of linear memory.
    pub memory: u64,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Whether it hibernates: then there is no instance, and its state is all that is kept of it.
    pub hibernates: bool,
    /// What it would be brought back from, if it is durable.
    pub rests: Option<Rests>,
    /// What it is in the middle of; its state is not shown then.
    pub doing: Option<Doing>,
    /// What it saved, if it can; without its bytes if they are redacted.
    pub state: Option<SavedState>,
    /// Why its state is not shown, although it could save one.
    pub withheld: Option<String>,
    /// How long that is.
    pub state_bytes: Option<usize>,
    /// Whether its state and its inputs are shown by their sizes alone.
    pub redacted: bool,
    /// The reason of its last crash.
    pub last_crash: Option<String>,
    /// What it has done since its start.
    pub statistics: Statistics,
    /// Its last inputs, newest first.
    pub recent: Vec<Recorded>,
}
