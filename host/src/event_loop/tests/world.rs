//! A whole node in one thread: shards, control and lanes, moved by hand. No time passes by itself.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::driver::{Sim, SimDriver};
use super::guests::{bytes, component, engine, patient};
use crate::base::{
    AutoShutdown, Backoff, ChildKind, ChildSpec, GuestLimits, Intensity, Name, Nanos, Outcome, QueueSpec, Restart,
    Shutdown, Strategy, SupervisorSpec, TreeSpec, Version,
};
use crate::event_loop::{
    Ask, Command, Control, ControlEvent, Directory, Ended, Haste, Inspection, Mail, ManagerSpec, Notice, Origin,
    Releases, ReleasesSetup, Running, Shard, SharedTree, Swap, WorkerSpec, lock,
};
use crate::release::{self, Components, Folder, History, StateDir, Swaps};
use crate::supervisor::{ChildId, Status, Tree};

pub(super) const MS: Nanos = 1_000_000;
pub(super) const SECOND: Nanos = 1000 * MS;
/// The drain time of every simulated node.
pub(super) const DRAIN: Duration = Duration::from_secs(30);
/// More turns than anything here may take.
const TURNS_MAX: usize = 100_000;

/// A worker to be: its name, the guest it runs, and what is not as usual.
#[derive(Clone)]
pub(super) struct Child {
    pub(super) name: &'static str,
    pub(super) guest: &'static str,
    pub(super) config: &'static str,
    pub(super) shutdown: Shutdown,
    pub(super) restart: Restart,
    pub(super) queue: QueueSpec,
    pub(super) hibernate_after: Option<Duration>,
    pub(super) redact: bool,
    pub(super) terminate_after_crash: bool,
    pub(super) place: Place,
}

/// Where a child stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    /// Then it must come last.
    Template,
    Handler,
}

/// The template of `calls`, a simple_one_for_one.
pub(super) fn template(guest: &'static str) -> Child {
    Child { place: Place::Template, ..child("call", guest) }
}

/// A handler of `events`, an event manager.
pub(super) fn handler(name: &'static str, guest: &'static str) -> Child {
    Child { place: Place::Handler, restart: Restart::Temporary, ..child(name, guest) }
}

pub(super) fn child(name: &'static str, guest: &'static str) -> Child {
    let (config, shutdown, queue) = ("{}", Shutdown::default(), QueueSpec::default());
    Child {
        name,
        guest,
        config,
        shutdown,
        restart: Restart::Permanent,
        queue,
        hibernate_after: None,
        redact: false,
        terminate_after_crash: false,
        place: Place::Root,
    }
}

impl Child {
    fn behaviour(&self) -> Name {
        name(self.guest.rsplit_once('-').expect("a guest's name has a version").0)
    }

    pub(super) fn spec(&self) -> ChildSpec {
        ChildSpec {
            name: name(self.name),
            under: name(match self.place {
                Place::Root => "root",
                Place::Template => "calls",
                Place::Handler => "events",
            }),
            kind: ChildKind::Worker(self.behaviour()),
            restart: self.restart,
            backoff: Backoff { jitter: 0.0, ..Backoff::default() },
            shutdown: self.shutdown,
            significant: false,
            queue: self.queue,
            hibernate_after: self.hibernate_after,
            config: self.config.as_bytes().into(),
            redact: self.redact,
            terminate_after_crash: self.terminate_after_crash,
        }
    }
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

pub(super) type Answer = oneshot::Receiver<Outcome>;

pub(super) struct World {
    pub(super) sim: Rc<Sim>,
    pub(super) shards: Vec<Shard<SimDriver>>,
    pub(super) control: Control<SimDriver>,
    pub(super) tree: SharedTree,
    pub(super) directory: Arc<Directory>,
    pub(super) prepared: Vec<(u64, bool)>,
    pub(super) committed: usize,
    pub(super) crashes: usize,
    /// What workers logged, each line after its worker's name.
    pub(super) logged: Vec<String>,
    commands: Vec<mpsc::UnboundedReceiver<Command>>,
    pub(super) events: mpsc::UnboundedReceiver<ControlEvent>,
    pub(super) dir: tempfile::TempDir,
    _state: StateDir,
}

impl World {
    /// A node with these workers under one_for_one, booted.
    pub(super) fn new(shards: usize, children: &[Child]) -> World {
        let mut world = World::unbooted(shards, children, &patient());
        world.control.boot();
        world.settle();
        world
    }

