//! An event manager: what waits for its handlers, and whose turn it is. OTP's gen_event.
//!
//! Everything that is sent to a manager or to one of its handlers stands in one queue, also what
//! changes the handlers, so that an event reaches those handlers that were asked for before it. What
//! is at the front is done to its end before the next begins: an event goes to one handler after the
//! other, the newest first. The loop asks what to do ([`Manager::next_action`]) and says what came of it.
//!
//! Invariants: every caller that is handed in comes out exactly once; so does every owner, as that of
//! a handler that has left or never came; an event is with one handler at a time.

mod entry;
mod turn;

use std::collections::VecDeque;
use std::sync::Arc;

pub use entry::{Entry, ManagerAction, NewHandler, OwnerNews};

use crate::base::limits::QUEUE_BYTES_MAX;
use crate::base::{
    ALREADY_EXISTS, BoundedQueue, Failure, Full, Kind, Name, Nanos, QueueSpec, SavedState, Share, Tally,
};

/// Somebody who waits, and until when.
type Waiting<C> = Option<(C, Nanos)>;

#[derive(Debug)]
struct Queued<C, O> {
    caller: Waiting<C>,
    entry: Entry<O>,
}

#[derive(Debug)]
struct Handler<O> {
    name: Name,
    at: usize,
    owner: Option<O>,
}

/// What it does now.
#[derive(Debug)]
enum Busy<O> {
    No,
    /// An event is with `at`, then goes to the last of `left`, and so on.
    Round {
        event: Vec<u8>,
        left: Vec<usize>,
        at: usize,
    },
    /// `at` has something of its own.
    One {
        at: usize,
    },
    /// A handler of this name, in place of one that has `left`; it hears at this `place` among them, or
    /// first.
    Starting {
        name: Name,
        owner: Option<O>,
        left: Option<Name>,
        place: Option<usize>,
    },
    Stopping {
        at: usize,
    },
    /// `at` is asked for its state, for this one, which hears in its turn if the swap is `itself` asking.
    Saving {
        at: usize,
        new: NewHandler<O>,
        itself: bool,
    },
    /// `at` has given it and ends.
    Leaving {
        at: usize,
        new: NewHandler<O>,
        itself: bool,
        state: Option<SavedState>,
    },
}

/// A manager, with `C` the loop's handle of a caller, `O` that of an owner, and a number for a
/// handler. Times are [`Nanos`].
#[derive(Debug)]
pub struct Manager<C, O> {
    name: Name,
    queue: BoundedQueue<Queued<C, O>>,
    /// Oldest first.
    handlers: Vec<Handler<O>>,
    busy: Busy<O>,
    /// Who waits for what it does now.
    caller: Waiting<C>,
    /// Owners that have ended; their handlers are next to go.
    orphaned: VecDeque<O>,
    tasks: VecDeque<ManagerAction<C, O>>,
    /// It has been started and not been stopped.
    open: bool,
    closed: bool,
    wake: Option<Nanos>,
}

impl<C, O: Clone + PartialEq> Manager<C, O> {
    /// A manager that was not yet started. What comes before that waits for it. What waits is counted in this share,
    /// if there is one.
    pub fn new(name: Name, queue: QueueSpec, share: Option<Arc<Share>>) -> Manager<C, O> {
        let tally = Tally::new(QUEUE_BYTES_MAX, share);
        Manager {
            name,
            queue: BoundedQueue::weighing(queue.capacity, queue.when_full, tally, |queued| queued.entry.bytes()),
            handlers: vec![],
            busy: Busy::No,
            caller: None,
            orphaned: VecDeque::new(),
            tasks: VecDeque::new(),
            open: false,
            closed: false,
            wake: None,
        }
    }

    /// Queues what somebody asks; a caller stops waiting at this time. One who cannot be served is
    /// answered by a [`ManagerAction`].
    ///
    /// # Errors
    /// It has no place: the queue is full or the manager is stopped.
    pub fn offer(&mut self, caller: Waiting<C>, entry: Entry<O>) -> Result<(), Failure> {
        let newcomer = Queued { caller, entry };
        if self.closed {
            let failure = self.stopped();
            self.turn_away(newcomer, &failure);
            return Err(failure);
        }
        if let Some((_, deadline)) = newcomer.caller {
            self.wake = Some(self.wake.map_or(deadline, |wake| wake.min(deadline)));
        }
        if let Entry::SwapItself(old, _) = &newcomer.entry {
            let again = self.swaps_itself(old);
            return self.put_first(newcomer, again);
        }
        let Err(full) = self.queue.push(newcomer) else { return Ok(()) };
        let text = format!("the queue of `{}` is full; not executed", self.name);
        let failure = Failure::new(Kind::Overloaded, text);
        match full {
            Full::Dropped(oldest) => {
                self.turn_away(oldest, &failure);
                Ok(())
            }
            Full::Rejected(newcomer) => {
                self.turn_away(newcomer, &failure);
                Err(failure)
            }
        }
    }

