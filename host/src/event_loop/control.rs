//! The control loop: the order of things across shards. It waits for restarts, carries out what the
//! tree decided elsewhere, drains and stops the node, and hands releases to their own machine.
//!
//! Invariant: never runs guest code and never blocks on a shard.
//! It does block on the disk, when it looks into the folder and when a release is recorded: workers go on
//! meanwhile, and only restarts that wait come some milliseconds later.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::applications::{Applications, Changes, Configured, Hosted, News, Reloading, Settled, Stands};
use super::candidate::{Asked, Compiled};
use super::directory::Directory;
use super::event::{Command, Notice};
use super::orders::Done;
use super::report::log_report;
use super::shard::{SharedTree, lock};
use super::upgrade::Releases;
use super::wishes::asker;
use crate::base::{Failure, Name, Nanos, nanos};
use crate::release::Watch as FolderWatch;
use crate::supervisor::{Action, ChildId, Event, NewChild, Order, Status, Why};

/// How the node ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to.
    Shutdown,
    /// The tree could not be started, with the reason.
    BootFailed(String),
    /// The root supervisor gave up, with the reason.
    GaveUp(String),
}

/// Everything that can wake the control loop.
#[derive(Debug)]
pub enum ControlEvent {
    /// A shard has something to tell.
    Notice(Notice),
    /// Somebody asks for something.
    Ask(Ask),
    /// Something may have changed in the watched folder.
    Hint,
    /// The watched folder is watched by this from now on.
    Watch(FolderWatch),
    /// A component was checked and compiled, or was not.
    Compiled(Box<Compiled>),
}

/// What a node that is to stop takes the time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// It answers what is in flight, then stops the tree.
    Drain,
    /// It stops the tree, everybody with the time there is for it.
    Stop,
    /// It kills what runs and what is stopping.
    Halt,
}

/// What users of the node ask of control.
#[derive(Debug)]
pub enum Ask {
    /// Tell when the whole tree has started.
    Booted(oneshot::Sender<()>),
    /// Order something of a worker or a supervisor.
    Order(Name, Order, Done),
    /// Start a new child under this supervisor.
    StartChild(Name, NewChild, Done),
    /// Show the applications, in start order.
    Applications(oneshot::Sender<Vec<Stands>>),
    /// Start the application of this name.
    StartApplication(Name, Settled),
    /// Stop the application of this name.
    StopApplication(Name, Settled),
    /// Change what is declared of what runs.
    Reload(Box<Reloading>, oneshot::Sender<Result<(), Failure>>),
    /// Change what the workers of this application are configured with; without changes it is shown.
    Config(Name, Changes, oneshot::Sender<Result<Configured, Failure>>),
    /// A configuration of a worker of this application, as JSON text, under what settings, command line
    /// and operators have said.
    Overlay(Name, Arc<[u8]>, oneshot::Sender<Result<Arc<[u8]>, Failure>>),
    /// Something about releases.
    Release(Asked),
    /// Stop everything.
    Shutdown(Haste),
}

/// The clock and chance of the control loop.
pub trait Surroundings {
    /// The monotonic clock.
    fn now(&self) -> Nanos;
    /// The next random number.
    fn random(&mut self) -> u64;
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Running,
    Draining { shards_left: usize, by: Nanos },
    Stopping,
}

/// The control loop's state.
pub struct Control<S> {
    surroundings: S,
    pub(super) tree: SharedTree,
    directory: Arc<Directory>,
    shards: Vec<mpsc::UnboundedSender<Command>>,
    releases: Releases,
    pub(super) applications: Applications,
    waits: BTreeMap<(Nanos, u64), ChildId>,
    /// Who waits for the tree's answer, by the number of the question; 0 is nobody's.
    pub(super) awaited: HashMap<u64, Done>,
    pub(super) questions: u64,
    booted: Option<oneshot::Sender<()>>,
    up: bool,
    phase: Phase,
    drain_time: Duration,
    pub(super) ended: Option<Ended>,
}