    pub(super) fn unbooted(shards: usize, children: &[Child], limits: &GuestLimits) -> World {
        let root = SupervisorSpec {
            strategy: Strategy::OneForOne,
            intensity: Intensity { restarts: 1000, period: Duration::from_secs(5) },
            auto_shutdown: AutoShutdown::Never,
            manager: None,
        };
        let mut specs: Vec<ChildSpec> = children.iter().map(Child::spec).collect();
        let mut supervisors = vec![(name("root"), root.clone())];
        let below = |entry: &'static str| ChildSpec {
            kind: ChildKind::Supervisor(name(entry)),
            ..child(entry, "none-0").spec()
        };
        if children.iter().any(|child| child.place == Place::Template) {
            supervisors.push((name("calls"), SupervisorSpec { strategy: Strategy::SimpleOneForOne, ..root.clone() }));
            specs.push(below("calls"));
        }
        if children.iter().any(|child| child.place == Place::Handler) {
            let queue = QueueSpec { capacity: 8, ..QueueSpec::default() };
            supervisors.push((name("events"), SupervisorSpec { manager: Some(queue), ..root }));
            specs.push(below("events"));
        }
        let tree = Tree::new(TreeSpec { supervisors, children: specs }).expect("a tree");
        let all = tree.workers().map(|id| (tree.name(id).clone(), id));
        let workers: Vec<(Name, ChildId)> = all.filter(|(name, _)| !name.as_str().contains('/')).collect();
        let mut directory = Directory::new(workers.iter().cloned(), shards);
        let managers = directory.deal_managers(ManagerSpec::all(&tree));
        let directory = Arc::new(directory);
        let components: HashMap<_, _> =
            children.iter().map(|child| (child.behaviour(), component(child.guest, limits))).collect();
        let sim = Rc::new(Sim::default());
        sim.lane.set(usize::MAX);
        *sim.mail.borrow_mut() = (0..shards).map(|_| VecDeque::new()).collect();
        let mut dealt: Vec<Vec<WorkerSpec>> = vec![vec![]; shards];
        for (at, (_, id)) in workers.iter().enumerate() {
            dealt[at % shards].push(WorkerSpec::of(&tree, *id).expect("a worker"));
        }
        let tree: SharedTree = Arc::new(Mutex::new(tree));
        let shard = |(at, (workers, managers))| {
            let (tree, directory) = (Arc::clone(&tree), Arc::clone(&directory));
            Shard::new(at, SimDriver(Rc::clone(&sim)), tree, directory, components.clone(), workers).managing(managers)
        };
        let made: Vec<_> = dealt.into_iter().zip(managers).enumerate().map(shard).collect();
        let (senders, commands): (Vec<_>, Vec<_>) = (0..shards).map(|_| mpsc::unbounded_channel()).unzip();
        let (sender, events) = mpsc::unbounded_channel();
        let dir = tempfile::tempdir().expect("a directory");
        let state = StateDir::lock(&dir.path().join("state")).expect("a state directory");
        let releases = Releases::new(setup(&state, dir.path(), children, limits), shards, sender);
        let driver = SimDriver(Rc::clone(&sim));
        let control = Control::new(driver, Arc::clone(&tree), Arc::clone(&directory), senders, releases, DRAIN);
        let (prepared, committed, crashes) = (vec![], 0, 0);
        World {
            sim,
            shards: made,
            control,
            tree,
            directory,
            prepared,
            committed,
            crashes,
            logged: vec![],
            commands,
            events,
            dir,
            _state: state,
        }
    }

