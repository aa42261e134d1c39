//! A backup of a state directory, looked into before it is called one.

use std::path::Path;

use super::assemble::lock_error;
use super::check::recorded_history;
use super::error::StartError;
use super::journal;
use super::view::BackupView;
use crate::release::{Backup, Components, Copied, StateDir};

/// How often a copy is made that turns out not to be whole, since a release came between.
const TRIES: u32 = 3;

/// Copies the state directory `from`, whether a host uses it or not, to `to`, which is not there or empty. On return it
/// is there, and was read as a host that starts from it would read it.
///
/// # Errors
/// There is nothing to copy, no room for it, or what is there is not whole.
pub fn backup(from: &Path, to: &Path) -> Result<BackupView, StartError> {
    let system = |error: std::io::Error| {
        StartError::System(format!("cannot copy {} to {}: {error}", from.display(), to.display()))
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let backup = Backup::copy(from, to).map_err(system)?;
        match looked_into(backup.path()) {
            Ok(seen) => {
                let Copied { files, bytes } = backup.keep().map_err(system)?;
                return Ok(BackupView { directory: to.display().to_string(), files, bytes, ..seen });
            }
            Err(error) if tries == TRIES => return Err(error),
            Err(_) => {}
        }
    }
}

/// What is in a copy.
fn looked_into(copy: &Path) -> Result<BackupView, StartError> {
    let system = |error: String| StartError::System(format!("the copy is not whole: {error}"));
    let state = StateDir::lock(copy).map_err(lock_error)?;
    let found = journal::read(&state)?;
    let components = Components::open(&state).map_err(|error| system(error.to_string()))?;
    let mut seen = BackupView::default();
    for tail in found.iter().flat_map(journal::Found::tails) {
        seen.workers += 1;
        seen.inputs += tail.inputs();
        if !tail.is_at_rest() {
            components.get(&tail.digest()).map_err(|error| system(error.to_string()))?;
        }
    }
    let releases = recorded_history(copy).map_err(|error| system(error.to_string()))?;
    seen.releases = releases.len();
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use tomte_journal::{Expected, Folder, Options, SEGMENT_BYTES_MIN, Writer, recover};

    use super::*;
    use crate::journal::{Life, Record};
    use crate::release::Mark;

    const OPTIONS: Options =
        Options { segment: SEGMENT_BYTES_MIN, first: SEGMENT_BYTES_MIN, fingerprint: [0; 16], seed: [7; 32] };

    /// A host that commits, marks and trims until it is told to stop; it says how many records are on disk.
    fn writes(state: &Path, on_disk: &AtomicU64, stop: &AtomicBool) {
        let state = StateDir::lock(state).expect("a state directory");
        let dir = state.journal();
        let folder = Folder::new(dir.folder().expect("made"));
        let recovered = recover(&folder, Expected { from: 0, durable: 0 }, |_| ()).expect("nothing yet");
        let mut writer = Writer::open(folder, recovered, OPTIONS).expect("begun");
        let mut batch = writer.batch();
        let mut now = 0;
        while !stop.load(Ordering::Relaxed) {
            for _ in 0..now % 7 + 1 {
                now += 1;
                assert!(batch.push(&Record::Life(Life { now, now_ms: now }).encode()));
            }
            let committed = writer.commit(&mut batch).expect("written");
            on_disk.store(committed.next_record, Ordering::Relaxed);
            let needed = committed.next_record.saturating_sub(500);
            if writer.oldest_ends().is_some_and(|ends| ends <= needed) {
                dir.set_mark(Mark { needed, batch: committed.batch }).expect("marked");
                writer.trim(needed).expect("trimmed");
            }
        }
    }

    #[test]
    fn a_backup_is_whole_although_its_host_writes_rotates_and_trims_meanwhile() {
        let dir = tempfile::tempdir().expect("a directory");
        let (from, on_disk, stop) = (dir.path().join("state"), AtomicU64::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| writes(&from, &on_disk, &stop));
            while on_disk.load(Ordering::Relaxed) < 1000 {
                std::thread::yield_now();
            }
            let copies: Vec<(u64, PathBuf, Result<BackupView, StartError>)> = (0..20)
                .map(|number| {
                    let to = dir.path().join(number.to_string());
                    (on_disk.load(Ordering::Relaxed), to.clone(), backup(&from, &to))
                })
                .collect();
            stop.store(true, Ordering::Relaxed);
            for (before, to, copy) in copies {
                copy.unwrap_or_else(|error| panic!("{error}"));
                let state = StateDir::lock(&to).expect("a state directory");
                let now = journal::read(&state).expect("whole").expect("a journal").clocks().now;
                assert!(now >= before, "{before} were on disk, and {now} are in the copy");
            }
        });
    }

    #[test]
    fn a_copy_that_is_not_whole_is_none() {
        let dir = tempfile::tempdir().expect("a directory");
        let (from, to) = (dir.path().join("state"), dir.path().join("copy"));
        let failed = backup(&from, &to).expect_err("there is nothing");
        assert!(failed.to_string().contains(&*from.to_string_lossy()), "{failed}");
        let state = StateDir::lock(&from).expect("a state directory");
        state.journal().set_mark(Mark { needed: 0, batch: 1000 }).expect("marked");
        assert!(backup(&from, &to).expect_err("a journal is missing").to_string().contains("is not whole"));
        assert_eq!(fs::read_dir(dir.path()).expect("read").count(), 1, "nothing is left of it");
        state.journal().set_mark(Mark::default()).expect("marked");
        let part = dir.path().join("copy.part");
        fs::create_dir(&part).expect("made");
        let failed = backup(&from, &to).expect_err("what is in there may be of another time");
        assert!(failed.to_string().contains("copy.part is left of a backup"), "{failed}");
        fs::remove_dir(&part).expect("removed");
        fs::create_dir(&to).expect("made");
        assert_eq!(backup(&from, &to).expect("whole").workers, 0, "an empty directory is no harm");
        let failed = backup(&from, &to).expect_err("it is in use");
        assert!(failed.to_string().contains("is not empty"), "{failed}");
    }
}
