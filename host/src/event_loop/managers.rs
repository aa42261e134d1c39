//! Event managers: each lives on one shard with all its handlers, where its machine says whose turn it
//! is ([`worker::Manager`]). What is sent to a manager or to one of its handlers comes here.
//!
//! Its machine is asked what to do between two visits, never within one: what it wants may concern
//! the very worker that is being visited.

use super::driver::Driver;
use super::event::{Brief, Caller, Mail, Notice, Origin};
use super::shard::{Shard, lock};
use crate::base::{
    ALREADY_EXISTS, Backoff, ChildKind, ChildSpec, Failure, HandlerChange, HandlerEnd, HandlerStart, Kind, Name, Nanos,
    QueueSpec, Restart, SavedState, Shutdown,
};
use crate::supervisor::{ChildError, ChildId, Event, NewChild, Order, StartChild, Status, Tree};
use crate::worker::{self, Ask, NewHandler, Task};

/// Tasks of one manager before its neighbours have their turn.
const TASKS_PER_TURN: usize = 64;

/// What never changes about a manager.
#[derive(Clone, Debug)]
pub struct ManagerSpec {
    /// Its place in the tree.
    pub child: ChildId,
    /// Its name.
    pub name: Name,
    /// Its queue.
    pub queue: QueueSpec,
}

impl ManagerSpec {
    /// The managers of a tree.
    pub fn all(tree: &Tree) -> Vec<ManagerSpec> {
        let of = |child| {
            let queue = tree.supervisor_spec(child)?.manager?;
            Some(ManagerSpec { child, name: tree.name(child).clone(), queue })
        };
        tree.managers().filter_map(of).collect()
    }
}

/// A worker that a handler is tied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Its shard.
    pub(super) shard: usize,
    /// Its slot there.
    pub(super) slot: usize,
    /// Its own number for the tie, which no other worker of this slot has.
    pub(super) number: u64,
}

/// A change of handlers that somebody on another thread asks for.
#[derive(Debug)]
pub struct ChangeHandlers {
    /// The manager.
    pub manager: String,
    /// What is to change.
    pub change: HandlerChange,
    /// When whoever waits stops waiting.
    pub deadline: Nanos,
    /// Who wants to know what came of it.
    pub origin: Option<Origin>,
    /// The worker that the handler which comes is to be tied to.
    pub tie: Option<Tie>,
}

/// One manager of a shard.
#[derive(Debug)]
pub(super) struct Managed {
    pub(super) spec: ManagerSpec,
    pub(super) machine: worker::Manager<Caller, Tie>,
    /// What the handler that is being started takes over, by its address.
    pub(super) carried: Option<(Name, SavedState)>,
    /// Its question to the tree for that handler.
    asked: Option<u64>,
    /// Whether it stands among those that may have something to do.
    stirred: bool,
}

impl Managed {
    pub(super) fn new(spec: ManagerSpec) -> Managed {
        let machine = worker::Manager::new(spec.name.clone(), spec.queue);
        Managed { spec, machine, carried: None, asked: None, stirred: false }
    }

    /// It as the tree shows it.
    pub(super) fn brief(&self) -> Brief {
        Brief {
            child: self.spec.child,
            queued: self.machine.queued(),
            capacity: self.machine.capacity(),
            suspended: false,
        }
    }
}

impl<D: Driver> Shard<D> {
    /// Queues an event for all handlers of a manager, or what is for one of them.
    ///
    /// # Errors
    /// It has no place. Its caller, if there is one, is told.
    pub(super) fn offer_to_manager(
        &mut self,
        at: usize,
        to: &str,
        caller: Option<(Caller, Nanos)>,
        body: Vec<u8>,
    ) -> Result<(), Failure> {
        let ask = match to.split_once('/').map(|(_, handler)| Name::new(handler)) {
            None => Ask::Notify(body),
            Some(Ok(handler)) => Ask::One(handler, body),
            Some(Err(_)) => {
                let failure = super::route::no_worker(to);
                caller.into_iter().for_each(|(caller, _)| self.answer(caller, Err(failure.clone())));
                return Err(failure);
            }
        };
        self.ask_manager(at, caller, ask)
    }

    fn ask_manager(&mut self, at: usize, caller: Option<(Caller, Nanos)>, ask: Ask<Tie>) -> Result<(), Failure> {
        let due = caller.as_ref().map(|(_, deadline)| *deadline);
        self.managers_wake = self.managers_wake.into_iter().chain(due).min();
        let offered = self.managers[at].machine.offer(caller, ask);
        self.stir(at);
        offered
    }

