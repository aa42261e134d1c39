//! A shard on the calling thread: the whole host but for sockets and hand-overs between threads.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::sync::oneshot;
use tomte::base::{
    AutoShutdown, Backoff, Budget, Chance, ChildKind, ChildSpec, GuestLimits, Intensity, Millis, Name, Nanos, Outcome,
    Pulse, QueueSpec, Restart, Share, Shutdown, Strategy, SupervisorSpec, TreeSpec, limits,
};
use tomte::net::{Request, Ticket, Told, What};
use tomte::protocol::{Assigned, Command, Driver, HandedIn, Mail, Notice, Supervision, deal};
use tomte::runtime::Clock;
use tomte::shard::{Arrived, Shard, Target};
use tomte::supervisor::{ChildId, Event, Status, Tree};
use tomte::wasm::{Component, Engine};

/// The shard's surroundings: the real clocks, nobody else.
struct Alone {
    clock: Clock,
    pulse: Pulse,
    chance: Chance,
    notices: Rc<RefCell<Vec<Notice>>>,
}

impl Driver for Alone {
    fn beats(&self) -> u64 {
        self.pulse.beats()
    }

    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn wall_ms(&self) -> Millis {
        Clock::wall_ms()
    }

    fn random(&mut self) -> u64 {
        self.chance.next()
    }

    fn post(&mut self, _: usize, _: Mail) -> Result<(), Mail> {
        Ok(())
    }

    fn hand_in(&mut self, _: HandedIn) {
        // Nothing here is durable.
    }

    fn notify(&mut self, notice: Notice) {
        self.notices.borrow_mut().push(notice);
    }
}

/// One shard with workers of one behaviour, all under a root that never gives up.
pub(crate) struct OneShard {
    shard: Shard<Alone>,
    supervision: Supervision,
    arrived: Arrived,
    clock: Clock,
    chance: Chance,
    notices: Rc<RefCell<Vec<Notice>>>,
    first: Target,
    /// Its workers.
    pub(crate) workers: Vec<ChildId>,
    /// The name of the behaviour.
    pub(crate) behaviour: Name,
}

/// Compiles a guest with the limits that a manifest gives it which names none.
///
/// # Errors
/// The file is missing or is no component that fits.
pub(crate) fn compile(engine: &Engine, guest: &Path) -> Result<Component> {
    let bytes = std::fs::read(guest).with_context(|| format!("no {}", guest.display()))?;
    let compiled = engine.compile(&bytes, &GuestLimits::default());
    compiled.map_err(|error| anyhow!("{}: {error}", guest.display()))
}

impl OneShard {
    /// Starts this many workers.
    ///
    /// # Errors
    /// They do not start.
    pub(crate) fn start(component: Component, count: usize) -> Result<OneShard> {
        let behaviour = Name::new("guest")?;
        let tree = Tree::new(tree(&behaviour, count)?)?;
        let named: Vec<_> = tree.workers().map(|child| (tree.name(child).clone(), child)).collect();
        let workers = named.iter().map(|(_, child)| *child).collect();
        let (first, _) = named.first().cloned().context("a shard needs a worker")?;
        let (supervision, mut dealt) = deal(tree, 1, HashMap::new());
        let dealt = dealt.pop().context("one shard")?;
        let (clock, notices) = (Clock::start(), Rc::<RefCell<Vec<Notice>>>::default());
        let driver =
            Alone { clock, pulse: component.engine().pulse(), chance: Chance::default(), notices: Rc::clone(&notices) };
        let components = HashMap::from([(behaviour.clone(), component)]);
        let share = Share::of(&Budget::new(limits::QUEUED_BYTES, 1));
        let shard = Shard::new(0, driver, supervision.clone(), components, dealt, share);
        let first = shard.target(Some(&first));
        let chance = Chance::default();
        let arrived = Arrived::default();
        let mut this = OneShard { shard, supervision, arrived, clock, chance, notices, first, workers, behaviour };
        this.order(Event::Boot);
        this.settle();
        let status = {
            let tree = this.supervision.tree();
            tree.status(tree.root())
        };
        ensure!(status == Status::Running, "the workers did not start: {status:?}");
        Ok(this)
    }