    /// Whether this handler has asked for a swap of itself that waits.
    fn swaps_itself(&self, handler: &Name) -> bool {
        let first = self.queue.iter().map_while(|queued| match &queued.entry {
            Entry::SwapItself(old, _) => Some(old),
            _ => None,
        });
        first.into_iter().any(|old| old == handler)
    }

    /// A full queue has this place all the same, but one for each handler only.
    fn put_first(&mut self, newcomer: Queued<C, O>, again: bool) -> Result<(), Failure> {
        if !again {
            self.queue.push_first(newcomer);
            return Ok(());
        }
        let failure = Failure::new(Kind::Refused, ALREADY_EXISTS);
        self.turn_away(newcomer, &failure);
        Err(failure)
    }

    fn turn_away(&mut self, queued: Queued<C, O>, failure: &Failure) {
        if let Some((caller, _)) = queued.caller {
            self.tasks.push_back(ManagerAction::Answer(caller, Err(failure.clone())));
        }
        self.never_came(queued.entry.into_owner());
    }

    /// There is no handler of this owner, and there will be none.
    fn never_came(&mut self, owner: Option<O>) {
        self.tasks.extend(owner.map(|owner| ManagerAction::Tell(owner, OwnerNews::NeverCame)));
    }

    fn stopped(&self) -> Failure {
        Failure::new(Kind::Stopped, format!("manager `{}` is stopped", self.name))
    }

    /// Whether [`Manager::next_action`] would give something.
    pub fn is_ready(&self) -> bool {
        let waits = || !self.queue.is_empty() || !self.orphaned.is_empty();
        !self.tasks.is_empty() || (self.open && matches!(self.busy, Busy::No) && waits())
    }

    /// An owner has ended: the handler tied to it goes, and one that is still to come does not.
    pub fn owner_ended(&mut self, owner: O) {
        let stopped = Failure::new(Kind::Stopped, "whoever asked has ended");
        let mut gone = vec![];
        self.queue.remove_where(|queued| queued.entry.owner() == Some(&owner), |queued| gone.push(queued));
        for Queued { caller, .. } in gone {
            self.tasks.extend(caller.map(|(caller, _)| ManagerAction::Answer(caller, Err(stopped.clone()))));
        }
        self.orphaned.push_back(owner);
    }

    /// It is started: what waits is done from now on.
    pub fn open(&mut self) {
        (self.open, self.closed) = (true, false);
    }

    /// It is being stopped: whoever waits and whoever comes is told. Its handlers end by their
    /// supervisor's order.
    pub fn close(&mut self) {
        (self.open, self.closed) = (false, true);
        let stopped = self.stopped();
        let caller = self.caller.take().map(|(caller, _)| ManagerAction::Answer(caller, Err(stopped.clone())));
        self.tasks.extend(caller);
        match std::mem::replace(&mut self.busy, Busy::No) {
            Busy::Starting { owner, .. } => self.never_came(owner),
            Busy::Saving { new, .. } | Busy::Leaving { new, .. } => self.never_came(new.owner),
            Busy::No | Busy::Round { .. } | Busy::One { .. } | Busy::Stopping { .. } => {}
        }
        let waiting: Vec<_> = self.queue.drain().collect();
        waiting.into_iter().for_each(|queued| self.turn_away(queued, &stopped));
        self.orphaned.clear();
        self.wake = None;
    }

    /// When [`Manager::tick`] wants to be called, if ever. May be early, never late.
    pub fn wake_at(&self) -> Option<Nanos> {
        self.wake
    }

    /// Time has passed: whoever waits for too long is told, and what they asked is not done unless it
    /// has begun.
    pub fn tick(&mut self, now: Nanos) {
        if self.wake.is_none_or(|wake| wake > now) {
            return;
        }
        let late = Failure::new(Kind::TimedOut, "the deadline passed");
        let is_late = |caller: &Waiting<C>| caller.as_ref().is_some_and(|(_, deadline)| *deadline <= now);
        let mut gone = vec![];
        self.queue.remove_where(|queued| is_late(&queued.caller), |queued| gone.push(queued));
        gone.into_iter().for_each(|queued| self.turn_away(queued, &late));
        if is_late(&self.caller) {
            let caller = self.caller.take().map(|(caller, _)| ManagerAction::Answer(caller, Err(late)));
            self.tasks.extend(caller);
        }
        let queued = self.queue.iter().filter_map(|queued| queued.caller.as_ref());
        self.wake = queued.chain(&self.caller).map(|(_, deadline)| *deadline).min();
    }

    /// What waits in its queue.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// The queue's bound.
    pub fn capacity(&self) -> usize {
        self.queue.capacity()
    }
}
