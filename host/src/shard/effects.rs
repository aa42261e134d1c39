//! What a committed step wants, done.

use super::caller::{Caller, Untold};
use super::part::{Postponed, is_its_own, wished};
use super::shard::Shard;
use super::workers::{Ending, Errand};
use crate::base::{Failure, Kind, Nanos, Outcome, SupervisorRequest};
use crate::protocol::{Driver, Reply, Tie, question};
use crate::supervisor::{ChildError, Tree};
use crate::worker::{Action, Forwarded};

impl<D: Driver> Shard<D> {
    /// Carries out what a committed step wants: from the first order to a supervisor on when its
    /// worker stands still, since that order may be its end.
    pub(super) fn carry_out(&mut self, at: usize) {
        let slot = &mut self.workers[at];
        slot.seen.statistics.actions(&self.actions);
        self.parts.requests.postpone(at, slot.spec.child, &mut self.actions);
        self.do_actions(at);
    }

    /// Does all of them now, in their order.
    pub(super) fn do_actions(&mut self, at: usize) {
        let mut actions = std::mem::take(&mut self.actions);
        actions.drain(..).for_each(|action| self.carry_out_one(at, action));
        self.actions = actions;
    }

    /// Does what waited for the end of a visit or of a command, in the order in which it was asked.
    pub(super) fn do_postponed(&mut self) {
        while let Some(Postponed { at, child, wanted }) = self.parts.requests.next() {
            for action in wanted {
                let slot = &self.workers[at];
                let is_gone = slot.spec.child != child || slot.vacant || slot.body.is_down();
                if !(is_gone && is_its_own(&action)) {
                    self.carry_out_one(at, action);
                }
            }
        }
    }

    pub(super) fn carry_out_one(&mut self, at: usize, action: Action<Caller>) {
        match action {
            Action::Answer(caller, outcome) => self.answer(caller, outcome),
            Action::AnswerHttp(caller, reply) => self.answer_http(caller, reply),
            Action::Forward(forwarded) => {
                let Forwarded { caller, to, body, deadline, id } = *forwarded;
                self.call(&to, caller, deadline, body, id);
            }
            Action::Cast { to, body } => self.cast(&to, body),
            Action::Call { to, body, id, deadline } => self.call_from(at, &to, body, id, deadline),
            Action::Publish { topic, body } => {
                if let Err(failure) = self.publish(&topic, body) {
                    self.log(at, "warn", format!("a publication on `{topic}` was lost: {}", failure.text));
                }
            }
            Action::Subscribe(topic) => {
                if let Err(failure) = self.parts.topics.subscribe(at, &topic) {
                    self.log(at, "error", format!("does not hear topic `{topic}`: {}", failure.text));
                }
            }
            Action::Unsubscribe(topic) => self.parts.topics.unsubscribe(at, &topic),
            Action::Supervisor { request, id } => self.ask_supervisor(at, *request, id),
            Action::Handler { order, call, tie } => {
                let waiting = call.map(|(call, deadline)| (Caller::Worker { slot: at, call }, deadline));
                let tie = tie.map(|number| Tie { shard: self.post.index(), slot: at, number });
                self.change_handlers(&order.manager, order.change, waiting, tie, Some(at));
            }
            Action::Monitor { to, number } => {
                let tie = Tie { shard: self.post.index(), slot: at, number };
                self.watch(&to, tie);
            }
            Action::Demonitor { to, number } => {
                let tie = Tie { shard: self.post.index(), slot: at, number };
                self.unwatch(&to, tie);
            }
            Action::Hibernate => self.workers[at].desk.push(Errand::Hibernate),
            Action::Stop(reason) => {
                self.workers[at].ending.get_or_insert(Ending::Own(reason));
            }
        }
    }

    fn call_from(&mut self, at: usize, to: &str, body: Vec<u8>, call: u64, deadline: Nanos) {
        let caller = Caller::Worker { slot: at, call };
        if to == self.workers[at].spec.name.as_str() {
            let failure = Failure::new(Kind::Refused, "a worker may not call itself");
            return self.answer(caller, Err(failure));
        }
        self.call(to, caller, deadline, body, None);
    }

    /// Asks a supervisor what a step wants of it. One lock: what is asked for is looked up and decided.
    fn ask_supervisor(&mut self, at: usize, request: SupervisorRequest, call: Option<u64>) {
        let SupervisorRequest { supervisor, wish, .. } = request;
        let caller = match call {
            Some(call) => Caller::Worker { slot: at, call },
            None => {
                let (child, supervisor) = (self.workers[at].spec.child, supervisor.clone());
                Caller::Log(Box::new(Untold { child, supervisor, wish: wish.word() }))
            }
        };
        let id = self.post.keep(caller);
        let asked = question(self.post.index(), id);
        if !self.parts.requests.admits(&wish) {
            return self.tree_answers(asked, Err(ChildError::TooMany));
        }
        let driver = &mut self.driver;
        let look_up = |tree: &Tree| wished(tree, &supervisor, wish, asked);
        let reply = self.supervision.ask(look_up, self.clock.now, &mut || driver.random());
        let listed = reply.and_then(|reply| match reply {
            Reply::Decision(decision) => {
                self.carry_out_decision(decision);
                Ok(None)
            }
            Reply::Answer(listing) => listing.json().map(Some),
        });
        match listed {
            Ok(Some(json)) => self.answer_kept(id, Ok(json)),
            // The tree answers when it has come about.
            Ok(None) => {}
            Err(error) => self.tree_answers(asked, Err(error)),
        }
    }

    /// Something came to nothing that a worker wanted without waiting for it. The log tells of the first of
    /// many.
    pub(super) fn log_untold(&mut self, asked: &Untold, outcome: Outcome) {
        let (Err(failure), Some(at)) = (outcome, self.slot_of(asked.child)) else { return };
        if self.workers[at].seen.in_vain.begins(self.clock.now) {
            let text = format!("asked `{}` for {} in vain: {}", asked.supervisor, asked.wish, failure.text);
            self.log(at, "warn", text);
        }
    }
}
