//! What may go wrong with the state directory.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::{Digest, limits::RELEASES_KEPT};

/// Why a host may not use a state directory.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another host does.
    #[error(
        "another host{} uses the state directory {}; stop it with `tomte shutdown`, or give this one a directory of its own with `--state DIR`",
        .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(),
        .path.display()
    )]
    Taken {
        /// The state directory.
        path: PathBuf,
        /// The other host's process id, if it has written it yet.
        pid: Option<u32>,
    },
    /// A later version has written it.
    #[error(
        "the state directory {} was written by tomte {tomte}, in a form that tomte {} does not know; run that version, or a later one, or choose another directory with `--state DIR`",
        .path.display(), env!("CARGO_PKG_VERSION")
    )]
    Newer {
        /// The state directory.
        path: PathBuf,
        /// That version.
        tomte: String,
    },
    /// It cannot be made or opened.
    #[error("the state directory {} cannot be used: {error}; choose another with `--state DIR`", .path.display())]
    Io {
        /// The state directory.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Why the history, a component or a saved state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// There is no room left for this file. Whatever was begun of it has been taken back.
    #[error("the disk is full: {} cannot be written; free some space there and try again", .0.display())]
    Full(PathBuf),
    /// The history is not where this host has opened it.
    #[error("{} was removed or replaced while the host ran, so nothing is recorded there; put it back, or restart the host with a state directory", .0.display())]
    Gone(PathBuf),
    /// The system said no.
    #[error("{}: {error}; look at the disk and its permissions", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file is not what was written.
    #[error("{} is damaged: {why}; restore it from a backup, or move it away to go on without it", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that was noticed.
        why: String,
    },
    /// A component that is not kept.
    #[error(
        "component {} is not kept any more: the state directory has those of the last {RELEASES_KEPT} releases of each behaviour; to run its code again, build it as a newer version",
        .0.short()
    )]
    NoComponent(Digest),
    /// An earlier write failed, so that what is on disk is not certain.
    #[error("the history could not be written before, so nothing more is; restart the host when the disk is well")]
    Broken,
}

impl StateError {
    pub(super) fn io(path: &Path) -> impl Fn(io::Error) -> StateError {
        |error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StateError::Full(path.to_owned()),
            _ => StateError::Io { path: path.to_owned(), error },
        }
    }

    pub(super) fn damaged(path: &Path, why: impl ToString) -> StateError {
        StateError::Damaged { path: path.to_owned(), why: why.to_string() }
    }
}
