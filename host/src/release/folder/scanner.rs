//! The scanner: which files are new and complete.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs::ReadDir;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::identity::{digest, hints};
use super::super::trust::distrust;
use super::super::whole_file::remove_drafts;
use super::claim::Claim;
use super::file_name::{Promise, last, promise};
use super::look::{Look, Others, look};
use super::marker::Outcome;
use super::reader::{Stamp, read_unchanged};
use super::reason;
use super::{Dropped, FolderError, Sighting};
use crate::base::{Digest, Name, Nanos, Version, limits, nanos};

/// How far a file is.
#[derive(Debug)]
enum Phase {
    /// Unchanged since `since`, changing since `first`.
    Settling { stamp: Stamp, since: Nanos, first: Nanos, origin: Origin },
    /// Told; the outcome is owed. Nothing more is told of it until then.
    Pending { stamp: Stamp, first: Nanos, digest: Option<Digest> },
    /// It ends too early, for this reason: whoever copies it may only be pausing.
    Partial { stamp: Stamp, first: Nanos, why: String },
    /// Done until it changes or until its marker goes.
    Done { stamp: Stamp, digest: Option<Digest>, marker: Marker },
}

/// Where a file comes from that is settling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// It lay there when the folder was first seen: the host before may have dealt with it.
    Found,
    /// It was put there since.
    Put,
    /// It was dealt with when it had this digest. Since then the system has touched it, perhaps for a new name or
    /// other permissions, perhaps for other bytes of the same time.
    Touched(Digest),
}

/// The text beside a file that is done.
#[derive(Debug)]
enum Marker {
    /// It stands there.
    Written,
    /// It could not be written yet: this outcome with this text.
    Owed(Outcome, String),
}

/// The watched folder. Time is an argument, files are real.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    settle: Nanos,
    settle_max: Nanos,
    files: BTreeMap<PathBuf, Phase>,
    claim: Option<Claim>,
    /// Why nothing is looked at, if nothing is.
    blind: Option<Blind>,
    /// Whether the folder was seen since it was last gone.
    seen: bool,
    crowded: bool,
}

/// Why the folder is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blind {
    /// It was never there.
    Absent,
    /// It was there and is not, or cannot be read.
    Gone,
    /// Another host has it.
    Taken,
    /// Others than those who may could put something there.
    Distrusted,
}

impl Folder {
    /// A folder that need not exist yet. A file is complete when it stayed unchanged for `settle`,
    /// and refused when it did not within `settle_max`.
    pub fn new(dir: PathBuf, settle: Duration, settle_max: Duration) -> Folder {
        let (settle, settle_max) = (nanos(settle), nanos(settle_max));
        let files = BTreeMap::new();
        Folder { dir, settle, settle_max, files, claim: None, blind: None, seen: false, crowded: false }
    }

    /// The folder's path.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the folder ours before anything is taken from it, if it is there.
    ///
    /// # Errors
    /// Another host takes what is dropped there, or anybody could drop something there.
    pub fn claim(&mut self) -> Result<(), FolderError> {
        match self.entries() {
            Err((Blind::Taken, _)) => Err(FolderError::Taken(self.dir.clone())),
            Err((Blind::Distrusted, why)) => Err(FolderError::Distrusted(self.dir.clone(), why)),
            _ => Ok(()),
        }
    }

    /// Looks at every file. Drops of one behaviour come in the order of their versions. Files are read until they
    /// have `room` bytes, so no more than that and one component; the others are read by later scans. `ran` says
    /// whether a component has run on this host.
    pub fn scan(&mut self, now: Nanos, room: u64, ran: &dyn Fn(&Digest) -> bool) -> Vec<Sighting> {
        let mut found = Vec::new();
        let Some(paths) = self.list(&mut found) else { return found };
        let here: HashSet<&PathBuf> = paths.iter().collect();
        self.files.retain(|path, phase| here.contains(path) || matches!(phase, Phase::Pending { .. }));
        let origin = if self.seen { Origin::Put } else { Origin::Found };
        self.seen = true;
        let mut scan = Scan { now, room, origin, ran, others: Others::who_write(&self.dir) };
        for path in paths {
            found.extend(self.look(&path, &mut scan));
        }
        found
    }

    /// When a file that is settling now will have settled, if nothing changes it.
    pub fn next_look(&self) -> Option<Nanos> {
        let due = |phase: &Phase| match phase {
            Phase::Settling { since, .. } => Some(since.saturating_add(self.settle)),
            Phase::Partial { first, .. } => Some(first.saturating_add(self.settle_max)),
            _ => None,
        };
        self.files.values().filter_map(due).min()
    }

    /// Writes `FILE.accepted`.
    ///
    /// # Errors
    /// The marker cannot be written yet. Later scans try it again.
    pub fn accept(&mut self, path: &Path, text: &str) -> std::io::Result<()> {
        self.outcome(path, Outcome::Accepted, text)
    }