    /// One turn of one shard, as its thread makes it.
    pub(super) fn turn(&mut self, at: usize) {
        self.turn_commands(at);
        let shard = &mut self.shards[at];
        let mail = std::mem::take(&mut self.sim.mail.borrow_mut()[at]);
        mail.into_iter().for_each(|mail| shard.mail(mail));
        shard.run();
        shard.end_turn();
    }

    /// The beginning of a turn, up to what control has commanded.
    pub(super) fn turn_commands(&mut self, at: usize) {
        let shard = &mut self.shards[at];
        shard.begin_turn();
        while let Ok(command) = self.commands[at].try_recv() {
            match command {
                Command::Drain => shard.tell(Notice::Drained),
                command => shard.command(command),
            }
        }
    }

    /// Control hears what the shards had to tell.
    pub(super) fn control_turn(&mut self) {
        loop {
            let Some(notice) = self.sim.notices.borrow_mut().pop_front() else { break };
            match &notice {
                Notice::Prepared(id, result) => self.prepared.push((*id, result.is_ok())),
                Notice::Committed(_, done) => self.committed += done.workers,
                Notice::Crashed { .. } => self.crashes += 1,
                Notice::Log { worker, text, .. } => self.logged.push(format!("{worker}: {text}")),
                _ => {}
            }
            self.control.handle(ControlEvent::Notice(notice));
        }
        self.control.tick();
    }

