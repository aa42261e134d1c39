//! What came of a file, written beside it: the text for people, then the digest it is about.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::super::disk::RealDisk;
use super::super::whole_file;
use super::reader::{Stamp, read_text};
use crate::base::{Digest, limits::MARKER_BYTES_MAX};

/// Stands for the digest of what was never read.
const UNREAD: &str = "not read";

/// The two outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Accepted,
    Refused,
}

impl Outcome {
    fn suffix(self) -> &'static str {
        match self {
            Outcome::Accepted => ".accepted",
            Outcome::Refused => ".refused",
        }
    }

    fn other(self) -> Outcome {
        match self {
            Outcome::Accepted => Outcome::Refused,
            Outcome::Refused => Outcome::Accepted,
        }
    }

    /// Where this outcome of a file stands.
    pub(super) fn path(self, file: &Path) -> PathBuf {
        let mut name: OsString = file.as_os_str().to_owned();
        name.push(self.suffix());
        PathBuf::from(name)
    }

    /// Whether this outcome of a file is written, for these bytes.
    pub(super) fn names(self, file: &Path, digest: &Digest) -> bool {
        let text = read_text(&self.path(file), 2 * MARKER_BYTES_MAX);
        text.is_some_and(|text| text.lines().next_back() == Some(&format!("{digest:?}")))
    }

    /// Whether this outcome of a file was written after the file had come to be as it is.
    pub(super) fn is_later(self, file: &Path, stamp: Stamp) -> bool {
        self.path(file).symlink_metadata().is_ok_and(|marker| stamp.is_before(&marker))
    }

    /// Whether exactly this is written for a file that was not read.
    pub(super) fn says(self, file: &Path, reason: &str) -> bool {
        read_text(&self.path(file), 2 * MARKER_BYTES_MAX).is_some_and(|text| text == content(None, reason))
    }

    /// Writes this outcome, whole or not at all, and takes the other one away. Control writes it, so it is not synced:
    /// what runs stands in the history, and a host that does not find the marker deals with the file again.
    pub(super) fn write(self, file: &Path, digest: Option<&Digest>, text: &str) -> io::Result<()> {
        whole_file::write(&RealDisk, &self.path(file), 0o644, &[content(digest, text).as_bytes()])?;
        match std::fs::remove_file(self.other().path(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether a file is the outcome of another one, as this host writes it.
pub(in crate::release) fn is_marker(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [Outcome::Accepted, Outcome::Refused].iter().any(|outcome| name.ends_with(outcome.suffix()))
}

fn content(digest: Option<&Digest>, text: &str) -> String {
    let digest = digest.map_or_else(|| UNREAD.to_owned(), |digest| format!("{digest:?}"));
    let text = &text[..text.floor_char_boundary(MARKER_BYTES_MAX)];
    format!("{}\n{digest}\n", text.trim_end())
}