    /// Writes `FILE.refused`. These bytes are not told again until the marker is deleted.
    ///
    /// # Errors
    /// The marker cannot be written yet. Later scans try it again.
    pub fn refuse(&mut self, path: &Path, text: &str) -> std::io::Result<()> {
        self.outcome(path, Outcome::Refused, text)
    }

    /// What was told ends too early. It is told again when it has changed, or refused for this reason when it has
    /// not for as long as a file may keep changing.
    pub fn await_rest(&mut self, path: &Path, why: &str) {
        if let Some(Phase::Pending { stamp, first, .. }) = self.files.get(path) {
            let partial = Phase::Partial { stamp: *stamp, first: *first, why: why.to_owned() };
            self.files.insert(path.to_owned(), partial);
        }
    }

    fn outcome(&mut self, path: &Path, outcome: Outcome, text: &str) -> std::io::Result<()> {
        let Some(Phase::Pending { stamp, digest, .. }) = self.files.get(path) else { return Ok(()) };
        let (stamp, digest) = (*stamp, *digest);
        let written = outcome.write(path, digest.as_ref(), text);
        let marker = if written.is_ok() { Marker::Written } else { Marker::Owed(outcome, text.to_owned()) };
        self.files.insert(path.to_owned(), Phase::Done { stamp, digest, marker });
        written
    }

    /// The folder's files in the order of their names and versions.
    fn list(&mut self, found: &mut Vec<Sighting>) -> Option<Vec<PathBuf>> {
        let entries = match self.entries() {
            Ok(entries) => entries,
            Err((blind, why)) => {
                let before = self.blind.replace(blind);
                let told = match blind {
                    Blind::Absent => Sighting::Absent,
                    Blind::Gone => Sighting::Gone(why),
                    Blind::Taken => Sighting::Taken,
                    Blind::Distrusted => Sighting::Gone(why),
                };
                found.extend((before != self.blind).then_some(told));
                self.seen = false;
                self.files.retain(|_, phase| matches!(phase, Phase::Pending { .. }));
                return None;
            }
        };
        if self.blind.take().is_some() {
            found.push(Sighting::Back);
        }
        let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
        let some = paths.filter(|path| promise(path) != Promise::Nothing).take(limits::FOLDER_FILES_MAX + 1);
        let mut paths: Vec<PathBuf> = some.collect();
        let crowded = paths.len() > limits::FOLDER_FILES_MAX;
        if crowded && !self.crowded {
            found.push(Sighting::Crowded);
        }
        self.crowded = crowded;
        paths.truncate(limits::FOLDER_FILES_MAX);
        paths.sort_by_cached_key(|path| in_order(path));
        Some(paths)
    }

    /// Everything in the folder, if it is there and no other host's.
    fn entries(&mut self) -> Result<ReadDir, (Blind, String)> {
        let never = !self.seen && matches!(self.blind, None | Some(Blind::Absent));
        let lost = |error: std::io::Error| {
            let blind = if never && error.kind() == ErrorKind::NotFound { Blind::Absent } else { Blind::Gone };
            (blind, error.to_string())
        };
        if !self.claim.as_ref().is_some_and(|claim| claim.holds(&self.dir)) {
            self.claim = None;
            self.claim = Claim::of(&self.dir).map_err(lost)?;
            if self.claim.is_some() {
                remove_drafts(&self.dir);
            }
        }
        if self.claim.is_none() {
            return Err((Blind::Taken, String::new()));
        }
        match distrust(&self.dir.metadata().map_err(lost)?, None) {
            Some(why) => Err((Blind::Distrusted, why)),
            None => std::fs::read_dir(&self.dir).map_err(lost),
        }
    }

    fn look(&mut self, path: &Path, scan: &mut Scan<'_>) -> Option<Sighting> {
        let now = scan.now;
        let (stamp, refusal) = match look(path, scan.others) {
            Look::Nothing => {
                self.files.remove(path);
                return None;
            }
            Look::Candidate(stamp) => (stamp, None),
            Look::Refuse(stamp, reason) => (stamp, Some(reason)),
        };
        let phase = self.advance(path, stamp, scan);
        let (since, first, origin) = match &phase {
            Phase::Settling { since, first, origin, .. } => (*since, *first, *origin),
            Phase::Partial { first, why, .. } if now.saturating_sub(*first) >= self.settle_max => {
                let why = why.clone();
                return self.unread(path, stamp, *first, &why);
            }
            _ => {
                self.files.insert(path.to_owned(), phase);
                return None;
            }
        };
        self.files.insert(path.to_owned(), phase);
        match refusal {
            Some(reason) => self.unread(path, stamp, first, &reason),
            None if now.saturating_sub(since) >= self.settle => self.settled(path, stamp, first, origin, scan),
            None if now.saturating_sub(first) >= self.settle_max => {
                self.unread(path, stamp, first, reason::STILL_WRITTEN)
            }
            None => None,
        }
    }

