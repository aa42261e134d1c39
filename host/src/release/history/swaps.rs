//! The states of the old version at a swap, for a rollback whose newer version cannot write them.
//!
//! One file per revision: a line of JSON that says what follows, then the bytes of each state.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::super::disk::Disk;
use super::super::identity::digest;
use super::super::trust::read_own;
use super::super::whole_file::{Draft, remove_drafts};
use super::{StateDir, StateError};
use crate::base::{Digest, Name, SavedState, limits::SWAPS_KEPT};

/// States by worker.
pub type States = BTreeMap<Name, SavedState>;

#[derive(Serialize, Deserialize)]
struct Head {
    sha256: String,
    states: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
struct Part {
    worker: String,
    schema: String,
    bytes: usize,
}

/// The store of states at swaps in a state directory. Keeps those of the last [`SWAPS_KEPT`].
#[derive(Clone, Debug)]
pub struct Swaps {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
}

impl Swaps {
    /// The store of this state directory. What a host that ended in the middle of a swap left unfinished
    /// there is removed.
    ///
    /// # Errors
    /// Its directory cannot be made or read.
    pub fn open(state: &StateDir) -> Result<Swaps, StateError> {
        let swaps = Swaps { dir: state.below("swaps")?, disk: state.disk() };
        remove_drafts(&swaps.dir);
        Ok(swaps)
    }

    /// Keeps the states of a swap; on return they are on disk. Older swaps make room.
    ///
    /// # Errors
    /// They could not be written.
    pub fn save(&self, revision: u64, states: &States) -> Result<(), StateError> {
        self.keep(self.draft(revision, states)?)
    }

    /// Writes the states of a swap. On return there is room for them on disk; dropped before
    /// [`Swaps::keep`] they are gone.
    pub(super) fn draft(&self, revision: u64, states: &States) -> Result<Draft, StateError> {
        let path = self.path(revision);
        let mut hash = Sha256::new();
        states.values().for_each(|state| hash.update(&state.data));
        let part = |(worker, state): (&Name, &SavedState)| Part {
            worker: worker.to_string(),
            schema: state.schema.clone(),
            bytes: state.data.len(),
        };
        let head =
            Head { sha256: Digest(hash.finalize().into()).to_string(), states: states.iter().map(part).collect() };
        let head = serde_json::to_vec(&head).map_err(|error| StateError::damaged(&path, error))?;
        let data = states.values().map(|state| state.data.as_slice());
        let parts: Vec<&[u8]> = [head.as_slice(), b"\n"].into_iter().chain(data).collect();
        Draft::write(&*self.disk, &path, 0o600, &parts).map_err(StateError::io(&path))
    }

    /// Puts states that were written in their place; on return they are on disk. Older swaps make room.
    pub(super) fn keep(&self, draft: Draft) -> Result<(), StateError> {
        draft.keep(&*self.disk).map_err(StateError::io(&self.dir))?;
        self.forget_old();
        Ok(())
    }

    /// The states of a swap; `None` if they are not kept (any more).
    ///
    /// # Errors
    /// They cannot be read, or are not what was written.
    pub fn load(&self, revision: u64) -> Result<Option<States>, StateError> {
        let path = self.path(revision);
        match read_own(&path, u64::MAX) {
            Ok(content) => parse(&content).map(Some).map_err(|why| StateError::damaged(&path, why)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StateError::io(&path)(error)),
        }
    }

    /// What cannot be removed now is tried again at the next swap.
    fn forget_old(&self) {
        let files = self.files().unwrap_or_default();
        let mut kept: Vec<(u64, PathBuf)> =
            files.into_iter().filter_map(|path| Some((revision(&path)?, path))).collect();
        kept.sort();
        let old = kept.len().saturating_sub(SWAPS_KEPT);
        kept[..old].iter().for_each(|(_, path)| remove(path));
    }

    fn files(&self) -> Result<Vec<PathBuf>, StateError> {
        let entries = std::fs::read_dir(&self.dir).map_err(StateError::io(&self.dir))?;
        Ok(entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect())
    }

    fn path(&self, revision: u64) -> PathBuf {
        self.dir.join(format!("{revision}.states"))
    }
}

fn revision(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_suffix(".states")?.parse().ok()
}

/// A file too many is no harm.
fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}

fn parse(content: &[u8]) -> Result<States, String> {
    let end = content.iter().position(|byte| *byte == b'\n').ok_or("it has no first line")?;
    let head: Head = serde_json::from_slice(&content[..end]).map_err(|error| error.to_string())?;
    let mut rest = &content[end + 1..];
    if digest(rest).to_string() != head.sha256 {
        return Err("its SHA-256 is another".to_owned());
    }
    let mut states = States::new();
    for part in head.states {
        let (data, after) = rest.split_at_checked(part.bytes).ok_or("it ends too soon")?;
        let worker = Name::of_worker(&part.worker).map_err(|error| error.to_string())?;
        states.insert(worker, SavedState { schema: part.schema, data: data.to_vec() });
        rest = after;
    }
    Ok(states)
}
