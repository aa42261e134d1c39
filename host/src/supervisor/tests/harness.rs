//! Stories: what happens on the left of `=>`, what the tree asks for on the right.
//!
//! Starts and stops are answered at once, and what the answers lead to stands on the same line,
//! unless the worker is held (`hold b`), until it `answers`. `b broken` fails its starts, `b
//! ignores` ignores them, `b fixed` ends both. A worker is named by its address, also before it is
//! there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::words;
use super::world::{Life, World, crash};
use crate::base::{ExitReason, Name, Nanos, Shutdown};
use crate::supervisor::{
    Action, Change, ChildError, ChildId, Event, NewChild, Order, Presence, Report, StartChild, StartOutcome, Tree,
};

pub(super) struct Story {
    pub(super) tree: Tree,
    pub(super) world: World,
    now: Nanos,
    held: BTreeSet<String>,
    odd: BTreeMap<String, StartOutcome>,
    asks: Vec<(String, bool)>,
    told: Vec<String>,
}

/// Runs a script on a tree, both as text; the tree is booted first, and that line is not checked.
pub(super) fn story(tree: &str, script: &str) {
    let mut story = Story::new(tree);
    story.line("boot");
    story.run(script);
}

/// Runs a script on a tree that has not been booted.
pub(super) fn unbooted(tree: &str, script: &str) {
    Story::new(tree).run(script);
}

impl Story {
    pub(super) fn new(tree: &str) -> Story {
        Story {
            tree: Tree::new(words::tree(tree)).expect("a tree"),
            world: World::default(),
            now: 1,
            held: BTreeSet::new(),
            odd: BTreeMap::new(),
            asks: vec![],
            told: vec![],
        }
    }

    pub(super) fn run(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        let (event, expected) = match line.split_once("=>") {
            Some((event, expected)) => (event.trim(), Some(expected.trim())),
            None => (line, None),
        };
        if let Some(workers) = event.strip_prefix("running:") {
            return assert_eq!(self.running(), workers.trim(), "in `{line}`");
        }
        self.told.clear();
        self.happens(event);
        let told = if self.told.is_empty() { "nothing".to_owned() } else { self.told.join(", ") };
        if let Some(expected) = expected {
            assert_eq!(told, expected, "in `{line}`");
        }
        self.world.agrees(&self.tree);
    }

    fn running(&self) -> String {
        let up = |child: &ChildId| self.world.lives.get(child) == Some(&Life::Up);
        let names = self.tree.workers().filter(up).map(|child| self.tree.name(child).to_string());
        names.collect::<Vec<_>>().join(" ")
    }

    pub(super) fn id(&self, name: &str) -> ChildId {
        self.tree.id(name).unwrap_or_else(|| panic!("no {name}"))
    }

    fn happens(&mut self, event: &str) {
        let words: Vec<&str> = event.split_whitespace().collect();
        match words[..] {
            ["boot"] => self.tell(Event::Boot),
            ["shutdown"] => self.tell(Event::Shutdown),
            ["halt"] => self.tell(Event::Halt),
            ["terminate", name] => self.order(Order::Terminate, name, 0),
            ["kill", name] => self.order(Order::Kill, name, 0),
            ["restart", name] => self.order(Order::Restart, name, 0),
            ["begin", name] => self.tell(Event::StartApplication { root: self.id(name) }),
            ["end", name] => self.tell(Event::StopApplication { root: self.id(name) }),
            ["hold", name] => drop(self.held.insert(name.to_owned())),
            ["which", name] => self.which(name),
            ["count", name] => self.count(name),
            ["no", name] => assert_eq!(self.tree.id(name), None, "{name} is there"),
            ["start_child", address] => self.start_keyed(address),
            ["start_child", child, "under", supervisor] => self.start_spec(child, supervisor),
            ["terminate_child", name] => self.admin(Order::Terminate, name),
            ["kill_child", name] => self.admin(Order::Kill, name),
            ["ask_restart", name] => self.admin(Order::Restart, name),
            ["all", "told"] => assert_eq!(self.world.told.len(), self.asks.len(), "somebody waits in vain"),
            ["restart_child", name] => self.admin(Order::Start, name),
            ["delete_child", name] => self.admin(Order::Delete, name),
            ["change", ref words @ ..] => self.change(&words.join(" ")),
            [time, "pass"] => self.now += words::seconds(time).as_nanos() as Nanos,
            [name, verb] => self.child_does(name, verb),
            [name, "is", status] => {
                let told = format!("{:?}", self.tree.status(self.id(name))).to_lowercase();
                assert_eq!(told, status, "status of {name}");
            }
            _ => panic!("what is `{event}`?"),
        }
    }

