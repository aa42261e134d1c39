//! One worker of a shard: its queue, its instance, and what is being done with it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::after_crash::Mourning;
use super::counts::Counts;
use super::event::{Caller, Inspection};
use super::recent::Recent;
use super::replace::{Replacement, Replacing};
use super::trace::Tracers;
use crate::base::{ChildKind, Effect, ExitReason, Failure, Full, Name, Nanos, QueueSpec, SavedState, Shutdown};
use crate::supervisor::{ChildId, Tree};
use crate::wasm::{Component, Crash, InitError, Instance, LogLine, Returned, Started, StepResult, Task};
use crate::worker::{Offered, Unplaced, Worker};

/// What a worker was declared as when it last started. Until it starts again only the configuration
/// changes.
#[derive(Clone, Debug)]
pub struct WorkerSpec {
    /// Its place in the tree.
    pub child: ChildId,
    /// Its name.
    pub name: Name,
    /// Its path in the tree, for example `root/orders`.
    pub path: String,
    /// Its behaviour.
    pub behaviour: Name,
    /// How it is stopped.
    pub shutdown: Shutdown,
    /// Its queue.
    pub queue: QueueSpec,
    /// How long it may be idle before it hibernates.
    pub hibernate_after: Option<Duration>,
    /// Its configuration as JSON text.
    pub config: Arc<[u8]>,
    /// Whether its state and its inputs are shown by their sizes alone.
    pub redact: bool,
    /// Whether `terminate` is called after a crash, too.
    pub terminate_after_crash: bool,
}

impl WorkerSpec {
    /// What a tree says of one of its workers; none for a supervisor.
    pub fn of(tree: &Tree, child: ChildId) -> Option<WorkerSpec> {
        let spec = tree.spec(child);
        let ChildKind::Worker(behaviour) = &spec.kind else { return None };
        Some(WorkerSpec {
            child,
            name: tree.name(child).clone(),
            path: path(tree, child),
            behaviour: behaviour.clone(),
            shutdown: spec.shutdown,
            queue: spec.queue,
            hibernate_after: spec.hibernate_after,
            config: Arc::clone(tree.config(child)),
            redact: spec.redact,
            terminate_after_crash: spec.terminate_after_crash,
        })
    }
}

/// Its place in the tree: a dynamic child's address has its supervisor's name already.
fn path(tree: &Tree, child: ChildId) -> String {
    let mut path = tree.name(child).to_string();
    let mut at = tree.parent(child);
    if path.contains('/') {
        at = at.and_then(|supervisor| tree.parent(supervisor));
    }
    while let Some(above) = at.filter(|&above| *tree.name(above) != Name::host()) {
        path = format!("{}/{path}", tree.name(above));
        at = tree.parent(above);
    }
    path
}

/// What is seen of a worker from outside.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) counts: Counts,
    pub(super) recent: Recent,
    pub(super) tracers: Tracers,
}

/// What there is of a worker's code.
#[derive(Debug)]
pub(super) enum Body {
    /// No instance: not started, crashed, or stopped.
    Down,
    /// An instance at a step boundary.
    Idle(Instance),
    /// Its state, without an instance.
    Asleep(Box<SavedState>),
    /// Guest code runs, or has used up its slice.
    Busy(Activity),
    /// The new instance stands beside the old one until all are ready.
    Ready(Box<Ready>),
}

/// Both sides of a change of code.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) old: Instance,
    pub(super) new: Instance,
    pub(super) effects: Vec<Effect>,
}

/// Which guest function runs, and what for.
pub(super) enum Activity {
    Starting(Task<Result<Started, InitError>>),
    Stepping(Task<Returned<StepResult>>),
    Inspecting(Task<Returned<SavedState>>, oneshot::Sender<Result<Inspection, Failure>>),
    Saving(Task<Returned<SavedState>>),
    HandingOver(Task<Returned<SavedState>>),
    Hibernating(Task<Returned<SavedState>>),
    Waking(Task<Result<Started, InitError>>),
    SavingBefore(Task<Returned<SavedState>>),
    SavingAs(Task<Returned<Result<Vec<u8>, String>>>, Option<Back>),
    Migrating { old: Instance, init: Task<Result<Started, InitError>> },
    Terminating(Task<Result<Vec<LogLine>, Crash>>),
    Mourning(Box<Mourning>),
}

impl std::fmt::Debug for Activity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Activity::Starting(_) => "init",
            Activity::Stepping(_) => "step",
            Activity::Inspecting(..)
            | Activity::Saving(_)
            | Activity::HandingOver(_)
            | Activity::Hibernating(_)
            | Activity::SavingBefore(_) => "save",
            Activity::Waking(_) => "init (wake)",
            Activity::SavingAs(..) => "save-as",
            Activity::Migrating { .. } => "init (upgrade)",
            Activity::Terminating(_) => "terminate",
            Activity::Mourning(mourning) => mourning.word(),
        })
    }
}

/// An end that has been ordered or asked for.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    /// By the supervisor, to be done by this time.
    Ordered { by: Option<Nanos> },
    /// By the worker itself.
    Own(ExitReason),
}

/// Where a worker goes back to.
#[derive(Debug)]
pub(super) struct Back {
    /// The schema of its behaviour when the current code came.
    pub(super) schema: String,
    /// What it saved then, if it was there.
    pub(super) state: Option<Vec<u8>>,
}

