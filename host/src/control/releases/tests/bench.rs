//! Control with two shards that are only lanes, a disk that may fill up, and a compiler that compiles
//! nothing.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::base::{
    AutoShutdown, Backoff, ChildKind, ChildSpec, GuestLimits, Intensity, Millis, Name, Nanos, QueueSpec, Restart,
    SavedState, Shutdown, Strategy, SupervisorSpec, TreeSpec, Version,
};
use crate::control::releases::compile::Fit;
use crate::control::{
    Ask, Candidate, CompileJob, Compiled, Control, ControlEvent, DiskJob, ReleasesSetup, Rollback, Running,
    Surroundings, Verdict,
};
use crate::protocol::{Command, Directory, Notice, Supervision, SwapStep, SwapStepped};
use crate::release::{self, Folder, Records, Row, RowResult, StateDir, TestDisk, digest};
use crate::supervisor::{Event, StartOutcome, Tree};
use crate::wasm::{Component, Engine, EngineOptions};

pub(super) const SHARDS: usize = 2;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(&EngineOptions { instances: 4, ..EngineOptions::default() }).expect("the engine starts")
});

/// Stands for every version: no shard runs it.
static CODE: LazyLock<Component> =
    LazyLock::new(|| ENGINE.compile(&guest("echo-0.1.0"), &GuestLimits::default()).expect("it compiles"));

