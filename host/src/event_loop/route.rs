//! From a name to a worker's queue, on this shard or on another.

use std::sync::Arc;
use std::time::Duration;

use super::driver::Driver;
use super::dynamic::Found;
use super::event::{Caller, Command, Mail, Origin};
use super::managers::{ChangeHandlers, Tie};
use super::shard::Shard;
use super::slot::Body;
use super::wishes::{Unsaid, is_order};
use crate::base::limits::{CALL_TIME, CALL_TIME_MAX};
use crate::base::{Failure, Full, Input, Kind, Name, Nanos, nanos};
use crate::net::{Feed, Request, Ticket, What};
use crate::supervisor::ChildId;
use crate::worker::{Action, Forwarded, Offered, Unplaced};

/// Where the requests of one listener go that name no worker.
#[derive(Clone, Copy, Debug)]
pub struct Target(Bound);

#[derive(Clone, Copy, Debug)]
enum Bound {
    Nowhere,
    Worker(usize),
    Manager(usize),
}

impl<D: Driver> Shard<D> {
    /// The worker or the manager that a listener of this shard is bound to.
    pub fn target(&self, worker: Option<&Name>) -> Target {
        Target(match worker.map(|name| self.locate(name.as_str())) {
            Some(Found::Here(slot)) => Bound::Worker(slot),
            Some(Found::Manager(at)) => Bound::Manager(at),
            Some(Found::There(..) | Found::Nowhere) | None => Bound::Nowhere,
        })
    }

    /// One request of a connection.
    pub fn request(&mut self, target: Target, request: Request) {
        let Request { what, to, body, timeout, feed, ticket, .. } = request;
        let after = timeout.unwrap_or(CALL_TIME).min(CALL_TIME_MAX);
        let deadline = self.now.saturating_add(nanos(after));
        match (what, to, target.0) {
            (What::Call, None, Bound::Worker(slot)) => self.offer_call(slot, Caller::Ticket(ticket), deadline, body),
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
            Some(feed) if what == What::Subscribe => self.feed(topic, feed),
            feed => {
                feed.iter().for_each(|feed| self.end_feed(topic, feed));
                Ok(())
            }
        }
    }

    /// A call to the worker of this name, wherever it lives.
    pub(super) fn call(&mut self, to: &str, caller: Caller, deadline: Nanos, body: Vec<u8>) {
        match self.locate(to) {
            Found::Here(slot) => self.offer_call(slot, caller, deadline, body),
            Found::Manager(at) => self.call_manager(at, to, caller, deadline, body),
            Found::There(shard, to) => {
                self.ask_shard(shard, caller, to, |to, origin| Mail::Call { to, body, deadline, origin });
            }
            Found::Nowhere => self.answer(caller, Err(no_worker(to))),
        }
    }

    /// Mail to the worker of this name, whose answer `caller` waits for.
    fn ask_shard(&mut self, shard: usize, caller: Caller, to: Name, mail: impl FnOnce(Name, Origin) -> Mail) {
        let id = self.await_answer(caller);
        let mail = mail(to.clone(), Origin::Peer { shard: self.index, id });
        if self.try_post(shard, mail).is_err() {
            self.refuse(id, overloaded(to.as_str()));
        }
    }

    /// Keeps a caller of this shard until another one has its answer, under this number.
    pub(super) fn await_answer(&mut self, caller: Caller) -> u64 {
        self.remotes += 1;
        self.remote.insert(self.remotes, caller);
        self.remotes
    }

    /// What [`Shard::await_answer`] was for cannot be.
    pub(super) fn refuse(&mut self, id: u64, failure: Failure) {
        if let Some(caller) = self.remote.remove(&id) {
            self.answer(caller, Err(failure));
        }
    }

