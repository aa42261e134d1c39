//! Looking at and reading files that somebody else may be changing at this moment.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::super::trust::open_itself;

/// What must not change while a file is being copied in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) size: u64,
    modified: (i64, i64),
    /// When the system last changed anything of it; nobody can set it.
    changed: (i64, i64),
    inode: (u64, u64),
}

impl Stamp {
    pub(super) fn of(found: &Metadata) -> Stamp {
        let modified = (found.mtime(), found.mtime_nsec());
        let changed = (found.ctime(), found.ctime_nsec());
        Stamp { size: found.size(), modified, changed, inode: (found.dev(), found.ino()) }
    }

    /// Whether only the system's own time is another: for other permissions, one more name, or bytes that were
    /// written with their old time.
    pub(super) fn is_touched(&self, later: &Stamp) -> bool {
        Stamp { changed: later.changed, ..*self } == *later
    }

    /// Whether something that was written at this time came after it.
    pub(super) fn is_before(&self, written: &Metadata) -> bool {
        self.changed <= (written.mtime(), written.mtime_nsec())
    }
}

/// The whole file, or `None` if it is not, or no longer, what `stamp` says.
pub(super) fn read_unchanged(path: &Path, stamp: Stamp) -> io::Result<Option<Vec<u8>>> {
    let file = open(path)?;
    if Stamp::of(&file.metadata()?) != stamp {
        return Ok(None);
    }
    let bytes = read_at_most(&file, stamp.size)?;
    let same = Stamp::of(&file.metadata()?) == stamp && Stamp::of(&path.symlink_metadata()?) == stamp;
    Ok((same && bytes.len() as u64 == stamp.size).then_some(bytes))
}

/// A small text file; `None` if it is no regular file, too large, or no text.
pub(super) fn read_text(path: &Path, max: usize) -> Option<String> {
    let file = open(path).ok().filter(|file| file.metadata().is_ok_and(|found| found.is_file()))?;
    let bytes = read_at_most(&file, max as u64).ok()?;
    String::from_utf8(bytes).ok().filter(|text| text.len() <= max)
}

fn open(path: &Path) -> io::Result<File> {
    open_itself(path, OpenOptions::new().read(true))
}

/// One byte more than `max` at most, so that the caller sees that there is more.
fn read_at_most(file: &File, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
