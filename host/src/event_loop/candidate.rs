//! What is told and asked about releases.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::base::{Digest, Name, Version};
use crate::release::{self, Components, Dropped, Folder, History, Row, Swaps, digest};
use crate::wasm::{Allowance, Component, Engine};

/// A component somebody wants to run.
#[derive(Debug)]
pub struct Candidate {
    /// The component.
    pub bytes: Arc<[u8]>,
    /// Its SHA-256.
    pub digest: Digest,
    /// Where it came from, for people.
    pub file_name: String,
    /// The name in the file's name, for a component that names none.
    pub name_hint: Option<Name>,
    /// The version in the file's name, for a component that names none.
    pub version_hint: Option<Version>,
    /// Who asked.
    pub via: String,
    /// Only tell what would be done.
    pub dry_run: bool,
    /// The dropped file to mark with the outcome.
    pub dropped: Option<PathBuf>,
}

impl Candidate {
    /// A component that was uploaded.
    pub fn new(bytes: Vec<u8>, file_name: String, via: String, dry_run: bool) -> Candidate {
        let digest = digest(&bytes);
        let (name_hint, version_hint) = release::hints(&file_name);
        Candidate { bytes: bytes.into(), digest, file_name, name_hint, version_hint, via, dry_run, dropped: None }
    }
}

impl From<Dropped> for Candidate {
    fn from(dropped: Dropped) -> Candidate {
        Candidate {
            bytes: dropped.bytes.into(),
            digest: dropped.digest,
            via: format!("folder {}", dropped.path.display()),
            file_name: dropped.file_name,
            name_hint: dropped.name_hint,
            version_hint: dropped.version_hint,
            dry_run: false,
            dropped: Some(dropped.path),
        }
    }
}

/// What came of a release.
#[derive(Clone, Debug)]
pub struct Told {
    /// The row of the history; its revision is 0 where nothing was recorded.
    pub row: Row,
    /// A dry run that found nothing against it.
    pub planned: bool,
    /// The instructions of a dry run.
    pub plan: Vec<String>,
}

/// What users ask about releases.
#[derive(Debug)]
pub enum Asked {
    /// What runs now.
    Running(oneshot::Sender<Vec<Running>>),
    /// Run this.
    Upgrade(Candidate, oneshot::Sender<Told>),
    /// Run what ran before.
    Rollback {
        /// Of this behaviour; none means the one that changed last.
        behaviour: Option<String>,
        /// The version that this revision made permanent; none means the one before.
        revision: Option<u64>,
        /// Only tell what would be done.
        dry_run: bool,
        /// The asker.
        done: oneshot::Sender<Told>,
    },
    /// What was tried so far.
    History(oneshot::Sender<Vec<Row>>),
}

/// A behaviour as it runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// As the planner sees it.
    pub plan: release::Running,
    /// Bytes of linear memory an instance may have.
    pub memory_limit: u64,
}

/// A component that was checked and compiled on another thread, or why not.
#[derive(Debug)]
pub struct Compiled {
    /// Which job it belongs to.
    pub id: u64,
    /// What came of it.
    pub result: Result<Fit, Misfit>,
}

/// A component that fits.
#[derive(Debug)]
pub struct Fit {
    /// Whose code it is.
    pub behaviour: Name,
    /// Its version.
    pub version: Version,
    /// Whether its state can be saved.
    pub saves_state: bool,
    /// The code.
    pub component: Component,
}

/// A component that does not, as far as it could be told what it is.
#[derive(Debug)]
pub struct Misfit {
    /// Whose code it would be.
    pub behaviour: Option<Name>,
    /// Its version.
    pub version: Option<Version>,
    /// Why not.
    pub why: String,
}

/// What the machine of releases starts with.
#[derive(Debug)]
pub struct ReleasesSetup {
    /// Compiles.
    pub engine: Engine,
    /// What the instances of each behaviour may use and reach.
    pub allowances: HashMap<Name, Allowance>,
    /// What runs.
    pub running: Vec<Running>,
    /// What was tried so far.
    pub history: History,
    /// The components that may be needed again.
    pub components: Components,
    /// The states of earlier swaps.
    pub swaps: Swaps,
    /// The watched folder.
    pub folder: Folder,
    /// How often it is scanned although nothing was heard of it.
    pub rescan: Duration,
}

/// Checks and compiles a component. Takes up to seconds; meant for a thread of its own.
pub(super) fn compile(
    engine: &Engine,
    allowances: &HashMap<Name, Allowance>,
    candidate: &Parts,
) -> Result<Fit, Misfit> {
    let misfit =
        |behaviour: Option<&Name>, version, why: String| Misfit { behaviour: behaviour.cloned(), version, why };
    let checked = crate::wasm::check(&candidate.bytes)
        .map_err(|why| misfit(candidate.name_hint.as_ref(), candidate.version_hint, why.to_string()))?;
    let name = checked.name.as_deref().and_then(|name| Name::new(name).ok()).or_else(|| candidate.name_hint.clone());
    let version = checked.version.as_deref().and_then(|text| text.parse().ok()).or(candidate.version_hint);
    let Some(name) = name else {
        let why =
            "it does not say which behaviour it is; build it with `tomte build`, or name the file NAME-1.2.3.wasm";
        return Err(misfit(None, version, why.to_owned()));
    };
    let Some(version) = version else {
        let why = "it does not say which version it is; build it with `tomte build`, or name the file NAME-1.2.3.wasm";
        return Err(misfit(Some(&name), None, why.to_owned()));
    };
    let allowance = allowances.get(&name).cloned().unwrap_or_default();
    match engine.compile(&candidate.bytes, allowance) {
        Ok(component) => Ok(Fit { behaviour: name, version, saves_state: checked.saves_state, component }),
        Err(why) => Err(misfit(Some(&name), Some(version), why.to_string())),
    }
}

/// What the compiling thread needs of a candidate.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) bytes: Arc<[u8]>,
    pub(super) name_hint: Option<Name>,
    pub(super) version_hint: Option<Version>,
}
