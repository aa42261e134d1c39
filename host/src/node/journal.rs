//! The journal of a node's durable workers, from its folder to what its thread needs.

use std::collections::HashMap;
use std::fmt::Display;
use std::io;
use std::time::Instant;

use tomte_journal::{Expected, Folder, Options, Recovered, RecoveryError, Writer, recover};

use super::error::StartError;
use crate::base::limits::JOURNAL_SEGMENT_BYTES;
use crate::base::{ChildKind, Digest, Name};
use crate::journal::{Life, Tail, Tails, Unreadable};
use crate::release::{self, JournalDir, Manifest, Mark, Records, Row, StateDir};
use crate::runtime::{JournalLanes, run_journal};
use crate::wasm::{Allowance, Component, Engine};

/// Bytes of the first segment of each start, which waits for them.
const FIRST_SEGMENT_BYTES: u64 = 1 << 20;

/// A journal that was read, and can be written.
pub(super) struct Journal {
    writer: Writer<Folder>,
    /// Nothing before this record is there.
    from: u64,
    dir: JournalDir,
    /// Where the clocks stood.
    pub(super) clocks: Life,
    /// What it has of each worker.
    pub(super) found: HashMap<String, Tail>,
}

/// A journal that was read. Nothing on disk is another than before.
pub(super) struct Found {
    folder: Folder,
    recovered: Recovered,
    from: u64,
    dir: JournalDir,
    clocks: Life,
    workers: HashMap<String, Tail>,
}

/// Reads the journal of this state directory, if there is one.
///
/// # Errors
/// Something that was acknowledged is not there, or cannot be read.
pub(super) fn read(state: &StateDir) -> Result<Option<Found>, StartError> {
    let dir = state.journal();
    if dir.is_there() { read_in(state, dir).map(Some) } else { Ok(None) }
}

fn read_in(state: &StateDir, dir: JournalDir) -> Result<Found, StartError> {
    let begun = Instant::now();
    let Mark { needed, batch } = dir.mark().map_err(|error| system(state, &error))?;
    let folder = Folder::new(dir.folder().map_err(|error| system(state, &error))?);
    let (mut tails, mut strange) = (Tails::default(), None);
    let recovered = recover(&folder, Expected { from: needed, durable: batch }, |entry| {
        if entry.position >= needed && strange.is_none() {
            strange = tails.hear(entry.position, entry.record).err();
        }
    });
    let recovered = recovered.map_err(|error| damaged(state, &error))?;
    if let Some(strange) = strange {
        return Err(unknown(state, &strange));
    }
    if let Some(torn) = &recovered.torn {
        tracing::warn!(
            file = torn.file,
            offset = torn.offset,
            "the end of the journal was torn and never acknowledged"
        );
    }
    let (clocks, workers) = (tails.clocks(), tails.into_workers());
    if !workers.is_empty() {
        let inputs: usize = workers.values().map(Tail::inputs).sum();
        let (workers, ms) = (workers.len(), begun.elapsed().as_millis());
        tracing::info!(workers, inputs, ms, "the journal is read; its workers step those inputs again as they start");
    }
    Ok(Found { folder, recovered, from: needed, dir, clocks, workers })
}

/// Goes on with the journal that was found, or begins one if a worker wants one.
///
/// # Errors
/// It cannot be written.
pub(super) fn open(
    state: &StateDir,
    found: Option<Found>,
    manifests: &[Manifest],
) -> Result<Option<Journal>, StartError> {
    let is_wanted = || manifests.iter().flat_map(|manifest| &manifest.tree.children).any(|child| child.durable);
    let found = match found {
        Some(found) => found,
        None if is_wanted() => read_in(state, state.journal())?,
        None => return Ok(None),
    };
    let Found { folder, recovered, from, dir, clocks, workers } = found;
    let options = Options {
        segment: JOURNAL_SEGMENT_BYTES,
        first: FIRST_SEGMENT_BYTES,
        fingerprint: fingerprint(),
        seed: key().map_err(|error| system(state, &error))?,
    };
    let writer = Writer::open(folder, recovered, options).map_err(|error| system(state, &error))?;
    Ok(Some(Journal { writer, from, dir, clocks, found: workers }))
}

/// The records of this state directory, where a release is complete that a worker in the journal has changed by.
///
/// # Errors
/// One of them cannot be read or written, or is damaged.
pub(super) fn records(state: &StateDir, found: Option<&Found>) -> Result<(Records, Option<String>), StartError> {
    let changed = |release: &Row| found.map_or(0, |found| found.changed(release));
    Records::open_after(state, &changed).map_err(|error| StartError::System(error.to_string()))
}

