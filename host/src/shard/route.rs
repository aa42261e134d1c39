//! From a name to a worker's queue, on this shard or on another.

use std::sync::Arc;
use std::time::Duration;

use super::caller::Caller;
use super::part::{Waiting, Want, by_itself, checked, untold};
use super::shard::Shard;
use super::workers::Slot;
use crate::base::limits::{CALL_TIME, CALL_TIME_MAX};
use crate::base::{Failure, HandlerChange, Input, Kind, Name, Nanos, check_topic, nanos};
use crate::net::{Feed, Request, Ticket, What};
use crate::protocol::{ChangeHandlers, Driver, Mail, Origin, Tie, WorkerAction, no_worker};
use crate::supervisor::ChildId;
use crate::worker::{Offered, OwnerNews};

/// Where the requests of one listener go that name no worker.
#[derive(Clone, Copy, Debug)]
pub struct Target(Bound);

#[derive(Clone, Copy, Debug)]
enum Bound {
    Nowhere,
    Worker(usize),
    Manager(usize),
}

/// Where a worker of some name is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// In this slot.
    Here(usize),
    /// With the event manager of this number: itself, or one of its handlers.
    Manager(usize),
    /// On that shard, if anywhere.
    There(usize, Name),
    /// There is none.
    Nowhere,
}

impl<D: Driver> Shard<D> {
    /// The worker or the manager that a listener of this shard is bound to.
    pub fn target(&self, worker: Option<&Name>) -> Target {
        Target(match worker.map(|name| self.locate(name.as_str())) {
            Some(Found::Here(at)) => Bound::Worker(at),
            Some(Found::Manager(at)) => Bound::Manager(at),
            Some(Found::There(..) | Found::Nowhere) | None => Bound::Nowhere,
        })
    }

    pub(super) fn locate(&self, name: &str) -> Found {
        let (directory, shard) = (self.supervision.directory(), self.post.index());
        if let Some(place) = directory.find(name).filter(|place| place.shard == shard) {
            return Found::Here(place.slot);
        }
        if let Some(place) = directory.manager_or_handler(name).filter(|place| place.shard == shard) {
            return Found::Manager(place.slot);
        }
        if let Some(at) = self.parts.children.named(name) {
            return Found::Here(at);
        }
        match directory.route(name) {
            Some((home, name)) if home != shard => Found::There(home, name),
            _ => Found::Nowhere,
        }
    }

    /// One request of a connection.
    pub(super) fn request(&mut self, target: Target, request: Request) {
        let Request { what, to, body, http, timeout, feed, ticket, .. } = request;
        let after = timeout.unwrap_or(CALL_TIME).min(CALL_TIME_MAX);
        let deadline = self.clock.now.saturating_add(nanos(after));
        if let Some(request) = http {
            let caller = Caller::Ticket(ticket);
            return match target.0 {
                Bound::Worker(at) => self.offer_waited_for(at, Offered::Http { caller, deadline, request }),
                Bound::Manager(_) | Bound::Nowhere => {
                    self.answer(caller, Err(Failure::new(Kind::NoWorker, "this listener is bound to no worker")));
                }
            };
        }
        match (what, to, target.0) {
            (What::Call, None, Bound::Worker(at)) => self.offer_call(at, Caller::Ticket(ticket), deadline, body),
            (What::Call, None, Bound::Manager(at)) => {
                self.call_manager(at, "", Caller::Ticket(ticket), deadline, body);
            }
            (What::Call, Some(to), _) => self.call(&to, Caller::Ticket(ticket), deadline, body),
            (What::Cast, Some(to), _) => self.cast_for(&to, body, ticket),
            (What::Publish, Some(topic), _) => ticket.answer(self.publish(&topic, body).map(|()| vec![])),
            (What::Subscribe | What::Unsubscribe, Some(topic), _) => {
                ticket.answer(self.subscription(what, &topic, feed).map(|()| vec![]));
            }
            (_, None, _) => ticket.answer(Err(Failure::new(Kind::NoWorker, "this listener is bound to no worker"))),
        }
    }

    fn subscription(&mut self, what: What, topic: &str, feed: Option<Feed>) -> Result<(), Failure> {
        match feed {
            Some(feed) if what == What::Subscribe => self.parts.topics.feed(topic, feed),
            feed => {
                feed.iter().for_each(|feed| self.parts.topics.end_feed(topic, feed));
                Ok(())
            }
        }
    }