    fn advance(&mut self, path: &Path, found: Stamp, scan: &Scan<'_>) -> Phase {
        let settling = |first, origin| Phase::Settling { stamp: found, since: scan.now, first, origin };
        match self.files.remove(path) {
            None => settling(scan.now, scan.origin),
            Some(Phase::Settling { stamp, first, .. } | Phase::Partial { stamp, first, .. }) if stamp != found => {
                settling(first, Origin::Put)
            }
            Some(Phase::Done { stamp, digest: Some(digest), .. }) if stamp != found && stamp.is_touched(&found) => {
                settling(scan.now, Origin::Touched(digest))
            }
            Some(Phase::Done { stamp, .. }) if stamp != found => settling(scan.now, Origin::Put),
            Some(Phase::Done { marker: Marker::Written, .. }) if !is_marked(path) => settling(scan.now, Origin::Put),
            Some(Phase::Done { stamp, digest, marker: Marker::Owed(outcome, text) }) => {
                let written = outcome.write(path, digest.as_ref(), &text);
                let marker = if written.is_ok() { Marker::Written } else { Marker::Owed(outcome, text) };
                Phase::Done { stamp, digest, marker }
            }
            Some(phase) => phase,
        }
    }

    /// A file that stayed the same long enough.
    fn settled(
        &mut self,
        path: &Path,
        stamp: Stamp,
        first: Nanos,
        origin: Origin,
        scan: &mut Scan<'_>,
    ) -> Option<Sighting> {
        match stamp.size {
            0 => return self.unread(path, stamp, first, reason::EMPTY),
            size if size > limits::COMPONENT_BYTES_MAX => {
                return self.unread(path, stamp, first, reason::TOO_LARGE);
            }
            _ if scan.room == 0 => return None,
            _ => {}
        }
        let bytes = match read_unchanged(path, stamp) {
            Ok(Some(bytes)) => bytes,
            // It changed under our hands: from the start.
            Ok(None) => {
                self.files.insert(path.to_owned(), Phase::Settling { stamp, since: scan.now, first: scan.now, origin });
                return None;
            }
            Err(_) => {
                return self.unread(path, stamp, first, reason::UNREADABLE);
            }
        };
        scan.room = scan.room.saturating_sub(bytes.len() as u64);
        let digest = digest(&bytes);
        if is_dealt_with(path, stamp, &digest, origin, scan.ran) {
            self.files.insert(path.to_owned(), Phase::Done { stamp, digest: Some(digest), marker: Marker::Written });
            return None;
        }
        self.files.insert(path.to_owned(), Phase::Pending { stamp, first, digest: Some(digest) });
        let file_name = last(path);
        let (name_hint, version_hint) = hints(&file_name);
        Some(Sighting::Dropped(Dropped { path: path.to_owned(), file_name, bytes, digest, name_hint, version_hint }))
    }

    /// A file that cannot be taken, told unless the very same is written beside it already.
    fn unread(&mut self, path: &Path, stamp: Stamp, first: Nanos, reason: &str) -> Option<Sighting> {
        if Outcome::Refused.says(path, reason) {
            self.files.insert(path.to_owned(), Phase::Done { stamp, digest: None, marker: Marker::Written });
            return None;
        }
        self.files.insert(path.to_owned(), Phase::Pending { stamp, first, digest: None });
        Some(Sighting::Refused { path: path.to_owned(), reason: reason.to_owned() })
    }
}

/// One look at the folder.
struct Scan<'a> {
    now: Nanos,
    /// Bytes that may still be read.
    room: u64,
    /// Of what was not there before.
    origin: Origin,
    ran: &'a dyn Fn(&Digest) -> bool,
    others: Others,
}

/// Whether nobody asks for these bytes any more. What has run on this host decides: a marker alone may have come
/// with the folder from elsewhere. Putting accepted bytes there once more asks for them again, for example after
/// a rollback.
fn is_dealt_with(path: &Path, stamp: Stamp, digest: &Digest, origin: Origin, ran: &dyn Fn(&Digest) -> bool) -> bool {
    match origin {
        Origin::Touched(before) if before == *digest => true,
        _ if Outcome::Refused.names(path, digest) => true,
        Origin::Found => {
            Outcome::Accepted.is_later(path, stamp) && Outcome::Accepted.names(path, digest) && ran(digest)
        }
        Origin::Put | Origin::Touched(_) => false,
    }
}

fn in_order(path: &Path) -> (Option<Name>, Option<Version>, OsString) {
    let (name, version) = hints(&last(path));
    (name, version, path.file_name().unwrap_or_default().to_owned())
}

fn is_marked(path: &Path) -> bool {
    [Outcome::Accepted, Outcome::Refused].iter().any(|outcome| outcome.path(path).symlink_metadata().is_ok())
}
