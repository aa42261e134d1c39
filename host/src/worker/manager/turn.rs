//! One thing after the other: what a manager takes up, and what comes of it.

use super::entry::{Entry, ManagerAction, NewHandler, OwnerNews};
use super::{Busy, Handler, Manager, Queued, Waiting};
use crate::base::{
    ALREADY_EXISTS, ExitReason, Failure, HANDLER_LEFT, HandlerEnd, HandlerWhy, Kind, MODULE_NOT_FOUND, Name, Outcome,
    SavedState,
};
use crate::worker::Offered;

impl<C, O: Clone + PartialEq> Manager<C, O> {
    /// What is to be done now; none while it waits for something.
    pub fn next_action(&mut self) -> Option<ManagerAction<C, O>> {
        loop {
            if let Some(task) = self.tasks.pop_front() {
                return Some(task);
            }
            if !self.is_ready() {
                return None;
            }
            match self.orphaned.pop_front() {
                Some(owner) => self.part(&owner),
                None => self.begin(),
            }
        }
    }

    /// The handler of an owner that has ended goes.
    fn part(&mut self, owner: &O) {
        let of = |handler: &&mut Handler<O>| handler.owner.as_ref() == Some(owner);
        if let Some(handler) = self.handlers.iter_mut().find(of) {
            handler.owner = None;
            let at = handler.at;
            self.busy = Busy::Stopping { at };
            self.tasks.push_back(ManagerAction::Stop(at));
        }
    }

    fn begin(&mut self) {
        let Some(Queued { caller, entry }) = self.queue.pop() else { return };
        match entry {
            Entry::Notify(event) => {
                self.caller = caller;
                self.round(event, self.handlers.iter().map(|handler| handler.at).collect());
            }
            Entry::One(name, body) => match self.find(&name) {
                Some(at) => {
                    self.busy = Busy::One { at };
                    self.tasks.push_back(ManagerAction::Give(at, offered(caller, body)));
                }
                None => {
                    let text = format!("no worker is named `{}/{name}`", self.name);
                    let failure = Failure::new(Kind::NoWorker, text);
                    let told = caller.map(|(caller, _)| ManagerAction::Answer(caller, Err(failure)));
                    self.tasks.extend(told);
                }
            },
            Entry::Add(new) => {
                self.caller = caller;
                self.start(new, None, None, None);
            }
            Entry::Delete(name) => {
                self.caller = caller;
                match self.find(&name) {
                    Some(at) => {
                        self.busy = Busy::Stopping { at };
                        self.tasks.push_back(ManagerAction::Stop(at));
                    }
                    None => self.done(Err(Failure::new(Kind::Refused, MODULE_NOT_FOUND))),
                }
            }
            Entry::Swap(old, new) => self.swap(caller, &old, new, false),
            Entry::SwapItself(old, new) => self.swap(caller, &old, new, true),
        }
    }

    fn swap(&mut self, caller: Waiting<C>, old: &Name, new: NewHandler<O>, itself: bool) {
        self.caller = caller;
        match self.find(old) {
            Some(at) => {
                self.busy = Busy::Saving { at, new, itself };
                self.tasks.push_back(ManagerAction::Save(at));
            }
            None => self.start(new, None, None, None),
        }
    }

    /// The number of the handler of this name.
    pub fn find(&self, name: &Name) -> Option<usize> {
        self.handlers.iter().find(|handler| handler.name == *name).map(|handler| handler.at)
    }

    /// The event goes to the next handler, if one is left.
    fn round(&mut self, event: Vec<u8>, mut left: Vec<usize>) {
        let Some(at) = left.pop() else { return self.done(Ok(vec![])) };
        self.tasks.push_back(ManagerAction::Give(at, Offered::Cast(event.clone())));
        self.busy = Busy::Round { event, left, at };
    }

    fn start(&mut self, mut new: NewHandler<O>, state: Option<SavedState>, left: Option<Name>, place: Option<usize>) {
        if self.find(&new.handler).is_some() {
            self.never_came(new.owner.take());
            return self.done(Err(failed(Failure::new(Kind::Refused, ALREADY_EXISTS), left)));
        }
        self.busy = Busy::Starting { name: new.handler.clone(), owner: new.owner.take(), left, place };
        self.tasks.push_back(ManagerAction::Start(new, state));
    }

    /// What it did is over.
    fn done(&mut self, outcome: Outcome) {
        self.busy = Busy::No;
        match (self.caller.take(), outcome) {
            (Some((caller, _)), outcome) => self.tasks.push_back(ManagerAction::Answer(caller, outcome)),
            (None, Err(failure)) => self.tasks.push_back(ManagerAction::Failed(failure)),
            (None, Ok(_)) => {}
        }
    }

    /// The handler with this number has stepped what it was given, or its caller no longer waited.
    pub fn heard(&mut self, handler: usize) {
        match std::mem::replace(&mut self.busy, Busy::No) {
            Busy::Round { event, left, at } if at == handler => self.round(event, left),
            Busy::One { at } if at == handler => {}
            other => self.busy = other,
        }
    }

