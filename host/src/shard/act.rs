//! What the tree decides, done: the only place where its actions on this shard's workers are carried out.

use super::caller::Caller;
use super::part::{reply, told};
use super::shard::Shard;
use crate::base::Name;
use crate::protocol::{Assigned, Driver, HostAction, Mail, Notice, WorkerAction, asker};
use crate::supervisor::{ChildError, ChildId, Event};

impl<D: Driver> Shard<D> {
    /// Tells the tree what happened, and does what it decides.
    pub(super) fn supervise(&mut self, event: Event) {
        if let Some(child) = changed(&event) {
            self.gate.tell(Notice::Changed(child));
        }
        let driver = &mut self.driver;
        let decision = self.supervision.decide(event, self.clock.now, &mut || driver.random());
        self.carry_out_decision(decision);
    }

    /// Does what the tree has decided, after all that it has decided before.
    pub(super) fn carry_out_decision(&mut self, decision: Vec<Assigned>) {
        self.decided.waiting.push_back(decision);
        if std::mem::replace(&mut self.decided.is_being_done, true) {
            return;
        }
        while let Some(decision) = self.decided.waiting.pop_front() {
            self.share_out(decision);
        }
        self.decided.is_being_done = false;
    }

    /// Does what is this shard's to do, and hands on the rest.
    fn share_out(&mut self, decision: Vec<Assigned>) {
        let mut elsewhere = vec![];
        for assigned in decision {
            match assigned {
                // After what others have to do for it first.
                Assigned::Shard(_, WorkerAction::Answer(..)) if !elsewhere.is_empty() => elsewhere.push(assigned),
                Assigned::Shard(shard, action) if shard == self.post.index() => self.act(action),
                Assigned::Shard(shard, WorkerAction::Start(spec)) if self.is_dynamic(spec.child) => {
                    self.post(shard, Mail::Start(spec));
                }
                Assigned::Control(HostAction::Report(report)) => self.gate.tell(Notice::Report(report)),
                // Nobody asked.
                Assigned::Control(HostAction::Answer(0, _)) => {}
                assigned => elsewhere.push(assigned),
            }
        }
        if !elsewhere.is_empty() {
            self.gate.tell(Notice::Carry(elsewhere));
        }
    }

    fn is_dynamic(&self, child: ChildId) -> bool {
        self.supervision.directory().of(child).is_none()
    }

    /// Does one thing that the tree has decided about a worker or a manager of this shard.
    pub(super) fn act(&mut self, action: WorkerAction) {
        match action {
            WorkerAction::Start(spec) => self.start_as_declared(spec),
            WorkerAction::Stop(child, how) => self.with_slot(child, |shard, at| shard.order_end(at, how)),
            WorkerAction::Hurry(child, how) => self.with_slot(child, |shard, at| shard.hurry_end(at, how)),
            WorkerAction::Rest(child) => self.with_slot(child, Self::rest),
            WorkerAction::Forget(child) => self.forget(child),
            WorkerAction::Manager(child, open) => self.parts.managers.set_open(child, open),
            WorkerAction::Answer(asked, outcome) => self.tree_answers(asked, outcome),
        }
    }

    /// Does what the tree has decided on another thread, if it still holds.
    pub(super) fn act_if_it_holds(&mut self, action: WorkerAction) {
        if self.supervision.still_holds(&action) {
            self.act(action);
        }
    }

    /// Nobody waits for a worker that will not come back by itself.
    fn rest(&mut self, at: usize) {
        if self.workers[at].body.is_down() {
            self.close(at, "stopped");
        }
    }

    /// The tree has answered a worker or a manager.
    pub(super) fn tree_answers(&mut self, asked: u64, outcome: Result<Name, ChildError>) {
        let Some((_, id)) = asker(asked) else { return };
        if self.parts.managers.answered(id, &outcome) {
            return;
        }
        match self.post.take(id) {
            Some(caller @ Caller::Log(_)) => self.answer(caller, told(outcome)),
            Some(caller) => self.answer(caller, reply(outcome)),
            None => {}
        }
    }

    pub(super) fn with_slot(&mut self, child: ChildId, act: impl FnOnce(&mut Self, usize)) {
        if let Some(at) = self.slot_of(child) {
            act(self, at);
        }
    }
}

/// The worker that was started or stopped, or ended by itself.
fn changed(event: &Event) -> Option<ChildId> {
    match event {
        Event::Started { child, .. } | Event::Stopped { child, .. } | Event::Exited { child, .. } => Some(*child),
        _ => None,
    }
}
