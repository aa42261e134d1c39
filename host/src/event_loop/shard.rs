//! A shard: workers of its own, stepped on one thread, one input at a time each.
//!
//! Invariants: an instance is entered only at a step boundary or to go on with its own step; what a
//! step asked for is done only after it has returned; every caller gets exactly one answer.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::directory::Directory;
use super::driver::Driver;
use super::event::{Caller, Mail, Notice};
use super::managers::{Managed, ManagerSpec};
use super::recent::Came;
use super::slot::{Body, Slot, WorkerSpec};
use super::swap::ShardSwap;
use super::topics::LocalTopics;
use super::wishes::Unsaid;
use crate::base::limits::{SLICE, STEPS_PER_TURN};
use crate::base::{ExitReason, Failure, Kind, Millis, Name, Nanos, Outcome, nanos};
use crate::supervisor::{Action, ChildId, Event, Tree};
use crate::wasm::Component;
use crate::worker;

/// The tree, asked by whoever holds an exit. Its decisions are serialised by the lock; they take
/// less than a microsecond.
pub type SharedTree = Arc<Mutex<Tree>>;

/// Locks the tree. A panic while it was locked is a bug that has ended the node already.
pub fn lock(tree: &SharedTree) -> MutexGuard<'_, Tree> {
    tree.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long the wall clock, which shows milliseconds, is not read again: reading a clock takes as long
/// as a tenth of a step.
const WALL_GOOD_FOR: Nanos = 250_000;

/// One shard, driven by [`Driver`].
pub struct Shard<D> {
    pub(super) index: usize,
    pub(super) driver: D,
    pub(super) tree: SharedTree,
    pub(super) directory: Arc<Directory>,
    pub(super) components: HashMap<Name, Component>,
    pub(super) slots: Vec<Slot>,
    pub(super) runnable: VecDeque<usize>,
    wakes: BTreeSet<(Nanos, usize)>,
    pub(super) remote: HashMap<u64, Caller>,
    pub(super) remotes: u64,
    pub(super) topics: LocalTopics,
    /// The slots of dynamic children, by id and by address.
    pub(super) dynamic: HashMap<ChildId, usize>,
    pub(super) dynamic_names: HashMap<Name, usize>,
    /// Slots whose dynamic child is gone.
    pub(super) spare: Vec<usize>,
    pub(super) managers: Vec<Managed>,
    /// Managers that may have something to do.
    pub(super) stirred: VecDeque<usize>,
    /// When one of them must look at who waits.
    pub(super) managers_wake: Option<Nanos>,
    /// What steps want as soon as their workers stand still.
    pub(super) unsaid: VecDeque<Unsaid>,
    /// Lists of children that were asked for in this turn.
    pub(super) listings: usize,
    unsent: Vec<(usize, Mail)>,
    pub(super) notices: Vec<Notice>,
    pub(super) swap: Option<ShardSwap>,
    /// Dropped between turns: freeing an instance costs as much as stepping many.
    pub(super) garbage: Vec<crate::wasm::Instance>,
    pub(super) now: Nanos,
    pub(super) wall: Millis,
    wall_until: Nanos,
    pub(super) actions: Vec<worker::Action<Caller>>,
    /// What the tree has yet to be told, while it is being told something.
    untold: Option<VecDeque<Event>>,
    /// Slots that somebody traces.
    pub(super) traced: Vec<usize>,
}

impl<D: Driver> Shard<D> {
    /// A shard with these workers, none of them started.
    pub fn new(
        index: usize,
        driver: D,
        tree: SharedTree,
        directory: Arc<Directory>,
        components: HashMap<Name, Component>,
        workers: Vec<WorkerSpec>,
    ) -> Shard<D> {
        let (now, wall) = (driver.now(), driver.wall_ms());
        Shard {
            index,
            driver,
            tree,
            directory,
            components,
            slots: workers.into_iter().map(Slot::new).collect(),
            runnable: VecDeque::new(),
            wakes: BTreeSet::new(),
            remote: HashMap::new(),
            remotes: 0,
            topics: LocalTopics::default(),
            dynamic: HashMap::new(),
            dynamic_names: HashMap::new(),
            spare: vec![],
            managers: vec![],
            stirred: VecDeque::new(),
            managers_wake: None,
            unsaid: VecDeque::new(),
            listings: 0,
            unsent: vec![],
            notices: vec![],
            swap: None,
            garbage: vec![],
            now,
            wall,
            wall_until: 0,
            actions: vec![],
            untold: None,
            traced: vec![],
        }
    }