    /// Somebody wants to change the handlers of a manager, wherever it lives.
    pub(super) fn change_handlers(
        &mut self,
        manager: &str,
        change: HandlerChange,
        caller: Option<(Caller, Nanos)>,
        tie: Option<Tie>,
    ) {
        let place = self.directory.manager(manager);
        let ask = match place {
            None => Err(Failure::new(Kind::NoWorker, format!("no event manager is named `{manager}`"))),
            Some(place) if place.shard == self.index => self.checked(change, tie),
            Some(place) => return self.post_change(place.shard, manager, change, caller, tie),
        };
        match (place, ask) {
            (Some(place), Ok(ask)) => {
                let untold = caller.is_none();
                // Whoever waits is told by the machine.
                if let Err(failure) = self.ask_manager(place.slot, caller, ask)
                    && untold
                {
                    self.log_of(manager, failure);
                }
            }
            (_, Err(failure)) => self.refuse_change(manager, caller, tie, failure),
            (None, Ok(_)) => {}
        }
    }

    fn post_change(
        &mut self,
        shard: usize,
        manager: &str,
        change: HandlerChange,
        caller: Option<(Caller, Nanos)>,
        tie: Option<Tie>,
    ) {
        let (caller, deadline) = caller.unzip();
        let id = caller.map(|caller| self.await_answer(caller));
        let origin = id.map(|id| Origin::Peer { shard: self.index, id });
        let deadline = deadline.unwrap_or(Nanos::MAX);
        let change = ChangeHandlers { manager: manager.to_owned(), change, deadline, origin, tie };
        if self.try_post(shard, Mail::Handlers(Box::new(change))).is_err() {
            let failure = Failure::new(Kind::Overloaded, format!("the lane to `{manager}` is full; not executed"));
            tie.into_iter().for_each(|tie| self.tell_owner(tie, None));
            match id {
                Some(id) => self.refuse(id, failure),
                None => self.log_of(manager, failure),
            }
        }
    }

    fn refuse_change(&mut self, manager: &str, caller: Option<(Caller, Nanos)>, tie: Option<Tie>, failure: Failure) {
        if let Some(tie) = tie {
            self.tell_owner(tie, None);
        }
        match caller {
            Some((caller, _)) => self.answer(caller, Err(failure)),
            None => self.log_of(manager, failure),
        }
    }

    /// A change as the machine takes it.
    fn checked(&self, change: HandlerChange, tie: Option<Tie>) -> Result<Ask<Tie>, Failure> {
        let handler = |text: &str| {
            let refused = |error| Failure::new(Kind::Refused, format!("`{text}` is no name of a handler: {error}"));
            Name::new(text).map_err(refused)
        };
        let new = |start: HandlerStart| {
            let known = self.components.get_key_value(start.behaviour.as_str()).map(|(name, _)| name.clone());
            let text = || format!("there is no behaviour `{}`; declare it in the manifest", start.behaviour);
            let behaviour = known.ok_or_else(|| Failure::new(Kind::Refused, text()))?;
            Ok(NewHandler { handler: handler(&start.handler)?, behaviour, config: start.config, owner: tie })
        };
        Ok(match change {
            HandlerChange::Add(start) => Ask::Add(new(start)?),
            HandlerChange::Delete(name) => Ask::Delete(handler(&name)?),
            HandlerChange::Swap(old, start) => Ask::Swap(handler(&old)?, new(start)?),
        })
    }

    /// A manager may have something to do.
    pub(super) fn stir(&mut self, at: usize) {
        let manager = &mut self.managers[at];
        if !manager.stirred && manager.machine.is_ready() {
            manager.stirred = true;
            self.stirred.push_back(at);
        }
    }

    /// Does what managers want done.
    pub(super) fn pump(&mut self) {
        for _ in 0..self.stirred.len() {
            let Some(at) = self.stirred.pop_front() else { return };
            self.managers[at].stirred = false;
            for _ in 0..TASKS_PER_TURN {
                let Some(task) = self.managers[at].machine.next_task() else { break };
                self.carry_out_task(at, task);
            }
            self.stir(at);
        }
    }

    fn carry_out_task(&mut self, at: usize, task: Task<Caller, Tie>) {
        match task {
            Task::Answer(caller, outcome) => self.answer(caller, outcome),
            Task::Give(slot, offered) => {
                self.slots[slot].hearing = true;
                self.slots[slot].worker.give(offered);
                self.schedule(slot);
                self.update_wake(slot);
            }
            Task::Start(new, state) => self.start_handler(at, new, state),
            Task::Stop(slot) => {
                let child = self.slots[slot].spec.child;
                self.supervise(Event::Order { child, order: Order::Terminate, asked: 0 });
            }
            Task::Save(slot) => {
                self.slots[slot].hands_over = true;
                self.schedule(slot);
            }
            Task::Ended(tie, end) => self.tell_owner(tie, end),
            Task::Failed(failure) => {
                let manager = self.managers[at].spec.name.to_string();
                self.log_of(&manager, failure);
            }
        }
    }

