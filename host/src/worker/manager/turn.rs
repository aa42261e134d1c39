//! One thing after the other: what a manager takes up, and what comes of it.

use super::entry::{Entry, ManagerAction, NewHandler};
use super::{Busy, Handler, Manager, Queued, Waiting};
use crate::base::{
    ALREADY_EXISTS, ExitReason, Failure, HANDLER_LEFT, HandlerEnd, HandlerWhy, Kind, MODULE_NOT_FOUND, Name, Outcome,
    SavedState,
};
use crate::worker::Offered;

impl<C, O: PartialEq> Manager<C, O> {
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
                self.start(new, None, None);
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
            Entry::Swap(old, new) => {
                self.caller = caller;
                match self.find(&old) {
                    Some(at) => {
                        self.busy = Busy::Saving { at, new };
                        self.tasks.push_back(ManagerAction::Save(at));
                    }
                    None => self.start(new, None, None),
                }
            }
        }
    }

    fn find(&self, name: &Name) -> Option<usize> {
        self.handlers.iter().find(|handler| handler.name == *name).map(|handler| handler.at)
    }

    /// The event goes to the next handler, if one is left.
    fn round(&mut self, event: Vec<u8>, mut left: Vec<usize>) {
        let Some(at) = left.pop() else { return self.done(Ok(vec![])) };
        self.tasks.push_back(ManagerAction::Give(at, Offered::Cast(event.clone())));
        self.busy = Busy::Round { event, left, at };
    }

    fn start(&mut self, mut new: NewHandler<O>, state: Option<SavedState>, left: Option<Name>) {
        if self.find(&new.handler).is_some() {
            self.never_came(new.owner.take());
            return self.done(Err(failed(Failure::new(Kind::Refused, ALREADY_EXISTS), left)));
        }
        self.busy = Busy::Starting { name: new.handler.clone(), owner: new.owner.take(), left };
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

    /// A handler has come up, whoever started it. From the next event on it is the first to hear.
    pub fn joined(&mut self, name: Name, at: usize) {
        self.handlers.push(Handler { name, at, owner: None });
    }

    /// What came of a [`ManagerAction::Start`]. If it has come up, [`Manager::joined`] was told before.
    pub fn started(&mut self, outcome: Result<(), Failure>) {
        let (name, owner, left) = match std::mem::replace(&mut self.busy, Busy::No) {
            Busy::Starting { name, owner, left } => (name, owner, left),
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
            Busy::Saving { at, new } if at == handler => {
                self.tasks.push_back(ManagerAction::Stop(at));
                self.busy = Busy::Leaving { at, new, state };
            }
            other => self.busy = other,
        }
    }

    /// A handler is gone, for whatever reason.
    pub fn left(&mut self, handler: usize, reason: &ExitReason) {
        let Some(place) = self.handlers.iter().position(|other| other.at == handler) else { return };
        let Handler { name, owner, .. } = self.handlers.remove(place);
        if let Some(owner) = owner {
            let (manager, handler, why) = (self.name.to_string(), name.to_string(), self.why(handler, reason));
            self.tasks.push_back(ManagerAction::Ended(owner, Some(HandlerEnd { manager, handler, why })));
        }
        self.recall(handler);
        if let Busy::Round { left, .. } = &mut self.busy {
            left.retain(|&other| other != handler);
        }
        match std::mem::replace(&mut self.busy, Busy::No) {
            Busy::Round { event, left, at } if at == handler => self.round(event, left),
            Busy::One { at } if at == handler => {}
            Busy::Stopping { at } if at == handler => self.done(Ok(vec![])),
            Busy::Saving { at, new } if at == handler => self.start(new, None, Some(name)),
            Busy::Leaving { at, new, state } if at == handler => self.start(new, state, Some(name)),
            other => self.busy = other,
        }
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
            (_, Busy::Saving { at, new } | Busy::Leaving { at, new, .. }) if *at == handler => {
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
