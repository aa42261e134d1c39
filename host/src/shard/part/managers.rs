//! Event managers: each lives on one shard with all its handlers, where its machine
//! ([`crate::worker::Manager`]) says whose turn it is.
//!
//! A handler is a worker like any other. Its manager learns here that it has come, has stepped what it was
//! given, has handed its state over, or has left. The machine is asked what to do between two visits, never
//! within one: what it wants may concern the very worker that is being visited.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::{Part, Want, Wants};
use crate::base::{
    ALREADY_EXISTS, Backoff, ChildKind, ChildSpec, Failure, HandlerChange, HandlerStart, Kind, Name, Nanos, QueueSpec,
    Restart, SavedState, Share, Shutdown,
};
use crate::protocol::{Brief, Directory, Mail, ManagerSpec, Tie, no_worker, order_failure, question};
use crate::shard::body::End;
use crate::shard::caller::Caller;
use crate::shard::workers::{Errand, Slot, Workers};
use crate::supervisor::{ChildError, ChildId, Event, NewChild, Order, StartChild};
use crate::worker::{Entry, Manager, ManagerAction, NewHandler, OwnerNews};

/// Tasks of one manager before its neighbours have their turn.
const TASKS_PER_TURN: usize = 64;

/// Set in the numbers of managers' questions to the tree, never in those of workers.
const MANAGERS: u64 = 1 << 47;

/// Somebody who waits, and until when.
pub(crate) type Waiting = Option<(Caller, Nanos)>;

/// One manager of a shard.
#[derive(Debug)]
struct Managed {
    spec: ManagerSpec,
    machine: Manager<Caller, Tie>,
    /// What the handler that is being started takes over, by its address.
    carried: Option<(Name, SavedState)>,
    /// Its question to the tree for that handler.
    asked: Option<u64>,
    /// Whether it stands among those that may have something to do.
    stirred: bool,
}

/// One handler: a worker, by its slot.
#[derive(Debug)]
struct Handler {
    manager: usize,
    /// Its manager has given it something and waits until that is stepped.
    hearing: bool,
}

/// The managers of a shard and their handlers.
#[derive(Debug)]
pub(crate) struct Managers {
    shard: usize,
    directory: Arc<Directory>,
    all: Vec<Managed>,
    /// By slot.
    handlers: HashMap<usize, Handler>,
    /// Managers that may have something to do.
    stirred: VecDeque<usize>,
    /// When one of them must look at who waits.
    wake: Option<Nanos>,
    questions: u64,
}

impl Managers {
    /// Those of the shard with this index, in the order of their numbers.
    pub(crate) fn new(
        shard: usize,
        directory: Arc<Directory>,
        specs: Vec<ManagerSpec>,
        share: &Arc<Share>,
    ) -> Managers {
        let managed = |spec: ManagerSpec| {
            let machine = Manager::new(spec.name.clone(), spec.queue, Some(Arc::clone(share)));
            Managed { spec, machine, carried: None, asked: None, stirred: false }
        };
        Managers {
            shard,
            directory,
            all: specs.into_iter().map(managed).collect(),
            handlers: HashMap::new(),
            stirred: VecDeque::new(),
            wake: None,
            questions: MANAGERS,
        }
    }

    /// Queues an event for all handlers of a manager, or what is for one of them.
    ///
    /// # Errors
    /// It has no place. Its caller, if there is one, is told.
    pub(crate) fn offer(
        &mut self,
        at: usize,
        to: &str,
        waiting: Waiting,
        body: Vec<u8>,
        wants: &mut Wants,
    ) -> Result<(), Failure> {
        let ask = match to.split_once('/').map(|(_, handler)| Name::new(handler)) {
            None => Entry::Notify(body),
            Some(Ok(handler)) => Entry::One(handler, body),
            Some(Err(_)) => {
                let failure = no_worker(to);
                if let Some((caller, _)) = waiting {
                    wants.push(Want::Answer(caller, Err(failure.clone())));
                }
                return Err(failure);
            }
        };
        self.ask(at, waiting, ask)
    }

