//! Files that are there completely or not at all, also after a power cut.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::disk::{Disk, RealDisk};

/// How the name of a file begins and ends that is not complete yet.
const DRAFT: (&str, &str) = (".tomte-", ".tmp");

/// Whether a file is what a host writes, or has left that ended while it did.
pub(super) fn is_draft(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(DRAFT.0) && name.ends_with(DRAFT.1)
}

/// Removes what hosts before have left unfinished in a directory that is ours. What cannot be removed is no harm.
pub(super) fn remove_drafts(dir: &Path) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let drafts = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(|path| is_draft(path));
    drafts.for_each(|path| drop(std::fs::remove_file(path)));
}

/// A file that is written but not in its place yet. Dropped, nothing of it is left.
#[derive(Debug)]
pub(super) struct Draft {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl Draft {
    /// Writes the parts one after the other to a hidden file beside `path`. On return the disk has room
    /// for them, but they may not be there after a power cut.
    ///
    /// Room is reserved first: a filesystem that puts off choosing places for what is written may find
    /// only then that it has none, long after the write has returned.
    pub(super) fn write(disk: &dyn Disk, path: &Path, mode: u32, parts: &[&[u8]]) -> io::Result<Draft> {
        let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let permissions = Permissions::from_mode(mode);
        let named = tempfile::Builder::new().prefix(DRAFT.0).suffix(DRAFT.1).permissions(permissions).tempfile_in(dir);
        let mut file = named?;
        let bytes = parts.iter().map(|part| part.len() as u64).sum();
        disk.reserve(path, file.as_file(), 0, bytes)?;
        parts.iter().try_for_each(|part| disk.write(path, file.as_file_mut(), part))?;
        Ok(Draft { file, path: path.to_owned() })
    }

    /// Puts it in its place. On return it is there, also after a power cut.
    pub(super) fn keep(self, disk: &dyn Disk) -> io::Result<()> {
        let Draft { file, path } = self;
        disk.sync(&path, file.as_file())?;
        file.persist(&path).map_err(|error| error.error)?;
        // The rename itself is in the directory, which has a cache of its own.
        let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        disk.sync(dir, &File::open(dir)?)
    }
}

/// Writes the parts one after the other and puts them in their place as one file.
pub(super) fn write(path: &Path, mode: u32, parts: &[&[u8]]) -> io::Result<()> {
    Draft::write(&RealDisk, path, mode, parts)?.keep(&RealDisk)
}
