//! A whole node in one thread: shards, control and lanes, moved by hand. No time passes by itself.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub(super) use super::child::{Child, Place, child, handler, name, template};
use super::driver::{Sim, SimDriver};
use super::guests::{bytes, component, engine, patient};
use super::swapping::Swapping;
pub(super) use super::told::told;
use crate::base::{
    AutoShutdown, Budget, ChildKind, ChildSpec, GuestLimits, Intensity, Name, Nanos, Outcome, QueueSpec, RequestId,
    Share, Strategy, SupervisorSpec, TreeSpec, Version,
};
use crate::control::{Ask, Control, ControlEvent, Ended, Haste, ReleasesSetup, Running};
use crate::journal::Tail;
use crate::net::{Request, Ticket, Told, What};
use crate::protocol::{
    Command, Dealt, Depth, Directory, Inspection, Look, Mail, Notice, Origin, Supervision, WorkerAction, WorkerSpec,
    deal,
};
use crate::release::{self, Folder, Records, StateDir};
use crate::shard::{Arrived, Shard};
use crate::supervisor::{ChildId, Status, Tree};
use crate::wasm::Component;

pub(super) const MS: Nanos = 1_000_000;
pub(super) const SECOND: Nanos = 1000 * MS;
/// The drain time of every simulated node.
pub(super) const DRAIN: Duration = Duration::from_secs(30);
/// The bytes that may wait on every simulated node.
pub(super) const QUEUED: usize = 80 << 20;
/// More turns than anything here may take.
const TURNS_MAX: usize = 100_000;

pub(super) type Answer = oneshot::Receiver<Outcome>;