/// A worker's part in a change of code.
#[derive(Debug)]
pub(super) struct SwapPart {
    pub(super) component: Component,
    pub(super) back: Option<Back>,
    /// What the new instance was given.
    pub(super) carried: Option<SavedState>,
    /// Since when it takes no input.
    pub(super) since: Nanos,
    /// Nothing is left to prepare.
    pub(super) ready: bool,
    /// A start that came meanwhile waits for the outcome.
    pub(super) start_after: bool,
}

impl SwapPart {
    /// The part of a worker that has yet to get ready.
    pub(super) fn new(component: Component, now: Nanos) -> SwapPart {
        SwapPart { component, back: None, carried: None, since: now, ready: false, start_after: false }
    }
}

/// One worker of a shard.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) spec: WorkerSpec,
    pub(super) worker: Worker<Caller>,
    pub(super) body: Body,
    /// Why new inputs are turned away, while they are.
    pub(super) closed: Option<&'static str>,
    pub(super) suspended: bool,
    /// It wants to hibernate when nothing is left to step.
    pub(super) drowsy: bool,
    /// When it last had something to do.
    pub(super) idle_since: Nanos,
    /// When to look whether it has been idle for long enough to hibernate, or whether there is room
    /// for it to wake.
    pub(super) sleep_at: Option<Nanos>,
    /// A dynamic child had it and is gone.
    pub(super) vacant: bool,
    /// Its manager among those of this shard, if it is a handler.
    pub(super) manager: Option<usize>,
    /// Its manager has given it something and waits until that is stepped.
    pub(super) hearing: bool,
    /// Its state is to be another handler's.
    pub(super) hands_over: bool,
    pub(super) ending: Option<Ending>,
    pub(super) swap: Option<SwapPart>,
    pub(super) inspect: Vec<oneshot::Sender<Result<Inspection, Failure>>>,
    /// States that wait to replace its own, and the one that is about to.
    pub(super) replacements: VecDeque<Replacement>,
    pub(super) replacing: Option<Replacing>,
    pub(super) seen: Seen,
    /// Whether it stands in the run queue.
    pub(super) scheduled: bool,
    /// The time under which it stands among the wakes.
    pub(super) wake: Option<Nanos>,
    /// Instances so far.
    pub(super) instances: u64,
    pub(super) last_crash: Option<String>,
    /// What it saved before the next input or the one that is stepped, if it may have to terminate with
    /// that.
    pub(super) before: Option<SavedState>,
}

impl Slot {
    pub(super) fn new(spec: WorkerSpec) -> Slot {
        Slot {
            worker: Worker::new(spec.queue),
            spec,
            body: Body::Down,
            // What comes before the first start waits for it.
            closed: None,
            suspended: false,
            drowsy: false,
            idle_since: 0,
            sleep_at: None,
            vacant: false,
            manager: None,
            hearing: false,
            hands_over: false,
            ending: None,
            swap: None,
            inspect: vec![],
            replacements: VecDeque::new(),
            replacing: None,
            seen: Seen::default(),
            scheduled: false,
            wake: None,
            instances: 0,
            last_crash: None,
            before: None,
        }
    }

    /// The slot of another worker in the place of one that is gone. Answers that are still on their
    /// way to that one are not this one's.
    pub(super) fn after(gone: &Slot, spec: WorkerSpec) -> Slot {
        let mut slot = Slot::new(spec);
        slot.worker.number_after(&gone.worker);
        slot.scheduled = gone.scheduled;
        slot
    }

    /// How many instances this worker had before the current one.
    pub(super) fn generation(&self) -> u64 {
        self.instances.saturating_sub(1)
    }

    /// Whether a visit would find something to do.
    pub(super) fn wants_visit(&self) -> bool {
        match &self.body {
            Body::Down => false,
            Body::Busy(_) => true,
            Body::Ready(_) => self.ending.is_some(),
            Body::Idle(_) => self.has_business() || !self.inspect.is_empty() || (!self.suspended && self.drowsy),
            Body::Asleep(_) => !self.inspect.is_empty() || (self.sleep_at.is_none() && self.has_business()),
        }
    }

    /// Whether something is to be done that needs an instance.
    pub(super) fn has_business(&self) -> bool {
        self.ending.is_some()
            || self.swap.as_ref().is_some_and(|part| !part.ready)
            || self.wants_replacing()
            || self.hands_over
            || (!self.suspended && self.worker.is_ready())
    }

    /// Queues what somebody sent.
    pub(super) fn offer(&mut self, offered: Offered<Caller>) -> Result<(), Full<Unplaced<Caller>>> {
        let result = self.worker.offer(offered);
        self.seen.counts.queued(self.worker.queued());
        result
    }

    /// It as an operator sees it; of a redacted state the size alone leaves the shard.
    pub(super) fn inspection(&self, memory: u64, state: Option<SavedState>) -> Inspection {
        let state_bytes = state.as_ref().map(|state| state.data.len());
        let hidden = |state: SavedState| SavedState { data: vec![], ..state };
        let state = if self.spec.redact { state.map(hidden) } else { state };
        Inspection {
            generation: self.generation(),
            queued: self.worker.queued(),
            steps: self.worker.steps(),
            pending_replies: self.worker.pending_replies(),
            timers: self.worker.timers(),
            memory,
            suspended: self.suspended,
            state,
            state_bytes,
            redacted: self.spec.redact,
            last_crash: self.last_crash.clone(),
            counts: self.seen.counts,
            recent: self.seen.recent.newest_first(),
        }
    }
}
