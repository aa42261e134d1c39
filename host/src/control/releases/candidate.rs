//! What somebody wants to run, and what runs.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{Digest, Millis, Name, Version};
use crate::release::{self, Dropped, digest};

/// A component somebody wants to run.
#[derive(Debug)]
pub struct Candidate {
    /// The component.
    pub bytes: Arc<[u8]>,
    /// Its SHA-256.
    pub digest: Digest,
    /// Where it came from, for people.
    pub file_name: String,
    /// The name in the file's name, for a component that names none.
    pub name_hint: Option<Name>,
    /// The version in the file's name, for a component that names none.
    pub version_hint: Option<Version>,
    /// Who asked.
    pub via: String,
    /// Only tell what would be done.
    pub dry_run: bool,
    /// The dropped file to mark with the outcome.
    pub dropped: Option<PathBuf>,
    /// When its turn began to be waited for.
    pub at_ms: Millis,
}

impl Candidate {
    /// A component that was uploaded.
    pub fn new(bytes: Vec<u8>, file_name: String, via: String, dry_run: bool) -> Candidate {
        let digest = digest(&bytes);
        Candidate { bytes: bytes.into(), ..Candidate::unread(digest, file_name, via, dry_run) }
    }

    /// A component that is yet to be read from where it is kept.
    pub(super) fn unread(digest: Digest, file_name: String, via: String, dry_run: bool) -> Candidate {
        let (name_hint, version_hint) = release::hints(&file_name);
        let (bytes, dropped, at_ms) = (Arc::new([]), None, 0);
        Candidate { bytes, digest, file_name, name_hint, version_hint, via, dry_run, dropped, at_ms }
    }

    /// Whether it was found in the watched folder.
    pub(super) fn is_dropped(&self) -> bool {
        self.dropped.is_some()
    }
}

impl From<Dropped> for Candidate {
    fn from(dropped: Dropped) -> Candidate {
        Candidate {
            bytes: dropped.bytes.into(),
            digest: dropped.digest,
            via: format!("folder {}", dropped.path.display()),
            file_name: dropped.file_name,
            name_hint: dropped.name_hint,
            version_hint: dropped.version_hint,
            dry_run: false,
            dropped: Some(dropped.path),
            at_ms: 0,
        }
    }
}

/// A behaviour as it runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// As the planner sees it.
    pub plan: release::Running,
    /// Bytes of linear memory an instance may have.
    pub memory_limit: u64,
}
