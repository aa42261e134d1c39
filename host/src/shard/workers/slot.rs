//! One worker of a shard: its queue, its code, and what is to be done with it.

use std::sync::Arc;

use super::desk::Desk;
use super::pace::Pace;
use super::recent::Recent;
use crate::base::limits::{BURST_PAUSE, LOOK_TIME};
use crate::base::{Effect, ExitKind, ExitReason, Fault, FaultClass, Full, Nanos, SavedState, Share, nanos};
use crate::journal::{Began, Tail};
use crate::protocol::{Brief, Doing, Inspection, Rests, Statistics, Waits, WorkerSpec};
use crate::shard::body::{Body, End};
use crate::shard::caller::Caller;
use crate::supervisor::{Event, StartOutcome};
use crate::worker::{Action, Offered, Unplaced, Worker};

/// An end that has been ordered or asked for.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// By the supervisor, to be done by this time.
    Ordered { by: Option<Nanos> },
    /// By the worker itself.
    Own(ExitReason),
}

/// What is seen of a worker from outside.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) statistics: Statistics,
    pub(crate) recent: Recent,
    pub(crate) last_crash: Option<String>,
    pub(crate) pace: Pace,
    /// Since when a guest function runs that has used up its slice, and which.
    pub(crate) underway: Option<(Nanos, &'static str)>,
    /// Inputs that found no place.
    overloaded: Burst,
    /// Requests to supervisors that came to nothing.
    pub(crate) in_vain: Burst,
    /// Requests with an id that it forgets.
    pub(crate) forgets: Burst,
}

/// Something that is told once, however often it happens before it has been quiet for a while.
#[derive(Debug, Default)]
pub(crate) struct Burst(Option<Nanos>);

impl Burst {
    /// It happens. Whether that is the first time for a while.
    pub(crate) fn begins(&mut self, now: Nanos) -> bool {
        let last = self.0.replace(now);
        last.is_none_or(|last| now.saturating_sub(last) > nanos(BURST_PAUSE))
    }
}

/// Where a worker stands among those whose turn it is; kept by [`super::Workers`].
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Somebody may have changed it since it was last looked at.
    pub(super) touched: bool,
    /// It stands in the run queue.
    pub(super) scheduled: bool,
    /// The time under which it stands among the wakes.
    pub(super) wake: Option<Nanos>,
}

/// One worker of a shard.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) spec: WorkerSpec,
    pub(crate) worker: Worker<Caller>,
    pub(crate) body: Body,
    /// What is to be done with its instance before the next input.
    pub(crate) desk: Desk,
    /// Why new inputs are turned away, while they are.
    pub(crate) closed: Option<&'static str>,
    pub(crate) ending: Option<Ending>,
    /// By an operator.
    pub(crate) suspended: bool,
    /// Its code is being changed: it is given no input and no new instance until that is decided.
    pub(crate) held: bool,
    /// What brings it back, if it is durable.
    pub(crate) tail: Option<Box<Tail>>,
    /// What its next instance is told, if it is durable and that one is under way.
    pub(crate) begins: Option<Box<Began<'static>>>,
    /// It crashed and comes back: its worker is as it was before the input on which it crashed.
    pub(crate) intact: bool,
    /// It is given no input until what it has recorded is on disk.
    pub(crate) stands: bool,
    /// Things that it wants done, which wait for the disk.
    pub(crate) gated: usize,
    /// A dynamic child had it and is gone.
    pub(crate) vacant: bool,
    pub(crate) seen: Seen,
    /// Instances so far.
    pub(crate) instances: u64,
    pub(super) marks: Marks,
}

impl Slot {
    pub(crate) fn new(spec: WorkerSpec, share: &Arc<Share>) -> Slot {
        Slot {
            worker: Worker::new(spec.queue, Some(share)),
            spec,
            body: Body::Down,
            desk: Desk::default(),
            // What comes before the first start waits for it.
            closed: None,
            ending: None,
            suspended: false,
            held: false,
            tail: None,
            begins: None,
            intact: false,
            stands: false,
            gated: 0,
            vacant: false,
            seen: Seen::default(),
            instances: 0,
            marks: Marks::default(),
        }
    }

    /// Takes the place of a worker that is gone. Answers that are still on their way to that one are
    /// not this one's.
    pub(super) fn succeed(&mut self, gone: Slot) {
        self.worker.number_after(&gone.worker);
        self.marks = gone.marks;
    }

    /// How many instances this worker had before the current one.
    pub(crate) fn generation(&self) -> u64 {
        self.instances.saturating_sub(1)
    }

    /// Whether it is given no input now.
    pub(crate) fn rests(&self) -> bool {
        self.suspended || self.held || self.stands
    }

    /// Whether a visit would find something to do.
    pub(super) fn wants_visit(&self) -> bool {
        match &self.body {
            Body::Down | Body::InHand => false,
            Body::Running(_) => true,
            Body::Ready(_) => self.ending.is_some(),
            Body::Idle(_) => {
                let (busy, rests) = (self.worker.is_ready(), self.rests());
                (self.ending.is_some() && !self.stands) || (busy && !rests) || self.desk.has(self.held, busy, rests)
            }
            Body::Asleep(asleep) => self.desk.has_looks() || (!asleep.crowded && self.must_wake()),
        }
    }

