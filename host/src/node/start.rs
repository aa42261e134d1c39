//! From a directory to a running node.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::oneshot;

use super::assemble::{Broken, Loaded, Parts, Threads, bind, hosted, listener, load, lock_error, record_start, spawn};
use super::check;
use super::error::StartError;
use super::guests::{allowances, starts};
use super::handle::Handle;
use super::journal::{self, Found, Journal};
use super::life::Life;
use crate::base::limits::LOAD_STACK_BYTES;
use crate::control::{self, Ask, ControlEvent, ReleasesSetup};
use crate::release::{Applications, End, Folder, FolderError, HostSettings, Manifest, Records, StateDir, Watch};
use crate::supervisor::Tree;
use crate::wasm::{Cache, Engine, EngineOptions};

/// How long a node that is told to end at once may take before it is left as it is.
pub(crate) const HALT_TIME: Duration = Duration::from_secs(2);

/// Live instances the pool is asked for. What the pool cannot hold is made on demand.
const INSTANCES: u32 = 10_000;

/// What to run, and where its traces go.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directories of the applications, each with its `tomte.toml`. The first has the host's
    /// settings, if there are any.
    pub apps: Vec<PathBuf>,
    /// Where the node keeps what must outlive it. One node at a time.
    pub state: PathBuf,
    /// The watched folder; none means `releases` of `host.toml`, or `releases/` beside the manifest.
    pub releases: Option<PathBuf>,
    /// What the workers are to be configured with, over what manifests and settings say: assignments
    /// `APPLICATION.KEY=JSON`.
    pub config: Vec<String>,
    /// How many shards; none means one per core, but no more than workers.
    pub shards: Option<usize>,
    /// The command `tomte` of this version, which compiles components in processes of its own, within the
    /// limits of `host.toml`. None compiles them in this process without limits: for programs that know what
    /// is put into the watched folder.
    pub compiler: Option<PathBuf>,
}

impl Options {
    /// The usual places for the application in this directory.
    pub fn new(app: impl Into<PathBuf>) -> Options {
        let app = app.into();
        let state = app.join(".tomte");
        Options { apps: vec![app], state, releases: None, config: vec![], shards: None, compiler: None }
    }
}

/// How a node ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to.
    Shutdown,
    /// The root supervisor gave up, with the reason.
    GaveUp(String),
    /// The disk of the journal failed, so that nothing more can be promised.
    DiskFailed(String),
    /// A thread of the host itself failed or panicked: a bug in tomte.
    Bug(String),
}

/// A running node. Dropping it stops it without draining.
#[derive(Debug)]
pub struct Node {
    handle: Handle,
    shown: Shown,
    threads: Option<Threads>,
    life: Life,
    _state: StateDir,
}

/// What whoever starts a node is shown of it.
#[derive(Debug)]
struct Shown {
    name: String,
    listeners: Vec<(String, std::net::SocketAddr, Option<String>)>,
    releases: PathBuf,
}

impl Node {
    /// Checks everything, binds every listener, and starts the tree.
    ///
    /// # Errors
    /// What is wrong, before anything was changed; or the child that could not be started.
    pub async fn start(options: Options) -> Result<Node, StartError> {
        Node::start_until(options, std::future::pending).await
    }

    /// The same, unless it is asked to stop before it is up. `asked` resolves each time somebody asks: what runs
    /// by then is stopped in reverse order, and at the second time at once.
    ///
    /// # Errors
    /// As [`Node::start`], and [`StartError::Stopped`].
    pub async fn start_until(options: Options, mut asked: impl AsyncFnMut()) -> Result<Node, StartError> {
        let (done, prepared) = oneshot::channel();
        let begun = Arc::new(OnceLock::<Life>::new());
        let life = Arc::clone(&begun);
        // Components are compiled there, which may take long.
        let prepare = move || drop(done.send(Node::prepare(options, &life)));
        std::thread::Builder::new()
            .name("start".to_owned())
            .stack_size(LOAD_STACK_BYTES)
            .spawn(prepare)
            .map_err(|error| StartError::System(format!("cannot start a thread: {error}")))?;
        let end = |how| begun.get().into_iter().for_each(|life| life.end(how));
        let prepared = tokio::select! {
            prepared = prepared => prepared,
            () = asked() => {
                end(End::Stopped);
                return Err(StartError::Stopped);
            }
        };
        let Ok(prepared) = prepared else {
            end(End::Broke);
            return Err(StartError::System("thread start panicked".to_owned()));
        };
        prepared?.booted(asked).await
    }

