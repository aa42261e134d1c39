//! What a manager of handlers is asked, and what it asks of the loop.

use crate::base::{Failure, HandlerEnd, Name, Outcome, SavedState};
use crate::worker::Offered;

/// A handler that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHandler<O> {
    /// What it is to be called within the manager.
    pub handler: Name,
    /// The behaviour it is to run.
    pub behaviour: Name,
    /// Its configuration as JSON text; none of its own if empty.
    pub config: Vec<u8>,
    /// Who is tied to it.
    pub owner: Option<O>,
}

/// What a manager is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry<O> {
    /// Give this event to every handler.
    Notify(Vec<u8>),
    /// Give this to the handler of this name alone.
    One(Name, Vec<u8>),
    /// Add a handler.
    Add(NewHandler<O>),
    /// Have the handler of this name leave.
    Delete(Name),
    /// Have the handler of this name leave and another get what it saves.
    Swap(Name, NewHandler<O>),
    /// The same, asked by that handler itself: it comes before all that waits, and the other one takes its
    /// turn, too.
    SwapItself(Name, NewHandler<O>),
}

impl<O> Entry<O> {
    /// Bytes that somebody sent with it.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Entry::Notify(body) | Entry::One(_, body) => body.len(),
            Entry::Add(new) | Entry::Swap(_, new) | Entry::SwapItself(_, new) => new.config.len(),
            Entry::Delete(_) => 0,
        }
    }

    /// Whose handler it would have made.
    pub(super) fn into_owner(self) -> Option<O> {
        match self {
            Entry::Add(new) | Entry::Swap(_, new) | Entry::SwapItself(_, new) => new.owner,
            Entry::Notify(_) | Entry::One(..) | Entry::Delete(_) => None,
        }
    }

    pub(super) fn owner(&self) -> Option<&O> {
        match self {
            Entry::Add(new) | Entry::Swap(_, new) | Entry::SwapItself(_, new) => new.owner.as_ref(),
            Entry::Notify(_) | Entry::One(..) | Entry::Delete(_) => None,
        }
    }
}

/// What the owner of a handler is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerNews {
    /// It never came.
    NeverCame,
    /// It is gone.
    Left(Box<HandlerEnd>),
    /// It is gone, and the one that has its place is the owner's now.
    Replaced(Box<HandlerEnd>),
}

/// What the loop is to do now.
#[derive(Debug)]
pub enum ManagerAction<C, O> {
    /// Answer this caller.
    Answer(C, Outcome),
    /// Step this next; [`Manager::heard`](super::Manager::heard) or [`Manager::left`](super::Manager::left) follows.
    Give(usize, Offered<C>),
    /// Start this handler, on this state; [`Manager::started`](super::Manager::started) follows.
    Start(NewHandler<O>, Option<SavedState>),
    /// Stop this handler; [`Manager::left`](super::Manager::left) follows.
    Stop(usize),
    /// Ask this handler for its state; [`Manager::saved`](super::Manager::saved) or [`Manager::left`](super::Manager::left) follows.
    Save(usize),
    /// Tell this owner what became of its handler.
    Tell(O, OwnerNews),
    /// Nobody waited for it, so it is for the log.
    Failed(Failure),
}
