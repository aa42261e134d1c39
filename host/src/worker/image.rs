//! A worker between two inputs as bytes have it: all that it has of its own, and nobody who waits for it.
//!
//! What has come and was not stepped counts as not come: a timer that went off is about to go off, a call that was
//! answered is not answered yet, a worker that is gone is watched.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::inbox::Own;
use super::machine::MachineImage;
use super::requests::{Remembered, Requests};
use super::worker::Worker;
use crate::base::{Bug, Down, Input, Nanos, Source, TimerKind, is_planted};

/// What a worker has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    seq: u64,
    numbers: u64,
    machine: MachineImage,
    timers: Vec<TimerImage>,
    /// Its calls: number, deadline, tag.
    outgoing: Vec<(u64, Nanos, u64)>,
    /// Those who wait for it: token, deadline.
    pending: Vec<(u64, Nanos)>,
    topics: BTreeSet<String>,
    supervised: BTreeMap<u64, String>,
    monitors: BTreeMap<u64, (u64, String)>,
}

/// A timer: when it goes off, its kind, its name and its body.
type TimerImage = (Nanos, TimerKind, String, Vec<u8>);

impl<C> Worker<C> {
    /// It, at a step boundary.
    pub fn image(&self) -> Image {
        let mut image = Image {
            seq: self.seq,
            numbers: self.numbers,
            machine: self.machine.image(),
            timers: self
                .timers
                .all()
                .map(|(at, kind, name, body)| (at, kind, name.to_owned(), body.to_vec()))
                .collect(),
            outgoing: self.outgoing.all().map(|(id, deadline, tag)| (id, deadline, *tag)).collect(),
            pending: self.pending.all().map(|(token, deadline, _)| (token, deadline)).collect(),
            topics: self.topics.clone(),
            supervised: self.supervised.clone(),
            monitors: self.monitors.clone(),
        };
        self.inbox.own().for_each(|own| image.has_not_come(own));
        image
    }

    /// A worker takes on all that this one has, and remembers these requests. Those who waited for that one are not there: `nobody` is in their
    /// place.
    pub fn take_on(&mut self, image: Image, remembered: Option<Remembered>, nobody: impl Fn() -> C) {
        let Image { seq, numbers, machine, timers, outgoing, pending, topics, supervised, monitors } = image;
        if !is_planted(Bug::NumbersAnew) {
            self.seq = seq;
            self.numbers = numbers;
        }
        self.machine.take_on(machine, &nobody);
        for (at, kind, name, body) in timers.into_iter().filter(|_| !is_planted(Bug::TimersForgotten)) {
            self.timers.start(kind, name, at, body);
        }
        for (id, deadline, tag) in outgoing {
            self.outgoing.insert(id, deadline, tag);
        }
        for (token, deadline) in pending {
            self.pending.insert(token, deadline, nobody());
        }
        self.topics = topics;
        self.supervised = supervised;
        self.monitors = monitors;
        self.requests = remembered.map(|remembered| Box::new(Requests::of(remembered)));
        // The next look at the time finds out when the one after that is to be.
        self.wake_by(0);
    }
}

impl Image {
    fn has_not_come(&mut self, own: &Own) {
        match own {
            Own::Fired(kind, name, body) => self.timers.push((0, *kind, name.clone(), body.clone())),
            Own::Response(Source::Call(id), Input::Response { tag, .. }) => self.outgoing.push((*id, 0, *tag)),
            Own::Response(Source::Handler { tie, .. }, Input::HandlerEnded(end)) => {
                self.supervised.insert(*tie, end.manager.clone());
            }
            Own::Down(number, down) => {
                let Down { tag, worker, .. } = &**down;
                self.monitors.insert(*number, (*tag, worker.clone()));
            }
            // Whoever brings the worker back compares its configuration with the present one.
            Own::Response(..) | Own::Config(_) => {}
        }
    }
}
