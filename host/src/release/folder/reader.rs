//! Looking at and reading files that somebody else may be changing at this moment.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// `O_NONBLOCK`: opening a pipe that took a file's place must not wait for a writer.
const NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 0x4 };

/// What must not change while a file is being copied in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) size: u64,
    modified: (i64, i64),
    inode: (u64, u64),
}

impl Stamp {
    pub(super) fn of(found: &Metadata) -> Stamp {
        Stamp { size: found.size(), modified: (found.mtime(), found.mtime_nsec()), inode: (found.dev(), found.ino()) }
    }
}

/// The whole file, or `None` if it is not, or no longer, what `stamp` says.
pub(super) fn read_unchanged(path: &Path, stamp: Stamp) -> io::Result<Option<Vec<u8>>> {
    // The inode tells a symlink that took the file's place, as O_NOFOLLOW would, whose value differs by machine.
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
    OpenOptions::new().read(true).custom_flags(NONBLOCK).open(path)
}

/// One byte more than `max` at most, so that the caller sees that there is more.
fn read_at_most(file: &File, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
