//! The parts of a node, put together: listeners, components, threads and the lanes between them.

use std::collections::HashMap;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, watch};

use super::check::read_component;
use super::descriptors;
use super::error::StartError;
use super::guests::may_be_durable;
use super::handle::Handle;
use super::journal::Journal;
use crate::base::limits::{PAGE_BYTES_MAX, TALK_CAPACITY};
use crate::base::{Budget, Chance, ChildKind, ChildSpec, Digest, Name, Share, Version};
use crate::control::{Control, Ended, Hosted, ReleasesSetup, Running};
use crate::journal::Life;
use crate::net::{self, BindError, Bound, ListenSpec};
use crate::protocol::{Dealt, Directory, OnDisk, deal};
use crate::release::{self, Applications, Environment, HttpListen, LockError, Manifest, Records, Started, StateDir};
use crate::runtime::{
    Clock, ControlLanes, JournalLanes, Lanes, Listening, ThreadDriver, ThreadSurroundings, ToControl, lane,
    run_control, run_disk, run_shard,
};
use crate::shard::Shard;
use crate::supervisor::{ChildId, Tree};
use crate::wasm::{Allowance, Component, Engine, Trial, TrialStart};

/// Everything a node is made of, checked, before anything runs.
pub(super) struct Parts {
    /// As they were read, for what is added and changed while they run.
    pub(super) manifests: Vec<Manifest>,
    pub(super) tree: Tree,
    pub(super) hosted: Vec<Hosted>,
    pub(super) components: HashMap<Name, Component>,
    pub(super) bound: Vec<(ListenSpec, Bound)>,
    pub(super) shards: Option<usize>,
    pub(super) queued_bytes: usize,
    pub(super) setup: ReleasesSetup,
    pub(super) records: Records,
    pub(super) journal: Option<Journal>,
    /// The code that durable workers were recorded with, where they do not run it any more.
    pub(super) recorded: Vec<Component>,
    pub(super) drain: Duration,
}

/// The threads of a node, and how it ended.
#[derive(Debug)]
pub(super) struct Threads {
    pub(super) all: Vec<JoinHandle<()>>,
    /// How the node ended, or which thread failed and why. The first word counts.
    pub(super) ended: mpsc::UnboundedReceiver<Result<Ended, Broken>>,
    /// Says that something may have changed in the watched folder.
    pub(super) hints: mpsc::Sender<()>,
}

/// What control has to know of each application.
pub(super) fn hosted(applications: &Applications, tree: &Tree) -> Vec<Hosted> {
    let parts = applications.manifests.iter().zip(&applications.after).zip(&applications.environments);
    let one = |(((manifest, after), environment), root): (((&Manifest, &Vec<usize>), &Environment), ChildId)| {
        let application = &manifest.application;
        Hosted {
            name: application.name.clone(),
            version: application.version,
            restart: application.restart,
            after: after.clone(),
            root,
            callback: application.callback.as_ref().and_then(|name| tree.id(name.as_str())),
            phases: application.start_phases.clone(),
            environment: environment.clone(),
        }
    };
    parts.zip(tree.children(tree.root())).map(one).collect()
}

/// Binds every listener of every application.
pub(super) fn bind(manifests: &[Manifest]) -> Result<Vec<(ListenSpec, Bound)>, StartError> {
    let limits = descriptors::bounds(manifests.iter().map(|manifest| manifest.listens.len()).sum());
    let bind = |listen: &crate::release::Listen| {
        let HttpListen { page: file, origins, raw, content_type } = listen.http.clone();
        let plain = ListenSpec::new(listen.protocol, listen.address, listen.to.clone());
        let spec = ListenSpec {
            request_ids: listen.request_ids,
            page: file.as_deref().map(page).transpose()?,
            origins,
            raw,
            content_type: content_type.unwrap_or(plain.content_type),
            limits,
            ..plain
        };
        match net::bind(&spec) {
            Ok(bound) => Ok((spec, bound)),
            Err(error @ BindError::InUse { .. }) => Err(StartError::InUse(error.to_string())),
            Err(error) => Err(StartError::Config(error.to_string())),
        }
    };
    manifests.iter().flat_map(|manifest| &manifest.listens).map(bind).collect()
}