    fn child_does(&mut self, name: &str, verb: &str) {
        let outcome = match verb {
            "broken" => Some(StartOutcome::Failed(crash())),
            "ignores" => Some(StartOutcome::Ignored),
            _ => None,
        };
        if let Some(outcome) = outcome {
            self.odd.insert(name.to_owned(), outcome);
            return;
        }
        if verb == "fixed" {
            return drop(self.odd.remove(name));
        }
        let child = self.id(name);
        let event = match verb {
            "due" => Event::Due { child, token: self.world.waits[&child] },
            "answers" => {
                self.held.remove(name);
                self.answer(child).expect("nothing to answer")
            }
            "crashes" => self.world.exit(child, crash()),
            "ends" => self.world.exit(child, ExitReason::Normal),
            "leaves" => self.world.exit(child, ExitReason::Shutdown),
            _ => panic!("what is `{verb}`?"),
        };
        self.tell(event);
    }

    fn start_keyed(&mut self, address: &str) {
        let (supervisor, key) = address.split_once('/').expect("SUPERVISOR/KEY");
        let new = NewChild::Keyed { key: words::name(key), config: None };
        self.start_new(supervisor, new, address);
    }

    fn start_spec(&mut self, child: &str, supervisor: &str) {
        let spec = words::tree(&format!("{supervisor} one_for_one 1/5s: {child}")).children.remove(0);
        let is_manager = self.tree.supervisor_spec(self.id(supervisor)).is_some_and(|flags| flags.manager.is_some());
        let address = if is_manager { format!("{supervisor}/{}", spec.name) } else { spec.name.to_string() };
        self.start_new(supervisor, NewChild::Spec(Box::new(spec)), &address);
    }

    fn start_new(&mut self, supervisor: &str, new: NewChild, address: &str) {
        let asked = self.asked(address, true);
        let actions = self.start(supervisor, new, asked);
        self.obey(actions);
    }

    /// What a tree says to a start that is asked for.
    pub(super) fn start(&mut self, supervisor: &str, new: NewChild, asked: u64) -> Vec<Action> {
        let supervisor = self.id(supervisor);
        self.tree.handle(Event::StartChild(StartChild { supervisor, new, asked }), self.now, &mut || 0)
    }

    fn admin(&mut self, order: Order, name: &str) {
        let asked = self.asked(name, matches!(order, Order::Start | Order::Restart));
        self.order(order, name, asked);
    }

    fn order(&mut self, order: Order, name: &str, asked: u64) {
        self.tell(Event::Order { child: self.id(name), order, asked });
    }

    /// The number of somebody who waits for a child.
    fn asked(&mut self, name: &str, up: bool) -> u64 {
        self.asks.push((name.to_owned(), up));
        self.asks.len() as u64
    }

    fn change(&mut self, text: &str) {
        let mut spec = words::tree(text);
        let (name, flags) = spec.supervisors.remove(0);
        spec.children.retain(|child| child.under == name);
        self.told =
            match self.tree.change(vec![Change { supervisor: self.id(name.as_str()), flags, children: spec.children }])
            {
                Ok(added) => added.into_iter().map(|child| format!("added {}", self.tree.name(child))).collect(),
                Err(error) => vec![error.code().to_owned()],
            };
    }