impl<S: Surroundings> Control<S> {
    /// Control over these shards, in the order of their indices.
    pub fn new(
        surroundings: S,
        tree: SharedTree,
        directory: Arc<Directory>,
        shards: Vec<mpsc::UnboundedSender<Command>>,
        releases: Releases,
        drain_time: Duration,
    ) -> Control<S> {
        Control {
            surroundings,
            tree,
            directory,
            shards,
            releases,
            applications: Applications::default(),
            waits: BTreeMap::new(),
            awaited: HashMap::new(),
            questions: 0,
            booted: None,
            up: false,
            phase: Phase::Running,
            drain_time,
            ended: None,
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
        let now = self.surroundings.now();
        match event {
            ControlEvent::Notice(notice) => self.notice(notice),
            ControlEvent::Ask(ask) => self.ask(ask),
            // Until the tree is up a new version could not be told from a broken start.
            ControlEvent::Hint if !self.up => {}
            ControlEvent::Hint => self.releases.look(now),
            ControlEvent::Watch(watch) => self.releases.watch(watch, now),
            ControlEvent::Compiled(compiled) => self.releases.compiled(*compiled, &self.shards),
        }
        self.settle();
    }

    /// Time has passed.
    pub fn tick(&mut self) {
        let now = self.surroundings.now();
        while let Some(entry) = self.waits.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((_, token), child) = entry.remove_entry();
            self.supervise(Event::Due { child, token });
        }
        if matches!(self.phase, Phase::Draining { by, .. } if by <= now) {
            tracing::warn!("the time to drain is over; stopping with requests in flight");
            self.stop_tree();
        }
        if self.up {
            self.releases.tick(now);
        }
        self.settle();
    }

    /// When [`Control::tick`] wants to be called.
    pub fn wake_at(&self) -> Option<Nanos> {
        let drain = match self.phase {
            Phase::Draining { by, .. } => Some(by),
            _ => None,
        };
        let releases = self.releases.wake_at().filter(|_| self.up);
        let wait = self.waits.first_key_value().map(|((at, _), _)| *at);
        [drain, releases, wait].into_iter().flatten().min()
    }