    fn start_handler(&mut self, at: usize, new: NewHandler<Tie>, state: Option<SavedState>) {
        let manager = &mut self.managers[at];
        let (supervisor, under) = (manager.spec.child, manager.spec.name.clone());
        manager.carried = state.map(|state| (Name::address(&under, &new.handler), state));
        let config = if new.config.is_empty() { b"{}".to_vec() } else { new.config };
        let spec = ChildSpec {
            name: new.handler,
            under,
            kind: ChildKind::Worker(new.behaviour),
            restart: Restart::Temporary,
            backoff: Backoff::default(),
            shutdown: Shutdown::default(),
            significant: false,
            queue: QueueSpec::default(),
            hibernate_after: None,
            config: config.into(),
            redact: false,
            terminate_after_crash: false,
        };
        let (asked, id) = self.new_question();
        self.managers[at].asked = Some(id);
        self.supervise(Event::StartChild(StartChild { supervisor, new: NewChild::Spec(spec), asked }));
    }

    /// The manager that asked the tree this for a handler.
    pub(super) fn manager_that_asked(&self, id: u64) -> Option<usize> {
        self.managers.iter().position(|manager| manager.asked == Some(id))
    }

    /// The tree's answer to it.
    pub(super) fn handler_started(&mut self, at: usize, outcome: Result<Name, ChildError>) {
        let failure = |error: ChildError| match error {
            ChildError::AlreadyStarted | ChildError::AlreadyPresent => Failure::new(Kind::Refused, ALREADY_EXISTS),
            ChildError::Failed(reason) => Failure::new(Kind::Refused, reason.to_string()),
            error => super::orders::order_failure(&error),
        };
        self.managers[at].carried = None;
        self.managers[at].asked = None;
        self.managers[at].machine.started(outcome.map(drop).map_err(failure));
        self.stir(at);
    }

    pub(super) fn has_manager(&self, child: ChildId) -> bool {
        self.managers.iter().any(|manager| manager.spec.child == child)
    }

    /// It may have been stopped since it came up, and word of that may have come here first.
    fn runs(&self, child: ChildId) -> bool {
        let tree = lock(&self.tree);
        tree.contains(child) && tree.status(child) == Status::Running
    }

    /// A manager has come up, or is to stop.
    pub(super) fn set_manager(&mut self, child: ChildId, open: bool) {
        let Some(at) = self.managers.iter().position(|manager| manager.spec.child == child) else { return };
        if !open {
            self.managers[at].machine.close();
        } else if self.runs(child) {
            self.managers[at].machine.open();
        }
        self.stir(at);
    }

    /// Callers of managers whose deadline has come are told.
    pub(super) fn tick_managers(&mut self) {
        if self.managers_wake.is_none_or(|wake| wake > self.now) {
            return;
        }
        for at in 0..self.managers.len() {
            self.managers[at].machine.tick(self.now);
            self.stir(at);
        }
        self.managers_wake = self.managers.iter().filter_map(|manager| manager.machine.wake_at()).min();
    }

    /// A worker learns that a handler tied to it is gone, or never came.
    pub(super) fn tell_owner(&mut self, tie: Tie, end: Option<HandlerEnd>) {
        if tie.shard != self.index {
            return self.post(tie.shard, Mail::HandlerEnded { tie, end: end.map(Box::new) });
        }
        self.slots[tie.slot].worker.handler_ended(tie.number, end);
        self.schedule(tie.slot);
    }

    /// The instance of this worker is gone: so are the handlers that were tied to it.
    pub(super) fn untie(&mut self, slot: usize) {
        for (number, manager) in self.slots[slot].worker.take_supervised() {
            self.owner_ended(&manager, Tie { shard: self.index, slot, number });
        }
    }

    /// The owner of a handler of this manager has ended.
    pub(super) fn owner_ended(&mut self, manager: &str, tie: Tie) {
        match self.directory.manager(manager) {
            Some(place) if place.shard == self.index => {
                self.managers[place.slot].machine.owner_ended(tie);
                self.stir(place.slot);
            }
            Some(place) => self.post(place.shard, Mail::OwnerEnded { manager: manager.to_owned(), tie }),
            None => {}
        }
    }

    /// Nobody waits for what came of a change, so it is for the log.
    fn log_of(&mut self, manager: &str, failure: Failure) {
        let text = format!("its handlers stay as they are: {}", failure.text);
        if let Ok(worker) = Name::of_worker(manager) {
            self.notices.push(Notice::Log { worker, level: "warn", text });
        }
    }
}