    /// What another thread sent.
    pub(super) fn mail(&mut self, mail: Mail) {
        match mail {
            Mail::Call { to, body, deadline, origin } => self.call(to.as_str(), origin.into(), deadline, body),
            Mail::Cast { to, body, origin } => {
                let found = self.locate(to.as_str());
                let queued = self.cast_here(found, to.as_str(), body);
                if let Some(origin) = origin {
                    self.answer(origin.into(), queued.map(|()| vec![]));
                }
            }
            Mail::Start(spec) => self.act_if_it_holds(WorkerAction::Start(spec)),
            Mail::Handlers(change) => {
                let ChangeHandlers { manager, change, deadline, origin, tie } = *change;
                let waiting = origin.map(|origin| (origin.into(), deadline));
                self.change_handlers(&manager, change, waiting, tie, None);
            }
            Mail::OwnerEnded { manager, tie } => self.parts.managers.owner_ended(&manager, tie, &mut self.wants),
            Mail::TellOwner { tie, news } => self.parts.managers.tell_owner(tie, news, &mut self.wants),
            Mail::Watch { to, tie, on: true } => self.watch(to.as_str(), tie),
            Mail::Watch { to, tie, on: false } => self.unwatch(to.as_str(), tie),
            Mail::Down { tie, why } => self.tell_down(tie, why),
            Mail::Published { topic, body } => self.published(&topic, &body),
            Mail::Answer { id, outcome } => self.answer_kept(id, outcome),
            Mail::HttpAnswer { id, reply } => {
                if let Some(caller) = self.post.take(id) {
                    self.answer_http(caller, reply);
                }
            }
        }
    }

    /// A call to the worker of this name, wherever it lives.
    pub(super) fn call(&mut self, to: &str, caller: Caller, deadline: Nanos, body: Vec<u8>) {
        match self.locate(to) {
            Found::Here(at) => self.offer_call(at, caller, deadline, body),
            Found::Manager(at) => self.call_manager(at, to, caller, deadline, body),
            Found::There(shard, to) => {
                self.ask_shard(shard, caller, to, |to, origin| Mail::Call { to, body, deadline, origin });
            }
            Found::Nowhere => self.answer(caller, Err(no_worker(to))),
        }
    }

    /// Mail to the worker of this name, whose answer `caller` waits for.
    fn ask_shard(&mut self, shard: usize, caller: Caller, to: Name, mail: impl FnOnce(Name, Origin) -> Mail) {
        let (id, origin) = self.post.origin(caller);
        let mail = mail(to.clone(), origin);
        if self.try_post(shard, mail).is_err() {
            let text = format!("the lane to `{to}` is full; not executed");
            self.answer_kept(id, Err(Failure::new(Kind::Overloaded, text)));
        }
    }

    fn call_manager(&mut self, at: usize, to: &str, caller: Caller, deadline: Nanos, body: Vec<u8>) {
        if deadline <= self.clock.now {
            return self.answer(caller, Err(Failure::new(Kind::TimedOut, "the deadline passed on the way")));
        }
        // Whoever has no place is told by the manager.
        drop(self.parts.managers.offer(at, to, Some((caller, deadline)), body, &mut self.wants));
    }

    /// A message to the worker of this name. Lost if there is none or its queue is full, as in OTP.
    pub(super) fn cast(&mut self, to: &str, body: Vec<u8>) {
        match self.locate(to) {
            found @ (Found::Here(_) | Found::Manager(_)) => drop(self.cast_here(found, to, body)),
            Found::There(shard, to) => {
                // A full lane loses a cast as a full queue does.
                let _ = self.try_post(shard, Mail::Cast { to, body, origin: None });
            }
            Found::Nowhere => {}
        }
    }

    fn cast_for(&mut self, to: &str, body: Vec<u8>, ticket: Ticket) {
        match self.locate(to) {
            Found::There(shard, to) => {
                self.ask_shard(shard, Caller::Ticket(ticket), to, |to, origin| Mail::Cast {
                    to,
                    body,
                    origin: Some(origin),
                });
            }
            found => ticket.answer(self.cast_here(found, to, body).map(|()| vec![])),
        }
    }

