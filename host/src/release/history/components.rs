//! The components that run or ran, by what they are. Only from here are components read again.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::disk::Disk;
use super::super::identity;
use super::super::trust::read_own;
use super::super::whole_file::{Draft, remove_drafts};
use super::{StateDir, StateError};
use crate::base::{Digest, limits::COMPONENT_BYTES_MAX};

/// The store of components in a state directory. Cheap to clone and to move to another thread.
#[derive(Clone, Debug)]
pub struct Components {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
}

impl Components {
    /// The store of this state directory.
    ///
    /// # Errors
    /// Its directory cannot be made.
    pub fn open(state: &StateDir) -> Result<Components, StateError> {
        let dir = state.below("components")?;
        remove_drafts(&dir);
        Ok(Components { dir, disk: state.disk() })
    }

    /// Keeps a component; on return it is on disk. Keeping it twice is no harm.
    ///
    /// # Errors
    /// It could not be written.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, StateError> {
        let digest = identity::digest(bytes);
        let path = self.path(&digest);
        if !matches!(self.get(&digest), Ok(kept) if kept == bytes) {
            let draft = Draft::write(&*self.disk, &path, 0o600, &[bytes]);
            draft.and_then(|draft| draft.keep(&*self.disk)).map_err(StateError::io(&path))?;
        }
        Ok(digest)
    }

    /// Reads a component and checks that it is still what its name says.
    ///
    /// # Errors
    /// It is not kept, cannot be read, or its bytes have changed.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>, StateError> {
        let path = self.path(digest);
        let bytes = read_own(&path, COMPONENT_BYTES_MAX + 1).map_err(|error| match error.kind() {
            ErrorKind::NotFound => StateError::NoComponent(*digest),
            _ => StateError::Io { path: path.clone(), error },
        })?;
        let found = identity::digest(&bytes);
        if found != *digest {
            return Err(StateError::damaged(&path, format!("its SHA-256 is {found}")));
        }
        Ok(bytes)
    }

    /// Whether a file of this component is there.
    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.path(digest).exists()
    }

    /// Forgets this component. One that cannot be removed stays, and is no harm.
    pub(super) fn forget(&self, digest: &Digest) {
        let _ = std::fs::remove_file(self.path(digest));
    }

    /// Forgets every component but these. One that cannot be removed now stays until this is asked again. Whatever
    /// else lies there is nobody's business.
    pub fn keep_only(&self, keep: &BTreeSet<Digest>) {
        let Ok(entries) = std::fs::read_dir(&self.dir) else { return };
        let kept =
            entries.filter_map(|entry| entry.ok()?.path().file_name()?.to_str()?.strip_suffix(".wasm")?.parse().ok());
        kept.filter(|digest| !keep.contains(digest)).for_each(|digest| self.forget(&digest));
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(format!("{digest}.wasm"))
    }
}
