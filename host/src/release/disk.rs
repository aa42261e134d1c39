//! The ways in which the state directory reaches the disk, so that a test can put a full or a failing
//! disk in their place.

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// What writes the files of a state directory. `path` is what the file is called, or will be.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Takes room for bytes that are to be written from `from` on, so that writing them later does not
    /// find the disk full. The length of the file stays as it is.
    fn reserve(&self, path: &Path, file: &File, from: u64, bytes: u64) -> io::Result<()>;

    /// Writes all of it where the file stands. Found too full, it says so now, not at the sync.
    fn write(&self, path: &Path, file: &mut File, bytes: &[u8]) -> io::Result<()>;

    /// On return what was written outlives a power cut.
    fn sync(&self, path: &Path, file: &File) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn reserve(&self, _: &Path, file: &File, from: u64, bytes: u64) -> io::Result<()> {
        if bytes == 0 { Ok(()) } else { take_room(file, from, bytes) }
    }

    fn write(&self, _: &Path, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, _: &Path, file: &File) -> io::Result<()> {
        file.sync_all()
    }
}

#[cfg(target_os = "linux")]
fn take_room(file: &File, from: u64, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::{Errno, retry_on_intr};

    match retry_on_intr(|| fallocate(file, FallocateFlags::KEEP_SIZE, from, bytes)) {
        Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) => Err(error.into()),
        // Some filesystems cannot promise room, each with an error of its own; there the write tells.
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Other systems have no such promise; there the write tells.
#[cfg(not(target_os = "linux"))]
fn take_room(_: &File, _: u64, _: u64) -> io::Result<()> {
    Ok(())
}

/// A disk of a test: it has so much room, may fail to sync, and tells what was done to it.
#[cfg(test)]
pub(crate) mod double {
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, Mutex, MutexGuard};

    use super::*;

    /// What `ENOSPC` is.
    const NO_SPACE: i32 = 28;
    /// What `EIO` is.
    const FAILED: i32 = 5;

    #[derive(Debug, Default)]
    struct State {
        room: u64,
        reserved: HashMap<String, u64>,
        sync_fails: bool,
        slow: Option<(Arc<AtomicU64>, u64)>,
        done: Vec<String>,
    }

    /// See the module.
    #[derive(Debug)]
    pub(crate) struct TestDisk(Mutex<State>);

    impl TestDisk {
        /// A disk with all the room there may be.
        pub(crate) fn new() -> TestDisk {
            TestDisk(Mutex::new(State { room: u64::MAX, ..State::default() }))
        }

        /// Only so many bytes can be written from now on, beside those that were reserved.
        pub(crate) fn set_room(&self, bytes: u64) {
            self.state().room = bytes;
        }

        /// Whether every sync fails from now on.
        pub(crate) fn set_sync_fails(&self, fails: bool) {
            self.state().sync_fails = fails;
        }

        /// Every sync takes so long from now on, by this clock.
        pub(crate) fn set_slow(&self, clock: Arc<AtomicU64>, nanos: u64) {
            self.state().slow = Some((clock, nanos));
        }

        /// What was done to it since this was asked before: `write history.jsonl`, `sync history.jsonl`.
        /// Temporary files have the name of what they become.
        pub(crate) fn done(&self) -> Vec<String> {
            std::mem::take(&mut self.state().done)
        }

        fn state(&self) -> MutexGuard<'_, State> {
            self.0.lock().expect("no test panics while it holds it")
        }

        fn note(&self, verb: &str, path: &Path) {
            self.state().done.push(format!("{verb} {}", name(path)));
        }
    }

    fn name(path: &Path) -> String {
        path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    impl Disk for TestDisk {
        fn reserve(&self, path: &Path, _: &File, _: u64, bytes: u64) -> io::Result<()> {
            let mut state = self.state();
            let Some(left) = state.room.checked_sub(bytes) else {
                return Err(io::Error::from_raw_os_error(NO_SPACE));
            };
            state.room = left;
            *state.reserved.entry(name(path)).or_default() += bytes;
            Ok(())
        }

        fn write(&self, path: &Path, file: &mut File, bytes: &[u8]) -> io::Result<()> {
            self.note("write", path);
            let mut state = self.state();
            let reserved = state.reserved.entry(name(path)).or_default();
            let beside = (bytes.len() as u64).saturating_sub(*reserved);
            *reserved = reserved.saturating_sub(bytes.len() as u64);
            if let Some(left) = state.room.checked_sub(beside) {
                state.room = left;
                return file.write_all(bytes);
            }
            // What there is room for is written, as a real disk would.
            let fits = bytes.len() - usize::try_from(beside - state.room).unwrap_or(bytes.len());
            state.room = 0;
            file.write_all(&bytes[..fits])?;
            Err(io::Error::from_raw_os_error(NO_SPACE))
        }

        fn sync(&self, path: &Path, _: &File) -> io::Result<()> {
            self.note("sync", path);
            if let Some((clock, nanos)) = &self.state().slow {
                clock.fetch_add(*nanos, Ordering::Relaxed);
            }
            if self.state().sync_fails { Err(io::Error::from_raw_os_error(FAILED)) } else { Ok(()) }
        }
    }
}