    fn cast_here(&mut self, found: Found, to: &str, body: Vec<u8>) -> Result<(), Failure> {
        match found {
            Found::Here(at) => self.offer_cast(at, body),
            Found::Manager(at) => self.parts.managers.offer(at, to, None, body, &mut self.wants),
            Found::There(..) | Found::Nowhere => Err(no_worker(to)),
        }
    }

    fn offer_call(&mut self, at: usize, caller: Caller, deadline: Nanos, body: Vec<u8>) {
        self.offer_waited_for(at, Offered::Call { caller, deadline, body });
    }

    fn offer_waited_for(&mut self, at: usize, offered: Offered<Caller>) {
        let failure = self.closed(at).or_else(|| self.has_no_room(at)).or_else(|| {
            let late = offered.deadline().is_some_and(|deadline| deadline <= self.clock.now);
            late.then(|| Failure::new(Kind::TimedOut, "the deadline passed on the way"))
        });
        match failure {
            None => drop(self.offer(at, offered)),
            Some(failure) => {
                offered.into_caller().into_iter().for_each(|caller| self.answer(caller, Err(failure.clone())))
            }
        }
    }

    fn offer_cast(&mut self, at: usize, body: Vec<u8>) -> Result<(), Failure> {
        if let Some(failure) = self.closed(at).or_else(|| self.has_no_room(at)) {
            return Err(failure);
        }
        if self.offer(at, Offered::Cast(body)) {
            return Ok(());
        }
        Err(overloaded(&self.workers[at]))
    }

    /// The host itself has something to say to a worker, and control waits until it is stepped.
    pub(super) fn offer_host_input(&mut self, child: ChildId, question: u64, input: Input, time: Duration) {
        let caller = Caller::Host(question);
        let Some(at) = self.slot_of(child) else {
            return self.answer(caller, Err(Failure::new(Kind::NoWorker, "no such worker")));
        };
        if let Some(failure) = self.closed(at) {
            return self.answer(caller, Err(failure));
        }
        let deadline = self.clock.now.saturating_add(nanos(time));
        self.offer(at, Offered::Host { caller, deadline, input: Box::new(input) });
    }

    /// Queues an input; a caller who has no place is told. Whether the newcomer has one.
    fn offer(&mut self, at: usize, offered: Offered<Caller>) -> bool {
        let (placed, unplaced) = self.workers.offer(at, offered);
        if !placed || unplaced.is_some() {
            self.note_overload(at);
        }
        if let Some(caller) = unplaced {
            let failure = overloaded(&self.workers[at]);
            self.answer(caller, Err(failure));
        }
        placed
    }

    /// An input found no place, or took that of an older one. The log tells of the first of many.
    fn note_overload(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        if slot.overloaded(self.clock.now) {
            let why = if slot.suspended { ", and it is suspended" } else { "" };
            let full = match is_full(slot) {
                true => format!("its queue of {} is full", slot.worker.capacity()),
                false => "too many bytes wait for it, or on this whole host".to_owned(),
            };
            let text = format!("{full}{why}: inputs are turned away");
            self.log(at, "warn", text);
        }
    }

    /// What a worker's callers are told while it takes nothing.
    fn closed(&self, at: usize) -> Option<Failure> {
        let slot = &self.workers[at];
        let why = slot.closed?;
        Some(Failure::new(Kind::Stopped, format!("worker `{}` is {why}", slot.spec.name)))
    }

    /// Hands a message to every subscriber of a topic, wherever it lives. One whose queue is full
    /// does not get it.
    ///
    /// # Errors
    /// The topic is no topic, or the way to a shard was full: its subscribers have not got it.
    pub(super) fn publish(&mut self, topic: &str, body: Vec<u8>) -> Result<(), Failure> {
        check_topic(topic)?;
        let Some((topic, shards)) = self.supervision.directory().topics().shards(topic) else { return Ok(()) };
        let body: Arc<[u8]> = body.into();
        let mut full = false;
        for shard in shards {
            if shard == self.post.index() {
                self.published(&topic, &body);
            } else {
                let mail = Mail::Published { topic: Arc::clone(&topic), body: Arc::clone(&body) };
                full |= self.try_post(shard, mail).is_err();
            }
        }
        if !full {
            return Ok(());
        }
        let text = format!("the lane of a shard is full: some subscribers of `{topic}` did not get it");
        Err(Failure::new(Kind::Overloaded, text))
    }

