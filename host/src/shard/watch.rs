//! Monitors: a worker is told when another one ends, on whatever shard either lives.

use super::route::Found;
use super::shard::Shard;
use crate::base::DownWhy;
use crate::protocol::{Driver, Mail, Tie};

impl<D: Driver> Shard<D> {
    /// A worker watches the one of this name. If that one does not run, it is told so at once.
    pub(super) fn watch(&mut self, to: &str, tie: Tie) {
        let found = self.locate(to);
        match self.running(&found, to) {
            Some(at) => self.parts.monitors.watch(at, tie),
            None => match found {
                Found::There(shard, to) => {
                    if self.try_post(shard, Mail::Watch { to, tie, on: true }).is_err() {
                        self.tell_down(tie, DownWhy::Unreachable);
                    }
                }
                Found::Here(_) | Found::Manager(_) | Found::Nowhere => self.tell_down(tie, DownWhy::NoWorker),
            },
        }
    }

    /// It watches it no longer.
    pub(super) fn unwatch(&mut self, to: &str, tie: Tie) {
        let found = self.locate(to);
        match self.running(&found, to) {
            Some(at) => self.parts.monitors.unwatch(at, tie),
            None => {
                if let Found::There(shard, to) = found {
                    self.post(shard, Mail::Watch { to, tie, on: false });
                }
            }
        }
    }

    /// Whoever has watched a worker learns that it is gone.
    pub(super) fn tell_down(&mut self, tie: Tie, why: DownWhy) {
        if tie.shard == self.post.index() {
            self.workers[tie.slot].worker.down(tie.number, why);
        } else {
            self.post(tie.shard, Mail::Down { tie, why });
        }
    }

    /// The slot of a worker of this shard, or of a handler, that has not ended.
    fn running(&self, found: &Found, name: &str) -> Option<usize> {
        let at = match found {
            Found::Here(at) => *at,
            Found::Manager(at) => self.parts.managers.handler(*at, name)?,
            Found::There(..) | Found::Nowhere => return None,
        };
        (!self.workers[at].body.is_down()).then_some(at)
    }
}