    /// Checks everything and takes the state directory, then goes on to [`Node::assemble`]. From then on there is
    /// a life that ends.
    fn prepare(options: Options, begun: &OnceLock<Life>) -> Result<Node, StartError> {
        let applications = check::applications(&options.apps).map_err(|error| StartError::Config(error.to_string()))?;
        let home = options.apps.first().map_or(Path::new("."), PathBuf::as_path);
        let settings = HostSettings::load(home).map_err(|error| StartError::Config(error.to_string()))?;
        for name in settings.config.keys().filter(|name| applications.place(name).is_none()) {
            tracing::warn!("[config.{name}] in host.toml is for an application that is not run here");
        }
        let declared = applications.manifests.clone();
        let applications = applications.configured(&settings.config, &options.config).map_err(StartError::Config)?;
        let state = StateDir::lock(&options.state).map_err(lock_error)?;
        let found = journal::read(&state)?;
        let (mut records, note) = journal::records(&state, found.as_ref())?;
        if let Some(note) = note {
            tracing::warn!("{note}");
        }
        let life = begun.get_or_init(|| Life::begin(&state, &mut records, &applications.manifests));
        let assembled = Node::assemble(&options, &settings, declared, applications, &state, (records, found));
        let (handle, threads, shown) = assembled.inspect_err(|_| life.end(End::Stopped))?;
        Ok(Node { handle, shown, threads: Some(threads), life: life.clone(), _state: state })
    }

    /// Binds and compiles everything, then starts the threads.
    fn assemble(
        options: &Options,
        settings: &HostSettings,
        declared: Vec<Manifest>,
        applications: Applications,
        state: &StateDir,
        (mut records, found): (Records, Option<Found>),
    ) -> Result<(Handle, Threads, Shown), StartError> {
        let manifests = &applications.manifests;
        let bound = bind(manifests)?;
        let listeners = bound.iter().map(listener).collect();
        let tree = Tree::new(applications.tree()).map_err(|error| StartError::Config(error.to_string()))?;
        let hosted = hosted(&applications, &tree);
        let compiler = check::compiler(options.compiler.clone(), settings, cache(state));
        let engine = Engine::new(&EngineOptions { instances: INSTANCES, compiler })
            .map_err(|error| StartError::System(error.to_string()))?;
        let releases = options.releases.clone().unwrap_or_else(|| settings.releases.clone());
        let allowances = allowances(manifests)?;
        let starts = starts(manifests);
        let loaded = load(&engine, manifests, &allowances, &starts, &records)?;
        record_start(state, &mut records, &loaded);
        let mut journal = journal::open(state, found, manifests)?;
        let runs = loaded.running.iter().map(|running| (running.plan.behaviour.clone(), running.plan.digest));
        records.run(runs, journal.iter().flat_map(Journal::digests));
        let Loaded { running, components, .. } = loaded;
        journal.iter_mut().for_each(|journal| journal.go_back(manifests, &records, &components));
        let recorded = journal
            .as_ref()
            .map(|journal| journal.recorded_code(&engine, manifests, &allowances, &records, &components))
            .unwrap_or_default();
        let names: Vec<&str> = manifests.iter().map(|manifest| manifest.application.name.as_str()).collect();
        let name = names.join(", ");
        let mut folder = Folder::new(releases.clone(), settings.settle, settings.settle_max);
        folder.claim().map_err(|error| match error {
            FolderError::Taken(_) => StartError::InUse(error.to_string()),
            FolderError::Distrusted(..) => StartError::Config(error.to_string()),
        })?;
        let (ledger, rescan) = (records.history().clone(), settings.rescan);
        let setup = ReleasesSetup { engine, allowances, starts, running, ledger, folder, rescan };
        let shards = options.shards.or(settings.shards);
        let (drain, queued_bytes) = (settings.drain, settings.queued_bytes);
        let manifests = declared;
        let parts = Parts {
            manifests,
            tree,
            hosted,
            components,
            bound,
            shards,
            queued_bytes,
            setup,
            records,
            journal,
            recorded,
            drain,
        };
        let (threads, handle) = spawn(parts)?;
        Ok((handle, threads, Shown { name, listeners, releases }))
    }

