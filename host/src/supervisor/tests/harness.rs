//! Stories: what happens on the left of `=>`, what the tree asks for on the right.
//!
//! Starts and stops are answered at once, and what the answers lead to stands on the same line,
//! unless the worker is held (`hold b`), until it `answers`. `b broken` fails its starts, `b
//! ignores` ignores them, `b fixed` ends both.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::words;
use super::world::{Life, World, crash};
use crate::base::{ExitReason, Nanos, Shutdown};
use crate::supervisor::{Action, ChildId, Event, Report, StartChild, StartChildError, StartOutcome, Tree};

pub(super) struct Story {
    pub(super) tree: Tree,
    pub(super) world: World,
    now: Nanos,
    asked: u64,
    /// By name, since a dynamic child may be yet to come.
    held: BTreeSet<String>,
    odd: BTreeMap<String, StartOutcome>,
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
            asked: 0,
            held: BTreeSet::new(),
            odd: BTreeMap::new(),
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

    fn id(&self, name: &str) -> ChildId {
        self.tree.id(name).unwrap_or_else(|| panic!("no {name}"))
    }

    fn happens(&mut self, event: &str) {
        let words: Vec<&str> = event.split_whitespace().collect();
        match words[..] {
            ["boot"] => self.tell(Event::Boot),
            ["shutdown"] => self.tell(Event::Shutdown),
            ["terminate", name] => self.tell(Event::Terminate { child: self.id(name) }),
            ["restart", name] => self.tell(Event::Restart { child: self.id(name) }),
            ["begin", name] => self.tell(Event::StartApplication { root: self.id(name) }),
            ["end", name] => self.tell(Event::StopApplication { root: self.id(name) }),
            ["child", name] => {
                let (supervisor, key) = name.split_once('/').expect("SUPERVISOR/KEY");
                let (supervisor, key) = (self.id(supervisor), words::name(key));
                self.asked += 1;
                let start = StartChild { supervisor, key, config: None, asked: self.asked };
                self.tell(Event::StartChild(start));
            }
            ["hold", name] => drop(self.held.insert(name.to_owned())),
            [name, "broken"] => drop(self.odd.insert(name.to_owned(), StartOutcome::Failed(crash()))),
            [name, "ignores"] => drop(self.odd.insert(name.to_owned(), StartOutcome::Ignored)),
            [name, "fixed"] => drop(self.odd.remove(name)),
            [time, "pass"] => self.now += words::seconds(time).as_nanos() as Nanos,
            [name, verb] => self.child_does(self.id(name), verb),
            [name, "is", status] => {
                let told = format!("{:?}", self.tree.status(self.id(name))).to_lowercase();
                assert_eq!(told, status, "status of {name}");
            }
            _ => panic!("what is `{event}`?"),
        }
    }

    fn child_does(&mut self, child: ChildId, verb: &str) {
        match verb {
            "due" => {
                let token = self.world.waits[&child];
                self.tell(Event::Due { child, token });
            }
            "answers" => {
                self.held.remove(self.tree.name(child).as_str());
                let answer = self.answer(child).expect("nothing to answer");
                self.tell(answer);
            }
            _ => {
                let reason = match verb {
                    "crashes" => crash(),
                    "ends" => ExitReason::Normal,
                    "leaves" => ExitReason::Shutdown,
                    _ => panic!("what is `{verb}`?"),
                };
                let event = self.world.exit(child, reason);
                self.tell(event);
            }
        }
    }

    /// Tells the tree, and goes on until nothing is left to answer.
    fn tell(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for action in self.tree.handle(event, self.now, &mut || 0) {
                self.world.obey(&action);
                self.told.extend(self.word(&action));
                if let Action::Start { child } | Action::Stop { child, .. } = action {
                    events.extend(self.answer(child));
                }
            }
        }
    }

    fn answer(&mut self, child: ChildId) -> Option<Event> {
        let name = self.tree.name(child).as_str();
        if self.held.contains(name) {
            return None;
        }
        match self.world.lives.get(&child)? {
            Life::Starting => {
                let outcome = self.odd.get(name).cloned().unwrap_or(StartOutcome::Up);
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
            Action::Wait { child, delay, .. } => format!("wait {} {delay:?}", name(child)),
            Action::ApplicationUp { root } => format!("{} is up", name(root)),
            Action::ApplicationDown { root, why } => format!("{} is down: {why}", name(root)),
            Action::Finished { why, .. } => format!("finished: {why}"),
            Action::ChildStarted { outcome: Ok(child), .. } => format!("up {child}"),
            Action::ChildStarted { outcome: Err(StartChildError::Failed(_)), .. } => "no child: failed".into(),
            Action::ChildStarted { outcome: Err(error), .. } => format!("no child: {error}"),
            Action::Report(Report::GaveUp { supervisor, .. }) => format!("gave up {supervisor}"),
            Action::Report(Report::StoppedOddly { child, reason }) => format!("odd {child} ({reason})"),
            Action::Report(Report::Refused { child, why }) => format!("refused {child} {why:?}"),
            Action::Report(Report::StartFailed { child, .. }) => format!("failed {child}"),
            Action::Report(_) => return None,
        })
    }
}
