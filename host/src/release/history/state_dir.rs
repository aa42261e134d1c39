//! The state directory: one host's alone.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::disk::{Disk, RealDisk};
use super::super::trust::{distrust, open_own};
use super::super::whole_file::remove_drafts;
use super::{LockError, format};

/// A state directory that this process alone uses, until this value is dropped or the process ends.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    _lock: File,
}

impl StateDir {
    /// Makes the directory (only the owner may enter it) unless it is there, and locks it.
    ///
    /// # Errors
    /// Another host holds it, a later version has written it, or it cannot be made or written.
    pub fn lock(path: &Path) -> Result<StateDir, LockError> {
        let failed = |error| LockError::Io { path: path.to_owned(), error };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        if let Some(why) = distrust(&path.metadata().map_err(failed)?, None) {
            return Err(failed(io::Error::new(io::ErrorKind::PermissionDenied, why)));
        }
        let options = || OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).to_owned();
        let mut lock = open_own(&path.join("lock"), &mut options()).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => sign(&mut lock).map_err(failed)?,
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Taken { path: path.to_owned(), pid: holder(&lock) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        remove_drafts(path);
        format::check(path, &RealDisk)?;
        Ok(StateDir { path: path.to_owned(), disk: Arc::new(RealDisk), _lock: lock })
    }

    /// The same on another disk.
    #[cfg(test)]
    pub(crate) fn on(self, disk: Arc<dyn Disk>) -> StateDir {
        StateDir { disk, ..self }
    }

    /// What its files are written with.
    pub(super) fn disk(&self) -> Arc<dyn Disk> {
        Arc::clone(&self.disk)
    }

    /// The directory's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A directory below, made unless it is there.
    pub(super) fn below(&self, name: &str) -> Result<PathBuf, super::StateError> {
        let path = self.path.join(name);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(super::StateError::io(&path))?;
        Ok(path)
    }
}

fn sign(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", std::process::id())
}

fn holder(lock: &File) -> Option<u32> {
    let mut text = String::new();
    lock.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