    /// Puts one request of a listener before the first worker.
    fn request(&mut self, body: &[u8]) -> oneshot::Receiver<Told> {
        let (ticket, answer) = Ticket::channel();
        let body = body.to_vec();
        let request = Request {
            what: What::Call,
            to: None,
            body,
            http: None,
            timeout: None,
            request_id: None,
            feed: None,
            ticket,
        };
        self.arrived.requests.push((self.first, request));
        answer
    }

    /// One turn with what has arrived.
    fn turn(&mut self) {
        self.shard.turn(&mut self.arrived, || ());
    }

    /// One call in a turn of its own.
    ///
    /// # Errors
    /// It was not answered.
    pub(crate) fn call(&mut self, body: &[u8]) -> Result<Outcome> {
        let mut answer = self.request(body);
        self.turn();
        // A second one if the machine took the time of the first away.
        self.settle();
        answer.try_recv().map(Told::into_outcome).context("a call was not answered")
    }

    /// Several calls in one turn, as when many connections were ready at once.
    ///
    /// # Errors
    /// One was not answered `ok`.
    pub(crate) fn calls(
        &mut self,
        body: &[u8],
        count: usize,
        answers: &mut Vec<oneshot::Receiver<Told>>,
    ) -> Result<()> {
        for _ in 0..count {
            let answer = self.request(body);
            answers.push(answer);
        }
        self.turn();
        self.settle();
        for mut answer in answers.drain(..) {
            let outcome = answer.try_recv().context("a call was not answered")?.into_outcome();
            outcome.map_err(|failure| anyhow!("{}", failure.text))?;
        }
        Ok(())
    }

    /// Has every worker hear a topic: an echo that is cast a topic's name subscribes to it.
    pub(crate) fn subscribe_all(&mut self, topic: &str) {
        let names: Vec<Name> = {
            let tree = self.supervision.tree();
            tree.workers().map(|child| tree.name(child).clone()).collect()
        };
        let cast = |to| Mail::Cast { to, body: topic.into(), origin: None };
        self.arrived.mail.extend(names.into_iter().map(cast));
        self.turn();
        self.settle();
    }

    /// One publication, and turns until every subscriber has heard it.
    pub(crate) fn publish(&mut self, topic: &str, body: &[u8]) {
        self.arrived.mail.push(Mail::Published { topic: topic.into(), body: body.into() });
        self.turn();
        self.settle();
    }

    /// Inputs stepped by all workers so far.
    pub(crate) fn steps(&mut self) -> u64 {
        self.shard.steps()
    }

    /// One event for the tree, and what it makes control do.
    pub(crate) fn order(&mut self, event: Event) {
        let chance = &mut self.chance;
        let assigned = self.supervision.decide(event, self.clock.now(), &mut || chance.next());
        for one in assigned {
            if let Assigned::Shard(_, action) = one {
                self.arrived.commands.push(Command::Act(action));
            }
        }
        self.turn();
    }

    /// One command of control, and turns until nothing is left to do.
    pub(crate) fn command(&mut self, command: Command) {
        self.arrived.commands.push(command);
        self.turn();
        self.settle();
    }

    /// Turns until nothing is left to do.
    pub(crate) fn settle(&mut self) {
        while self.shard.is_runnable() {
            self.turn();
        }
    }

    /// What it told control since the last time.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        self.notices.take()
    }
}

fn tree(behaviour: &Name, count: usize) -> Result<TreeSpec> {
    let root = Name::new("root")?;
    let supervisor = SupervisorSpec {
        strategy: Strategy::OneForOne,
        intensity: Intensity { restarts: 100_000, period: Duration::from_millis(1) },
        auto_shutdown: AutoShutdown::default(),
        manager: None,
    };
    let child = |number: usize| {
        Ok(ChildSpec {
            name: Name::new(&format!("worker-{number}"))?,
            under: root.clone(),
            kind: ChildKind::Worker(behaviour.clone()),
            restart: Restart::Permanent,
            backoff: Backoff { reset_after: Duration::ZERO, ..Backoff::default() },
            shutdown: Shutdown::default(),
            significant: false,
            queue: QueueSpec::default(),
            hibernate_after: None,
            durable: false,
            redact: false,
            terminate_after_crash: false,
            config: b"{}".as_slice().into(),
        })
    };
    let children = (0..count).map(child).collect::<Result<_>>()?;
    Ok(TreeSpec { supervisors: vec![(root.clone(), supervisor)], children })
}