    /// With these event managers, in the order of their numbers; none of them started.
    #[must_use]
    pub fn managing(self, managers: Vec<ManagerSpec>) -> Shard<D> {
        Shard { managers: managers.into_iter().map(Managed::new).collect(), ..self }
    }

    /// Begins a turn: reads the clocks, then lets what is due happen.
    pub fn begin_turn(&mut self) {
        self.now = self.driver.now();
        self.listings = 0;
        if self.now >= self.wall_until {
            self.wall = self.driver.wall_ms();
            self.wall_until = self.now + WALL_GOOD_FOR;
        }
        for (shard, mail) in std::mem::take(&mut self.unsent) {
            self.post(shard, mail);
        }
        while let Some(&(at, slot)) = self.wakes.first() {
            if at > self.now {
                break;
            }
            self.wakes.pop_first();
            self.slots[slot].wake = None;
            let late = self.slots[slot].worker.tick(self.now);
            self.answer_late(late);
            self.check_ending(slot);
            self.check_idle(slot);
            self.end_late_traces(slot);
            self.check_heard(slot);
            self.schedule(slot);
            self.update_wake(slot);
        }
        self.tick_managers();
    }

    /// Visits workers that have something to do, for about one slice at most.
    pub fn run(&mut self) {
        let until = self.now + nanos(SLICE);
        let mut steps = 0;
        for _ in 0..self.runnable.len().max(STEPS_PER_TURN) {
            self.pump();
            let Some(slot) = self.runnable.pop_front() else { break };
            self.slots[slot].scheduled = false;
            steps += self.visit(slot);
            self.say();
            self.check_heard(slot);
            self.schedule(slot);
            self.update_wake(slot);
            if steps >= STEPS_PER_TURN || (!self.runnable.is_empty() && self.driver.now() >= until) {
                break;
            }
        }
    }

    /// Ends a turn: tells control what happened and frees what is left over.
    pub fn end_turn(&mut self) {
        self.end_traces_of_stopped();
        for notice in self.notices.drain(..) {
            self.driver.notify(notice);
        }
        self.garbage.clear();
    }

    /// Whether [`Shard::run`] would find something to do now.
    pub fn is_runnable(&self) -> bool {
        !self.runnable.is_empty() || !self.unsent.is_empty() || !self.stirred.is_empty()
    }

    /// When [`Shard::begin_turn`] wants to be called although nothing came.
    pub fn wake_at(&self) -> Option<Nanos> {
        self.wakes.first().map(|(at, _)| *at).into_iter().chain(self.managers_wake).min()
    }

    /// Asks the tree what follows from an event and does what concerns this shard's workers. What
    /// that leads to comes after it rather than within it: ten thousand workers killed one after
    /// the other must not be ten thousand calls deep.
    pub(super) fn supervise(&mut self, event: Event) {
        if let Some(untold) = &mut self.untold {
            return untold.push_back(event);
        }
        self.untold = Some(VecDeque::from([event]));
        while let Some(event) = self.untold.as_mut().and_then(VecDeque::pop_front) {
            self.tell_tree(event);
        }
        self.untold = None;
    }

    fn tell_tree(&mut self, event: Event) {
        let changed = match &event {
            Event::Started { child, .. } | Event::Stopped { child, .. } | Event::Exited { child, .. } => Some(*child),
            _ => None,
        };
        self.notices.extend(changed.map(Notice::Changed));
        let driver = &mut self.driver;
        let actions = lock(&self.tree).handle(event, self.now, &mut || driver.random());
        let mut elsewhere = vec![];
        for action in actions {
            let slot = match &action {
                Action::Start { child }
                | Action::Stop { child, .. }
                | Action::Hurry { child, .. }
                | Action::Rest { child } => self.slot_of(*child),
                _ => None,
            };
            match (action, slot) {
                (Action::Start { .. }, Some(slot)) => self.start_as_declared(slot),
                (Action::Start { child }, None) if self.directory.of(child).is_none() => self.start_dynamic(child),
                (Action::Stop { how, .. }, Some(slot)) => self.order_stop(slot, how),
                (Action::Hurry { how, .. }, Some(slot)) => self.hurry(slot, how),
                (Action::Rest { .. }, Some(slot)) => self.close_if_down_for_good(slot),
                (Action::Forget { child, name }, _) if self.directory.home(name.as_str()) == self.index => {
                    self.release(child);
                }
                (Action::Manager { child, open }, _) if self.has_manager(child) => self.set_manager(child, open),
                (Action::Answer { asked: 0, outcome: Ok(_) }, _) => {}
                // Nobody waits, so it is for the log, which may lose what is too much.
                (Action::Answer { asked: 0, outcome: Err(error) }, _) => {
                    let text = format!("a step asked for a child in vain: {error}");
                    self.notices.push(Notice::Log { worker: Name::host(), level: "warn", text });
                }
                // After what others have to do for it first.
                (Action::Answer { asked, outcome }, _) if elsewhere.is_empty() && self.told(asked, &outcome) => {}
                (Action::Report(report), _) => self.notices.push(Notice::Report(report)),
                (action, _) => elsewhere.push(action),
            }
        }
        if !elsewhere.is_empty() {
            self.notices.push(Notice::Carry(elsewhere));
        }
    }

