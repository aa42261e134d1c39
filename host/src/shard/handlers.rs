//! Changes of the handlers of an event manager, wherever it lives.

use super::part::{Waiting, by_itself, checked, untold};
use super::shard::Shard;
use crate::base::{Failure, HandlerChange, Kind, Nanos};
use crate::protocol::{ChangeHandlers, Driver, Mail, Tie};
use crate::worker::OwnerNews;

impl<D: Driver> Shard<D> {
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
