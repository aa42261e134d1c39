//! Random trees, random ends, random answers, random orders: whatever happens, no worker has two
//! instances, none is left behind, nothing hangs, nobody waits in vain, and the end is the end.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::forest::{self, Throw, Wish, forest, is_simple, throws};
use super::model::{Model, settled};
use super::words::name;
use super::world::{Life, World, crash};
use crate::base::{ChildSpec, ExitReason, Nanos, Restart, TreeSpec};
use crate::supervisor::child::Origin;
use crate::supervisor::{
    Action, Change, ChildError, ChildId, Event, NewChild, Order, StartChild, StartOutcome, Status, Tree,
};

struct Table {
    tree: Tree,
    world: World,
    model: Model,
    now: Nanos,
    starts: Vec<String>,
    stops: Vec<String>,
    /// How many have asked for something.
    asked: u64,
    /// Supervisor and name of every new child.
    new: BTreeMap<u64, (String, String)>,
}

impl Table {
    fn new(spec: TreeSpec) -> Table {
        let model = Model::new(&spec);
        let tree = Tree::new(spec).expect("a tree");
        let (starts, stops, new) = (vec![], vec![], BTreeMap::new());
        Table { tree, world: World::default(), model, now: 1, starts, stops, asked: 0, new }
    }

    fn tell(&mut self, event: Event) {
        let actions = self.tree.handle(event, self.now, &mut || 3);
        self.obey(actions);
    }

    fn obey(&mut self, actions: Vec<Action>) {
        for action in actions {
            self.world.obey(&action);
            match action {
                Action::Start { child } => self.starts.push(self.tree.name(child).to_string()),
                Action::Stop { child, .. } => self.stops.push(self.tree.name(child).to_string()),
                Action::Report(report) => self.model.reported(&report, self.now),
                Action::Answer { asked, outcome: Err(ChildError::Failed(_)) } => {
                    if let Some((supervisor, name)) = self.new.get(&asked) {
                        self.model.removed(supervisor, name);
                    }
                }
                _ => {}
            }
        }
        self.world.agrees(&self.tree);
        let dynamic = self.tree.children.iter().filter(|(_, child)| child.origin == Origin::Dynamic);
        assert_eq!(dynamic.count(), self.tree.dynamic, "they are counted");
        self.model.look(&self.tree);
    }

    fn pick(&self, lives: &[Life], number: usize) -> Option<ChildId> {
        let all = self.world.lives.iter().filter(|(_, life)| lives.contains(life));
        let all: Vec<ChildId> = all.map(|(child, _)| *child).collect();
        all.get(number.checked_rem(all.len())?).copied()
    }

