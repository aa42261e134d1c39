//! What a scan of the folder may find.

use std::path::PathBuf;

use crate::base::{Digest, Name, Version};

/// A complete component file, read once. Nobody reads the file again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Where it was dropped; names it in [`super::Folder::accept`] and [`super::Folder::refuse`].
    pub path: PathBuf,
    /// The last part of that path, for people.
    pub file_name: String,
    /// The whole file.
    pub bytes: Vec<u8>,
    /// The SHA-256 of `bytes`.
    pub digest: Digest,
    /// The name in the file's name. Holds only if the component itself names none.
    pub name_hint: Option<Name>,
    /// The version in the file's name. Holds only if the component itself names none.
    pub version_hint: Option<Version>,
}

/// Why nothing may be taken from a watched folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    /// It is another host's.
    #[error("another host takes what is dropped into {}; name another folder with `tomte run --releases DIR`", .0.display())]
    Taken(PathBuf),
    /// Anybody could drop something there.
    #[error("what is dropped into {} is not to be trusted: {}", .0.display(), .1)]
    Distrusted(PathBuf, String),
}

/// One thing a scan found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// A new version. An outcome is owed for its path.
    Dropped(Dropped),
    /// A file that cannot be taken. [`super::Folder::refuse`] is owed for its path.
    Refused {
        /// The file.
        path: PathBuf,
        /// Why, with a way out.
        reason: String,
    },
    /// There is no folder and was none when the first scan looked; told once.
    Absent,
    /// The folder cannot be read, for this reason; told once. The scanner goes on looking for it.
    Gone(String),
    /// Another host takes what is dropped there; told once. It is looked at again and again.
    Taken,
    /// The folder can be read again. What watches it must be armed anew.
    Back,
    /// The folder holds more files than one scan looks at; told once.
    Crowded,
}
