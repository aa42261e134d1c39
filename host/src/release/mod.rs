//! Releases: what is to run, what has run, and what a dropped file may change.
//!
//! Reads and checks manifests and host settings, watches over the folder of new versions, plans
//! upgrades (purely), and keeps the history from which a host comes back.
//!
//! Invariants: knows no engine and no socket; nothing an operator dropped is deleted or changed;
//! whatever is written to disk is either there completely or not at all.

mod applications;
mod disk;
mod document;
mod environment;
mod folder;
mod history;
mod identity;
mod manifest;
mod plan;
mod reload;
mod settings;
mod trust;
mod watch;
mod whole_file;

#[cfg(test)]
pub(crate) use disk::double::TestDisk;

pub use applications::{Applications, Configs, alone};
pub use document::{ManifestError, Place, Problem, did_you_mean};
pub use environment::{Environment, Setting, Source};
pub use folder::{Dropped, Folder, FolderError, Sighting};
pub use history::{
    Backup, Blame, Components, Copied, Current, End, Entry, History, JournalDir, Ledger, Life, Lives, LockError, Mark,
    NoWay, ROLLBACK, Records, Row, RowResult, Started, StateDir, StateError, States, Swaps, Target, blame,
};
pub use identity::{digest, hints};
pub use manifest::{
    Application, Behaviour, Build, Grants, HttpListen, Listen, MANIFEST_FILE, Manifest, OnDifference, Probation,
    Rehearse, UpgradeSettings,
};
pub use plan::{Direction, Instruction, NewComponent, Plan, PlanRefusal, Running, Workers, plan};
pub use reload::{Reload, reload};
pub use settings::HostSettings;
pub use watch::Watch;
