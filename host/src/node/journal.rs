//! The journal of a node's durable workers, from its folder to what its thread needs.

use std::collections::HashMap;
use std::io;

use sha2::{Digest as _, Sha256};
use tomte_journal::{Expected, Folder, Options, RecoveryError, Writer, recover};

use super::error::StartError;
use crate::base::limits::JOURNAL_SEGMENT_BYTES;
use crate::base::{ChildKind, Digest, Name};
use crate::journal::{Life, Tail, Tails, Unreadable};
use crate::release::{JournalDir, Manifest, Mark, Records, StateDir};
use crate::runtime::{JournalLanes, OpenJournal, run_journal};
use crate::wasm::{Allowance, Component, Engine};

/// Bytes of the first segment of each start, which waits for them.
const FIRST_SEGMENT_BYTES: u64 = 1 << 20;

/// A journal that was read, and can be written.
pub(super) struct Journal {
    open: OpenJournal<Folder>,
    dir: JournalDir,
    /// Where the clocks stood.
    pub(super) clocks: Life,
    /// What it has of each worker.
    pub(super) found: HashMap<String, Tail>,
}

/// Reads the journal of this state directory; none if there is none, and no worker wants one.
///
/// # Errors
/// Something that was acknowledged is not there, or cannot be read.
pub(super) fn open(state: &StateDir, manifests: &[Manifest]) -> Result<Option<Journal>, StartError> {
    let dir = state.journal();
    let wanted = manifests.iter().flat_map(|manifest| &manifest.tree.children).any(|child| child.durable);
    if !wanted && !dir.is_there() {
        return Ok(None);
    }
    let system = |error: &dyn std::fmt::Display| StartError::System(format!("{}: {error}", state.path().display()));
    let Mark { needed, batch } = dir.mark().map_err(|error| system(&error))?;
    let folder = Folder::new(dir.folder().map_err(|error| system(&error))?);
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
    let options = Options {
        segment: JOURNAL_SEGMENT_BYTES,
        first: FIRST_SEGMENT_BYTES,
        fingerprint: fingerprint(),
        seed: key().map_err(|error| system(&error))?,
    };
    let writer = Writer::open(folder.clone(), recovered, options).map_err(|error| system(&error))?;
    let clocks = tails.clocks();
    let open = OpenJournal { writer, disk: folder, segment: JOURNAL_SEGMENT_BYTES, from: needed };
    Ok(Some(Journal { open, dir, clocks, found: tails.into_workers() }))
}

impl Journal {
    /// Writes it until the node ends.
    ///
    /// # Errors
    /// The disk has failed.
    pub(super) fn run(self, life: Life, lanes: JournalLanes) -> io::Result<()> {
        let Journal { open, dir, .. } = self;
        run_journal(open, life, lanes, &mut |needed, batch| dir.set_mark(Mark { needed, batch }))
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
        let mut recorded: Vec<Component> = vec![];
        for child in manifests.iter().flat_map(|manifest| &manifest.tree.children) {
            let ChildKind::Worker(behaviour) = &child.kind else { continue };
            let Some(began) = self.found.get(child.name.as_str()).and_then(Tail::began) else { continue };
            let digest = Digest(began.digest);
            if current.values().chain(&recorded).any(|component| component.digest() == digest) {
                continue;
            }
            let allowance = allowances.get(behaviour).cloned().unwrap_or_default();
            let bytes = records.components().get(&digest).map_err(|error| error.to_string());
            match bytes.and_then(|bytes| engine.compile(&bytes, allowance).map_err(|error| error.to_string())) {
                Ok(component) => recorded.push(component),
                Err(error) => tracing::error!(worker = %child.name, "the code it was recorded with: {error}"),
            }
        }
        recorded
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
    let hash: [u8; 32] = Sha256::digest(concat!("tomte ", env!("CARGO_PKG_VERSION"))).into();
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