pub(super) struct World {
    pub(super) sim: Rc<Sim>,
    pub(super) shards: Vec<Shard<SimDriver>>,
    pub(super) control: Control<SimDriver>,
    pub(super) supervision: Supervision,
    pub(super) directory: Arc<Directory>,
    pub(super) swapping: Option<Swapping>,
    pub(super) prepared: Vec<(u64, bool)>,
    pub(super) committed: usize,
    pub(super) crashes: usize,
    /// What workers logged, each line after its worker's name.
    pub(super) logged: Vec<String>,
    commands: Vec<mpsc::UnboundedReceiver<Command>>,
    pub(super) dir: tempfile::TempDir,
    records: Records,
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
        World::after(shards, children, limits, HashMap::new(), vec![])
    }

    /// A node that has found this of its durable workers.
    pub(super) fn after(
        shards: usize,
        children: &[Child],
        limits: &GuestLimits,
        found: HashMap<String, Tail>,
        recorded: Vec<Component>,
    ) -> World {
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
        let (supervision, dealt) = deal(tree, shards, found);
        let directory = Arc::clone(supervision.directory());
        let components: HashMap<_, _> =
            children.iter().map(|child| (child.behaviour(), component(child.guest, limits))).collect();
        let sim = Rc::new(Sim::default());
        sim.lane.set(usize::MAX);
        *sim.mail.borrow_mut() = (0..shards).map(|_| VecDeque::new()).collect();
        let budget = Budget::new(QUEUED, shards);
        let shard = |(at, dealt)| {
            let driver = SimDriver(Rc::clone(&sim), at);
            sim.journal.borrow_mut().deal(at, &dealt);
            let dealt = Dealt { recorded: recorded.clone(), ..dealt };
            Shard::new(at, driver, supervision.clone(), components.clone(), dealt, Share::of(&budget))
        };
        let made: Vec<_> = dealt.into_iter().enumerate().map(shard).collect();
        let (senders, commands): (Vec<_>, Vec<_>) = (0..shards).map(|_| mpsc::unbounded_channel()).unzip();
        let dir = tempfile::tempdir().expect("a directory");
        let state = StateDir::lock(&dir.path().join("state")).expect("a state directory");
        let records = Records::open(&state).expect("records").0;
        let releases = setup(&records, dir.path(), children, limits);
        let driver = SimDriver(Rc::clone(&sim), usize::MAX);
        let control = Control::new(driver, supervision.clone(), senders, releases, DRAIN);
        let (prepared, committed, crashes) = (vec![], 0, 0);
        World {
            sim,
            shards: made,
            control,
            supervision,
            directory,
            swapping: None,
            prepared,
            committed,
            crashes,
            logged: vec![],
            commands,
            dir,
            records,
            _state: state,
        }
    }

    /// One turn of one shard, as its thread makes it.
    pub(super) fn turn(&mut self, at: usize) {
        let mut arrived = self.arrived(at);
        arrived.mail.extend(self.sim.mail.borrow_mut()[at].drain(..));
        let orders = self.shards[at].turn(&mut arrived, || ());
        if orders.drain {
            self.sim.notices.borrow_mut().push_back(Notice::Drained);
        }
    }

    /// The beginning of a turn, up to what control has commanded.
    pub(super) fn turn_commands(&mut self, at: usize) {
        let mut arrived = self.arrived(at);
        self.shards[at].take_in(&mut arrived);
    }

    fn arrived(&mut self, at: usize) -> Arrived {
        let lane = &mut self.commands[at];
        let commands = std::iter::from_fn(|| lane.try_recv().ok()).collect();
        let journal = self.sim.journal.borrow();
        let on_disk = Some(journal.on_disk_of(at)).filter(|_| !journal.records.is_empty());
        Arrived { commands, on_disk, ..Arrived::default() }
    }

    /// Control hears what the shards had to tell. Whether there was something.
    pub(super) fn control_turn(&mut self) -> bool {
        let mut heard = false;
        loop {
            let Some(notice) = self.sim.notices.borrow_mut().pop_front() else { break };
            heard = true;
            match &notice {
                Notice::SwapStepped(id, result) => self.stepped(*id, result.as_ref().ok()),
                Notice::Crashed { .. } => self.crashes += 1,
                Notice::Log { worker, text, .. } => self.logged.push(format!("{worker}: {text}")),
                _ => {}
            }
            self.control.handle(ControlEvent::Notice(notice));
        }
        self.control.tick();
        self.write() || heard
    }

    /// Does what the thread of the disk has to do. Whether there was something.
    fn write(&mut self) -> bool {
        let jobs: Vec<_> = self.sim.disk.borrow_mut().drain(..).collect();
        let any = !jobs.is_empty();
        for job in jobs {
            let done = job.run(&mut self.records);
            self.control.handle(ControlEvent::Disk(Box::new(done)));
        }
        any
    }

    /// What was handed in is on disk. Whether that is news.
    fn sync_if_fast(&mut self) -> bool {
        let journal = &mut *self.sim.journal.borrow_mut();
        let news = !journal.is_slow && journal.synced < journal.records.len();
        if news {
            journal.synced = journal.records.len();
        }
        news
    }

    /// Lets everything happen that can happen now.
    pub(super) fn settle(&mut self) {
        for _ in 0..TURNS_MAX {
            (0..self.shards.len()).for_each(|at| self.turn(at));
            let heard = self.control_turn() | self.sync_if_fast();
            let sim = &self.sim;
            let lanes = heard || sim.mail.borrow().iter().any(|lane| !lane.is_empty());
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
        self.call_once(to, body, time, None)
    }

    /// The same with the id of a request, if it has one.
    pub(super) fn call_once(&mut self, to: &str, body: &str, time: Nanos, id: Option<u64>) -> Answer {
        let asked = crate::journal::digest_of(&[body.as_bytes()]);
        let id = id.map(|id| Box::new(RequestId { id: u128::from(id).to_le_bytes(), asked, forwarded: false }));
        let (port, answer) = oneshot::channel();
        let deadline = self.sim.now.get() + time;
        let shard = self.directory.find(to).map_or_else(|| self.directory.home(to), |place| place.shard);
        let to = Name::of_worker(to).expect("a worker's name");
        let mail = Mail::Call { to, body: body.into(), deadline, origin: Origin::Port(port), id };
        self.mail_to(shard, mail);
        answer
    }

    /// A call of a peer on a connection of this worker's shard.
    pub(super) fn request(&mut self, to: &str, body: &str, timeout: Option<Duration>) -> oneshot::Receiver<Told> {
        let (ticket, answer) = Ticket::channel();
        let (to, body) = (Some(to.to_owned()), body.into());
        let request = Request { what: What::Call, to, body, http: None, timeout, request_id: None, feed: None, ticket };
        let at = self.directory.find(request.to.as_deref().unwrap_or_default()).expect("a worker").shard;
        let target = self.shards[at].target(None);
        self.shards[at].take_in(&mut Arrived { requests: vec![(target, request)], ..Arrived::default() });
        answer
    }

    /// Declares a worker anew, for its next start.
    pub(super) fn redeclare(&mut self, worker: &str, change: impl FnOnce(&mut ChildSpec)) {
        let mut tree = self.supervision.tree();
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
        self.command_to(place.shard, command(place.child));
    }

    /// A command that a shard hears at once.
    pub(super) fn command_to(&mut self, shard: usize, command: Command) {
        self.shards[shard].take_in(&mut Arrived { commands: vec![command], ..Arrived::default() });
    }

    /// Mail that a shard hears at once.
    pub(super) fn mail_to(&mut self, shard: usize, mail: Mail) {
        self.shards[shard].take_in(&mut Arrived { mail: vec![mail], ..Arrived::default() });
    }

    /// Starts a worker as its supervisor would.
    pub(super) fn start(&mut self, worker: &str) {
        let place = self.directory.find(worker).expect("a worker");
        let spec = WorkerSpec::of(&self.supervision.tree(), place.child).expect("a worker");
        self.command_to(place.shard, Command::Act(WorkerAction::Start(Box::new(spec))));
    }

    pub(super) fn all(&mut self, command: impl Fn() -> Command) {
        (0..self.shards.len()).for_each(|shard| self.command_to(shard, command()));
    }

    /// How many shards have said of this swap that they are ready, and that they are not.
    pub(super) fn ready(&self, id: u64) -> (usize, usize) {
        let of = |yes| self.prepared.iter().filter(|(of, ready)| *of == id && *ready == yes).count();
        (of(true), of(false))
    }

    pub(super) fn inspect(&mut self, worker: &str) -> oneshot::Receiver<Result<Inspection, crate::base::Failure>> {
        let (done, answer) = oneshot::channel();
        self.command(worker, |child| Command::Inspect(child, Look { depth: Depth::State, done }));
        answer
    }

    pub(super) fn status(&self, worker: &str) -> Status {
        let tree = self.supervision.tree();
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

    /// Does what the compiler's thread would do next.
    pub(super) fn compile(&mut self) {
        let job = self.sim.jobs.borrow_mut().pop_front().expect("something to compile");
        self.control.handle(ControlEvent::Compiled(Box::new(job.run())));
    }

    /// The same, and everything that follows.
    pub(super) fn compiled(&mut self) {
        self.compile();
        self.settle();
    }
}

fn setup(records: &Records, dir: &std::path::Path, children: &[Child], limits: &GuestLimits) -> ReleasesSetup {
    let mut running: Vec<Running> = vec![];
    for child in children {
        let behaviour = child.behaviour();
        if let Some(known) = running.iter_mut().find(|known| known.plan.behaviour == behaviour) {
            known.plan.workers.push(name(child.name));
            continue;
        }
        let version = child.guest.rsplit_once('-').expect("a version").1.parse::<Version>().expect("a version");
        let (digest, workers) = (records.components().put(&bytes(child.guest)).expect("kept"), vec![name(child.name)]);
        let plan = release::Running { behaviour, version, digest, saves_state: true, workers, templates: vec![] };
        running.push(Running { plan, memory_limit: limits.memory });
    }
    ReleasesSetup {
        engine: engine(),
        starts: Default::default(),
        allowances: running.iter().map(|running| (running.plan.behaviour.clone(), limits.into())).collect(),
        running,
        ledger: records.history().clone(),
        folder: Folder::new(dir.join("releases"), Duration::from_millis(300), Duration::from_secs(30)),
        rescan: Duration::from_secs(5),
    }
}

/// What a worker answers once everything has come to rest.
pub(super) fn ask(world: &mut World, to: &str, body: &str) -> String {
    let mut answer = world.call(to, body);
    world.settle();
    told(&mut answer)
}
