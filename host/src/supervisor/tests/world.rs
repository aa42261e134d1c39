//! The other side of a tree: instances that start and stop as told, and complain if they are told
//! nonsense.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{ExitReason, Fault, FaultClass, Name};
use crate::supervisor::{Action, ChildError, ChildId, Event, StartOutcome, Status, Tree};

pub(super) fn crash() -> ExitReason {
    ExitReason::Crashed(Fault::new(FaultClass::Trap, "boom"))
}

/// What a worker's instance is doing. A worker that is not in the world has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Starting,
    Up,
    Stopping,
}

#[derive(Default)]
pub(super) struct World {
    pub(super) lives: BTreeMap<ChildId, Life>,
    pub(super) waits: BTreeMap<ChildId, u64>,
    /// Who was told what. Nobody is told twice.
    pub(super) told: BTreeMap<u64, Result<Name, ChildError>>,
    /// What is kept for a child outside of the tree, from its first start on.
    kept: BTreeSet<ChildId>,
    /// Managers that have come up and were not told to stop.
    pub(super) open: BTreeSet<ChildId>,
    pub(super) forgotten: usize,
    pub(super) finished: Option<String>,
}

impl World {
    /// Carries out an action, and checks that it makes sense.
    pub(super) fn obey(&mut self, action: &Action) {
        let refusal = matches!(action, Action::Answer { .. });
        assert!(self.finished.is_none() || refusal, "{action:?} after the end");
        match action {
            Action::Start { child } => {
                let before = self.lives.insert(*child, Life::Starting);
                assert_eq!(before, None, "a second instance of {child:?}");
                self.kept.insert(*child);
            }
            Action::Stop { child, .. } => {
                let before = self.lives.insert(*child, Life::Stopping);
                assert_eq!(before, Some(Life::Up), "{child:?} stopped");
            }
            Action::Hurry { child, .. } => {
                let life = self.lives.get(child);
                assert!(matches!(life, Some(Life::Starting | Life::Stopping)), "{child:?} hurries: {life:?}");
            }
            Action::Rest { child } => assert_eq!(self.lives.get(child), None, "{child:?} rests with an instance"),
            Action::Wait { child, token, .. } => {
                self.waits.insert(*child, *token);
            }
            Action::Answer { asked: 0, outcome } => assert!(outcome.is_err(), "nobody waits"),
            Action::Answer { asked, outcome } => {
                let before = self.told.insert(*asked, outcome.clone());
                assert_eq!(before, None, "{asked} was told twice");
            }
            Action::Forget { child, .. } => {
                assert_eq!(self.lives.get(child), None, "a child with an instance is forgotten");
                self.forgotten += usize::from(self.kept.remove(child));
            }
            Action::Report(_) | Action::ApplicationUp { .. } | Action::ApplicationDown { .. } => {}
            Action::Manager { child, open } => {
                let before = if *open { self.open.insert(*child) } else { self.open.remove(child) };
                assert!(before || !*open, "{child:?} has come up twice");
            }
            Action::Finished { why, reason } => {
                assert_eq!(*reason, ExitReason::Shutdown);
                assert_eq!((&self.lives, &self.open), (&BTreeMap::new(), &BTreeSet::new()), "orphans");
                self.finished = Some(why.to_string());
            }
        }
    }

    /// The start of this worker is over.
    pub(super) fn start(&mut self, child: ChildId, outcome: StartOutcome) -> Event {
        assert_eq!(self.lives.get(&child), Some(&Life::Starting));
        match outcome {
            StartOutcome::Up => self.lives.insert(child, Life::Up),
            _ => self.lives.remove(&child),
        };
        Event::Started { child, outcome }
    }

    /// This worker has stopped as told.
    pub(super) fn stop(&mut self, child: ChildId) -> Event {
        assert_eq!(self.lives.remove(&child), Some(Life::Stopping));
        Event::Stopped { child, reason: ExitReason::Shutdown }
    }

    /// This worker ends by itself; one that is stopping still answers later.
    pub(super) fn exit(&mut self, child: ChildId, reason: ExitReason) -> Event {
        if self.lives.get(&child) == Some(&Life::Up) {
            self.lives.remove(&child);
        }
        Event::Exited { child, reason }
    }

    /// The tree's idea of the world is the world.
    pub(super) fn agrees(&self, tree: &Tree) {
        for child in self.lives.keys().chain(&self.kept) {
            assert!(tree.contains(*child), "something is kept for nobody: {child:?}");
        }
        for child in tree.workers() {
            let status = match self.lives.get(&child) {
                None => [Status::Stopped, Status::Ignored, Status::Waiting].to_vec(),
                Some(Life::Starting) => vec![Status::Starting],
                Some(Life::Up) => vec![Status::Running],
                Some(Life::Stopping) => vec![Status::Stopping],
            };
            assert!(status.contains(&tree.status(child)), "{} is {status:?}", tree.name(child));
        }
    }
}
