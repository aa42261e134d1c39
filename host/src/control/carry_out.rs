//! Carries out what the tree, the applications and the releases have decided. The only place in control
//! where a [`HostAction`], a [`Step`] or a [`Want`] is read.

use std::convert::Infallible;

use super::applications::{News, Step};
use super::ask::Surroundings;
use super::control::Control;
use super::lifecycle::Ended;
use super::orders::Done;
use super::releases::Want;
use super::report::log_report;
use crate::base::{Failure, Name};
use crate::protocol::{Assigned, Command, HostAction, Query, Reply, SwapStep, no_worker, order_failure};
use crate::supervisor::{ChildError, ChildId, Event, NewChild, Order, StartChild, Tree, Why};

impl<S: Surroundings> Control<S> {
    /// Hands an event to the tree and does what follows.
    pub(super) fn supervise(&mut self, event: Event) {
        let surroundings = &mut self.surroundings;
        let now = surroundings.now();
        let assigned = self.supervision.decide(event, now, &mut || surroundings.random());
        self.carry_out(assigned);
    }

    /// Does what the tree has decided, whoever asked it.
    pub(super) fn carry_out(&mut self, assigned: Vec<Assigned>) {
        for one in assigned {
            match one {
                Assigned::Shard(shard, action) => self.shards.send(shard, Command::Act(action)),
                Assigned::Control(action) => self.act(action),
            }
        }
    }

    fn act(&mut self, action: HostAction) {
        match action {
            HostAction::Wait(child, token, delay) => {
                self.waits.add(self.surroundings.now(), delay, token, child);
            }
            HostAction::Answer(asked, outcome) => self.orders.answer(asked, outcome),
            HostAction::ApplicationUp(root) => self.applications.hear(root, News::Up),
            HostAction::ApplicationDown(root, why) => self.applications.hear(root, News::Down(why.to_string())),
            HostAction::Report(report) => log_report(&report),
            HostAction::Finished(why) => self.finished(&why),
        }
    }

    /// Does what the applications want.
    pub(super) fn take(&mut self, step: Step) {
        match step {
            Step::Start(root) => self.supervise(Event::StartApplication { root }),
            Step::Stop(root) => self.supervise(Event::StopApplication { root }),
            Step::HostInput(child, question, input, time) => {
                self.command(child, Command::HostInput(child, question, input, time));
            }
            Step::Shutdown => self.supervise(Event::Shutdown),
        }
    }

    /// Does what the releases want.
    pub(super) fn grant(&mut self, want: Want) {
        match want {
            Want::Compile(job) => self.surroundings.compile(*job),
            Want::Disk(job) => self.surroundings.disk(job),
            Want::Step(id, step) => {
                self.shards.send_all(|| Command::Swap(id, step.clone()));
                if !matches!(step, SwapStep::GiveUp | SwapStep::Undo) {
                    self.releases.told(id, self.surroundings.now());
                }
            }
        }
    }

    /// Orders something of a child.
    pub(super) fn order(&mut self, name: &Name, order: Order, done: Done) {
        self.ask_tree(done, |tree, asked| {
            let child = tree.id(name.as_str()).ok_or_else(|| no_worker(name.as_str()))?;
            Ok(Event::Order { child, order, asked })
        });
    }

    /// Orders a new child.
    pub(super) fn start_child(&mut self, supervisor: &Name, new: NewChild, done: Done) {
        self.ask_tree(done, |tree, asked| {
            let found = tree.id(supervisor.as_str());
            let unknown = || order_failure(&ChildError::NoSupervisor(supervisor.to_string()));
            Ok(Event::StartChild(StartChild { supervisor: found.ok_or_else(unknown)?, new, asked }))
        });
    }

    /// Orders of the tree what `event` makes of a look at it, under one lock; `done` is told what it
    /// comes to.
    fn ask_tree(&mut self, done: Done, event: impl FnOnce(&Tree, u64) -> Result<Event, Failure>) {
        let asked = self.orders.ask(done);
        let surroundings = &mut self.surroundings;
        let now = surroundings.now();
        let look_up = |tree: &Tree| event(tree, asked).map(Query::<Infallible>::Event);
        match self.supervision.ask(look_up, now, &mut || surroundings.random()) {
            Ok(Reply::Decision(assigned)) => self.carry_out(assigned),
            Ok(Reply::Answer(never)) => match never {},
            Err(failure) => self.orders.refuse(asked, failure),
        }
    }

    /// Sends a command to the shard where this child lives; to nobody if there is no such child any more.
    pub(super) fn command(&self, child: ChildId, command: Command) {
        let shard = self.supervision.directory().shard_of(&self.supervision.tree(), child);
        if let Some(shard) = shard {
            self.shards.send(shard, command);
        }
    }

    fn finished(&mut self, why: &Why) {
        let ended = match (self.applications.take_fate(), why) {
            (Some(fate), _) => fate,
            (None, Why::Ordered) => Ended::Shutdown,
            (None, why) if !self.lifecycle.is_up() => Ended::BootFailed(why.to_string()),
            (None, why) => Ended::GaveUp(why.to_string()),
        };
        self.lifecycle.end(ended);
        self.shards.send_all(|| Command::Quit);
    }
}
