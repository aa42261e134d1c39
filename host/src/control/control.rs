//! [`Control`]: what wakes it, and what it does then.

use std::time::Duration;

use tokio::sync::mpsc;

use super::applications::{Applications, Hosted, Step};
use super::ask::{Ask, ControlEvent, Haste, Surroundings};
use super::lifecycle::{Ended, Lifecycle};
use super::orders::Orders;
use super::releases::{Event as ReleaseEvent, Moment, Releases, ReleasesSetup};
use super::report::{log_crash, log_guest, log_report};
use super::shards::Shards;
use super::waits::Waits;
use crate::base::Nanos;
use crate::protocol::{Command, Notice, Supervision};
use crate::supervisor::{Event, Status};

/// The control loop's state. Whatever it decides is decided by one of its parts; [`Control`] tells them
/// what happened and carries out what they want.
pub struct Control<S> {
    pub(super) surroundings: S,
    pub(super) supervision: Supervision,
    pub(super) shards: Shards,
    pub(super) waits: Waits,
    pub(super) orders: Orders,
    pub(super) applications: Applications,
    pub(super) releases: Releases,
    pub(super) lifecycle: Lifecycle,
}

impl<S: Surroundings> Control<S> {
    /// Control over these shards, in the order of their indices. A node that is told to drain takes at
    /// most `drain_time` for it.
    pub fn new(
        surroundings: S,
        supervision: Supervision,
        shards: Vec<mpsc::UnboundedSender<Command>>,
        releases: ReleasesSetup,
        drain_time: Duration,
    ) -> Control<S> {
        let releases = Releases::new(releases, shards.len());
        Control {
            surroundings,
            supervision,
            shards: Shards::new(shards),
            waits: Waits::default(),
            orders: Orders::default(),
            applications: Applications::default(),
            releases,
            lifecycle: Lifecycle::new(drain_time),
        }
    }

    /// With these applications, in start order; their roots stand in the tree under the host's own.
    /// Without any, the whole tree starts and stops as one.
    pub fn hosting(mut self, applications: Vec<Hosted>) -> Control<S> {
        self.applications = Applications::new(applications);
        self
    }

    /// Starts the tree.
    pub fn boot(&mut self) {
        self.supervise(Event::Boot);
        self.settle();
    }

    /// One event.
    pub fn handle(&mut self, event: ControlEvent) {
        match event {
            ControlEvent::Notice(notice) => self.notice(notice),
            ControlEvent::Ask(ask) => self.ask(ask),
            // Until the tree is up a new version could not be told from a broken start.
            ControlEvent::Hint if !self.lifecycle.is_up() => {}
            ControlEvent::Hint => self.release(ReleaseEvent::Look),
            ControlEvent::Watch(watch) => self.release(ReleaseEvent::Watch(watch)),
            ControlEvent::Compiled(compiled) => self.release(ReleaseEvent::Compiled(*compiled)),
            ControlEvent::Disk(done) => self.release(ReleaseEvent::Disk(*done)),
        }
        self.settle();
    }

    /// Time has passed.
    pub fn tick(&mut self) {
        let now = self.surroundings.now();
        while let Some(due) = self.waits.due(now) {
            self.supervise(due);
        }
        if self.lifecycle.drains_until().is_some_and(|by| by <= now) {
            tracing::warn!("the time to drain is over; stopping with requests in flight");
            self.stop_tree();
        }
        if self.lifecycle.is_overdue(now) {
            tracing::warn!("the time to stop is over; killing what still runs");
            self.applications.abandon();
            self.supervise(Event::Halt);
        }
        if self.lifecycle.is_up() {
            self.release(ReleaseEvent::Tick);
        }
        self.settle();
    }

    /// When [`Control::tick`] wants to be called.
    pub fn wake_at(&self) -> Option<Nanos> {
        let releases = self.releases.wake_at().filter(|_| self.lifecycle.is_up());
        let lifecycle = [self.lifecycle.drains_until(), self.lifecycle.halts_at()];
        lifecycle.into_iter().chain([releases, self.waits.next()]).flatten().min()
    }

    /// How the node ended, once it has.
    pub fn ended(&self) -> Option<&Ended> {
        self.lifecycle.ended()
    }

