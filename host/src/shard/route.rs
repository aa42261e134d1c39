//! From a name to a worker's queue, on this shard or on another.

use std::time::Duration;

use super::caller::Caller;
use super::shard::Shard;
use super::workers::Slot;
use crate::base::limits::{CALL_TIME, CALL_TIME_MAX};
use crate::base::{Failure, Input, Kind, Name, Nanos, RequestId, nanos};
use crate::journal::digest_of;
use crate::net::{Feed, Request, Ticket, What};
use crate::protocol::{ChangeHandlers, Driver, Mail, Origin, WorkerAction, no_worker};
use crate::supervisor::ChildId;
use crate::worker::Offered;

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
        let Request { what, to, body, http, timeout, request_id, feed, ticket } = request;
        let after = timeout.unwrap_or(CALL_TIME).min(CALL_TIME_MAX);
        let deadline = self.clock.now.saturating_add(nanos(after));
        if let Some(request) = http {
            let caller = Caller::Ticket(ticket);
            let query = request.query.as_deref().unwrap_or_default();
            let asked = [request.method.as_bytes(), request.path.as_bytes(), query.as_bytes(), &request.body];
            let id = request_id.map(|id| id_of(id, &asked));
            return match target.0 {
                Bound::Worker(at) => self.offer_waited_for(at, Offered::Http { caller, deadline, request }, id),
                Bound::Manager(_) | Bound::Nowhere => {
                    self.answer(caller, Err(Failure::new(Kind::NoWorker, "this listener is bound to no worker")));
                }
            };
        }
        let id = request_id.map(|id| id_of(id, &[&body]));
        if id.is_some() && what != What::Call {
            return ticket.answer(Err(not_once("it is no call")));
        }
        match (what, to, target.0) {
            (What::Call, None, Bound::Worker(at)) => self.offer_call(at, Caller::Ticket(ticket), deadline, body, id),
            (What::Call, None, Bound::Manager(at)) => {
                self.call_manager(at, "", Caller::Ticket(ticket), deadline, body, id);
            }
            (What::Call, Some(to), _) => self.call(&to, Caller::Ticket(ticket), deadline, body, id),
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
            Mail::Call { to, body, deadline, origin, id } => {
                self.call(to.as_str(), origin.into(), deadline, body, id.map(|id| *id));
            }
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
    pub(super) fn call(&mut self, to: &str, caller: Caller, deadline: Nanos, body: Vec<u8>, id: Option<RequestId>) {
        match self.locate(to) {
            Found::Here(at) => self.offer_call(at, caller, deadline, body, id),
            Found::Manager(at) => self.call_manager(at, to, caller, deadline, body, id),
            Found::There(shard, to) => {
                let id = id.map(Box::new);
                self.ask_shard(shard, caller, to, |to, origin| Mail::Call { to, body, deadline, origin, id });
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

    fn call_manager(
        &mut self,
        at: usize,
        to: &str,
        caller: Caller,
        deadline: Nanos,
        body: Vec<u8>,
        id: Option<RequestId>,
    ) {
        if is_demanded(id) {
            return self.answer(caller, Err(not_once("an event manager remembers none")));
        }
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

    fn offer_call(&mut self, at: usize, caller: Caller, deadline: Nanos, body: Vec<u8>, id: Option<RequestId>) {
        self.offer_waited_for(at, Offered::Call { caller, deadline, body }, id);
    }

    fn offer_waited_for(&mut self, at: usize, offered: Offered<Caller>, id: Option<RequestId>) {
        let failure = self.closed(at).or_else(|| self.has_no_room(at)).or_else(|| {
            let late = offered.deadline().is_some_and(|deadline| deadline <= self.clock.now);
            late.then(|| Failure::new(Kind::TimedOut, "the deadline passed on the way"))
        });
        let failure = failure.or_else(|| {
            let cannot = is_demanded(id) && !self.workers[at].spec.durable;
            cannot.then(|| not_once("the worker is not durable"))
        });
        if let Some(failure) = failure {
            return offered.into_caller().into_iter().for_each(|caller| self.answer(caller, Err(failure.clone())));
        }
        let offered = match id {
            Some(id) if self.workers[at].spec.durable => offered.once(id),
            _ => offered,
        };
        self.offer(at, offered);
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
    pub(super) fn note_overload(&mut self, at: usize) {
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
}

/// Whether its queue has no place, whatever the bytes of what waits.
fn is_full(slot: &Slot) -> bool {
    slot.worker.queued() >= slot.worker.capacity()
}

pub(super) fn overloaded(slot: &Slot) -> Failure {
    let name = &slot.spec.name;
    let full = match is_full(slot) {
        true => format!("the queue of `{name}` is full"),
        false => format!("too many bytes wait for `{name}`, or on this whole host (`queued` in host.toml)"),
    };
    let why = if slot.suspended { format!(", and it is suspended (`tomte resume {name}`)") } else { String::new() };
    Failure::new(Kind::Overloaded, format!("{full}{why}; not executed"))
}

/// The id of a request for this.
fn id_of(id: [u8; 16], asked: &[&[u8]]) -> RequestId {
    RequestId { id, asked: digest_of(asked), forwarded: false }
}

/// Whether whoever asks insists on being asked once; a worker that hands a request on does not.
fn is_demanded(id: Option<RequestId>) -> bool {
    id.is_some_and(|id| !id.forwarded)
}

fn not_once(why: &str) -> Failure {
    let text = format!("a request id is for calls to durable workers, and {why}; not executed");
    Failure::new(Kind::BadRequest, text)
}