    /// Queues what somebody asks of a manager.
    ///
    /// # Errors
    /// It has no place. Whoever waits is told by the machine.
    pub(crate) fn ask(&mut self, at: usize, waiting: Waiting, ask: Entry<Tie>) -> Result<(), Failure> {
        let due = waiting.as_ref().map(|(_, deadline)| *deadline);
        self.wake = self.wake.into_iter().chain(due).min();
        let offered = self.all[at].machine.offer(waiting, ask);
        self.stir(at);
        offered
    }

    /// A manager may have something to do.
    fn stir(&mut self, at: usize) {
        let manager = &mut self.all[at];
        if !manager.stirred && manager.machine.is_ready() {
            manager.stirred = true;
            self.stirred.push_back(at);
        }
    }

    /// Whether one of them may have something to do.
    pub(crate) fn is_stirred(&self) -> bool {
        !self.stirred.is_empty()
    }

    /// What managers want done now.
    pub(crate) fn pump(&mut self, workers: &Workers, wants: &mut Wants) {
        for _ in 0..self.stirred.len() {
            let Some(at) = self.stirred.pop_front() else { return };
            self.all[at].stirred = false;
            for _ in 0..TASKS_PER_TURN {
                let Some(task) = self.all[at].machine.next_action() else { break };
                self.take(at, task, workers, wants);
            }
            self.stir(at);
        }
    }

    fn take(&mut self, at: usize, task: ManagerAction<Caller, Tie>, workers: &Workers, wants: &mut Wants) {
        match task {
            ManagerAction::Answer(caller, outcome) => wants.push(Want::Answer(caller, outcome)),
            ManagerAction::Give(slot, offered) => {
                if let Some(handler) = self.handlers.get_mut(&slot) {
                    handler.hearing = true;
                }
                wants.push(Want::Give(slot, offered));
            }
            ManagerAction::Start(new, state) => self.start_handler(at, new, state, wants),
            ManagerAction::Stop(slot) => {
                let child = workers[slot].spec.child;
                wants.push(Want::Ask(Event::Order { child, order: Order::Terminate, asked: 0 }));
            }
            ManagerAction::Save(slot) => wants.push(Want::Errand(slot, Errand::HandOver)),
            ManagerAction::Tell(tie, news) => self.tell_owner(tie, news, wants),
            ManagerAction::Failed(failure) => wants.push(untold(self.all[at].spec.name.as_str(), &failure)),
        }
    }

    fn start_handler(&mut self, at: usize, new: NewHandler<Tie>, state: Option<SavedState>, wants: &mut Wants) {
        self.questions += 1;
        let manager = &mut self.all[at];
        let (supervisor, under) = (manager.spec.child, manager.spec.name.clone());
        manager.carried = state.map(|state| (Name::address(&under, &new.handler), state));
        manager.asked = Some(self.questions);
        let asked = question(self.shard, self.questions);
        let new = NewChild::Spec(Box::new(handler_spec(under, new)));
        wants.push(Want::Ask(Event::StartChild(StartChild { supervisor, new, asked })));
    }

    /// The tree's answer to a question of a manager; false if it is none of theirs.
    pub(crate) fn answered(&mut self, id: u64, outcome: &Result<Name, ChildError>) -> bool {
        if id & MANAGERS == 0 {
            return false;
        }
        if let Some(at) = self.all.iter().position(|manager| manager.asked == Some(id)) {
            let manager = &mut self.all[at];
            (manager.carried, manager.asked) = (None, None);
            manager.machine.started(outcome.as_ref().map(drop).map_err(not_added));
            self.stir(at);
        }
        true
    }

    /// What the worker of this address takes over from the handler whose place it has.
    pub(crate) fn inherited(&mut self, address: &Name) -> Option<SavedState> {
        let at = self.of(address.as_str())?;
        let carried = &mut self.all[at].carried;
        carried.take_if(|(name, _)| name == address).map(|(_, state)| state)
    }

