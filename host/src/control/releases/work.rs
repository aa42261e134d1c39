//! A release that waits for its turn or has it.

use std::path::PathBuf;

use tokio::sync::oneshot;

use super::candidate::Candidate;
use super::rollback::{Rollback, StatesBefore};
use super::verdict::Verdict;
use crate::base::Millis;
use crate::release::{Direction, Row};

/// What waits for its turn.
#[derive(Debug)]
pub(super) enum Work {
    Upgrade(Candidate, Option<oneshot::Sender<Verdict>>),
    /// When it was ordered comes with it. Where it goes is decided when its turn comes: the releases before it change that.
    Rollback(Rollback, oneshot::Sender<Verdict>, Millis),
}

/// A waiting release that this asker no longer listens to.
pub(super) fn is_deserted(done: Option<&oneshot::Sender<Verdict>>) -> bool {
    done.is_some_and(oneshot::Sender::is_closed)
}

impl Work {
    /// Whether it was found in the watched folder.
    pub(super) fn is_dropped(&self) -> bool {
        matches!(self, Work::Upgrade(candidate, _) if candidate.is_dropped())
    }

    /// Whether it is about the file of this name; everything is, if none is named.
    pub(super) fn is_of(&self, file: Option<&str>) -> bool {
        file.is_none_or(|file| matches!(self, Work::Upgrade(candidate, _) if candidate.file_name == file))
    }

    /// Bytes of a component that was found in the watched folder.
    pub(super) fn dropped_bytes(&self) -> u64 {
        match self {
            Work::Upgrade(candidate, _) if candidate.is_dropped() => candidate.bytes.len() as u64,
            Work::Upgrade(..) | Work::Rollback(..) => 0,
        }
    }
}

/// The release that has its turn: what is to run, and who is to be told.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) candidate: Candidate,
    pub(super) direction: Direction,
    /// Going back: the states of the swap that brought the version that is left.
    pub(super) back: Option<StatesBefore>,
    pub(super) done: Option<oneshot::Sender<Verdict>>,
}

/// Whoever is to be told what came of a release.
#[derive(Debug, Default)]
pub(super) struct Asker {
    /// The dropped file to mark with it.
    pub(super) dropped: Option<PathBuf>,
    pub(super) done: Option<oneshot::Sender<Verdict>>,
}

/// A release that came to nothing, which is being recorded.
#[derive(Debug)]
pub(super) struct Ending {
    /// Its row, which has no revision yet.
    pub(super) row: Row,
    pub(super) asker: Asker,
}

impl Job {
    pub(super) fn asker(self) -> Asker {
        Asker { dropped: self.candidate.dropped, done: self.done }
    }
}

/// Tells whoever waits for a release what came of it.
pub(super) fn answer(done: Option<oneshot::Sender<Verdict>>, verdict: Verdict) {
    if let Some(done) = done {
        // The asker may have gone.
        let _ = done.send(verdict);
    }
}