    /// A handle for other threads.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Protocol, address and worker of every listener.
    pub fn listeners(&self) -> Vec<(String, std::net::SocketAddr, Option<String>)> {
        self.shown.listeners.clone()
    }

    /// The application's name; where there are several, all of them in start order.
    pub fn app_name(&self) -> &str {
        &self.shown.name
    }

    /// The watched folder.
    pub fn releases(&self) -> &Path {
        &self.shown.releases
    }

    /// Waits until the node has ended and its threads are gone.
    pub async fn ended(mut self) -> Ended {
        let ended = self.join().await;
        self.life.end(last_word(&ended));
        match ended {
            Ok(control::Ended::Shutdown) => Ended::Shutdown,
            Ok(control::Ended::GaveUp(why) | control::Ended::BootFailed(why)) => Ended::GaveUp(why),
            Err(Broken::Thread(why)) => Ended::Bug(why),
            Err(Broken::Disk(error)) => Ended::DiskFailed(error.to_string()),
        }
    }

    /// Waits until the whole tree has started, then begins to watch the folder.
    async fn booted(mut self, mut asked: impl AsyncFnMut()) -> Result<Node, StartError> {
        let (done, mut up) = oneshot::channel();
        // A node that has ended drops it.
        let _ = self.handle.control.send(ControlEvent::Ask(Ask::Booted(done)));
        let mut stopping = false;
        let is_up = loop {
            tokio::select! {
                up = &mut up => break up.is_ok(),
                () = asked() => {}
            }
            if stopping {
                self.handle.halt();
                break tokio::time::timeout(HALT_TIME, &mut up).await.map_err(|_| StartError::Stopped)?.is_ok();
            }
            tracing::info!("asked to stop while it was starting; a second time stops at once");
            stopping = true;
            self.handle.shutdown();
        };
        if is_up {
            self.watch_releases();
            return Ok(self);
        }
        let ended = self.join().await;
        self.life.end(if stopping { End::Stopped } else { last_word(&ended) });
        Err(match ended {
            Ok(control::Ended::BootFailed(_) | control::Ended::GaveUp(_)) if stopping => StartError::Stopped,
            Ok(control::Ended::BootFailed(why) | control::Ended::GaveUp(why)) => StartError::Boot(why),
            Ok(control::Ended::Shutdown) => StartError::Stopped,
            Err(Broken::Thread(why)) => StartError::System(why),
            Err(Broken::Disk(error)) => StartError::System(format!("the disk of the journal failed: {error}")),
        })
    }

    /// Notices of the system only make the folder be looked at sooner; without them it is scanned.
    fn watch_releases(&self) {
        let Some(hints) = self.threads.as_ref().map(|threads| threads.hints.clone()) else { return };
        // One hint that waits is as good as many.
        let hint = move || {
            let _ = hints.try_send(());
        };
        let (watch, note) = Watch::new(&self.shown.releases, hint);
        if let Some(note) = note {
            tracing::info!("{note}");
        }
        // A node that has ended needs no telling.
        let _ = self.handle.control.send(ControlEvent::Watch(watch));
    }

    async fn join(&mut self) -> Result<control::Ended, Broken> {
        let Some(mut threads) = self.threads.take() else { return Ok(control::Ended::Shutdown) };
        let nobody = || Err(Broken::Thread("no thread is left".to_owned()));
        let ended = threads.ended.recv().await.unwrap_or_else(nobody)?;
        for thread in threads.all {
            // A panic has been told on the way that has just been heard.
            let _ = thread.join();
        }
        Ok(ended)
    }
}

/// What the next host is told of this end.
fn last_word(ended: &Result<control::Ended, Broken>) -> End {
    match ended {
        Ok(control::Ended::Shutdown) => End::Stopped,
        Ok(control::Ended::GaveUp(_)) => End::GaveUp,
        Ok(control::Ended::BootFailed(_)) => End::NotUp,
        Err(_) => End::Broke,
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.handle.shutdown_now();
        self.life.end(End::Stopped);
    }
}
/// What this state directory keeps of earlier compilations. A host without it only starts later.
fn cache(state: &StateDir) -> Option<Cache> {
    let folder = state.path().join("compiled");
    let opened = Cache::open(&folder);
    opened.inspect_err(|error| tracing::warn!(folder = %folder.display(), %error, "compilations are not kept")).ok()
}
