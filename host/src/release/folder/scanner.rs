//! The scanner: which files are new and complete.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::identity::{digest, hints};
use super::file_name::{Promise, last, promise};
use super::marker::Outcome;
use super::reader::{Stamp, read_unchanged};
use super::reason;
use super::{Dropped, Sighting};
use crate::base::{Digest, Name, Nanos, Version, limits, nanos};

/// How far a file is.
#[derive(Debug)]
enum Phase {
    /// Unchanged since `since`, changing since `first`. `known` if an outcome stood for it before.
    Settling { stamp: Stamp, since: Nanos, first: Nanos, known: bool },
    /// Told; the outcome is owed. Nothing more is told of it until then.
    Pending { stamp: Stamp, digest: Option<Digest> },
    /// Done until it changes or, if it is `marked`, until its marker goes.
    Done { stamp: Stamp, marked: bool },
}

/// What a look at one file said.
enum Look {
    Nothing,
    Candidate(Stamp),
    Refuse(Stamp, &'static str),
}

/// The watched folder. Time is an argument, files are real.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    settle: Nanos,
    settle_max: Nanos,
    files: BTreeMap<PathBuf, Phase>,
    gone: bool,
    scanned: bool,
    crowded: bool,
}

impl Folder {
    /// A folder that need not exist yet. A file is complete when it stayed unchanged for `settle`,
    /// and refused when it did not within `settle_max`.
    pub fn new(dir: PathBuf, settle: Duration, settle_max: Duration) -> Folder {
        let (settle, settle_max) = (nanos(settle), nanos(settle_max));
        Folder { dir, settle, settle_max, files: BTreeMap::new(), gone: false, scanned: false, crowded: false }
    }

    /// The folder's path.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Looks at every file. Drops of one behaviour come in the order of their versions. At most
    /// about two of the largest components are read per scan; [`Folder::next_look`] says when the rest is due.
    pub fn scan(&mut self, now: Nanos) -> Vec<Sighting> {
        let mut found = Vec::new();
        let listed = self.list(&mut found);
        self.scanned = true;
        let Some(paths) = listed else { return found };
        let here: HashSet<&PathBuf> = paths.iter().collect();
        self.files.retain(|path, phase| here.contains(path) || matches!(phase, Phase::Pending { .. }));
        let mut budget = limits::COMPONENT_BYTES_MAX;
        for path in paths {
            let sighting = self.look(&path, now, budget);
            if let Some(Sighting::Dropped(dropped)) = &sighting {
                budget = budget.saturating_sub(dropped.bytes.len() as u64);
            }
            found.extend(sighting);
        }
        found
    }

    /// When a file that is settling now will have settled, if nothing changes it.
    pub fn next_look(&self) -> Option<Nanos> {
        let due = |phase: &Phase| match phase {
            Phase::Settling { since, .. } => Some(since.saturating_add(self.settle)),
            _ => None,
        };
        self.files.values().filter_map(due).min()
    }

    /// Writes `FILE.accepted`.
    ///
    /// # Errors
    /// The marker cannot be written. The file still counts as done until it changes.
    pub fn accept(&mut self, path: &Path, text: &str) -> std::io::Result<()> {
        self.outcome(path, Outcome::Accepted, text)
    }

    /// Writes `FILE.refused`. These bytes are not told again until the marker is deleted.
    ///
    /// # Errors
    /// The marker cannot be written. The file still counts as done until it changes.
    pub fn refuse(&mut self, path: &Path, text: &str) -> std::io::Result<()> {
        self.outcome(path, Outcome::Refused, text)
    }

    fn outcome(&mut self, path: &Path, outcome: Outcome, text: &str) -> std::io::Result<()> {
        let Some(Phase::Pending { stamp, digest }) = self.files.get(path) else { return Ok(()) };
        let (stamp, digest) = (*stamp, *digest);
        let written = outcome.write(path, digest.as_ref(), text);
        self.files.insert(path.to_owned(), Phase::Done { stamp, marked: written.is_ok() });
        written
    }

