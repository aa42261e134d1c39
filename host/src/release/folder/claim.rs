//! One host at a time takes what is dropped into a folder.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// A folder that is ours as long as this is kept, since the system locks it for whoever asks first.
#[derive(Debug)]
pub(super) struct Claim {
    /// The lock lasts as long as this is open.
    _dir: File,
    inode: (u64, u64),
}

impl Claim {
    /// Makes the folder ours; `None` if it is another's. Where the filesystem knows no locks, it is anybody's.
    pub(super) fn of(path: &Path) -> io::Result<Option<Claim>> {
        let dir = File::open(path)?;
        let found = dir.metadata()?;
        match flock(&dir, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => Ok(None),
            _ => Ok(Some(Claim { _dir: dir, inode: (found.dev(), found.ino()) })),
        }
    }

    /// Whether this is still the folder at this path, and not one that was made in its place.
    pub(super) fn holds(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|found| (found.dev(), found.ino()) == self.inode)
    }
}