impl Found {
    /// Where the clocks stood.
    #[cfg(test)]
    pub(super) fn clocks(&self) -> Life {
        self.clocks
    }

    /// What brings each worker back.
    pub(super) fn tails(&self) -> impl Iterator<Item = &Tail> {
        self.workers.values()
    }

    /// How many workers have changed by this release.
    pub(super) fn changed(&self, release: &Row) -> usize {
        let by_it = |tail: &&Tail| tail.release() == release.revision && Some(tail.digest()) == release.digest;
        self.workers.values().filter(by_it).count()
    }
}

fn system(state: &StateDir, error: &dyn Display) -> StartError {
    StartError::System(format!("{}: {error}", state.path().display()))
}

impl Journal {
    /// Writes it until the node ends.
    ///
    /// # Errors
    /// The disk has failed.
    pub(super) fn run(self, life: Life, lanes: JournalLanes) -> io::Result<()> {
        let Journal { writer, from, dir, .. } = self;
        run_journal(writer, from, life, lanes, &mut |needed, batch| dir.set_mark(Mark { needed, batch }))
    }

    /// What its workers were recorded with.
    pub(super) fn digests(&self) -> impl Iterator<Item = Digest> {
        self.found.values().map(Tail::digest)
    }

    /// Where the code that runs was replaced once, workers whose states are newer are to write them in the schema that it
    /// saved then.
    pub(super) fn go_back(&mut self, manifests: &[Manifest], records: &Records, current: &HashMap<Name, Component>) {
        // One file holds the states of all workers of a behaviour.
        let (behaviours, mut last_saved) = (Behaviours::of(manifests), HashMap::new());
        for (worker, tail) in &mut self.found {
            let behaviour = behaviours.get(worker);
            let Some((behaviour, code)) = behaviour.and_then(|name| Some((name, current.get(name)?.digest()))) else {
                continue;
            };
            if code == tail.digest() {
                continue;
            }
            let states = last_saved.entry(behaviour).or_insert_with(|| records.last_saved(behaviour, &code));
            let Some(states) = states else { continue };
            let own = states.iter().find(|(name, _)| name.as_str() == worker).or_else(|| states.iter().next());
            own.iter().for_each(|(_, state)| tail.go_back(code, &state.schema));
        }
    }

    /// The code that workers were recorded with who do not run it any more. Where that is not there or cannot be
    /// compiled, such a worker does not start, and says so.
    pub(super) fn recorded_code(
        &self,
        engine: &Engine,
        manifests: &[Manifest],
        allowances: &HashMap<Name, Allowance>,
        records: &Records,
        current: &HashMap<Name, Component>,
    ) -> Vec<Component> {
        let (behaviours, mut recorded) = (Behaviours::of(manifests), Vec::<Component>::new());
        for (worker, tail) in &self.found {
            let Some(behaviour) = behaviours.get(worker) else { continue };
            let goes_back =
                current.get(behaviour).is_some_and(|component| tail.goes_back(component.digest()).is_some());
            // Any later code goes on from a state that was left.
            if tail.is_at_rest() && !goes_back {
                continue;
            }
            let digest = tail.digest();
            if current.values().chain(&recorded).any(|component| component.digest() == digest) {
                continue;
            }
            let allowance = allowances.get(behaviour).cloned().unwrap_or_default();
            let bytes = records.components().get(&digest).map_err(|error| error.to_string());
            match bytes.and_then(|bytes| engine.compile(&bytes, allowance).map_err(|error| error.to_string())) {
                Ok(component) => recorded.push(component),
                Err(error) => tracing::error!(worker, "the code it was recorded with: {error}"),
            }
        }
        recorded
    }
}

/// The behaviours of workers: of those that are declared by their addresses, of children of templates by their supervisors.
struct Behaviours<'a> {
    declared: HashMap<Name, &'a Name>,
    templates: HashMap<Name, &'a Name>,
}

impl<'a> Behaviours<'a> {
    fn of(manifests: &'a [Manifest]) -> Behaviours<'a> {
        let mut all = Behaviours { declared: HashMap::new(), templates: HashMap::new() };
        for tree in manifests.iter().map(|manifest| &manifest.tree) {
            for child in &tree.children {
                let ChildKind::Worker(behaviour) = &child.kind else { continue };
                match tree.template(child) {
                    Some(supervisor) => all.templates.insert(supervisor, behaviour),
                    None => all.declared.insert(tree.address(child), behaviour),
                };
            }
        }
        all
    }

    fn get(&self, worker: &str) -> Option<&'a Name> {
        let made = || self.templates.get(worker.rsplit_once('/')?.0);
        self.declared.get(worker).or_else(made).copied()
    }
}

