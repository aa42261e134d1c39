//! What the host was started with last, so that a start on something else is noticed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::disk::Disk;
use super::super::trust::read_own;
use super::super::whole_file::Draft;
use super::{StateDir, StateError};
use crate::base::limits::{CHILDREN_MAX, NAME_BYTES_MAX};
use crate::base::{Digest, Name, Version};

/// More bytes than the file of any host has.
const BYTES_MAX: u64 = (CHILDREN_MAX * (NAME_BYTES_MAX + 256)) as u64;

/// The version and the component of each behaviour at the last start.
#[derive(Debug)]
pub struct Started {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    before: BTreeMap<String, One>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    version: String,
    digest: String,
}

impl Started {
    /// What this state directory says. A file that is not there, or is none of ours, says nothing: then the first
    /// difference is not noticed.
    pub fn open(state: &StateDir) -> Started {
        let path = state.path().join("started.json");
        let read = read_own(&path, BYTES_MAX).ok();
        let before = read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Started { path, disk: state.disk(), before }
    }

    /// What a behaviour was started with last.
    pub fn with(&self, behaviour: &Name) -> Option<(Version, Digest)> {
        let one = self.before.get(behaviour.as_str())?;
        Some((one.version.parse().ok()?, one.digest.parse().ok()?))
    }

    /// These are started now. Whatever else ran before is kept, for the day it is declared again.
    ///
    /// # Errors
    /// It could not be written.
    pub fn record(&mut self, now: impl IntoIterator<Item = (Name, Version, Digest)>) -> Result<(), StateError> {
        let mut all = self.before.clone();
        for (behaviour, version, digest) in now {
            all.insert(behaviour.to_string(), One { version: version.to_string(), digest: digest.to_string() });
        }
        if all == self.before {
            return Ok(());
        }
        let text = serde_json::to_vec(&all).map_err(|error| StateError::damaged(&self.path, error))?;
        let written = Draft::write(&*self.disk, &self.path, 0o600, &[&text]);
        written.and_then(|draft| draft.keep(&*self.disk)).map_err(StateError::io(&self.path))?;
        self.before = all;
        Ok(())
    }
}
