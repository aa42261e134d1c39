//! A shard: workers of its own, stepped on one thread, one input at a time each.
//!
//! Invariants: an instance is entered only at a step boundary or to go on with its own function; what a
//! step asked for is done only after it has returned; every caller gets exactly one answer.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::caller::Caller;
use super::clock::TurnClock;
use super::code::Code;
use super::gate::Gate;
use super::part::{
    AfterCrash, Children, Durability, LocalTopics, Managers, Monitors, Requests, Sleep, Swaps, Traces, Wants,
};
use super::parts::Parts;
use super::post::Post;
use super::workers::Workers;
use crate::base::{Failure, HttpReply, Kind, Name, Nanos, Outcome, Share};
use crate::protocol::{Assigned, Dealt, Driver, Mail, Notice, Supervision};
use crate::supervisor::ChildId;
use crate::wasm::Component;
use crate::worker::Action;

/// What the tree has decided and is yet to be done, in order. What doing it leads to comes after it rather
/// than within it: ten thousand workers killed one after the other must not be ten thousand calls deep.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) waiting: VecDeque<Vec<Assigned>>,
    pub(super) is_being_done: bool,
}

/// One shard, driven by [`Driver`].
pub struct Shard<D> {
    pub(super) driver: D,
    pub(super) clock: TurnClock,
    pub(super) supervision: Supervision,
    pub(super) decided: Decided,
    pub(super) workers: Workers,
    pub(super) code: Code,
    pub(super) post: Post,
    pub(super) gate: Gate,
    pub(super) parts: Parts,
    pub(super) wants: Wants,
    /// What the step that has just been committed wants; reused.
    pub(super) actions: Vec<Action<Caller>>,
}

impl<D: Driver> Shard<D> {
    /// The shard with this index; none of the workers and managers that were dealt to it is started. What waits for
    /// them is counted in this share.
    pub fn new(
        index: usize,
        driver: D,
        supervision: Supervision,
        components: HashMap<Name, Component>,
        dealt: Dealt,
        share: Arc<Share>,
    ) -> Shard<D> {
        let Dealt { workers, managers, found, recorded } = dealt;
        let directory = supervision.directory();
        let parts = Parts {
            topics: LocalTopics::new(index, directory.clone()),
            managers: Managers::new(index, directory.clone(), managers, &share),
            monitors: Monitors::new(index),
            swaps: Swaps::default(),
            sleep: Sleep::default(),
            traces: Traces::default(),
            after_crash: AfterCrash::default(),
            children: Children::default(),
            requests: Requests::default(),
            durability: Durability::new(found),
        };
        Shard {
            clock: TurnClock::new(&driver),
            driver,
            supervision,
            decided: Decided::default(),
            post: Post::new(index, &share),
            workers: Workers::new(workers, share),
            code: Code::new(components, recorded),
            gate: Gate::default(),
            parts,
            wants: Wants::default(),
            actions: vec![],
        }
    }

    /// Whether a turn would find something to do now.
    pub fn is_runnable(&self) -> bool {
        self.workers.runnable() > 0 || self.post.has_unsent() || self.parts.managers.is_stirred()
    }

    /// Whether the last turn ended for its time, with a worker that would have gone on.
    pub fn is_late(&self) -> bool {
        self.workers.is_spent()
    }

    /// When a turn is wanted although nothing came.
    pub fn wake_at(&self) -> Option<Nanos> {
        self.workers.wake_at().into_iter().chain(self.parts.wake_at()).min()
    }

    /// Tells control something at the end of this turn.
    pub fn tell(&mut self, notice: Notice) {
        self.gate.tell(notice);
    }

    /// Inputs stepped by its workers since they were made.
    pub fn steps(&self) -> u64 {
        self.workers.all().map(|(_, slot)| slot.worker.steps()).sum()
    }

    /// Whether none of its workers runs guest code or has an instance.
    pub fn is_quiet(&self) -> bool {
        self.workers.all().all(|(_, slot)| slot.body.is_down())
    }

    /// The slot of one of this shard's workers.
    pub(super) fn slot_of(&self, child: ChildId) -> Option<usize> {
        let declared = self.supervision.directory().of(child).filter(|place| place.shard == self.post.index());
        declared.map(|place| place.slot).or_else(|| self.parts.children.find(child))
    }

    /// Answers a caller, wherever it waits.
    pub(super) fn answer(&mut self, caller: Caller, outcome: Outcome) {
        match caller {
            Caller::Ticket(ticket) => ticket.answer(outcome),
            Caller::Worker { slot, call } => self.workers[slot].worker.respond(call, outcome),
            Caller::Peer { shard, id } => self.post(shard, Mail::Answer { id, outcome }),
            Caller::Log(asked) => self.log_untold(&asked, outcome),
            Caller::Host(question) => self.gate.tell(Notice::HostAnswer(question, outcome)),
            Caller::Nobody => {}
            // Whoever asked may have stopped waiting.
            Caller::Port(port) => drop(port.send(outcome)),
        }
    }

    /// Answers with what belongs to HTTP; who did not come by it is told the body.
    pub(super) fn answer_http(&mut self, caller: Caller, reply: Box<HttpReply>) {
        match caller {
            Caller::Ticket(ticket) => ticket.answer_http(reply),
            Caller::Peer { shard, id } => self.post(shard, Mail::HttpAnswer { id, reply }),
            caller => self.answer(caller, Ok(reply.body)),
        }
    }

    /// Answers whoever was kept under this number, if that is still awaited.
    pub(super) fn answer_kept(&mut self, id: u64, outcome: Outcome) {
        if let Some(caller) = self.post.take(id) {
            self.answer(caller, outcome);
        }
    }

    pub(super) fn answer_all(&mut self, callers: Vec<Caller>, kind: Kind, text: &str) {
        for caller in callers {
            self.answer(caller, Err(Failure::new(kind, text)));
        }
    }

    pub(super) fn answer_late(&mut self, callers: Vec<Caller>) {
        self.answer_all(callers, Kind::TimedOut, "the deadline passed");
    }

    /// Posts what must not be lost to another shard.
    pub(super) fn post(&mut self, shard: usize, mail: Mail) {
        self.post.post(&mut self.driver, shard, mail);
    }

    /// Posts what may be lost to another shard.
    ///
    /// # Errors
    /// Its lane is full; the mail comes back.
    pub(super) fn try_post(&mut self, shard: usize, mail: Mail) -> Result<(), Mail> {
        self.post.try_post(&mut self.driver, shard, mail)
    }
}