    /// A handler has handed its state over, if it has one.
    pub(crate) fn handed_over(&mut self, at: usize, state: Option<SavedState>) {
        if let Some(handler) = self.handlers.get(&at) {
            let manager = handler.manager;
            self.all[manager].machine.saved(at, state);
            self.stir(manager);
        }
    }

    /// Whatever a handler was given may have been stepped, or its caller waits no longer. Where the step was
    /// its last one, it has been heard when the handler is gone.
    pub(crate) fn check_heard(&mut self, at: usize, slot: &Slot) {
        if self.handlers.is_empty() {
            return;
        }
        let Some(handler) = self.handlers.get_mut(&at).filter(|handler| handler.hearing) else { return };
        if !slot.worker.hears() && slot.ending.is_none() {
            handler.hearing = false;
            let manager = handler.manager;
            self.all[manager].machine.heard(at);
            self.stir(manager);
        }
    }

    /// A manager has come up, or is to stop.
    pub(crate) fn set_open(&mut self, child: ChildId, open: bool) {
        let Some(at) = self.all.iter().position(|manager| manager.spec.child == child) else { return };
        match open {
            true => self.all[at].machine.open(),
            false => self.all[at].machine.close(),
        }
        self.stir(at);
    }

    /// The worker that a handler of this manager is tied to has ended.
    pub(crate) fn owner_ended(&mut self, manager: &str, tie: Tie, wants: &mut Wants) {
        match self.directory.manager(manager) {
            Some(place) if place.shard == self.shard => {
                self.all[place.slot].machine.owner_ended(tie);
                self.stir(place.slot);
            }
            Some(place) => wants.push(Want::Post(place.shard, Mail::OwnerEnded { manager: manager.to_owned(), tie })),
            None => {}
        }
    }

    /// A worker learns what became of a handler that is tied to it.
    pub(crate) fn tell_owner(&self, tie: Tie, news: OwnerNews, wants: &mut Wants) {
        wants.push(if tie.shard == self.shard {
            Want::TellOwner(tie.slot, tie.number, news)
        } else {
            Want::Post(tie.shard, Mail::TellOwner { tie, news })
        });
    }

    /// The slot of the handler of this address, of this manager.
    pub(crate) fn handler(&self, at: usize, address: &str) -> Option<usize> {
        let (_, handler) = address.split_once('/')?;
        self.all[at].machine.find(&Name::new(handler).ok()?)
    }

    /// Managers as the tree shows them.
    pub(crate) fn briefs(&self) -> impl Iterator<Item = Brief> {
        self.all.iter().map(|manager| Brief {
            child: manager.spec.child,
            queued: manager.machine.queued(),
            capacity: manager.machine.capacity(),
            suspended: false,
            doing: None,
            overloads: 0,
        })
    }

    /// The manager of this shard that this is the address of a handler of.
    fn of(&self, address: &str) -> Option<usize> {
        if self.all.is_empty() || !address.contains('/') {
            return None;
        }
        self.directory.manager_or_handler(address).filter(|place| place.shard == self.shard).map(|place| place.slot)
    }
}

impl Part for Managers {
    fn began(&mut self, at: usize, slot: &mut Slot, _: &mut Wants) {
        let Some(manager) = self.of(slot.spec.name.as_str()) else { return };
        let (_, handler) = slot.spec.name.as_str().split_once('/').unwrap_or_default();
        if let Ok(name) = Name::new(handler) {
            self.handlers.insert(at, Handler { manager, hearing: false });
            self.all[manager].machine.joined(name, at);
            self.stir(manager);
        }
    }

