//! Files that are there completely or not at all, also after a power cut.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes the parts one after the other to a hidden file beside `path`, then puts it in its place.
pub(super) fn write(path: &Path, mode: u32, parts: &[&[u8]]) -> io::Result<()> {
    let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let named =
        tempfile::Builder::new().prefix(".").suffix(".tmp").permissions(Permissions::from_mode(mode)).tempfile_in(dir);
    let mut temporary = named?;
    parts.iter().try_for_each(|part| temporary.write_all(part))?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    // The rename itself is in the directory, which has a cache of its own.
    File::open(dir)?.sync_all()
}
