//! How the last hosts on a state directory ended, so that the next one knows whether the release they ran is to
//! blame.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::disk::Disk;
use super::super::trust::read_own;
use super::super::whole_file::Draft;
use super::{StateDir, StateError};
use crate::base::Millis;
use crate::base::limits::LIVES_KEPT;

/// More bytes than the file of any host has.
const BYTES_MAX: u64 = (LIVES_KEPT * 256) as u64;

/// How a host ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It was told to; or it could not start for a reason that no release has to do with.
    Stopped,
    /// A root supervisor gave up.
    GaveUp,
    /// Its tree could not be started.
    NotUp,
    /// A thread of it panicked or failed.
    Broke,
    /// It left no word: it was killed, it aborted, or the power went. Noticed by the host after it.
    Silent,
}

/// One host, from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// The last revision when it started.
    pub revision: u64,
    /// When that was.
    pub at_ms: Millis,
    /// When and how it ended; of a silent end, when that was noticed.
    #[serde(default)]
    pub ended: Option<(Millis, End)>,
}

/// The last hosts on a state directory, the oldest first.
#[derive(Debug)]
pub struct Lives {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    all: Vec<Life>,
}

impl Lives {
    /// What this state directory says, now: a host that has left no word has ended. A file that is not there, or is
    /// none of ours, says nothing: then nobody is to blame.
    pub fn open(state: &StateDir, now: Millis) -> Lives {
        let path = state.path().join("lives.json");
        let read = read_own(&path, BYTES_MAX).ok();
        let mut all: Vec<Life> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        for life in &mut all {
            life.ended.get_or_insert((now, End::Silent));
        }
        Lives { path, disk: state.disk(), all }
    }

    /// How the last hosts ended.
    pub fn all(&self) -> &[Life] {
        &self.all
    }

    /// A host starts where this revision is the last. On return that is on disk.
    ///
    /// # Errors
    /// It could not be written; then its end will blame nobody.
    pub fn begin(&mut self, revision: u64, now: Millis) -> Result<(), StateError> {
        self.all.drain(..(self.all.len() + 1).saturating_sub(LIVES_KEPT));
        self.all.push(Life { revision, at_ms: now, ended: None });
        self.write()
    }

    /// The host that has begun ends so. The first word counts.
    ///
    /// # Errors
    /// It could not be written; then the next host takes it for a silent end.
    pub fn end(&mut self, how: End, now: Millis) -> Result<(), StateError> {
        match self.all.last_mut() {
            Some(life) if life.ended.is_none() => life.ended = Some((now, how)),
            _ => return Ok(()),
        }
        self.write()
    }

    fn write(&self) -> Result<(), StateError> {
        let text = serde_json::to_vec(&self.all).map_err(|error| StateError::damaged(&self.path, error))?;
        let written = Draft::write(&*self.disk, &self.path, 0o600, &[&text]);
        written.and_then(|draft| draft.keep(&*self.disk)).map_err(StateError::io(&self.path))
    }
}