/// Chance from the system, which nobody can foresee.
fn key() -> Result<[u8; 32], getrandom::Error> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    Ok(key)
}

/// What makes the records: this version of the host.
fn fingerprint() -> [u8; 16] {
    let Digest(hash) = release::digest(concat!("tomte ", env!("CARGO_PKG_VERSION")).as_bytes());
    let mut fingerprint = [0; 16];
    fingerprint.copy_from_slice(&hash[..16]);
    fingerprint
}

fn damaged(state: &StateDir, error: &RecoveryError) -> StartError {
    let folder = state.path().join("journal");
    StartError::System(format!(
        "the journal in {} is not whole, and a host without it would forget what it has promised: {error}\n\
         try: put the state directory back from a backup; whoever can do without durable workers' states removes \
         `journal` and `journal.mark`",
        folder.display()
    ))
}

fn unknown(state: &StateDir, strange: &Unreadable) -> StartError {
    StartError::System(format!(
        "{}: {strange}\ntry: run the version of tomte that wrote it",
        state.path().join("journal").display()
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tokio::sync::watch;

    use super::*;
    use crate::journal::tests::began;
    use crate::journal::{Began, Record, Records};
    use crate::protocol::{HandedIn, OnDisk};

    fn opened(state: &StateDir) -> Result<Option<Journal>, StartError> {
        open(state, read(state)?, &[])
    }

    /// A host that records the beginning of a worker, and ends.
    fn run(journal: Journal, worker: &str) {
        let (sender, handed_in) = channel();
        let (teller, _) = watch::channel(OnDisk::default());
        let mut records = Records::default();
        let began = Began { now: 7_000_000, now_ms: 8, ..began(worker) };
        assert!(records.push(&Record::Began(Box::new(began)).encode()));
        sender.send((0, HandedIn { records, needed: 0, bytes: 0 })).expect("it listens");
        drop(sender);
        let lanes = JournalLanes { handed_in, shards: vec![(teller, 0)] };
        journal.run(Life { now: 5, now_ms: 6 }, lanes).expect("no fault");
    }

    #[test]
    fn a_journal_is_made_when_a_worker_wants_one_and_is_found_when_it_is_there() {
        let dir = tempfile::tempdir().expect("a directory");
        let state = StateDir::lock(&dir.path().join("state")).expect("a state directory");
        assert!(opened(&state).expect("no fault").is_none());
        assert!(!state.journal().is_there(), "nothing is made that nobody wants");
        state.journal().folder().expect("made");
        for (worker, before) in [("a", vec![]), ("b", vec!["a"]), ("a", vec!["a", "b"])] {
            let journal = opened(&state).expect("no fault").expect("a journal");
            let mut found: Vec<&str> = journal.found.keys().map(String::as_str).collect();
            found.sort_unstable();
            assert_eq!(found, before);
            run(journal, worker);
        }
        let clocks = opened(&state).expect("no fault").expect("a journal").clocks;
        assert_eq!(clocks, Life { now: 7_000_000, now_ms: 8 }, "the clocks go on where they stood");
    }

    #[test]
    fn damage_in_what_was_promised_stops_a_host_with_a_way_out() {
        let dir = tempfile::tempdir().expect("a directory");
        let state = StateDir::lock(&dir.path().join("state")).expect("a state directory");
        let folder = state.journal().folder().expect("made").to_owned();
        run(opened(&state).expect("no fault").expect("a journal"), "a");
        state.journal().set_mark(Mark { needed: 0, batch: 1000 }).expect("written");
        let error = opened(&state).err().expect("a batch is missing that was on disk").to_string();
        assert!(
            error.contains("is not whole") && error.contains("backup") && error.contains(&*folder.to_string_lossy())
        );
        state.journal().set_mark(Mark::default()).expect("written");
        assert!(opened(&state).is_ok());
        let files = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("a file").path());
        let segment = files.min().expect("the first segment");
        let mut bytes = std::fs::read(&segment).expect("read");
        bytes[8192 + 200] ^= 1;
        std::fs::write(&segment, bytes).expect("written");
        assert!(opened(&state).is_err(), "a bit is another one");
    }
}
