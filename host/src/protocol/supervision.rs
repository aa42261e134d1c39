//! The tree as the loops share it: whoever holds an event asks it, and is told who has to do what.
//!
//! Invariant: one decision is one lock. Everything that carrying it out needs to know of the tree is
//! read under that lock, so nobody has to ask again; and no guest runs while it is held.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::question::asker;
use super::{Directory, WorkerSpec};
use crate::base::{Name, Nanos, Shutdown};
use crate::supervisor::{Action, ChildError, ChildId, Event, Report, StartOutcome, Status, Tree, Why};

/// What the tree wants done to a worker or a manager, or told to one, by the shard where it lives.
#[derive(Clone, Debug)]
pub enum WorkerAction {
    /// Make an instance of this worker, as it is declared now.
    Start(Box<WorkerSpec>),
    /// End this worker.
    Stop(ChildId, Shutdown),
    /// Let the end of this worker that was ordered take no longer than this.
    Hurry(ChildId, Shutdown),
    /// Turn away whoever waits for this worker: it will not come back by itself.
    Rest(ChildId),
    /// Free the slot of this dynamic child: the tree knows it no longer.
    Forget(ChildId),
    /// This event manager has come up, or is about to stop.
    Manager(ChildId, bool),
    /// The answer to a question of a worker or a manager of the shard, by its number.
    Answer(u64, Result<Name, ChildError>),
}

/// What the tree wants done by control.
#[derive(Clone, Debug)]
pub enum HostAction {
    /// Tell the tree [`Event::Due`] for this child with this token, after this time.
    Wait(ChildId, u64, Duration),
    /// The answer to a question of control, by its number; 0 is nobody's.
    Answer(u64, Result<Name, ChildError>),
    /// The application with this root has started.
    ApplicationUp(ChildId),
    /// The application with this root has ended or did not start.
    ApplicationDown(ChildId, Why),
    /// For the log.
    Report(Report),
    /// The root has ended: nothing runs any more.
    Finished(Why),
}

/// One thing that the tree wants done, with whoever has to do it.
#[derive(Clone, Debug)]
pub enum Assigned {
    /// To be done by the shard with this index.
    Shard(usize, WorkerAction),
    /// To be done by control.
    Control(HostAction),
}

/// What a look at the tree comes to.
#[derive(Debug)]
pub enum Query<T> {
    /// The tree is told this.
    Event(Event),
    /// This is the answer; the tree is told nothing.
    Answer(T),
}

/// What came of a [`Query`].
#[derive(Debug)]
pub enum Reply<T> {
    /// What the tree wants done now.
    Decision(Vec<Assigned>),
    /// The answer.
    Answer(T),
}

/// The tree of a node, and where the workers live that it decides about. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Supervision {
    tree: Arc<Mutex<Tree>>,
    directory: Arc<Directory>,
}

impl Supervision {
    /// The supervision of this tree's workers, who live where this directory says.
    pub fn new(tree: Tree, directory: Directory) -> Supervision {
        Supervision { tree: Arc::new(Mutex::new(tree)), directory: Arc::new(directory) }
    }

    /// Where its workers live.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// The tree, for a question. A panic while it was locked is a bug that has ended the node already.
    pub fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the tree what happened at `now`; gives what is to be done, in order. `random` gives uniform
    /// numbers.
    pub fn decide(&self, event: Event, now: Nanos, random: &mut dyn FnMut() -> u64) -> Vec<Assigned> {
        self.decide_in(&mut self.tree(), event, now, random)
    }

    /// Looks something up in the tree and tells it what follows from that, under one lock.
    ///
    /// # Errors
    /// Those of the look-up; the tree was told nothing.
    pub fn ask<T, E>(
        &self,
        look_up: impl FnOnce(&Tree) -> Result<Query<T>, E>,
        now: Nanos,
        random: &mut dyn FnMut() -> u64,
    ) -> Result<Reply<T>, E> {
        let mut tree = self.tree();
        Ok(match look_up(&tree)? {
            Query::Event(event) => Reply::Decision(self.decide_in(&mut tree, event, now, random)),
            Query::Answer(answer) => Reply::Answer(answer),
        })
    }