/// One of the repository's guests.
pub(super) fn guest(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../guests/dist/{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask guests`", path.display()))
}

/// The world around control: a clock that is set, and what is to be compiled.
#[derive(Clone, Default)]
pub(super) struct Around {
    now: Arc<AtomicU64>,
    jobs: Rc<RefCell<VecDeque<CompileJob>>>,
    writes: Rc<RefCell<VecDeque<DiskJob>>>,
}

impl Surroundings for Around {
    fn now(&self) -> Nanos {
        self.now.load(Ordering::Relaxed)
    }

    fn wall_ms(&self) -> Millis {
        1000 + self.now() / 1_000_000
    }

    fn random(&mut self) -> u64 {
        0
    }

    fn compile(&mut self, job: CompileJob) {
        self.jobs.borrow_mut().push_back(job);
    }

    fn disk(&mut self, job: DiskJob) {
        self.writes.borrow_mut().push_back(job);
    }
}

/// The bench: a behaviour `counter` with the workers `a` and `b`.
pub(super) struct Bench {
    pub(super) control: Control<Around>,
    pub(super) disk: Arc<TestDisk>,
    pub(super) dir: tempfile::TempDir,
    pub(super) supervision: Supervision,
    around: Around,
    pub(super) lanes: Vec<mpsc::UnboundedReceiver<Command>>,
    state: StateDir,
    records: Records,
    /// Nothing comes back from the disk until it is told to work.
    hangs: bool,
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

pub(super) fn version(text: &str) -> Version {
    text.parse().expect("a version")
}

/// What is uploaded as this version.
pub(super) fn bytes(version: &str) -> Vec<u8> {
    format!("counter {version}").into_bytes()
}

impl Bench {
    /// With counter 0.1.0, which saves its state.
    pub(super) fn new() -> Bench {
        let dir = tempfile::tempdir().expect("a directory");
        let disk = Arc::new(TestDisk::new());
        let lock = StateDir::lock(&dir.path().join("state")).expect("a state directory");
        let state = lock.on(Arc::<TestDisk>::clone(&disk));
        let (records, note) = Records::open(&state).expect("records");
        assert_eq!(note, None);
        records.components().put(&bytes("0.1.0")).expect("kept");
        disk.done();
        let plan = release::Running {
            behaviour: name("counter"),
            version: version("0.1.0"),
            digest: digest(&bytes("0.1.0")),
            saves_state: true,
            workers: vec![name("a"), name("b")],
            templates: vec![],
        };
        let folder = Folder::new(dir.path().join("releases"), Duration::from_millis(300), Duration::from_secs(30));
        let setup = ReleasesSetup {
            engine: ENGINE.clone(),
            allowances: Default::default(),
            starts: Default::default(),
            running: vec![Running { plan, memory_limit: 0 }],
            ledger: records.history().clone(),
            folder,
            rescan: Duration::from_secs(5),
        };
        let supervision = supervision();
        let (senders, lanes) = (0..SHARDS).map(|_| mpsc::unbounded_channel()).unzip();
        let around = Around::default();
        let control = Control::new(around.clone(), supervision.clone(), senders, setup, Duration::from_secs(30));
        Bench { control, disk, dir, supervision, around, lanes, state, records, hangs: false }
    }

    /// The records as the next host finds them when this one ends now, and what it says of them.
    pub(super) fn restart(&self) -> (Records, Option<String>) {
        Records::open(&self.state).expect("records")
    }

    /// Starts the tree, for whose workers the test answers.
    pub(super) fn boot(&mut self) {
        self.control.boot();
        let workers: Vec<_> = self.supervision.tree().workers().collect();
        for child in workers {
            let event = Event::Started { child, outcome: StartOutcome::Up };
            let assigned = self.supervision.decide(event, 0, &mut || 0);
            self.handle(ControlEvent::Notice(Notice::Carry(assigned)));
        }
        self.lanes.iter_mut().for_each(|lane| while lane.try_recv().is_ok() {});
    }

    /// Something happens to control, and the disk does what it is given.
    fn handle(&mut self, event: ControlEvent) {
        self.control.handle(event);
        if !self.hangs {
            self.work();
        }
    }

    /// The disk takes for ever, until [`Bench::work`].
    pub(super) fn hang(&mut self) {
        self.hangs = true;
    }

    /// The disk does all that it has been given, and what that leads to.
    pub(super) fn work(&mut self) {
        self.hangs = false;
        while self.work_once() {}
    }

    /// The disk does the first of what it has been given. Whether there was something.
    pub(super) fn work_once(&mut self) -> bool {
        let Some(job) = self.around.writes.borrow_mut().pop_front() else { return false };
        let done = job.run(&mut self.records);
        self.control.handle(ControlEvent::Disk(Box::new(done)));
        true
    }

    /// Whatever is synced from now on takes so long.
    pub(super) fn slow_disk(&mut self, ms: u64) {
        self.disk.set_slow(Arc::clone(&self.around.now), ms * 1_000_000);
    }

    pub(super) fn pass(&mut self, ms: u64) {
        self.around.now.fetch_add(ms * 1_000_000, Ordering::Relaxed);
        self.control.tick();
        if !self.hangs {
            self.work();
        }
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        self.handle(ControlEvent::Ask(ask));
    }

    /// Somebody wants this version to run.
    pub(super) fn upgrade(&mut self, version: &str, dry_run: bool) -> oneshot::Receiver<Verdict> {
        self.order(bytes(version), &format!("counter-{version}.wasm"), dry_run)
    }

    /// Somebody wants these bytes to run.
    pub(super) fn upload(&mut self, bytes: Vec<u8>, file: &str) -> oneshot::Receiver<Verdict> {
        self.order(bytes, file, false)
    }

    fn order(&mut self, bytes: Vec<u8>, file: &str, dry_run: bool) -> oneshot::Receiver<Verdict> {
        let (done, verdict) = oneshot::channel();
        self.ask(Ask::Upgrade(Candidate::new(bytes, file.to_owned(), "test".to_owned(), dry_run), done));
        verdict
    }

    pub(super) fn rollback(&mut self) -> oneshot::Receiver<Verdict> {
        let (done, verdict) = oneshot::channel();
        self.ask(Ask::Rollback(Rollback::default(), done));
        verdict
    }

    /// Whether something is to be compiled.
    pub(super) fn compiles(&self) -> bool {
        !self.around.jobs.borrow().is_empty()
    }

    /// The compiler is done with what is to be this version.
    pub(super) fn compiled(&mut self, text: &str, saves_state: bool) {
        let job = self.around.jobs.borrow_mut().pop_front().expect("something is compiled");
        let plan = job.plan(name("counter"), version(text), saves_state);
        let result = plan.map(|plan| Fit { plan, saves_state, component: CODE.clone() });
        let compiled = Compiled { id: job.id(), result };
        self.handle(ControlEvent::Compiled(Box::new(compiled)));
    }

    /// The compiler really does what is next for it.
    pub(super) fn really_compile(&mut self) {
        let job = self.around.jobs.borrow_mut().pop_front().expect("something is compiled");
        self.handle(ControlEvent::Compiled(Box::new(job.run())));
    }

    /// The step that every shard was sent, and of which change of code. They were all sent the same.
    pub(super) fn step(&mut self) -> Option<(u64, SwapStep)> {
        let sent: Vec<_> = self.lanes.iter_mut().map(|lane| lane.try_recv().ok()).collect();
        let words: Vec<_> = sent.iter().map(|command| format!("{command:?}")).collect();
        assert!(words.iter().all(|word| *word == words[0]), "{words:?}");
        match sent.into_iter().next().flatten()? {
            Command::Swap(id, step) => Some((id, step)),
            other => panic!("{other:?}"),
        }
    }

    /// Every shard was told to drain, after whatever else it was sent.
    pub(super) fn told_to_drain(&mut self) {
        for lane in &mut self.lanes {
            assert!(matches!(lane.try_recv(), Ok(Command::Drain)));
        }
    }

    /// The step that every shard was sent, by its word.
    pub(super) fn word(&mut self) -> Option<&'static str> {
        self.step().map(|(_, step)| word(&step))
    }

    /// One shard tells this of the change of code with this number.
    pub(super) fn tell(&mut self, id: u64, result: Result<SwapStepped, &str>) {
        let result = result.map_err(|why| why.to_owned().into());
        self.handle(ControlEvent::Notice(Notice::SwapStepped(id, result)));
    }

    /// Every shard has done this step; each has one worker.
    pub(super) fn done(&mut self, id: u64, step: &SwapStep) {
        for worker in ["a", "b"] {
            let mut part = SwapStepped::default();
            match step {
                SwapStep::Save => part.states = vec![(name(worker), saved(worker))],
                SwapStep::Resume(_) => (part.workers, part.pause) = (1, 7000),
                _ => {}
            }
            self.tell(id, Ok(part));
        }
    }

    /// Lets the change of code go on up to this step; gives its number. The step is not done yet.
    pub(super) fn go_to(&mut self, last: &str) -> u64 {
        loop {
            let (id, step) = self.step().expect("it goes on");
            if word(&step) == last {
                return id;
            }
            self.done(id, &step);
        }
    }

    /// Lets the change of code go on to its end; gives the words of its steps.
    pub(super) fn go_on(&mut self) -> Vec<&'static str> {
        let mut words = vec![];
        while let Some((id, step)) = self.step() {
            words.push(word(&step));
            self.done(id, &step);
        }
        words
    }

    /// A whole upgrade to this version, without a hitch.
    pub(super) fn upgraded(&mut self, version: &str) -> Verdict {
        let mut verdict = self.upgrade(version, false);
        self.compiled(version, true);
        self.go_on();
        verdict.try_recv().expect("told")
    }

    pub(super) fn history(&mut self) -> Vec<Row> {
        let (done, mut rows) = oneshot::channel();
        self.ask(Ask::History(done));
        rows.try_recv().expect("answered at once")
    }

    /// What came of every release, and why.
    pub(super) fn results(&mut self) -> Vec<(RowResult, String)> {
        self.history().into_iter().map(|row| (row.result, row.reason)).collect()
    }

    /// The version that runs.
    pub(super) fn runs(&mut self) -> String {
        let (done, mut running) = oneshot::channel();
        self.ask(Ask::Running(done));
        running.try_recv().expect("answered at once")[0].plan.version.to_string()
    }

    /// The components that are kept.
    pub(super) fn kept(&self) -> usize {
        std::fs::read_dir(self.state.path().join("components")).expect("a store").count()
    }

    /// The files with states at swaps, finished or not.
    pub(super) fn swaps(&self) -> usize {
        std::fs::read_dir(self.state.path().join("swaps")).expect("a store").count()
    }
}

/// What a worker of the bench saves.
pub(super) fn saved(worker: &str) -> SavedState {
    SavedState { schema: "counter/1".to_owned(), data: worker.as_bytes().to_vec() }
}

pub(super) fn word(step: &SwapStep) -> &'static str {
    match step {
        SwapStep::Load(_) => "load component",
        SwapStep::Suspend => "suspend",
        SwapStep::Save => "save",
        SwapStep::CodeChange => "code change",
        SwapStep::Resume(_) => "resume",
        SwapStep::Purge => "purge component",
        SwapStep::GiveUp => "give up",
        SwapStep::Undo => "undo",
    }
}

fn supervision() -> Supervision {
    let root = SupervisorSpec {
        strategy: Strategy::OneForOne,
        intensity: Intensity { restarts: 1, period: Duration::from_secs(5) },
        auto_shutdown: AutoShutdown::Never,
        manager: None,
    };
    let child = |worker| ChildSpec {
        name: name(worker),
        under: name("root"),
        kind: ChildKind::Worker(name("counter")),
        restart: Restart::Permanent,
        backoff: Backoff::default(),
        shutdown: Shutdown::default(),
        significant: false,
        queue: QueueSpec::default(),
        hibernate_after: None,
        config: b"{}"[..].into(),
        durable: false,
        redact: false,
        terminate_after_crash: false,
    };
    let children = vec![child("a"), child("b")];
    let tree = Tree::new(TreeSpec { supervisors: vec![(name("root"), root)], children }).expect("a tree");
    let workers: Vec<_> = tree.workers().map(|id| (tree.name(id).clone(), id)).collect();
    Supervision::new(tree, Directory::new(workers.into_iter(), SHARDS))
}
