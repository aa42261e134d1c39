//! From a name to a worker's queue, on this shard or on another.

use super::driver::Driver;
use super::event::{Caller, Mail, Origin};
use super::shard::Shard;
use crate::base::limits::{CALL_TIME, CALL_TIME_MAX};
use crate::base::{Failure, Kind, Name, Nanos, nanos};
use crate::net::{Request, Ticket, What};
use crate::worker::{Action, Offered, Unplaced};

/// Where the requests of one listener go that name no worker.
#[derive(Clone, Copy, Debug)]
pub struct Target(pub(super) Option<usize>);

impl<D: Driver> Shard<D> {
    /// The slot of the worker that a listener of this shard is bound to.
    pub fn target(&self, worker: Option<&Name>) -> Target {
        let place = worker.and_then(|name| self.directory.find(name.as_str()));
        Target(place.filter(|place| place.shard == self.index).map(|place| place.slot))
    }

    /// One request of a connection.
    pub fn request(&mut self, target: Target, request: Request) {
        let Request { what, to, body, timeout, ticket, .. } = request;
        let after = timeout.unwrap_or(CALL_TIME).min(CALL_TIME_MAX);
        let deadline = self.now.saturating_add(nanos(after));
        match (what, to, target.0) {
            (What::Call, None, Some(slot)) => self.offer_call(slot, Caller::Ticket(ticket), deadline, body),
            (What::Call, Some(to), _) => self.call(&to, Caller::Ticket(ticket), deadline, body),
            (What::Cast, Some(to), _) => self.cast_for(&to, body, ticket),
            (What::Publish, _, _) => {
                let text = "topics are not built yet in this version";
                ticket.answer(Err(Failure::new(Kind::BadRequest, text)));
            }
            (_, None, _) => ticket.answer(Err(Failure::new(Kind::NoWorker, "this listener is bound to no worker"))),
        }
    }

    /// A call to the worker of this name, wherever it lives.
    pub(super) fn call(&mut self, to: &str, caller: Caller, deadline: Nanos, body: Vec<u8>) {
        let Some(place) = self.directory.find(to) else {
            return self.answer(caller, Err(no_worker(to)));
        };
        if place.shard == self.index {
            return self.offer_call(place.slot, caller, deadline, body);
        }
        self.remotes += 1;
        let id = self.remotes;
        let Some(name) = self.directory.name(to).cloned() else { return };
        let origin = Origin::Peer { shard: self.index, id };
        match self.driver.post(place.shard, Mail::Call { to: name, body, deadline, origin }) {
            Ok(()) => drop(self.remote.insert(id, caller)),
            Err(_) => self.answer(caller, Err(overloaded(to))),
        }
    }

    /// A message to the worker of this name. Lost if there is none or its queue is full, as in OTP.
    pub(super) fn cast(&mut self, to: &str, body: Vec<u8>) {
        match self.directory.find(to) {
            Some(place) if place.shard == self.index => drop(self.offer_cast(place.slot, body)),
            Some(place) => {
                if let Some(to) = self.directory.name(to).cloned() {
                    // A full lane loses a cast as a full queue does.
                    let _ = self.driver.post(place.shard, Mail::Cast { to, body, origin: None });
                }
            }
            None => {}
        }
    }

    fn cast_for(&mut self, to: &str, body: Vec<u8>, ticket: Ticket) {
        let Some(place) = self.directory.find(to) else {
            return ticket.answer(Err(no_worker(to)));
        };
        if place.shard == self.index {
            return ticket.answer(self.offer_cast(place.slot, body).map(|()| vec![]));
        }
        self.remotes += 1;
        let id = self.remotes;
        let Some(name) = self.directory.name(to).cloned() else { return };
        let origin = Some(Origin::Peer { shard: self.index, id });
        match self.driver.post(place.shard, Mail::Cast { to: name, body, origin }) {
            Ok(()) => drop(self.remote.insert(id, Caller::Ticket(ticket))),
            Err(_) => ticket.answer(Err(overloaded(to))),
        }
    }

    /// What another thread sent.
    pub fn mail(&mut self, mail: Mail) {
        match mail {
            Mail::Call { to, body, deadline, origin } => self.call(to.as_str(), origin.into(), deadline, body),
            Mail::Cast { to, body, origin } => {
                let queued = match self.directory.find(to.as_str()) {
                    Some(place) if place.shard == self.index => self.offer_cast(place.slot, body),
                    _ => Err(no_worker(to.as_str())),
                };
                if let Some(origin) = origin {
                    self.answer(origin.into(), queued.map(|()| vec![]));
                }
            }
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
        if let Err(Unplaced::Call(caller)) = self.slots[slot].offer(Offered::Call { caller, deadline, body }) {
            let failure = overloaded(self.slots[slot].spec.name.as_str());
            self.answer(caller, Err(failure));
        }
        self.schedule(slot);
        self.update_wake(slot);
    }

    fn offer_cast(&mut self, slot: usize, body: Vec<u8>) -> Result<(), Failure> {
        let entry = &mut self.slots[slot];
        if let Some(why) = entry.closed {
            return Err(stopped(entry.spec.name.as_str(), why));
        }
        let offered = entry.offer(Offered::Cast(body));
        let result = match offered {
            Err(Unplaced::Call(caller)) => {
                let failure = overloaded(self.slots[slot].spec.name.as_str());
                self.answer(caller, Err(failure));
                Ok(())
            }
            Err(Unplaced::Cast) if entry.spec.queue.when_full == crate::base::WhenFull::Reject => {
                Err(overloaded(entry.spec.name.as_str()))
            }
            _ => Ok(()),
        };
        self.schedule(slot);
        result
    }

    /// Carries out what a committed step asked for.
    pub(super) fn carry_out(&mut self, slot: usize) {
        let mut actions = std::mem::take(&mut self.actions);
        self.slots[slot].seen.counts.actions(&actions);
        for action in actions.drain(..) {
            match action {
                Action::Answer(caller, outcome) => self.answer(caller, outcome),
                Action::Cast { to, body } => self.cast(&to, body),
                Action::Call { to, body, id, deadline } => self.call_from(slot, &to, body, id, deadline),
                Action::Stop(reason) => self.stop_itself(slot, reason),
            }
        }
        self.actions = actions;
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
