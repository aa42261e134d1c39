//! Random trees, random ends, random answers, random orders: whatever happens, no worker has two
//! instances, none is left behind, nothing hangs, and the end is the end.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::words::{self, name};
use super::world::{Life, World, crash};
use crate::base::{
    AutoShutdown, ChildKind, ChildSpec, ExitReason, Intensity, Nanos, Restart, Strategy as Group, SupervisorSpec,
    TreeSpec,
};
use crate::supervisor::{Action, ChildId, Event, StartChild, StartOutcome, Status, Tree};

/// What befalls the tree; the number picks whom.
#[derive(Clone, Copy, Debug)]
enum Throw {
    Up,
    StartFails,
    Ignored,
    Stopped,
    Crash,
    Exit,
    Due,
    Terminate,
    Restart,
    Child,
    Pass,
    Shutdown,
}

struct Table {
    tree: Tree,
    world: World,
    now: Nanos,
    starts: Vec<ChildId>,
    stops: Vec<ChildId>,
    /// Dynamic children that were asked for, by the number of the question.
    asked: BTreeSet<u64>,
    questions: u64,
}

impl Table {
    fn new(spec: TreeSpec) -> Table {
        let tree = Tree::new(spec).expect("a tree");
        Table {
            tree,
            world: World::default(),
            now: 1,
            starts: vec![],
            stops: vec![],
            asked: BTreeSet::new(),
            questions: 0,
        }
    }

    fn tell(&mut self, event: Event) {
        for action in self.tree.handle(event, self.now, &mut || 3) {
            self.world.obey(&action);
            match action {
                Action::Start { child } => self.starts.push(child),
                Action::Stop { child, .. } => self.stops.push(child),
                Action::ChildStarted { asked, .. } => assert!(self.asked.remove(&asked), "{asked} answered twice"),
                _ => {}
            }
        }
        self.world.agrees(&self.tree);
    }

    fn pick(&self, lives: &[Life], number: usize) -> Option<ChildId> {
        let all = self.world.lives.iter().filter(|(_, life)| lives.contains(life));
        let all: Vec<ChildId> = all.map(|(child, _)| *child).collect();
        all.get(number.checked_rem(all.len())?).copied()
    }

    fn throw(&mut self, throw: Throw, number: usize) -> Option<()> {
        let index = number % self.tree.children.len();
        let anyone = self.tree.children[index].id(index);
        let event = match throw {
            Throw::Up => self.begun(number, StartOutcome::Up)?,
            Throw::StartFails => self.begun(number, StartOutcome::Failed(crash()))?,
            Throw::Ignored => self.begun(number, StartOutcome::Ignored)?,
            Throw::Stopped => self.world.stop(self.pick(&[Life::Stopping], number)?),
            Throw::Crash => self.ended(number, crash())?,
            Throw::Exit => self.ended(number, ExitReason::Normal)?,
            Throw::Due => {
                let waits: Vec<_> = self.world.waits.iter().map(|(&c, &t)| (c, t)).collect();
                let (child, token) = waits.get(number.checked_rem(waits.len())?).copied()?;
                Event::Due { child, token }
            }
            Throw::Terminate => Event::Terminate { child: anyone },
            Throw::Restart => Event::Restart { child: anyone },
            Throw::Child => {
                self.questions += 1;
                self.asked.insert(self.questions);
                let key = name(&format!("k{}", number % 7));
                let start = StartChild { supervisor: self.group(number), key, config: None, asked: self.questions };
                Event::StartChild(start)
            }
            Throw::Pass => {
                self.now += number as Nanos * 1_000_000;
                return Some(());
            }
            Throw::Shutdown => Event::Shutdown,
        };
        self.tell(event);
        Some(())
    }

    /// A supervisor, one with a template if there is one.
    fn group(&self, number: usize) -> ChildId {
        let all = self.tree.children.iter().enumerate().map(|(at, child)| child.id(at));
        let groups: Vec<ChildId> = all.filter(|&id| self.tree.strategy(id) == Some(Group::SimpleOneForOne)).collect();
        number.checked_rem(groups.len()).map_or(self.tree.root(), |at| groups[at])
    }