    /// A handler is temporary, so it does not come back by itself. Handlers that were tied to a worker go with it.
    fn left(&mut self, at: usize, slot: &mut Slot, end: &End, wants: &mut Wants) {
        if end.leaves_the_worker() {
            return;
        }
        for (number, manager) in slot.worker.take_supervised() {
            self.owner_ended(&manager, Tie { shard: self.shard, slot: at, number }, wants);
        }
        let (End::Exited(reason) | End::Stopped(reason)) = end else { return };
        if let Some(handler) = self.handlers.remove(&at) {
            self.all[handler.manager].machine.left(at, reason);
            self.stir(handler.manager);
        }
    }

    /// Callers whose deadline has come are told.
    fn due(&mut self, now: Nanos, _: &Workers, _: &mut Wants) {
        if self.wake.is_none_or(|wake| wake > now) {
            return;
        }
        for at in 0..self.all.len() {
            self.all[at].machine.tick(now);
            self.stir(at);
        }
        self.wake = self.all.iter().filter_map(|manager| manager.machine.wake_at()).min();
    }

    fn wake_at(&self) -> Option<Nanos> {
        self.wake
    }
}

/// A change of handlers as the machine takes it. `behaviour` gives the name of one that is declared.
///
/// # Errors
/// A name is none, or nothing is declared for it.
pub(crate) fn checked(
    change: HandlerChange,
    tie: Option<Tie>,
    behaviour: impl Fn(&str) -> Option<Name>,
) -> Result<Entry<Tie>, Failure> {
    let handler = |text: &str| {
        let refused = |error| Failure::new(Kind::Refused, format!("`{text}` is no name of a handler: {error}"));
        Name::new(text).map_err(refused)
    };
    let new = |start: HandlerStart| {
        let text = || format!("there is no behaviour `{}`; declare it in the manifest", start.behaviour);
        let behaviour = behaviour(&start.behaviour).ok_or_else(|| Failure::new(Kind::Refused, text()))?;
        Ok(NewHandler { handler: handler(&start.handler)?, behaviour, config: start.config, owner: tie })
    };
    Ok(match change {
        HandlerChange::Add(start) => Entry::Add(new(start)?),
        HandlerChange::Delete(name) => Entry::Delete(handler(&name)?),
        HandlerChange::Swap(old, start) => Entry::Swap(handler(&old)?, new(start)?),
    })
}

/// A change of handlers that the worker of this address asks for: the swap of a handler may be its own.
pub(crate) fn by_itself(manager: &str, asker: &Name, ask: Entry<Tie>) -> Entry<Tie> {
    match ask {
        Entry::Swap(old, new) if asker.as_str().split_once('/') == Some((manager, old.as_str())) => {
            Entry::SwapItself(old, new)
        }
        ask => ask,
    }
}

/// Nobody waits for what came of a change of handlers, so it is for the log.
pub(crate) fn untold(manager: &str, failure: &Failure) -> Want {
    let text = format!("its handlers stay as they are: {}", failure.text);
    let worker = Name::of_worker(manager).unwrap_or_else(|_| Name::host());
    Want::Tell(crate::protocol::Notice::Log { worker, level: "warn", text })
}

fn handler_spec(under: Name, new: NewHandler<Tie>) -> ChildSpec {
    ChildSpec {
        name: new.handler,
        under,
        kind: ChildKind::Worker(new.behaviour),
        restart: Restart::Temporary,
        backoff: Backoff::default(),
        shutdown: Shutdown::default(),
        significant: false,
        queue: QueueSpec::default(),
        hibernate_after: None,
        config: if new.config.is_empty() { b"{}"[..].into() } else { new.config.into() },
        durable: false,
        redact: false,
        terminate_after_crash: false,
    }
}

/// Why the tree did not start a handler.
fn not_added(error: &ChildError) -> Failure {
    match error {
        ChildError::AlreadyStarted | ChildError::AlreadyPresent => Failure::new(Kind::Refused, ALREADY_EXISTS),
        ChildError::Failed(reason) => Failure::new(Kind::Refused, reason.to_string()),
        error => order_failure(error),
    }
}