    fn call_manager(&mut self, at: usize, to: &str, caller: Caller, deadline: Nanos, body: Vec<u8>) {
        if deadline <= self.now {
            return self.answer(caller, Err(Failure::new(Kind::TimedOut, "the deadline passed on the way")));
        }
        // Whoever has no place is told by the manager.
        drop(self.offer_to_manager(at, to, Some((caller, deadline)), body));
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
            Found::Here(slot) => self.offer_cast(slot, body),
            Found::Manager(at) => self.offer_to_manager(at, to, None, body),
            Found::There(..) | Found::Nowhere => Err(no_worker(to)),
        }
    }

    /// What another thread sent.
    pub fn mail(&mut self, mail: Mail) {
        match mail {
            Mail::Call { to, body, deadline, origin } => self.call(to.as_str(), origin.into(), deadline, body),
            Mail::Cast { to, body, origin } => {
                let found = self.locate(to.as_str());
                let queued = self.cast_here(found, to.as_str(), body);
                if let Some(origin) = origin {
                    self.answer(origin.into(), queued.map(|()| vec![]));
                }
            }
            Mail::Start(child) => self.command(Command::Start(child)),
            Mail::Handlers(change) => {
                let ChangeHandlers { manager, change, deadline, origin, tie } = *change;
                let caller = origin.map(|origin| (origin.into(), deadline));
                self.change_handlers(&manager, change, caller, tie);
            }
            Mail::OwnerEnded { manager, tie } => self.owner_ended(&manager, tie),
            Mail::HandlerEnded { tie, end } => self.tell_owner(tie, end.map(|end| *end)),
            Mail::Published { topic, body } => self.published(&topic, &body),
            Mail::Answer { id, outcome } => {
                if let Some(caller) = self.remote.remove(&id) {
                    self.answer(caller, outcome);
                }
            }
        }
    }

    pub(super) fn offer_call(&mut self, slot: usize, caller: Caller, deadline: Nanos, body: Vec<u8>) {
        if let Some(why) = self.slots[slot].closed {
            let failure = stopped(self.slots[slot].spec.name.as_str(), why);
            return self.answer(caller, Err(failure));
        }
        if deadline <= self.now {
            return self.answer(caller, Err(Failure::new(Kind::TimedOut, "the deadline passed on the way")));
        }
        self.offer(slot, Offered::Call { caller, deadline, body });
        self.update_wake(slot);
    }

    /// The host itself has something to say to a worker, and control waits until it is stepped.
    pub(super) fn tell_worker(&mut self, child: ChildId, question: u64, input: Input, time: Duration) {
        let caller = Caller::Control(question);
        let Some(slot) = self.slot_of(child) else {
            return self.answer(caller, Err(Failure::new(Kind::NoWorker, "no such worker")));
        };
        if let Some(why) = self.slots[slot].closed {
            let failure = stopped(self.slots[slot].spec.name.as_str(), why);
            return self.answer(caller, Err(failure));
        }
        let deadline = self.now.saturating_add(nanos(time));
        self.offer(slot, Offered::Told { caller, deadline, input: Box::new(input) });
        self.update_wake(slot);
    }

    /// A worker's configuration is another one: its next instance starts with it, and one that runs is told.
    pub(super) fn configure(&mut self, slot: usize, config: Arc<[u8]>) {
        let entry = &mut self.slots[slot];
        if !matches!(entry.body, Body::Down) {
            entry.worker.configure(config.to_vec());
        }
        entry.spec.config = config;
        self.schedule(slot);
        self.update_wake(slot);
    }

    fn offer_cast(&mut self, slot: usize, body: Vec<u8>) -> Result<(), Failure> {
        let entry = &self.slots[slot];
        if let Some(why) = entry.closed {
            return Err(stopped(entry.spec.name.as_str(), why));
        }
        if self.offer(slot, Offered::Cast(body)) {
            return Ok(());
        }
        Err(overloaded(self.slots[slot].spec.name.as_str()))
    }

    /// A publication for one subscriber. One that finds no place is lost, as a cast is.
    pub(super) fn offer_published(&mut self, slot: usize, topic: Arc<str>, body: Arc<[u8]>) {
        if self.slots[slot].closed.is_none() {
            self.offer(slot, Offered::Published { topic, body });
        }
    }

    /// Queues an input; a caller who has no place is told. Whether the newcomer has one.
    fn offer(&mut self, slot: usize, offered: Offered<Caller>) -> bool {
        let (placed, gone) = match self.slots[slot].offer(offered) {
            Ok(()) => (true, None),
            Err(Full::Dropped(oldest)) => (true, Some(oldest)),
            Err(Full::Rejected(newcomer)) => (false, Some(newcomer)),
        };
        if let Some(Unplaced::Call(caller)) = gone {
            let failure = overloaded(self.slots[slot].spec.name.as_str());
            self.answer(caller, Err(failure));
        }
        self.schedule(slot);
        placed
    }

    /// Carries out what a committed step asked for: from the first order to a supervisor on when its
    /// worker stands still, since that order may be its end.
    pub(super) fn carry_out(&mut self, slot: usize) {
        let mut actions = std::mem::take(&mut self.actions);
        self.slots[slot].seen.counts.actions(&actions);
        if let Some(at) = actions.iter().position(is_order) {
            let (child, wanted) = (self.slots[slot].spec.child, actions.split_off(at));
            self.unsaid.push_back(Unsaid { slot, child, wanted });
        }
        actions.drain(..).for_each(|action| self.carry_out_one(slot, action));
        self.actions = actions;
    }

    pub(super) fn carry_out_one(&mut self, slot: usize, action: Action<Caller>) {
        match action {
            Action::Answer(caller, outcome) => self.answer(caller, outcome),
            Action::Forward(forwarded) => {
                let Forwarded { caller, to, body, deadline } = *forwarded;
                self.call(&to, caller, deadline, body);
            }
            Action::Cast { to, body } => self.cast(&to, body),
            Action::Call { to, body, id, deadline } => self.call_from(slot, &to, body, id, deadline),
            Action::Publish { topic, body } => {
                if let Err(failure) = self.publish(&topic, body) {
                    self.log(slot, "warn", format!("a publication on `{topic}` was lost: {}", failure.text));
                }
            }
            Action::Subscribe(topic) => self.subscribe(slot, &topic),
            Action::Unsubscribe(topic) => self.unsubscribe(slot, &topic),
            Action::Supervisor { request, id } => self.wish(slot, *request, id),
            Action::Handler { order, call, tie } => {
                let caller = call.map(|(call, deadline)| (Caller::Worker { slot, call }, deadline));
                let tie = tie.map(|number| Tie { shard: self.index, slot, number });
                self.change_handlers(&order.manager, order.change, caller, tie);
            }
            Action::Hibernate => self.slots[slot].drowsy = true,
            Action::Stop(reason) => self.stop_itself(slot, reason),
        }
    }

    fn call_from(&mut self, slot: usize, to: &str, body: Vec<u8>, call: u64, deadline: Nanos) {
        let caller = Caller::Worker { slot, call };
        if to == self.slots[slot].spec.name.as_str() {
            let failure = Failure::new(Kind::Refused, "a worker may not call itself");
            return self.answer(caller, Err(failure));
        }
        self.call(to, caller, deadline, body);
    }
}

pub(super) fn no_worker(name: &str) -> Failure {
    Failure::new(Kind::NoWorker, format!("no worker is named `{name}`"))
}

fn overloaded(name: &str) -> Failure {
    Failure::new(Kind::Overloaded, format!("the queue of `{name}` is full; not executed"))
}

fn stopped(name: &str, why: &str) -> Failure {
    Failure::new(Kind::Stopped, format!("worker `{name}` is {why}"))
}