    /// Whether something is on its way to the disk, of which somebody is to be told.
    pub fn is_writing(&self) -> bool {
        self.releases.is_writing()
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Carry(assigned) => self.carry_out(assigned),
            Notice::Report(report) => log_report(&report),
            Notice::HostAnswer(question, outcome) => {
                let step = self.applications.answered(question, outcome);
                step.into_iter().for_each(|step| self.take(step));
            }
            // For whoever keeps what runs in view; control asks the tree.
            Notice::Changed(_) => {}
            Notice::Crashed { worker, generation, reason, inputs } => {
                log_crash(&worker, generation, &reason, &inputs);
            }
            Notice::Log { worker, level, text } => log_guest(&worker, level, &text),
            Notice::SwapStepped(id, result) => self.release(ReleaseEvent::Stepped(id, result)),
            Notice::Drained => {
                if self.lifecycle.drained() {
                    self.stop_tree();
                }
            }
        }
    }

    /// Whoever asks may have gone when the answer comes; then nobody needs it.
    fn ask(&mut self, ask: Ask) {
        match ask {
            Ask::Booted(done) => self.lifecycle.await_boot(done),
            Ask::Order(name, order, done) => self.order(&name, order, done),
            Ask::StartChild(supervisor, new, done) => self.start_child(&supervisor, new, done),
            Ask::Applications(done) => drop(done.send(self.applications.stands())),
            Ask::StartApplication(name, done) => self.applications.order_start(&name, done),
            Ask::StopApplication(name, done) => {
                let step = self.applications.order_stop(&name, done);
                step.into_iter().for_each(|step| self.take(step));
            }
            Ask::Reload(reloading, done) => drop(done.send(self.reload(*reloading))),
            Ask::Config(name, changes, done) => drop(done.send(self.change_config(&name, changes))),
            Ask::Overlay(name, config, done) => {
                let environment = self.applications.environment(&name);
                drop(done.send(environment.map(|environment| environment.overlay(&config))));
            }
            Ask::Running(done) => drop(done.send(self.releases.running().to_vec())),
            Ask::History(done) => drop(done.send(self.releases.history().to_vec())),
            Ask::Pending(done) => drop(done.send(self.releases.pending())),
            Ask::Cancel(file, done) => self.release(ReleaseEvent::Cancel(file, done)),
            Ask::Upgrade(candidate, done) => self.release(ReleaseEvent::Upgrade(candidate, done)),
            Ask::Rollback(rollback, done) => self.release(ReleaseEvent::Rollback(rollback, done)),
            Ask::Shutdown(haste) => self.shutdown(haste),
        }
    }

    /// Tells the machine of releases what happened and does what follows.
    fn release(&mut self, event: ReleaseEvent) {
        let moment = Moment { now: self.surroundings.now(), wall_ms: self.surroundings.wall_ms() };
        let wants = self.releases.handle(event, moment);
        wants.into_iter().for_each(|want| self.grant(want));
    }

    fn shutdown(&mut self, haste: Haste) {
        self.releases.close();
        if haste != Haste::Drain {
            self.lifecycle.stop(self.surroundings.now());
            self.applications.abandon();
            return self.supervise(if haste == Haste::Halt { Event::Halt } else { Event::Shutdown });
        }
        if self.lifecycle.drain(self.shards.count(), self.surroundings.now()) {
            tracing::info!("draining: no new connections, what is in flight is answered");
            self.shards.send_all(|| Command::Drain);
        }
    }

    /// One application after the other, then the tree.
    fn stop_tree(&mut self) {
        if self.lifecycle.stop(self.surroundings.now()) {
            self.applications.end();
        }
    }

    /// Does what has become possible, and tells whoever waited for what has come about.
    fn settle(&mut self) {
        while let Some(step) = self.next_step() {
            self.take(step);
        }
        if self.applications.is_doomed() && self.lifecycle.stop(self.surroundings.now()) {
            self.releases.close();
        }
        if !self.lifecycle.is_up() && self.applications.are_up() && !self.applications.is_doomed() && self.root_runs() {
            self.lifecycle.rise();
        }
    }

    fn next_step(&mut self) -> Option<Step> {
        if self.lifecycle.ended().is_some() {
            return None;
        }
        self.applications.next()
    }

    fn root_runs(&self) -> bool {
        let tree = self.supervision.tree();
        tree.status(tree.root()) == Status::Running
    }
}