fn page(file: &Path) -> Result<Bytes, StartError> {
    let wrong = |why: String| StartError::Config(format!("cannot show the page {}: {why}", file.display()));
    let mut bytes = vec![];
    let opened = std::fs::File::open(file).map_err(|error| wrong(error.to_string()))?;
    opened.take(PAGE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > PAGE_BYTES_MAX {
        return Err(wrong(format!("it is longer than {PAGE_BYTES_MAX} bytes; show a smaller one")));
    }
    Ok(bytes.into())
}

/// A listener as users are shown it.
pub(super) fn listener((spec, bound): &(ListenSpec, Bound)) -> (String, SocketAddr, Option<String>) {
    let to = spec.to.as_ref().map(ToString::to_string);
    (spec.protocol.word().to_owned(), bound.local_addr(), to)
}

pub(super) fn lock_error(error: LockError) -> StartError {
    match error {
        LockError::Taken { .. } => StartError::InUse(error.to_string()),
        LockError::Newer { .. } => StartError::Config(error.to_string()),
        _ => StartError::System(error.to_string()),
    }
}

/// Reads and compiles what is to run: the manifest's components, or the versions that upgrades put
/// in their place since.
pub(super) fn load(
    engine: &Engine,
    manifests: &[Manifest],
    allowances: &HashMap<Name, Allowance>,
    starts: &HashMap<Name, Vec<TrialStart>>,
    records: &Records,
) -> Result<Loaded, StartError> {
    let mut running = vec![];
    let mut components = HashMap::new();
    let mut declared_as = vec![];
    let behaviours =
        manifests.iter().flat_map(|manifest| manifest.behaviours.iter().map(move |behaviour| (manifest, behaviour)));
    for (manifest, (name, behaviour)) in behaviours {
        let declared = read_component(&behaviour.component).map_err(|error| StartError::Config(error.to_string()))?;
        let manifest_digest = release::digest(&declared);
        let (bytes, version) = serving(records, name, declared, &manifest_digest);
        let component = engine
            .compile(&bytes, allowances.get(name).cloned().unwrap_or_default())
            .map_err(|why| StartError::Config(format!("{}: {why}", behaviour.component.display())))?;
        may_be_durable(manifests, name, component.saves_state())
            .map_err(|why| StartError::Config(format!("{}: {why}", behaviour.component.display())))?;
        // It may run, and whoever looks at it is told.
        if let trial @ Trial::Fails(..) = component.try_saving(&starts[name], Clock::wall_ms()) {
            tracing::warn!(behaviour = %name, "{trial}; an upgrade would lose it, and `tomte inspect` shows no state");
        }
        let checked = component.checked();
        let digest = records.components().put(&bytes).map_err(|error| StartError::System(error.to_string()))?;
        let plan = release::Running {
            behaviour: name.clone(),
            version: version.or(checked.version).unwrap_or_default(),
            digest,
            saves_state: checked.saves_state,
            workers: workers_of(manifest, name),
            templates: templates_of(manifest, name),
        };
        declared_as.push((name.clone(), plan.version, manifest_digest));
        running.push(Running { plan, memory_limit: behaviour.limits.memory });
        components.insert(name.clone(), component);
    }
    Ok(Loaded { running, components, declared: declared_as })
}

/// What is to run, compiled.
pub(super) struct Loaded {
    pub(super) running: Vec<Running>,
    pub(super) components: HashMap<Name, Component>,
    /// The manifest's component of each behaviour, with the version that runs.
    pub(super) declared: Vec<(Name, Version, Digest)>,
}

/// Records what a host starts with, if another one ran before. Without room for that it starts all the same.
pub(super) fn record_start(state: &StateDir, records: &mut Records, loaded: &Loaded) {
    let mut started = Started::open(state);
    let at_ms = Clock::wall_ms();
    let rows = loaded.running.iter().try_for_each(|running| {
        let plan = &running.plan;
        records.start(&started, &plan.behaviour, (plan.version, plan.digest), at_ms)
    });
    if let Err(error) = rows.and_then(|()| started.record(loaded.declared.iter().cloned())) {
        tracing::warn!("what this start changes is not recorded: {error}");
    }
}

/// What runs for a behaviour: the last version that became permanent, as long as the manifest's own
/// component is still the one that version replaced; else the manifest's.
fn serving(records: &Records, name: &Name, declared: Vec<u8>, digest: &Digest) -> (Vec<u8>, Option<Version>) {
    let serving = records.history().boot(name.as_str(), digest);
    let Some(serving) = serving else { return (declared, None) };
    match records.components().get(&serving.digest) {
        Ok(bytes) => (bytes, Some(serving.version)),
        Err(error) => {
            let version = serving.version;
            tracing::error!(behaviour = %name, %version, "the manifest's component runs instead of the upgraded one: {error}");
            (declared, None)
        }
    }
}

/// The workers of a behaviour that are declared one by one, in start order.
fn workers_of(manifest: &Manifest, behaviour: &Name) -> Vec<Name> {
    let of = |child: &&ChildSpec| child.kind == ChildKind::Worker(behaviour.clone());
    let declared = manifest.tree.children.iter().filter(of).filter(|child| manifest.tree.template(child).is_none());
    declared.map(|child| manifest.tree.address(child)).collect()
}

/// The supervisors whose every child has this behaviour, in start order.
fn templates_of(manifest: &Manifest, behaviour: &Name) -> Vec<Name> {
    let of = |child: &&ChildSpec| child.kind == ChildKind::Worker(behaviour.clone());
    manifest.tree.children.iter().filter(of).filter_map(|child| manifest.tree.template(child)).collect()
}

/// Starts the threads of a node: its shards, then control, which boots the tree.
pub(super) fn spawn(parts: Parts) -> Result<(Threads, Handle), StartError> {
    let mut journal = parts.journal;
    let clock = journal.as_ref().map_or_else(Clock::start, |journal| Clock::after(journal.clocks));
    let found = journal.as_mut().map(|journal| std::mem::take(&mut journal.found)).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // Where there is a template there may be any number of workers.
    let most = if parts.tree.has_keyed_children() { usize::MAX } else { parts.tree.workers().count().max(1) };
    let count = parts.shards.unwrap_or(cores).clamp(1, most);
    let (supervision, dealt) = deal(parts.tree, count, found);
    let mut listening = listeners_of(parts.bound, supervision.directory(), count).into_iter();
    let manifests = Arc::new(Mutex::new(parts.manifests));

    let (events, control_events) = mpsc::unbounded_channel();
    let (talk, control_talk) = mpsc::channel(TALK_CAPACITY);
    let (hints, control_hints) = mpsc::channel(1);
    let (mail, mail_lanes): (Vec<_>, Vec<_>) = (0..count).map(|_| lane()).unzip();
    let (commands, command_lanes): (Vec<_>, Vec<_>) = (0..count).map(|_| mpsc::unbounded_channel()).unzip();
    let (done, ended) = mpsc::unbounded_channel();
    let pulse = parts.setup.engine.pulse();
    let budget = Budget::new(parts.queued_bytes, count);
    let mut all = vec![];
    let (handed_in, handed) = std::sync::mpsc::channel();
    let mut shards = vec![];
    for (index, ((commands, mail_lane), dealt)) in command_lanes.into_iter().zip(mail_lanes).zip(dealt).enumerate() {
        let control = ToControl { events: events.clone(), talk: talk.clone() };
        let driver = ThreadDriver {
            clock,
            pulse: pulse.clone(),
            chance: Chance::default(),
            peers: mail.clone(),
            control,
            journal: handed_in.clone(),
            index,
            lost: 0,
        };
        let (components, supervision) = (parts.components.clone(), supervision.clone());
        let listening = listening.next().unwrap_or_default();
        let (teller, on_disk) = watch::channel(OnDisk::default());
        shards.push((teller, dealt.needed()));
        let dealt = Dealt { recorded: parts.recorded.clone(), ..dealt };
        let lanes = Lanes { commands, mail: mail_lane, on_disk };
        let share = Share::of(&budget);
        all.push(thread(format!("shard-{index}"), done.clone(), move || {
            let shard = Shard::new(index, driver, supervision, components, dealt, share);
            run_shard(shard, clock, lanes, listening)?;
            Ok(None)
        })?);
    }
    drop(handed_in);
    let keeps_journal = journal.is_some();
    if let Some(journal) = journal {
        let lanes = JournalLanes { handed_in: handed, shards };
        let life = Life { now: clock.now(), now_ms: Clock::wall_ms() };
        all.push(thread("journal".to_owned(), done.clone(), move || {
            journal.run(life, lanes).map_err(Broken::Disk).map(|()| None)
        })?);
    }
    let (disk, disk_jobs) = std::sync::mpsc::channel();
    let (mut records, told) = (parts.records, events.clone());
    all.push(thread("disk".to_owned(), done.clone(), move || {
        run_disk(|job| job.run(&mut records), &disk_jobs, &told);
        Ok(None)
    })?);
    let surroundings = ThreadSurroundings { clock, chance: Chance::default(), events: events.clone(), disk };
    let control = Control::new(surroundings, supervision.clone(), commands.clone(), parts.setup, parts.drain)
        .hosting(parts.hosted);
    let lanes = ControlLanes { events: control_events, talk: control_talk, hints: control_hints };
    all.push(thread("control".to_owned(), done, move || Ok(Some(run_control(control, clock, lanes)?)))?);
    let handle = Handle {
        clock,
        supervision,
        mail: mail.into(),
        commands: commands.into(),
        control: events,
        manifests,
        keeps_journal,
    };
    Ok((Threads { all, ended, hints }, handle))
}

/// Why a node cannot go on.
#[derive(Debug)]
pub(super) enum Broken {
    /// A thread of the host itself, which is a bug.
    Thread(String),
    /// The disk of its journal.
    Disk(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Broken {
        Broken::Thread(error.to_string())
    }
}

/// Starts a thread of the node. One that fails or panics ends the node, since what it served is gone.
fn thread(
    name: String,
    done: mpsc::UnboundedSender<Result<Ended, Broken>>,
    run: impl FnOnce() -> Result<Option<Ended>, Broken> + Send + 'static,
) -> Result<JoinHandle<()>, StartError> {
    let label = name.clone();
    let run = move || {
        let word = match panic::catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(ended)) => ended.map(Ok),
            Ok(Err(Broken::Thread(why))) => Some(Err(Broken::Thread(format!("thread {label} failed: {why}")))),
            Ok(Err(broken)) => Some(Err(broken)),
            Err(_) => Some(Err(Broken::Thread(format!("thread {label} panicked")))),
        };
        if let Some(word) = word {
            // Whoever started the node may have gone.
            let _ = done.send(word);
        }
    };
    let spawned = std::thread::Builder::new().name(name).spawn(run);
    spawned.map_err(|error| StartError::System(format!("cannot start a thread: {error}")))
}

/// A listener lives on its worker's shard, so that a request is read, stepped and answered on one
/// thread; one that serves many workers lives on any.
fn listeners_of(bound: Vec<(ListenSpec, Bound)>, directory: &Directory, shards: usize) -> Vec<Vec<Listening>> {
    let mut listening: Vec<Vec<Listening>> = (0..shards).map(|_| vec![]).collect();
    for (at, (spec, bound)) in bound.into_iter().enumerate() {
        let find = |to: &str| directory.find(to).or_else(|| directory.manager(to));
        let place = spec.to.as_ref().and_then(|to| find(to.as_str()));
        let shard = place.map_or(at % shards, |place| place.shard);
        listening[shard].push(Listening { bound, to: spec.to });
    }
    listening
}