    /// Whether something is to be done that needs an instance, where there is none.
    pub(crate) fn must_wake(&self) -> bool {
        self.ending.is_some() || self.desk.wakes(self.held) || (!self.rests() && self.worker.is_ready())
    }

    /// By when an ordered end must have happened.
    pub(crate) fn ending_by(&self) -> Option<Nanos> {
        match self.ending {
            Some(Ending::Ordered { by }) => by,
            Some(Ending::Own(_)) | None => None,
        }
    }

    /// When time makes something of it due.
    pub(super) fn wake_at(&self) -> Option<Nanos> {
        let queue = self.worker.wake_at();
        if self.ending.is_none() { queue } else { self.ending_by().into_iter().chain(queue).min() }
    }

    /// Applies what a step wants. A durable worker that gives up as crashed has crashed on its input: nothing of the
    /// step happens, and its state is the one before.
    ///
    /// # Errors
    /// As of [`Worker::commit`].
    #[inline]
    pub(crate) fn commit(
        &mut self,
        effects: Vec<Effect>,
        now: Nanos,
        actions: &mut Vec<Action<Caller>>,
    ) -> Result<(), Fault> {
        if self.tail.is_some()
            && let Some(Effect::Stop(ExitKind::Crashed(text))) = effects.iter().rfind(|e| matches!(e, Effect::Stop(_)))
        {
            return Err(Fault::new(FaultClass::Deliberate, text.clone()));
        }
        self.worker.commit(effects, now, actions)
    }

    /// Queues what somebody sent.
    pub(super) fn offer(&mut self, offered: Offered<Caller>) -> Result<(), Full<Unplaced<Caller>>> {
        let result = self.worker.offer(offered);
        self.seen.statistics.queued(self.worker.queued());
        result
    }

    /// An input found no place. Whether that is the first time for a while.
    pub(crate) fn overloaded(&mut self, now: Nanos) -> bool {
        self.seen.statistics.overloads += 1;
        self.seen.overloaded.begins(now)
    }

    /// It has come to its end: what its supervisor is told. An order to end is carried out by it.
    pub(crate) fn ended(&mut self, end: End) -> Event {
        let child = self.spec.child;
        let ordered = matches!(self.ending.take(), Some(Ending::Ordered { .. }));
        match end {
            End::Stopped(reason) => Event::Stopped { child, reason },
            End::Exited(reason) | End::Recovers(reason) if ordered => Event::Stopped { child, reason },
            End::Exited(reason) | End::Recovers(reason) => Event::Exited { child, reason },
            End::Failed(reason) => Event::Started { child, outcome: StartOutcome::Failed(reason) },
            End::Ignored => Event::Started { child, outcome: StartOutcome::Ignored },
        }
    }

    /// It as the tree shows it.
    pub(crate) fn brief(&self, now: Nanos) -> Brief {
        Brief {
            child: self.spec.child,
            queued: self.worker.queued(),
            capacity: self.worker.capacity(),
            suspended: self.suspended,
            doing: self.doing(now),
            overloads: self.seen.statistics.overloads,
        }
    }

    /// The guest function that it is in the middle of.
    pub(crate) fn doing(&self, now: Nanos) -> Option<Doing> {
        let (since, function) = self.seen.underway?;
        Some(Doing { function, time: now.saturating_sub(since) })
    }

    /// Whether whoever looks at it is not to wait for the end of what it is doing.
    pub(crate) fn is_long_at_it(&self, now: Nanos) -> bool {
        self.doing(now).is_some_and(|doing| doing.time >= nanos(LOOK_TIME))
    }

    /// It as an operator sees it who does not wait for the end of what it is doing.
    pub(crate) fn glance(&self, now: Nanos) -> Inspection {
        Inspection { doing: self.doing(now), ..self.inspection(now, 0, None) }
    }

    fn rests_on(&self) -> Option<Rests> {
        let tail = self.tail.as_ref()?;
        Some(Rests { inputs: tail.inputs(), bytes: tail.bytes(), waiting: self.gated, stands: self.stands })
    }

    /// It as an operator sees it; of a redacted state the size alone leaves the shard.
    pub(crate) fn inspection(&self, now: Nanos, memory: u64, state: Option<SavedState>) -> Inspection {
        let state_bytes = state.as_ref().map(|state| state.data.len());
        let hidden = |state: SavedState| SavedState { data: vec![], ..state };
        let state = if self.spec.redact { state.map(hidden) } else { state };
        Inspection {
            generation: self.generation(),
            queued: self.worker.queued(),
            steps: self.worker.steps(),
            pending_replies: self.worker.pending_replies(),
            waits: Waits::of(&self.worker, now, self.spec.redact),
            memory,
            suspended: self.suspended,
            hibernates: false,
            rests: self.rests_on(),
            doing: None,
            state,
            withheld: None,
            state_bytes,
            redacted: self.spec.redact,
            last_crash: self.seen.last_crash.clone(),
            statistics: self.seen.statistics,
            recent: self.seen.recent.newest_first(),
        }
    }
}
