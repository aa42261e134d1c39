//! Files that are there completely or not at all: those of the state directory also after a power cut.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::disk::Disk;

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
        disk.sync(&self.path, self.file.as_file())?;
        let path = self.place()?;
        // The rename itself is in the directory, which has a cache of its own.
        let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        disk.sync(dir, &File::open(dir)?)
    }

    /// Puts it in its place. It is there, but a power cut may take it or empty it.
    fn place(self) -> io::Result<PathBuf> {
        self.file.persist(&self.path).map_err(|error| error.error)?;
        Ok(self.path)
    }
}

/// Writes the parts one after the other and puts them in their place as one file, for which nobody waits until the disk
/// has it: for what is only for people, and is written again if a power cut took it.
pub(super) fn write(disk: &dyn Disk, path: &Path, mode: u32, parts: &[&[u8]]) -> io::Result<()> {
    Draft::write(disk, path, mode, parts)?.place().map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::disk::double::TestDisk;
    use super::*;

    #[test]
    fn what_is_only_for_people_is_whole_and_does_not_wait_for_the_disk() {
        let dir = tempfile::tempdir().expect("a directory");
        let (disk, path) = (TestDisk::new(), dir.path().join("a.refused"));
        write(&disk, &path, 0o644, &[b"not ", b"yet"]).expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), b"not yet");
        assert_eq!(disk.done(), ["write a.refused", "write a.refused"]);
        disk.set_room(3);
        write(&disk, &path, 0o644, &[b"never"]).expect_err("there is no room");
        assert_eq!(std::fs::read(&path).expect("read"), b"not yet");
        Draft::write(&disk, &path, 0o644, &[b"yes"]).and_then(|draft| draft.keep(&disk)).expect("kept");
        assert_eq!(disk.done().iter().filter(|done| done.starts_with("sync")).count(), 2, "the file and its directory");
    }
}
