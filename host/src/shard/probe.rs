//! What tests of whole loops see and change of a shard, past its turns.

use super::body::Body;
use super::caller::Caller;
use super::shard::Shard;
use crate::base::{Failure, Name};
use crate::net::Feed;
use crate::protocol::{Driver, WorkerSpec};
use crate::wasm::Component;
use crate::worker::{Action, Worker};

impl<D: Driver> Shard<D> {
    pub(crate) fn worker_mut(&mut self, at: usize) -> &mut Worker<Caller> {
        &mut self.workers[at].worker
    }

    pub(crate) fn spec_mut(&mut self, at: usize) -> &mut WorkerSpec {
        &mut self.workers[at].spec
    }

    /// A worker's body, in words.
    pub(crate) fn body(&self, at: usize) -> String {
        format!("{:?}", self.workers[at].body)
    }

    pub(crate) fn is_asleep(&self, at: usize) -> bool {
        matches!(self.workers[at].body, Body::Asleep(_))
    }

    /// From now on workers of this behaviour are started from this component.
    pub(crate) fn run(&mut self, behaviour: Name, component: Component) {
        self.code.replace(behaviour, component, 0);
    }

    /// What a step of a worker would want, done.
    pub(crate) fn want(&mut self, at: usize, actions: Vec<Action<Caller>>) {
        self.actions.extend(actions);
        self.carry_out(at);
        self.do_postponed();
        self.do_wants();
    }

    /// How many callers wait for an answer from elsewhere.
    pub(crate) fn awaited(&self) -> usize {
        self.post.awaited()
    }

    /// All slots, also those that are free.
    pub(crate) fn slots(&self) -> usize {
        self.workers.count()
    }

    /// What is kept of dynamic children.
    pub(crate) fn children(&self) -> usize {
        self.parts.children.count()
    }

    /// Handlers that its workers are tied to, or wait to be.
    pub(crate) fn ties(&self) -> usize {
        self.workers.all().map(|(_, slot)| slot.worker.ties()).sum()
    }

    /// Workers of it that somebody monitors.
    pub(crate) fn watched(&self) -> usize {
        self.parts.monitors.len()
    }

    pub(crate) fn is_watched(&self, at: usize) -> bool {
        self.parts.traces.watches(at)
    }

    pub(crate) fn feed(&mut self, topic: &str, feed: Feed) -> Result<(), Failure> {
        self.parts.topics.feed(topic, feed)
    }

    pub(crate) fn end_feed(&mut self, topic: &str, feed: &Feed) {
        self.parts.topics.end_feed(topic, feed);
    }
}