    /// Lets everything happen that can happen now.
    pub(super) fn settle(&mut self) {
        for _ in 0..TURNS_MAX {
            (0..self.shards.len()).for_each(|at| self.turn(at));
            self.control_turn();
            let sim = &self.sim;
            let lanes = sim.mail.borrow().iter().any(|lane| !lane.is_empty()) || !sim.notices.borrow().is_empty();
            let due = |at: Option<Nanos>| at.is_some_and(|at| at <= sim.now.get());
            let busy = self.shards.iter().any(|shard| shard.is_runnable() || due(shard.wake_at()));
            if !busy && !lanes && self.commands.iter().all(mpsc::UnboundedReceiver::is_empty) {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    /// Lets time pass, stopping wherever a loop wants to be woken.
    pub(super) fn pass(&mut self, time: Nanos) {
        let end = self.sim.now.get() + time;
        loop {
            self.settle();
            let wakes = self.shards.iter().filter_map(Shard::wake_at).chain(self.control.wake_at());
            let next = wakes.filter(|at| *at > self.sim.now.get()).min().unwrap_or(u64::MAX);
            self.sim.now.set(next.min(end));
            if next > end {
                return self.settle();
            }
        }
    }

    pub(super) fn call(&mut self, to: &str, body: &str) -> Answer {
        self.call_within(to, body, 5 * SECOND)
    }

    /// A call that stands in its worker's queue at once.
    pub(super) fn call_within(&mut self, to: &str, body: &str, time: Nanos) -> Answer {
        let (port, answer) = oneshot::channel();
        let deadline = self.sim.now.get() + time;
        let shard = self.directory.find(to).map_or_else(|| self.directory.home(to), |place| place.shard);
        let to = Name::of_worker(to).expect("a worker's name");
        let mail = Mail::Call { to, body: body.into(), deadline, origin: Origin::Port(port) };
        self.shards[shard].begin_turn();
        self.shards[shard].mail(mail);
        answer
    }

    /// Declares a worker anew, for its next start.
    pub(super) fn redeclare(&mut self, worker: &str, change: impl FnOnce(&mut ChildSpec)) {
        let mut tree = lock(&self.tree);
        let root = tree.root();
        let flags = tree.supervisor_spec(root).expect("a supervisor").clone();
        let mut children: Vec<ChildSpec> = tree.children(root).map(|child| tree.spec(child).clone()).collect();
        change(children.iter_mut().find(|spec| spec.name.as_str() == worker).expect("a worker"));
        let change = crate::supervisor::Change { supervisor: root, flags, children };
        assert_eq!(tree.change(vec![change]), Ok(vec![]));
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        self.control.handle(ControlEvent::Ask(ask));
    }

    pub(super) fn command(&mut self, worker: &str, command: impl FnOnce(ChildId) -> Command) {
        let place = self.directory.find(worker).expect("a worker");
        self.shards[place.shard].command(command(place.child));
    }

    /// Asks every shard to get ready for this guest.
    pub(super) fn prepare(&mut self, id: u64, guest: &str) {
        let behaviour = name(guest.rsplit_once('-').expect("a version").0);
        for shard in &mut self.shards {
            let (behaviour, component) = (behaviour.clone(), component(guest, &patient()));
            shard.command(Command::Prepare(Swap { id, behaviour, component, back: None }));
        }
    }

    pub(super) fn all(&mut self, command: impl Fn() -> Command) {
        self.shards.iter_mut().for_each(|shard| shard.command(command()));
    }

    /// How many shards have said of this swap that they are ready, and that they are not.
    pub(super) fn ready(&self, id: u64) -> (usize, usize) {
        let of = |yes| self.prepared.iter().filter(|(of, ready)| *of == id && *ready == yes).count();
        (of(true), of(false))
    }

    pub(super) fn inspect(&mut self, worker: &str) -> oneshot::Receiver<Result<Inspection, crate::base::Failure>> {
        let (done, answer) = oneshot::channel();
        self.command(worker, |child| Command::Inspect(child, done));
        answer
    }

    pub(super) fn status(&self, worker: &str) -> Status {
        let tree = lock(&self.tree);
        tree.status(tree.id(worker).expect("a child"))
    }

    /// Stops the node at once and says how it ended.
    pub(super) fn shut_down(&mut self) -> Option<Ended> {
        self.ask(Ask::Shutdown(Haste::Stop));
        self.pass(60 * SECOND);
        self.control.ended().cloned()
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.shards.iter().all(Shard::is_quiet)
    }

    /// Waits for the compiler's thread.
    pub(super) fn compiled(&mut self) {
        loop {
            let event = self.events.blocking_recv().expect("control's lane is open");
            let done = matches!(event, ControlEvent::Compiled(_));
            self.control.handle(event);
            if done {
                return self.settle();
            }
        }
    }
}

fn setup(state: &StateDir, dir: &std::path::Path, children: &[Child], limits: &GuestLimits) -> ReleasesSetup {
    let mut running: Vec<Running> = vec![];
    let components = Components::open(state).expect("components");
    for child in children {
        let behaviour = child.behaviour();
        if let Some(known) = running.iter_mut().find(|known| known.plan.behaviour == behaviour) {
            known.plan.workers.push(name(child.name));
            continue;
        }
        let version = child.guest.rsplit_once('-').expect("a version").1.parse::<Version>().expect("a version");
        let (digest, workers) = (components.put(&bytes(child.guest)).expect("kept"), vec![name(child.name)]);
        let plan = release::Running { behaviour, version, digest, saves_state: true, workers };
        running.push(Running { plan, memory_limit: limits.memory });
    }
    ReleasesSetup {
        engine: engine(),
        allowances: running.iter().map(|running| (running.plan.behaviour.clone(), limits.into())).collect(),
        running,
        history: History::open(state).expect("a history").0,
        components,
        swaps: Swaps::open(state).expect("swaps"),
        folder: Folder::new(dir.join("releases"), Duration::from_millis(300), Duration::from_secs(30)),
        rescan: Duration::from_secs(5),
    }
}

/// The text of an answer: its body, or its kind.
pub(super) fn told(answer: &mut Answer) -> String {
    match answer.try_recv() {
        Ok(Ok(body)) => String::from_utf8(body).expect("text"),
        Ok(Err(failure)) => failure.kind.word().to_owned(),
        Err(oneshot::error::TryRecvError::Empty) => "nothing yet".to_owned(),
        Err(oneshot::error::TryRecvError::Closed) => "lost".to_owned(),
    }
}