    /// Hands a message to the subscribers on this shard. One that finds no place is lost, as a cast is.
    fn published(&mut self, topic: &Arc<str>, body: &Arc<[u8]>) {
        let Some(subscribers) = self.parts.topics.subscribers(topic) else { return };
        for feed in &subscribers.feeds {
            feed.push(body);
        }
        let mut overloads = vec![];
        for &at in &subscribers.slots {
            if self.workers[at].closed.is_some() {
                continue;
            }
            let offered = Offered::Published { topic: Arc::clone(topic), body: Arc::clone(body) };
            let (placed, unplaced) = self.workers.offer(at, offered);
            if !placed || unplaced.is_some() {
                overloads.push(at);
            }
            if let Some(oldest) = unplaced {
                let failure = overloaded(&self.workers[at]);
                self.wants.push(Want::Answer(oldest, Err(failure)));
            }
        }
        overloads.into_iter().for_each(|at| self.note_overload(at));
    }

    /// Somebody wants to change the handlers of a manager, wherever it lives: this worker of the shard, or
    /// another thread.
    pub(super) fn change_handlers(
        &mut self,
        manager: &str,
        change: HandlerChange,
        waiting: Waiting,
        tie: Option<Tie>,
        asker: Option<usize>,
    ) {
        let Some(place) = self.supervision.directory().manager(manager) else {
            let failure = Failure::new(Kind::NoWorker, format!("no event manager is named `{manager}`"));
            return self.refuse_change(manager, waiting, tie, failure);
        };
        if place.shard != self.post.index() {
            return self.post_change(place.shard, manager, change, waiting, tie);
        }
        match checked(change, tie, |behaviour| self.code.name(behaviour)) {
            Err(failure) => self.refuse_change(manager, waiting, tie, failure),
            Ok(ask) => {
                let untold_by_the_machine = waiting.is_none();
                let ask = match asker {
                    Some(at) => by_itself(manager, &self.workers[at].spec.name, ask),
                    None => ask,
                };
                if let Err(failure) = self.parts.managers.ask(place.slot, waiting, ask)
                    && untold_by_the_machine
                {
                    self.wants.push(untold(manager, &failure));
                }
            }
        }
    }

    fn post_change(&mut self, shard: usize, manager: &str, change: HandlerChange, waiting: Waiting, tie: Option<Tie>) {
        let (caller, deadline) = waiting.unzip();
        let (id, origin) = caller.map(|caller| self.post.origin(caller)).unzip();
        let deadline = deadline.unwrap_or(Nanos::MAX);
        let change = ChangeHandlers { manager: manager.to_owned(), change, deadline, origin, tie };
        if self.try_post(shard, Mail::Handlers(Box::new(change))).is_err() {
            let failure = Failure::new(Kind::Overloaded, format!("the lane to `{manager}` is full; not executed"));
            let waiting = id.and_then(|id| self.post.take(id)).map(|caller| (caller, deadline));
            self.refuse_change(manager, waiting, tie, failure);
        }
    }

    fn refuse_change(&mut self, manager: &str, waiting: Waiting, tie: Option<Tie>, failure: Failure) {
        if let Some(tie) = tie {
            self.parts.managers.tell_owner(tie, OwnerNews::NeverCame, &mut self.wants);
        }
        match waiting {
            Some((caller, _)) => self.answer(caller, Err(failure)),
            None => self.wants.push(untold(manager, &failure)),
        }
    }
}

/// Whether its queue has no place, whatever the bytes of what waits.
fn is_full(slot: &Slot) -> bool {
    slot.worker.queued() >= slot.worker.capacity()
}

fn overloaded(slot: &Slot) -> Failure {
    let name = &slot.spec.name;
    let full = match is_full(slot) {
        true => format!("the queue of `{name}` is full"),
        false => format!("too many bytes wait for `{name}`, or on this whole host (`queued` in host.toml)"),
    };
    let why = if slot.suspended { format!(", and it is suspended (`tomte resume {name}`)") } else { String::new() };
    Failure::new(Kind::Overloaded, format!("{full}{why}; not executed"))
}