    fn begun(&mut self, number: usize, outcome: StartOutcome) -> Option<Event> {
        let child = self.pick(&[Life::Starting], number)?;
        Some(self.world.start(child, outcome))
    }

    fn ended(&mut self, number: usize, reason: ExitReason) -> Option<Event> {
        let child = self.pick(&[Life::Up, Life::Stopping], number)?;
        Some(self.world.exit(child, reason))
    }

    /// Answers well until nothing is left to answer.
    fn calm(&mut self) {
        for _ in 0..10_000 {
            let up = self.throw(Throw::Up, 0);
            if up.is_none() && self.throw(Throw::Stopped, 0).is_none() {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// What must hold whenever nothing is under way.
    fn at_rest(&self, orders: bool) {
        let under_way = [Status::Starting, Status::Stopping];
        for id in self.tree.children.iter().enumerate().map(|(at, child)| child.id(at)) {
            let (status, parent) = (self.tree.status(id), self.tree.parent(id));
            assert!(!under_way.contains(&status), "{} hangs, {status:?}", self.tree.name(id));
            if let Some(parent) = parent.filter(|_| status != Status::Stopped) {
                let above = self.tree.status(parent);
                let both = above == Status::Running || status == Status::Ignored;
                assert!(both, "{} is an orphan under {above:?}", self.tree.name(id));
            }
            if status == Status::Running && !orders {
                self.all_back(id);
            }
        }
    }

    /// Without orders, a supervisor that waits for nobody has all its permanent children up.
    fn all_back(&self, supervisor: ChildId) {
        let children: Vec<ChildId> = self.tree.children(supervisor).collect();
        if children.iter().any(|&child| self.tree.status(child) == Status::Waiting) {
            return;
        }
        for &child in &children {
            let permanent = self.tree.spec(child).restart == Restart::Permanent;
            let status = self.tree.status(child);
            let back = [Status::Running, Status::Ignored].contains(&status);
            assert!(back || !permanent, "{} is forgotten", self.tree.name(child));
        }
    }

    fn workers_in_order(&self, supervisor: ChildId, out: &mut Vec<ChildId>) {
        let mut children: Vec<ChildId> = self.tree.children(supervisor).collect();
        // These are stopped all at once, and told in the order of the list.
        if self.tree.strategy(supervisor) == Some(Group::SimpleOneForOne) {
            children.reverse();
        }
        for child in children {
            if self.tree.is_supervisor(child) {
                self.workers_in_order(child, out);
            } else {
                out.push(child);
            }
        }
    }
}

fn forest() -> impl Strategy<Value = TreeSpec> {
    let supervisor = (0..4u8, 0..5u32, 0..3u8);
    let child = (any::<prop::sample::Index>(), 0..3u8, any::<bool>());
    (prop::collection::vec(supervisor, 1..6), prop::collection::vec(child, 5..14), any::<bool>()).prop_map(
        |(supervisors, children, supervisors_first)| {
            let mut spec = TreeSpec { supervisors: vec![], children: vec![] };
            for (at, &flags) in supervisors.iter().enumerate() {
                let text = if at == 0 { "root".to_owned() } else { format!("s{at}") };
                spec.supervisors.push((name(&text), supervisor_of(flags)));
            }
            for (at, (under, restart, significant)) in children.into_iter().enumerate() {
                let place = (at + 1).min(supervisors.len());
                let is_supervisor = at + 1 < supervisors.len();
                let (above, flags) = spec.supervisors[under.index(place)].clone();
                let mut child = words::tree("root one_for_one 1/5s: w").children.remove(0);
                child.name = name(&format!("{}{}", if is_supervisor { "s" } else { "w" }, at + 1));
                if is_supervisor {
                    child.kind = ChildKind::Supervisor(child.name.clone());
                }
                child.under = above;
                child.restart = [Restart::Permanent, Restart::Transient, Restart::Temporary][restart as usize];
                child.significant = significant && restart > 0 && flags.auto_shutdown != AutoShutdown::Never;
                spec.children.push(child);
            }
            templates(&mut spec);
            if !supervisors_first {
                spec.children.reverse();
            }
            spec
        },
    )
}

/// Leaves each simple_one_for_one its first worker, or makes it another strategy.
fn templates(spec: &mut TreeSpec) {
    for (at, (own, flags)) in spec.supervisors.iter_mut().enumerate() {
        if flags.strategy != Group::SimpleOneForOne {
            continue;
        }
        let below = |child: &&ChildSpec| child.under == *own;
        let workers = spec.children.iter().filter(below).all(|child| matches!(child.kind, ChildKind::Worker(_)));
        let first = spec.children.iter().find(below).map(|child| child.name.clone());
        match first.filter(|_| workers && at > 0) {
            Some(first) => spec.children.retain(|child| child.under != *own || child.name == first),
            None => flags.strategy = Group::OneForOne,
        }
    }
}

fn supervisor_of((strategy, restarts, auto): (u8, u32, u8)) -> SupervisorSpec {
    let strategies = [Group::OneForOne, Group::OneForAll, Group::RestForOne, Group::SimpleOneForOne];
    let autos = [AutoShutdown::Never, AutoShutdown::AnySignificant, AutoShutdown::AllSignificant];
    SupervisorSpec {
        strategy: strategies[strategy as usize],
        intensity: Intensity { restarts, ..Intensity::default() },
        auto_shutdown: autos[auto as usize],
    }
}

fn throws() -> impl Strategy<Value = Vec<(Throw, usize)>> {
    let throw = prop_oneof![
        30 => Just(Throw::Up),
        2 => Just(Throw::StartFails),
        1 => Just(Throw::Ignored),
        20 => Just(Throw::Stopped),
        8 => Just(Throw::Crash),
        2 => Just(Throw::Exit),
        8 => Just(Throw::Due),
        3 => Just(Throw::Terminate),
        4 => Just(Throw::Restart),
        10 => Just(Throw::Child),
        8 => Just(Throw::Pass),
        1 => Just(Throw::Shutdown),
    ];
    prop::collection::vec((throw, 0..5000usize), 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_calm_boot_starts_every_worker_in_order_and_shutdown_stops_them_in_reverse(spec in forest()) {
        let mut table = Table::new(spec);
        let mut order = vec![];
        table.workers_in_order(table.tree.root(), &mut order);
        table.tell(Event::Boot);
        table.calm();
        prop_assert_eq!(&table.starts, &order);
        table.tell(Event::Shutdown);
        table.calm();
        order.reverse();
        prop_assert_eq!(&table.stops, &order);
        prop_assert_eq!(table.world.finished.as_deref(), Some("ordered to shut down"));
    }

    #[test]
    fn whatever_happens_nothing_hangs_and_nothing_is_orphaned(
        spec in forest(), calm_boot: bool, orders: bool, throws in throws(),
    ) {
        let mut table = Table::new(spec);
        table.tell(Event::Boot);
        if calm_boot {
            table.calm();
        }
        for (throw, number) in throws {
            if orders || !matches!(throw, Throw::Terminate | Throw::Restart | Throw::Shutdown) {
                table.throw(throw, number);
            }
        }
        table.calm();
        if table.world.finished.is_none() {
            table.at_rest(orders);
            let mut order = vec![];
            table.workers_in_order(table.tree.root(), &mut order);
            order.retain(|&worker| table.tree.status(worker) == Status::Running);
            order.reverse();
            table.stops.clear();
            table.tell(Event::Shutdown);
            table.calm();
            prop_assert_eq!(&table.stops, &order);
        }
        prop_assert!(table.world.finished.is_some());
        let waits: Vec<_> = table.world.waits.iter().map(|(&c, &t)| (c, t)).collect();
        for (child, token) in waits {
            table.tell(Event::Due { child, token });
        }
        prop_assert!(table.world.lives.is_empty() && table.asked.is_empty());
    }
}