    /// How the node ended, once it has.
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Carry(actions) => self.carry_out(actions),
            Notice::Report(report) => log_report(&report),
            Notice::Changed(_) => {}
            Notice::Told(question, outcome) => self.application_told(question, outcome),
            Notice::Crashed { worker, generation, reason, inputs } => {
                super::report::log_crash(&worker, generation, &reason, &inputs);
            }
            Notice::Log { worker, level, text } => super::report::log_guest(&worker, level, &text),
            Notice::Prepared(id, result) => self.releases.prepared(id, result, &self.shards),
            Notice::Committed(id, done) => self.releases.committed(id, done),
            Notice::Drained => self.drained(),
        }
    }

    fn ask(&mut self, ask: Ask) {
        match ask {
            Ask::Booted(done) => self.booted = Some(done),
            Ask::Order(name, order, done) => self.order(&name, order, done),
            Ask::StartChild(supervisor, new, done) => self.start_child(&supervisor, new, done),
            // The asker may have gone.
            Ask::Applications(done) => drop(done.send(self.applications.stands())),
            Ask::StartApplication(name, done) => self.start_application(&name, done),
            Ask::StopApplication(name, done) => self.stop_application(&name, done),
            // The asker may have gone.
            Ask::Reload(reloading, done) => drop(done.send(self.reload(*reloading))),
            // The asker may have gone.
            Ask::Config(name, changes, done) => drop(done.send(self.change_config(&name, changes))),
            Ask::Overlay(name, config, done) => {
                let environment = self.applications.environment(&name);
                // The asker may have gone.
                let _ = done.send(environment.map(|environment| environment.overlay(&config)));
            }
            Ask::Release(asked) => self.releases.asked(asked),
            Ask::Shutdown(haste) => self.shutdown(haste),
        }
    }

    /// Hands an event to the tree and does what follows.
    pub(super) fn supervise(&mut self, event: Event) {
        let surroundings = &mut self.surroundings;
        let now = surroundings.now();
        let actions = lock(&self.tree).handle(event, now, &mut || surroundings.random());
        self.carry_out(actions);
    }

    fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Start { child } => self.command(child, Command::Start(child)),
                Action::Stop { child, how } => self.command(child, Command::Stop(child, how)),
                Action::Hurry { child, how } => self.command(child, Command::Hurry(child, how)),
                Action::Rest { child } => self.command(child, Command::Rest(child)),
                Action::Wait { child, token, delay } => {
                    let at = self.surroundings.now().saturating_add(nanos(delay));
                    self.waits.insert((at, token), child);
                }
                Action::Answer { asked, outcome } => match asker(asked) {
                    // A shard that is gone has ended with the node.
                    Some((shard, _)) => drop(self.shards[shard].send(Command::Told(asked, outcome))),
                    None => self.answered(asked, outcome),
                },
                Action::Forget { child, name } => {
                    // A shard that is gone has ended with the node.
                    let _ = self.shards[self.directory.home(name.as_str())].send(Command::Forget(child));
                }
                Action::Manager { child, open } => self.command(child, Command::Manager(child, open)),
                Action::ApplicationUp { root } => self.applications.hear(root, News::Up),
                Action::ApplicationDown { root, why } => self.applications.hear(root, News::Down(why.to_string())),
                Action::Report(report) => log_report(&report),
                Action::Finished { why, .. } => self.finished(&why),
            }
        }
    }

    pub(super) fn command(&self, child: ChildId, command: Command) {
        let shard = match self.directory.of(child) {
            Some(place) => place.shard,
            None => {
                let tree = lock(&self.tree);
                if !tree.contains(child) {
                    return;
                }
                self.directory.home(tree.name(child).as_str())
            }
        };
        // A shard that is gone has ended with the node.
        let _ = self.shards[shard].send(command);
    }

    fn finished(&mut self, why: &Why) {
        self.ended = Some(match (self.applications.take_fate(), why) {
            (Some(fate), _) => fate,
            (None, Why::Ordered) => Ended::Shutdown,
            (None, why) if !self.up => Ended::BootFailed(why.to_string()),
            (None, why) => Ended::GaveUp(why.to_string()),
        });
        for shard in &self.shards {
            // A shard that is gone has ended with the node.
            let _ = shard.send(Command::Quit);
        }
    }

    fn shutdown(&mut self, haste: Haste) {
        self.releases.close();
        if haste != Haste::Drain {
            self.phase = Phase::Stopping;
            self.applications.abandon();
            return self.supervise(if haste == Haste::Halt { Event::Halt } else { Event::Shutdown });
        }
        if self.phase != Phase::Running {
            return;
        }
        let by = self.surroundings.now().saturating_add(nanos(self.drain_time));
        self.phase = Phase::Draining { shards_left: self.shards.len(), by };
        tracing::info!("draining: no new connections, what is in flight is answered");
        for shard in &self.shards {
            // A shard that is gone has ended with the node.
            let _ = shard.send(Command::Drain);
        }
    }

    fn drained(&mut self) {
        if let Phase::Draining { shards_left, .. } = &mut self.phase {
            *shards_left -= 1;
            if *shards_left == 0 {
                self.stop_tree();
            }
        }
    }

    /// One application after the other, then the tree.
    fn stop_tree(&mut self) {
        if self.phase != Phase::Stopping {
            self.phase = Phase::Stopping;
            self.applications.end();
        }
    }

    /// Tells whoever waited for what has come about.
    fn settle(&mut self) {
        self.advance_applications();
        if self.applications.is_doomed() && self.phase != Phase::Stopping {
            self.releases.close();
            self.phase = Phase::Stopping;
        }
        self.up |= self.applications.are_up() && !self.applications.is_doomed() && {
            let tree = lock(&self.tree);
            tree.status(tree.root()) == Status::Running
        };
        if self.up
            && let Some(done) = self.booted.take()
        {
            // Whoever starts the node may have gone.
            let _ = done.send(());
        }
    }
}