    fn decide_in(&self, tree: &mut Tree, event: Event, now: Nanos, random: &mut dyn FnMut() -> u64) -> Vec<Assigned> {
        let ended = ended(&event);
        let actions = tree.handle(event, now, random);
        let mut assigned: Vec<Assigned> = actions.into_iter().filter_map(|action| self.assign(tree, action)).collect();
        let at_rest = ended.filter(|&child| rests(tree, child));
        assigned.extend(at_rest.and_then(|child| self.to(tree, child, WorkerAction::Rest(child))));
        assigned
    }

    /// Whether what the tree decided about a worker still holds. Asked by a shard that hears of the
    /// decision from another thread, which may have decided anew since.
    pub fn still_holds(&self, action: &WorkerAction) -> bool {
        match action {
            WorkerAction::Rest(child) => rests(&self.tree(), *child),
            WorkerAction::Manager(child, true) => self.tree().status(*child) == Status::Running,
            // One that was declared may always be started again.
            WorkerAction::Start(spec) => self.directory.of(spec.child).is_some() || self.tree().contains(spec.child),
            _ => true,
        }
    }

    /// Whether this worker does not run, and nobody above it is in the middle of something that could
    /// start it again.
    pub fn is_down_for_good(&self, child: ChildId) -> bool {
        let tree = self.tree();
        let mut above = std::iter::successors(Some(child), |at| tree.parent(*at));
        !tree.contains(child)
            || (matches!(tree.status(child), Status::Stopped | Status::Ignored) && above.all(|at| tree.is_settled(at)))
    }

    /// The one place where an action of the tree is read.
    fn assign(&self, tree: &Tree, action: Action) -> Option<Assigned> {
        let for_control = |action| Some(Assigned::Control(action));
        match action {
            Action::Start { child } => {
                let spec = Box::new(WorkerSpec::of(tree, child)?);
                self.to(tree, child, WorkerAction::Start(spec))
            }
            Action::Stop { child, how } => self.to(tree, child, WorkerAction::Stop(child, how)),
            Action::Hurry { child, how } => self.to(tree, child, WorkerAction::Hurry(child, how)),
            Action::Rest { child } => self.to(tree, child, WorkerAction::Rest(child)),
            Action::Manager { child, open } => self.to(tree, child, WorkerAction::Manager(child, open)),
            Action::Forget { child, name } => {
                Some(Assigned::Shard(self.directory.home(name.as_str()), WorkerAction::Forget(child)))
            }
            Action::Answer { asked, outcome } => match asker(asked) {
                Some((shard, _)) => Some(Assigned::Shard(shard, WorkerAction::Answer(asked, outcome))),
                None => for_control(HostAction::Answer(asked, outcome)),
            },
            Action::Wait { child, token, delay } => for_control(HostAction::Wait(child, token, delay)),
            Action::ApplicationUp { root } => for_control(HostAction::ApplicationUp(root)),
            Action::ApplicationDown { root, why } => for_control(HostAction::ApplicationDown(root, why)),
            Action::Report(report) => for_control(HostAction::Report(report)),
            Action::Finished { why, .. } => for_control(HostAction::Finished(why)),
        }
    }

    /// To the shard where this child lives; to nobody if the tree does not know it any more.
    fn to(&self, tree: &Tree, child: ChildId, action: WorkerAction) -> Option<Assigned> {
        Some(Assigned::Shard(self.directory.shard_of(tree, child)?, action))
    }
}

/// The worker that has no instance any more by what this event tells.
fn ended(event: &Event) -> Option<ChildId> {
    match event {
        Event::Exited { child, .. } | Event::Stopped { child, .. } => Some(*child),
        Event::Started { child, outcome } if *outcome != StartOutcome::Up => Some(*child),
        _ => None,
    }
}

/// Whether this worker is down, and its supervisor has decided that it stays so until it is started anew.
fn rests(tree: &Tree, child: ChildId) -> bool {
    let is_down = !tree.contains(child) || matches!(tree.status(child), Status::Stopped | Status::Stopping);
    is_down && !tree.is_undecided(child)
}