    /// A handler has come up, whoever started it. From the next event on it is the first to hear, or hears
    /// in the turn of the one that has swapped itself for it.
    pub fn joined(&mut self, name: Name, at: usize) {
        let place = match &self.busy {
            Busy::Starting { name: awaited, place: Some(place), .. } if *awaited == name => *place,
            _ => self.handlers.len(),
        };
        self.handlers.insert(place, Handler { name, at, owner: None });
    }

    /// What came of a [`ManagerAction::Start`]. If it has come up, [`Manager::joined`] was told before.
    pub fn started(&mut self, outcome: Result<(), Failure>) {
        let (name, owner, left) = match std::mem::replace(&mut self.busy, Busy::No) {
            Busy::Starting { name, owner, left, .. } => (name, owner, left),
            // The manager was stopped meanwhile.
            other => {
                self.busy = other;
                return;
            }
        };
        let joined = self.handlers.iter_mut().find(|handler| outcome.is_ok() && handler.name == name);
        match (owner, joined) {
            (Some(owner), Some(handler)) => handler.owner = Some(owner),
            (owner, _) => self.never_came(owner),
        }
        self.done(outcome.map(|()| vec![]).map_err(|failure| failed(failure, left)));
    }

    /// What came of a [`ManagerAction::Save`].
    pub fn saved(&mut self, handler: usize, state: Option<SavedState>) {
        match std::mem::replace(&mut self.busy, Busy::No) {
            Busy::Saving { at, new, itself } if at == handler => {
                self.tasks.push_back(ManagerAction::Stop(at));
                self.busy = Busy::Leaving { at, new, itself, state };
            }
            other => self.busy = other,
        }
    }

    /// A handler is gone, for whatever reason.
    pub fn left(&mut self, handler: usize, reason: &ExitReason) {
        let Some(place) = self.handlers.iter().position(|other| other.at == handler) else { return };
        let Handler { name, owner, .. } = self.handlers.remove(place);
        if let Some(owner) = owner {
            self.bequeath(handler, &name, owner, reason);
        }
        self.recall(handler);
        match &mut self.busy {
            Busy::Round { left, .. } => left.retain(|&other| other != handler),
            Busy::Starting { place: Some(first), .. } if *first > place => *first -= 1,
            _ => {}
        }
        let before = |itself: bool| itself.then_some(place);
        match std::mem::replace(&mut self.busy, Busy::No) {
            Busy::Round { event, left, at } if at == handler => self.round(event, left),
            Busy::One { at } if at == handler => {}
            Busy::Stopping { at } if at == handler => self.done(Ok(vec![])),
            Busy::Saving { at, new, itself } if at == handler => self.start(new, None, Some(name), before(itself)),
            Busy::Leaving { at, new, itself, state } if at == handler => {
                self.start(new, state, Some(name), before(itself));
            }
            other => self.busy = other,
        }
    }

    /// An owner is told of its handler's end, and has the one that comes in its place unless that one has an
    /// owner already.
    fn bequeath(&mut self, at: usize, name: &Name, owner: O, reason: &ExitReason) {
        let (manager, handler, why) = (self.name.to_string(), name.to_string(), self.why(at, reason));
        let end = Box::new(HandlerEnd { manager, handler, why });
        let news = match &mut self.busy {
            Busy::Saving { at: old, new, .. } | Busy::Leaving { at: old, new, .. }
                if *old == at && new.owner.is_none() =>
            {
                new.owner = Some(owner.clone());
                OwnerNews::Replaced(end)
            }
            _ => OwnerNews::Left(end),
        };
        self.tasks.push_back(ManagerAction::Tell(owner, news));
    }

    /// What was to be done with this handler and has not begun is not done.
    fn recall(&mut self, handler: usize) {
        self.tasks
            .retain(|task| !matches!(task, ManagerAction::Give(at, _) | ManagerAction::Stop(at) if *at == handler));
    }

    fn why(&self, handler: usize, reason: &ExitReason) -> HandlerWhy {
        match (reason, &self.busy) {
            (ExitReason::Crashed(fault), _) => HandlerWhy::Crashed(fault.to_string()),
            (ExitReason::Killed, _) => HandlerWhy::Crashed(reason.to_string()),
            (_, Busy::Stopping { at }) if *at == handler => HandlerWhy::Normal,
            (_, Busy::Saving { at, new, .. } | Busy::Leaving { at, new, .. }) if *at == handler => {
                HandlerWhy::Swapped(new.handler.to_string())
            }
            (ExitReason::Normal, _) => HandlerWhy::Normal,
            (ExitReason::Shutdown, _) => HandlerWhy::Shutdown,
        }
    }
}

/// Why a handler did not come, where another has left for it.
fn failed(failure: Failure, left: Option<Name>) -> Failure {
    let Some(left) = left else { return failure };
    Failure::new(failure.kind, format!("{}; `{left}` {HANDLER_LEFT}", failure.text))
}

fn offered<C>(caller: Waiting<C>, body: Vec<u8>) -> Offered<C> {
    match caller {
        Some((caller, deadline)) => Offered::Call { caller, deadline, body },
        None => Offered::Cast(body),
    }
}