    fn which(&mut self, name: &str) {
        let listed = self.tree.which_children(self.id(name)).unwrap_or_default().into_iter();
        let presence = |presence| match presence {
            Presence::Actor => "",
            Presence::Restarting => " restarting",
            Presence::None => " none",
        };
        self.told = listed.map(|child| format!("{}{}", child.name, presence(child.presence))).collect();
    }

    fn count(&mut self, name: &str) {
        let counts = self.tree.count_children(self.id(name)).unwrap_or_default();
        self.told.push(format!("{} {} {} {}", counts.specs, counts.active, counts.supervisors, counts.workers));
    }

    fn tell(&mut self, event: Event) {
        let actions = self.tree.handle(event, self.now, &mut || 0);
        self.obey(actions);
    }

    /// Carries actions out, and goes on until nothing is left to answer.
    fn obey(&mut self, mut actions: Vec<Action>) {
        let mut events = VecDeque::new();
        loop {
            for action in actions {
                self.world.obey(&action);
                self.told.extend(self.word(&action));
                if let Action::Start { child } | Action::Stop { child, .. } = action {
                    events.extend(self.answer(child));
                }
            }
            let Some(event) = events.pop_front() else { return };
            actions = self.tree.handle(event, self.now, &mut || 0);
        }
    }

    fn answer(&mut self, child: ChildId) -> Option<Event> {
        let address = self.tree.name(child).to_string();
        if self.held.contains(&address) {
            return None;
        }
        match self.world.lives.get(&child)? {
            Life::Starting => {
                let outcome = self.odd.get(&address).cloned().unwrap_or(StartOutcome::Up);
                Some(self.world.start(child, outcome))
            }
            Life::Stopping => Some(self.world.stop(child)),
            Life::Up => None,
        }
    }

    fn word(&self, action: &Action) -> Option<String> {
        let name = |child: &ChildId| self.tree.name(*child).to_string();
        Some(match action {
            Action::Start { child } => format!("start {}", name(child)),
            Action::Stop { child, how: Shutdown::BrutalKill } => format!("kill {}", name(child)),
            Action::Stop { child, how: Shutdown::Timeout(time) } if time.as_secs() != 5 => {
                format!("stop {} in {time:?}", name(child))
            }
            Action::Stop { child, .. } => format!("stop {}", name(child)),
            Action::Hurry { child, how } => format!("hurry {} {how:?}", name(child)),
            Action::Rest { .. } => return None,
            Action::Wait { child, delay, .. } => format!("wait {} {delay:?}", name(child)),
            Action::ApplicationUp { root } => format!("{} is up", name(root)),
            Action::ApplicationDown { root, why } => format!("{} is down: {why}", name(root)),
            Action::Finished { why, .. } => format!("finished: {why}"),
            Action::Answer { asked, outcome } => return self.answer_word(*asked, outcome),
            Action::Manager { child, open } => format!("{} {}", if *open { "open" } else { "close" }, name(child)),
            Action::Forget { .. } => return None,
            Action::Report(Report::GaveUp { supervisor, .. }) => format!("gave up {supervisor}"),
            Action::Report(Report::StoppedOddly { child, reason }) => format!("odd {child} ({reason})"),
            Action::Report(Report::StartFailed { child, .. }) => format!("failed {child}"),
            Action::Report(_) => return None,
        })
    }

    /// That somebody is told of a child that is down goes without saying.
    fn answer_word(&self, asked: u64, outcome: &Result<Name, ChildError>) -> Option<String> {
        let about = asked.checked_sub(1).map(|at| &self.asks[at as usize]);
        Some(match (outcome, about) {
            (Ok(name), Some((about, up))) => {
                assert_eq!(name.as_str(), about);
                return up.then(|| format!("told {name} up"));
            }
            (Err(ChildError::Ignored), Some((name, _))) => format!("told {name} ignored"),
            (Err(ChildError::Failed(reason)), Some((name, _))) => format!("told {name} failed ({reason})"),
            (Err(error), _) => error.code().to_owned(),
            (Ok(name), None) => panic!("nobody waits for {name}"),
        })
    }
}
