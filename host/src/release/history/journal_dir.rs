//! Where a node's journal stands, and what is known of it from outside.

use std::fs::DirBuilder;
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::disk::Disk;
use super::super::trust::read_own;
use super::super::whole_file::Draft;
use super::{StateDir, StateError};

/// Bytes of a mark: two numbers and their names.
const MARK_BYTES_MAX: u64 = 256;

/// The folder of a journal, and beside it the mark that says what must be in it.
#[derive(Clone, Debug)]
pub struct JournalDir {
    folder: PathBuf,
    mark: PathBuf,
    disk: Arc<dyn Disk>,
}

/// What is known of a journal from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// No record before this position is needed, or there.
    pub needed: u64,
    /// A batch that was on disk, with all before it.
    pub batch: u64,
}

impl StateDir {
    /// Where its journal stands.
    pub fn journal(&self) -> JournalDir {
        let (folder, mark) = (self.path().join("journal"), self.path().join("journal.mark"));
        JournalDir { folder, mark, disk: self.disk() }
    }
}

impl JournalDir {
    /// Whether there is one.
    pub fn is_there(&self) -> bool {
        self.folder.exists() || self.mark.exists()
    }

    /// Its folder, made unless it is there.
    ///
    /// # Errors
    /// The system's.
    pub fn folder(&self) -> io::Result<&Path> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        Ok(&self.folder)
    }

    /// The mark; one that says nothing if there is none.
    ///
    /// # Errors
    /// It cannot be read, or is no mark.
    pub fn mark(&self) -> Result<Mark, StateError> {
        match read_own(&self.mark, MARK_BYTES_MAX) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| StateError::io(&self.mark)(io::Error::new(ErrorKind::InvalidData, error))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Mark::default()),
            Err(error) => Err(StateError::io(&self.mark)(error)),
        }
    }

    /// Writes it. On return it is there, also after a power cut.
    ///
    /// # Errors
    /// The system's.
    pub fn set_mark(&self, mark: Mark) -> io::Result<()> {
        let bytes = serde_json::to_vec(&mark)?;
        Draft::write(&*self.disk, &self.mark, 0o600, &[&bytes])?.keep(&*self.disk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_and_a_damaged_one_is_no_mark_at_all() {
        let dir = tempfile::tempdir().expect("a directory");
        let journal = StateDir::lock(&dir.path().join("state")).expect("a state directory").journal();
        assert!(!journal.is_there());
        assert_eq!(journal.mark().expect("none"), Mark::default());
        let mark = Mark { needed: 7, batch: u64::MAX };
        journal.set_mark(mark).expect("written");
        assert_eq!(journal.mark().expect("read"), mark);
        assert!(journal.is_there(), "a folder that is gone is missed");
        std::fs::write(&journal.mark, "{").expect("written");
        assert!(journal.mark().is_err());
    }
}
