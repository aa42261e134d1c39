//! A path to a socket's file that fits into a socket's address.

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

/// Bytes of a path that fit into a socket's address everywhere; Linux takes 107.
const BYTES_MAX: usize = 100;

/// Where a socket's file is, however deep: a longer path leads through its directory, which stays open as
/// long as this is kept.
#[derive(Debug)]
pub(super) struct Address {
    path: PathBuf,
    _directory: Option<File>,
}

impl Address {
    /// The address of the file at this path. Where the directory cannot be opened it is the path itself, and
    /// whoever uses it is told what is wrong.
    pub(super) fn of(path: &Path) -> Address {
        let through = || {
            let directory = File::open(path.parent()?).ok()?;
            let short = Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string()).join(path.file_name()?);
            Some(Address { path: short, _directory: Some(directory) })
        };
        let fits = path.as_os_str().len() <= BYTES_MAX;
        let plain = || Address { path: path.to_owned(), _directory: None };
        if fits { plain() } else { through().unwrap_or_else(plain) }
    }

    /// A path to the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
