//! What a checked manifest holds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use super::super::document::{Place, Problem};
use crate::base::{GuestLimits, Name, Protocol, Restart, TreeSpec, Version};

/// A checked `tomte.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The file it was read from, as it was named.
    pub file: PathBuf,
    /// Who it is.
    pub application: Application,
    /// Its behaviours by name.
    pub behaviours: BTreeMap<Name, Behaviour>,
    /// Its supervisors, the root first, and its children in start order. Every name in it exists.
    pub tree: TreeSpec,
    /// What feeds it, in file order.
    pub listens: Vec<Listen>,
    /// How a new version of it is tried.
    pub upgrade: UpgradeSettings,
    /// Where its behaviours, children and supervisors stand.
    pub(in crate::release) places: Places,
    pub(super) unbuilt: Vec<Problem>,
}

/// Where the names of a manifest stand, for what is found out later.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::release) struct Places {
    pub(in crate::release) name: Option<Place>,
    pub(in crate::release) assets: Option<Place>,
    /// As in [`Application::start_after`].
    pub(in crate::release) start_after: Vec<Place>,
    /// As in [`Application::start_after_if_present`].
    pub(in crate::release) start_after_if_present: Vec<Place>,
    pub(in crate::release) behaviours: BTreeMap<Name, Place>,
    /// Of children and of supervisors.
    pub(in crate::release) tree: BTreeMap<Name, Place>,
}

/// The `[application]` table.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    /// Its name.
    pub name: Name,
    /// Its version; 0.1.0 if it names none.
    pub version: Version,
    /// Applications that must run before it.
    pub start_after: Vec<Name>,
    /// Applications that must run before it where the host has them; OTP's optional applications.
    pub start_after_if_present: Vec<Name>,
    /// What its end means for the host.
    pub restart: Restart,
    /// The worker that is told of its start and its stop: the first child under the root.
    pub callback: Option<Name>,
    /// What that worker is told when all of it runs, in this order; each is waited for.
    pub start_phases: Vec<String>,
    /// What every child sees unless its own `config` says otherwise.
    pub config: Map<String, Value>,
    /// Read-only files a behaviour may be granted, as an absolute path.
    pub assets: Option<PathBuf>,
}

/// One `[behaviour.NAME]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// The component's file, as an absolute path. It need not exist: see [`Manifest::check_files`].
    pub component: PathBuf,
    /// How that file is made.
    pub build: Option<Build>,
    /// The version that is written into it, where its language declares none.
    pub version: Option<Version>,
    /// The file of a separate component that migrates states, as an absolute path.
    pub migrate: Option<PathBuf>,
    /// What its instances may use.
    pub limits: GuestLimits,
    /// What its instances may reach.
    pub grants: Grants,
}

/// How a component is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// A command line for the shell.
    pub command: String,
    /// Where it runs, as an absolute path.
    pub dir: PathBuf,
    /// Patterns, relative to `dir`, of the files whose change asks for a new build.
    pub watch: Vec<String>,
}

/// Powers of a behaviour: none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// It may read the application's assets.
    pub assets: bool,
    /// Directories of the host, by the name the guest sees.
    pub dir: BTreeMap<String, String>,
    /// Variables of the host's environment it may read.
    pub env: Vec<String>,
}

/// One `[[listen]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// How its bytes are read.
    pub protocol: Protocol,
    /// Where it listens. Port 0 lets the system choose one.
    pub address: SocketAddr,
    /// The worker it feeds. Always there for `frames` and `lines`.
    pub to: Option<Name>,
    /// Each body begins with the id of a request, to be done once. Only for `frames`.
    pub request_ids: bool,
    /// What it does beside, if it speaks `http`.
    pub http: HttpListen,
}

/// What only a listener of `http` does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpListen {
    /// The HTML file it shows at `/`.
    pub page: Option<PathBuf>,
    /// Origins of other hosts whose pages may ask it.
    pub origins: Vec<String>,
    /// Its worker is given every request as it is, with the headers of these names.
    pub raw: Option<Vec<String>>,
    /// Of what workers answer; JSON if nothing is said.
    pub content_type: Option<String>,
}

/// The `[upgrade]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeSettings {
    /// When a new version counts as good.
    pub probation: Option<Probation>,
    /// What is tried on copies before.
    pub rehearse: Option<Rehearse>,
}

/// A new version is permanent after this time and these inputs, unless it crashes too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probation {
    /// How long at least.
    pub time: Duration,
    /// How many inputs at least.
    pub inputs: u64,
    /// Crashes that roll it back.
    pub crashes: u64,
}

/// Recorded inputs are replayed on a copy before a swap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearse {
    /// How many.
    pub inputs: u64,
    /// What a different reply means.
    pub on_difference: OnDifference,
}

/// What a different reply in a rehearsal means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDifference {
    /// It is told.
    #[default]
    Report,
    /// The release is refused.
    Refuse,
}