    /// The folder's files in the order of their names and versions.
    fn list(&mut self, found: &mut Vec<Sighting>) -> Option<Vec<PathBuf>> {
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) => {
                if !std::mem::replace(&mut self.gone, true) {
                    let absent = !self.scanned && error.kind() == ErrorKind::NotFound;
                    found.push(if absent { Sighting::Absent } else { Sighting::Gone(error.to_string()) });
                }
                self.files.retain(|_, phase| matches!(phase, Phase::Pending { .. }));
                return None;
            }
        };
        if std::mem::take(&mut self.gone) {
            found.push(Sighting::Back);
        }
        let some = entries.take(limits::FOLDER_FILES_MAX + 1).filter_map(Result::ok);
        let mut paths: Vec<PathBuf> = some.map(|entry| entry.path()).collect();
        let crowded = paths.len() > limits::FOLDER_FILES_MAX;
        if crowded && !self.crowded {
            found.push(Sighting::Crowded);
        }
        self.crowded = crowded;
        paths.truncate(limits::FOLDER_FILES_MAX);
        paths.retain(|path| promise(path) != Promise::Nothing);
        paths.sort_by_cached_key(|path| in_order(path));
        Some(paths)
    }

    fn look(&mut self, path: &Path, now: Nanos, budget: u64) -> Option<Sighting> {
        let (stamp, refusal) = match kind(path) {
            Look::Nothing => {
                self.files.remove(path);
                return None;
            }
            Look::Candidate(stamp) => (stamp, None),
            Look::Refuse(stamp, reason) => (stamp, Some(reason)),
        };
        let phase = self.advance(path, stamp, now);
        let Phase::Settling { since, first, known, .. } = phase else {
            self.files.insert(path.to_owned(), phase);
            return None;
        };
        self.files.insert(path.to_owned(), phase);
        match refusal {
            Some(reason) => self.unread(path, stamp, reason),
            None if now.saturating_sub(since) >= self.settle => self.settled(path, stamp, now, known, budget),
            None if now.saturating_sub(first) >= self.settle_max => self.unread(path, stamp, reason::STILL_WRITTEN),
            None => None,
        }
    }

    fn advance(&mut self, path: &Path, found: Stamp, now: Nanos) -> Phase {
        let anew = |known| Phase::Settling { stamp: found, since: now, first: now, known };
        match self.files.remove(path) {
            None => anew(false),
            Some(Phase::Settling { stamp, first, known, .. }) if stamp != found => {
                Phase::Settling { stamp: found, since: now, first, known }
            }
            Some(Phase::Done { stamp, .. }) if stamp != found => anew(true),
            Some(Phase::Done { marked: true, .. }) if !is_marked(path) => anew(true),
            Some(phase) => phase,
        }
    }

    /// A file that stayed the same long enough.
    fn settled(&mut self, path: &Path, stamp: Stamp, now: Nanos, known: bool, budget: u64) -> Option<Sighting> {
        match stamp.size {
            0 => return self.unread(path, stamp, reason::EMPTY),
            size if size > limits::COMPONENT_BYTES_MAX => {
                return self.unread(path, stamp, reason::TOO_LARGE);
            }
            _ if budget == 0 => return None,
            _ => {}
        }
        let bytes = match read_unchanged(path, stamp) {
            Ok(Some(bytes)) => bytes,
            // It changed under our hands: from the start.
            Ok(None) => {
                self.files.insert(path.to_owned(), Phase::Settling { stamp, since: now, first: now, known });
                return None;
            }
            Err(_) => {
                return self.unread(path, stamp, reason::UNREADABLE);
            }
        };
        let digest = digest(&bytes);
        // Putting accepted bytes there once more asks for them again, for example after a rollback.
        if Outcome::Refused.names(path, &digest) || (!known && Outcome::Accepted.names(path, &digest)) {
            self.files.insert(path.to_owned(), Phase::Done { stamp, marked: true });
            return None;
        }
        self.files.insert(path.to_owned(), Phase::Pending { stamp, digest: Some(digest) });
        let file_name = last(path);
        let (name_hint, version_hint) = hints(&file_name);
        Some(Sighting::Dropped(Dropped { path: path.to_owned(), file_name, bytes, digest, name_hint, version_hint }))
    }

    /// A file that cannot be taken, told unless the very same is written beside it already.
    fn unread(&mut self, path: &Path, stamp: Stamp, reason: &str) -> Option<Sighting> {
        if Outcome::Refused.says(path, reason) {
            self.files.insert(path.to_owned(), Phase::Done { stamp, marked: true });
            return None;
        }
        self.files.insert(path.to_owned(), Phase::Pending { stamp, digest: None });
        Some(Sighting::Refused { path: path.to_owned(), reason: reason.to_owned() })
    }
}

fn in_order(path: &Path) -> (Option<Name>, Option<Version>, OsString) {
    let (name, version) = hints(&last(path));
    (name, version, path.file_name().unwrap_or_default().to_owned())
}

fn is_marked(path: &Path) -> bool {
    [Outcome::Accepted, Outcome::Refused].iter().any(|outcome| outcome.path(path).symlink_metadata().is_ok())
}

fn kind(path: &Path) -> Look {
    let Ok(found) = path.symlink_metadata() else { return Look::Nothing };
    let (stamp, kind) = (Stamp::of(&found), found.file_type());
    let component = promise(path) == Promise::Component;
    match component {
        _ if kind.is_symlink() => Look::Refuse(stamp, reason::SYMLINK),
        true if kind.is_file() => Look::Candidate(stamp),
        true if kind.is_dir() => Look::Refuse(stamp, reason::DIRECTORY),
        true => Look::Refuse(stamp, reason::IRREGULAR),
        false if kind.is_dir() => Look::Refuse(stamp, reason::RELEASE),
        false => Look::Nothing,
    }
}