    /// Puts a worker into the run queue if a visit would find something to do.
    pub(super) fn schedule(&mut self, slot: usize) {
        let entry = &mut self.slots[slot];
        if !entry.scheduled && entry.wants_visit() {
            entry.scheduled = true;
            self.runnable.push_back(slot);
        }
    }

    pub(super) fn update_wake(&mut self, slot: usize) {
        let entry = &mut self.slots[slot];
        let mut wake = entry.worker.wake_at();
        // After every visit, so what few workers have is asked for only where it is.
        let may_sleep = entry.spec.hibernate_after.is_some() || entry.sleep_at.is_some();
        if entry.ending.is_some() || may_sleep || !entry.seen.tracers.is_empty() {
            entry.sleep_at = entry.sleeps_at(self.now);
            let others = [entry.ending_by(), entry.sleep_at, entry.seen.tracers.until()];
            wake = others.into_iter().flatten().chain(wake).min();
        }
        if entry.wake == wake {
            return;
        }
        if let Some(old) = entry.wake {
            self.wakes.remove(&(old, slot));
        }
        if let Some(new) = wake {
            self.wakes.insert((new, slot));
        }
        entry.wake = wake;
    }

    /// Answers a caller, wherever it waits.
    pub(super) fn answer(&mut self, caller: Caller, outcome: Outcome) {
        match caller {
            Caller::Ticket(ticket) => ticket.answer(outcome),
            Caller::Worker { slot, call } => {
                self.slots[slot].worker.respond(call, outcome);
                self.schedule(slot);
            }
            Caller::Peer { shard, id } => self.post(shard, Mail::Answer { id, outcome }),
            Caller::Control(question) => self.notices.push(Notice::Told(question, outcome)),
            // Whoever asked may have stopped waiting.
            Caller::Port(port) => drop(port.send(outcome)),
        }
    }

    /// Posts what must not be lost to another shard; mail that finds the lane full is tried again next turn.
    pub(super) fn post(&mut self, shard: usize, mail: Mail) {
        if let Err(mail) = self.try_post(shard, mail) {
            self.unsent.push((shard, mail));
        }
    }

    /// Posts to another shard, behind what could not be posted before.
    ///
    /// # Errors
    /// Its lane is full; the mail comes back.
    pub(super) fn try_post(&mut self, shard: usize, mail: Mail) -> Result<(), Mail> {
        if self.unsent.iter().any(|(to, _)| *to == shard) {
            return Err(mail);
        }
        self.driver.post(shard, mail)
    }

    pub(super) fn answer_all(&mut self, callers: Vec<Caller>, kind: Kind, text: &str) {
        for caller in callers {
            self.answer(caller, Err(Failure::new(kind, text)));
        }
    }

    pub(super) fn answer_late(&mut self, callers: Vec<Caller>) {
        if callers.is_empty() {
            return;
        }
        self.answer_all(callers, Kind::TimedOut, "the deadline passed");
    }

    pub(super) fn report_crash(&mut self, slot: usize, reason: &ExitReason) {
        let text = reason.to_string();
        self.note_crash(slot, Came::Crashed, &text);
        let entry = &mut self.slots[slot];
        entry.last_crash = Some(text);
        let (worker, generation) = (entry.spec.name.clone(), entry.generation());
        let inputs = entry.seen.recent.newest_first();
        self.notices.push(Notice::Crashed { worker, generation, reason: reason.clone(), inputs });
    }

    /// Tells control something at the end of this turn.
    pub fn tell(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    /// Inputs stepped by its workers since they were made.
    pub fn steps(&self) -> u64 {
        self.slots.iter().map(|slot| slot.worker.steps()).sum()
    }

    /// Whether any of its workers runs guest code or has an instance.
    pub fn is_quiet(&self) -> bool {
        self.slots.iter().all(|slot| matches!(slot.body, Body::Down))
    }
}