    fn throw(&mut self, throw: Throw, number: usize) -> Option<()> {
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
            Throw::Pass => {
                self.now += number as Nanos * 1_000_000;
                return Some(());
            }
            Throw::Wish(wish) => return self.wish(wish, number),
        };
        self.tell(event);
        Some(())
    }

    fn wish(&mut self, wish: Wish, number: usize) -> Option<()> {
        let all = self.everyone();
        let child = all[number % all.len()];
        match wish {
            Wish::StartKeyed => return self.start_keyed(number),
            Wish::StartSpec => return self.start_spec(number),
            Wish::Change => return self.change(number),
            Wish::Shutdown => self.tell(Event::Shutdown),
            Wish::Order(order) => {
                self.asked += 1;
                self.tell(Event::Order { child, order, asked: self.asked });
            }
        }
        Some(())
    }

    fn supervisor(&self, simple: bool, number: usize) -> Option<String> {
        let all = self.model.groups.iter().filter(|(_, group)| is_simple(&group.flags) == simple);
        let all: Vec<&String> = all.map(|(name, _)| name).collect();
        all.get(number.checked_rem(all.len())?).map(|name| (*name).clone())
    }

    fn start_keyed(&mut self, number: usize) -> Option<()> {
        let supervisor = self.supervisor(true, number)?;
        let key = format!("k{}", number % 7);
        let before = self.tree.id(&format!("{supervisor}/{key}"));
        let new = NewChild::Keyed { key: name(&key), config: None };
        let result = self.start_child(&supervisor, new, &key);
        match (result, before) {
            (Ok(()), None) | (Err(ChildError::SupervisorDown(_) | ChildError::ApplicationDown(_)), _) => {}
            (Err(ChildError::AlreadyStarted), Some(before)) => assert!(self.world.lives.contains_key(&before)),
            (Err(ChildError::AlreadyPresent), Some(before)) => assert!(!self.world.lives.contains_key(&before)),
            (result, before) => panic!("{supervisor}/{key}: {result:?} with {before:?}"),
        }
        Some(())
    }

    fn start_spec(&mut self, number: usize) -> Option<()> {
        let supervisor = self.supervisor(false, number)?;
        // Every name there is may be tried, and some that are new.
        let names = ["n1", "n2", "n3", "w5", "w6", "w7", "t1", "s1"];
        let is_handler = self.model.group(&supervisor).flags.manager.is_some();
        let restart = if is_handler { 2 } else { number / 8 };
        let spec = forest::worker(names[number % names.len()], &supervisor, restart);
        let name = spec.name.to_string();
        self.start_child(&supervisor, NewChild::Spec(Box::new(spec)), &name).ok()
    }

    fn start_child(&mut self, supervisor: &str, new: NewChild, child: &str) -> Result<(), ChildError> {
        self.asked += 1;
        let (asked, id) = (self.asked, self.tree.id(supervisor).expect("a supervisor"));
        let start = Event::StartChild(StartChild { supervisor: id, new, asked });
        let actions = self.tree.handle(start, self.now, &mut || 3);
        let refusal = match &actions[..] {
            [Action::Answer { asked: told, outcome: Err(error) }] if *told == asked => Some(error.clone()),
            _ => None,
        };
        if refusal.is_none() {
            self.new.insert(asked, (supervisor.to_owned(), child.to_owned()));
            self.model.added(supervisor, child);
        }
        self.obey(actions);
        refusal.map_or(Ok(()), Err)
    }

    /// Leaves some children out, changes others, adds one.
    fn change(&mut self, number: usize) -> Option<()> {
        let supervisor = self.supervisor(number.is_multiple_of(3), number)?;
        let group = self.model.group(&supervisor).clone();
        let mut flags = group.flags;
        flags.intensity.restarts = number as u32 % 5;
        let restart = if flags.manager.is_some() { 2 } else { number };
        let mut children: Vec<ChildSpec> = group.declared;
        if !is_simple(&flags) {
            children.retain(|child| !number.is_multiple_of(4) || child.name.as_str().len() % 2 == number % 2);
            children.push(forest::worker(&format!("c{}", number % 5), &supervisor, restart));
            children.rotate_left(number % 2);
        }
        let before = self.tree.which_children(self.tree.id(&supervisor)?);
        let id = self.tree.id(&supervisor)?;
        let change = Change { supervisor: id, flags: flags.clone(), children: children.clone() };
        match self.tree.change(vec![change]) {
            Ok(added) => {
                assert!(added.iter().all(|&child| self.tree.status(child) == Status::Stopped));
                self.model.changed(&supervisor, flags, children);
            }
            Err(_) => assert_eq!(self.tree.which_children(self.tree.id(&supervisor)?), before),
        }
        self.obey(vec![]);
        Some(())
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

    /// The root, and all below it.
    fn everyone(&self) -> Vec<ChildId> {
        let mut all = vec![self.tree.root()];
        let mut at = 0;
        while let Some(&child) = all.get(at) {
            all.extend(self.tree.children(child));
            at += 1;
        }
        all
    }

    /// What must hold whenever nothing is under way.
    fn at_rest(&self, orders: bool) {
        let under_way = [Status::Starting, Status::Stopping];
        for id in self.everyone() {
            let (status, parent) = (self.tree.status(id), self.tree.parent(id));
            assert!(!under_way.contains(&status), "{} hangs, {status:?}", self.tree.name(id));
            if let Some(parent) = parent.filter(|_| status != Status::Stopped) {
                let above = self.tree.status(parent);
                let both = above == Status::Running || status == Status::Ignored;
                assert!(both, "{} is an orphan under {above:?}", self.tree.name(id));
            }
            if parent.is_some_and(|parent| self.tree.template(parent).is_some()) {
                let kept = [Status::Running, Status::Waiting].contains(&status);
                assert!(kept, "{} is kept, {status:?}", self.tree.name(id));
            }
            if status == Status::Running && !orders {
                self.all_back(id);
            }
        }
        assert_eq!(self.world.told.len() as u64, self.asked, "somebody waits in vain");
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

    /// The live workers below a supervisor in the order in which they must stop.
    fn must_stop(&self, supervisor: &str) -> Vec<String> {
        let is_up = |address: &String| self.tree.id(address).is_some_and(|id| self.world.lives.contains_key(&id));
        let mut order: Vec<String> = self.model.order(supervisor).into_iter().filter(is_up).collect();
        order.reverse();
        settled(order)
    }

    /// Stops and starts a supervisor in peace: all below stop in reverse, what is declared starts.
    fn restart_calmly(&mut self, number: usize) {
        let Some(supervisor) = self.supervisor(number.is_multiple_of(2), number) else { return };
        let Some(child) = self.tree.id(&supervisor) else { return };
        if child == self.tree.root() || self.tree.status(child) != Status::Running {
            return;
        }
        let (stops, starts) = (self.must_stop(&supervisor), self.model.declared(&supervisor));
        self.starts.clear();
        self.stops.clear();
        self.asked += 1;
        self.tell(Event::Order { child, order: Order::Restart, asked: self.asked });
        self.calm();
        assert_eq!((settled(self.stops.clone()), &self.starts), (stops, &starts), "restart of {supervisor}");
        assert_eq!(self.tree.status(child), Status::Running);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_calm_boot_starts_every_worker_in_order_and_shutdown_stops_them_in_reverse(spec in forest()) {
        let mut table = Table::new(spec);
        let mut order = table.model.declared("root");
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
        spec in forest(), calm_boot: bool, orders: bool, throws in throws(), last in 0..100usize,
    ) {
        let mut table = Table::new(spec);
        table.tell(Event::Boot);
        if calm_boot {
            table.calm();
        }
        for (throw, number) in throws {
            if orders || !matches!(throw, Throw::Wish(_)) {
                table.throw(throw, number);
            }
        }
        table.calm();
        if table.world.finished.is_none() {
            table.at_rest(orders);
            table.restart_calmly(last);
            let order = table.must_stop("root");
            table.stops.clear();
            table.tell(Event::Shutdown);
            table.calm();
            prop_assert_eq!(settled(std::mem::take(&mut table.stops)), order);
        }
        prop_assert!(table.world.finished.is_some());
        prop_assert_eq!(table.world.told.len() as u64, table.asked);
        let waits: Vec<_> = table.world.waits.iter().map(|(&c, &t)| (c, t)).collect();
        for (child, token) in waits {
            table.tell(Event::Due { child, token });
        }
        prop_assert!(table.world.lives.is_empty());
    }
}
