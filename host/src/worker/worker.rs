//! The worker itself: what comes in, what is next, what a crash leaves behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::action::Action;
use super::callers::{Current, Waiting};
use super::inbox::{Inbox, Next, Offered, Once, Own, Unplaced};
use super::machine::Machine;
use super::requests::Requests;
use super::timers::Timers;
use crate::base::limits::{CALL_TIME_MAX, QUEUE_BYTES_MAX};
use crate::base::{
    CallError, Context, Failure, Full, Input, Kind, Millis, Nanos, Outcome, QueueSpec, Share, Source, Tally, TimerKind,
};

/// The input to step next, with its context.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its number over all instances of this worker.
    pub seq: u64,
    /// The input.
    pub input: Input,
    /// Where it came from.
    pub source: Source,
}

impl Taken {
    /// The context of this input at this time.
    pub fn context(&self, now_ms: Millis) -> Context {
        Context { now_ms, seq: self.seq }
    }
}

/// What was in line before the next input, and is not stepped.
#[derive(Debug)]
pub struct Aside<C> {
    /// Callers whose deadline has passed.
    pub late: Vec<C>,
    /// What is to be done for those who ask for what is known.
    pub told: Vec<Action<C>>,
}

impl<C> Default for Aside<C> {
    fn default() -> Aside<C> {
        Aside { late: vec![], told: vec![] }
    }
}

/// What an instance knew when its `init` was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// Nothing.
    Fresh,
    /// The state of the instance before it.
    Carried,
}

/// What a handler gets from its manager, one input at a time, beside its queue but in its order.
#[derive(Debug)]
pub(super) enum Given<C> {
    Nothing,
    Waiting { arrival: u64, offered: Offered<C> },
    Stepping,
}

impl<C> Given<C> {
    pub(super) fn deadline(&self) -> Option<Nanos> {
        match self {
            Given::Waiting { offered, .. } => offered.deadline(),
            Given::Nothing | Given::Stepping => None,
        }
    }
}

/// One worker between its inputs, with `C` the loop's handle of a caller. Times are [`Nanos`].
#[derive(Debug)]
pub struct Worker<C> {
    pub(super) inbox: Inbox<C>,
    pub(super) machine: Machine<C>,
    pub(super) timers: Timers,
    pub(super) current: Option<Current<C>>,
    pub(super) pending: Waiting<C>,
    pub(super) outgoing: Waiting<u64>,
    pub(super) topics: BTreeSet<String>,
    /// The managers of the handlers tied to it, by its own number for the tie.
    pub(super) supervised: BTreeMap<u64, String>,
    /// The tags and the names of the workers it monitors, by its own number for the monitor.
    pub(super) monitors: BTreeMap<u64, (u64, String)>,
    /// What its manager has given it to step next.
    pub(super) given: Given<C>,
    /// Those that are done once; none before the first.
    pub(super) requests: Option<Box<Requests<C>>>,
    pub(super) numbers: u64,
    pub(super) wake: Option<Nanos>,
    pub(super) seq: u64,
}

impl<C> Worker<C> {
    /// A worker with nothing to do. What waits for it is counted in this share, if there is one.
    pub fn new(queue: QueueSpec, share: Option<&Arc<Share>>) -> Worker<C> {
        let tally = || Tally::new(QUEUE_BYTES_MAX, share.cloned());
        Worker {
            inbox: Inbox::new(queue, tally()),
            machine: Machine::new(tally()),
            timers: Timers::default(),
            current: None,
            pending: Waiting::default(),
            outgoing: Waiting::default(),
            topics: BTreeSet::new(),
            supervised: BTreeMap::new(),
            monitors: BTreeMap::new(),
            given: Given::Nothing,
            requests: None,
            numbers: 0,
            wake: None,
            seq: 0,
        }
    }

    /// Numbers its calls and tokens after those of a worker whose place it takes.
    pub fn number_after(&mut self, gone: &Worker<C>) {
        self.numbers = gone.numbers;
    }

    /// Queues what somebody sent.
    ///
    /// # Errors
    /// The queue is full: the newcomer or, by the queue's rule, the oldest has no place. Where all
    /// places are taken by what was postponed it is the newcomer.
    pub fn offer(&mut self, offered: Offered<C>) -> Result<(), Full<Unplaced<C>>> {
        let offered = self.inbox.offer((self.machine.held(), self.machine.held_bytes()), offered);
        if let Some(at) = self.inbox.wake_at() {
            self.wake_by(at);
        }
        offered
    }

    /// Takes what its manager gives it, to be stepped in its turn; until then it takes no more.
    pub fn give(&mut self, offered: Offered<C>) {
        if let Some(deadline) = offered.deadline() {
            self.wake_by(deadline);
        }
        self.given = Given::Waiting { arrival: self.inbox.arrive(), offered };
    }

    /// Whether what its manager has given it waits or is being stepped.
    pub fn hears(&self) -> bool {
        !matches!(self.given, Given::Nothing)
    }

    /// The outcome of the outgoing call with this id. One that is not awaited any more is dropped.
    pub fn respond(&mut self, id: u64, outcome: Outcome) {
        if let Some(tag) = self.outgoing.remove(id) {
            let outcome = outcome.map_err(call_error);
            self.answered(id, tag, outcome);
        }
    }

    pub(super) fn answered(&mut self, id: u64, tag: u64, outcome: Result<Vec<u8>, CallError>) {
        self.inbox.push_own(Own::Response(Source::Call(id), Input::Response { tag, outcome }));
    }

    /// Its configuration is this one from now on; it is told, whatever else waits. Only the last one
    /// is, where several come before it has stepped one.
    pub fn configure(&mut self, config: Vec<u8>) {
        self.inbox.configure(config);
    }

    /// Whether there is an input to step.
    pub fn is_ready(&self) -> bool {
        self.machine.is_ready() || !self.inbox.is_empty() || matches!(self.given, Given::Waiting { .. })
    }

    /// Takes the next input: the state that was entered, what the last steps asked to be given first,
    /// what was postponed and comes again, then by arrival. A call in the queue that is late by now, or is known, is
    /// not stepped, but put aside.
    pub fn take_next(&mut self, now: Nanos, aside: &mut Aside<C>) -> Option<Taken> {
        let (source, input) = match self.machine.take_entered() {
            Some(entered) => (Source::Front, entered),
            None => {
                let (source, input) = self.next_input(now, aside)?;
                self.begin_step(&input);
                (source, input)
            }
        };
        Some(Taken { seq: self.number_step(), input, source })
    }

    /// What an input that was not given by entering a state does before it is stepped.
    pub(super) fn begin_step(&mut self, input: &Input) {
        self.cancel_timers(TimerKind::Event);
        self.machine.keep(input);
    }

    pub(super) fn number_step(&mut self) -> u64 {
        if let Some(requests) = &mut self.requests {
            requests.stepping = self.current.as_ref().map(|current| current.token);
        }
        self.seq += 1;
        self.seq - 1
    }

    /// What is before all that is queued.
    #[inline]
    pub(super) fn take_front(&mut self, now: Nanos, late: &mut Vec<C>) -> Option<Input> {
        if self.machine.is_ready() { self.take_held(now, late) } else { None }
    }

    fn take_held(&mut self, now: Nanos, late: &mut Vec<C>) -> Option<Input> {
        let mut dropped = vec![];
        let held = self.machine.take_front(now, &mut dropped);
        for current in dropped {
            self.drop_request(current.token, late);
            late.push(current.caller);
        }
        let held = held?;
        self.current = held.current;
        Some(held.input)
    }

    fn next_input(&mut self, now: Nanos, aside: &mut Aside<C>) -> Option<(Source, Input)> {
        if let Some(input) = self.take_front(now, &mut aside.late) {
            return Some((Source::Front, input));
        }
        if let Given::Waiting { arrival, .. } = self.given
            && self.inbox.first_arrival().is_none_or(|first| arrival < first)
            && let Given::Waiting { offered, .. } = std::mem::replace(&mut self.given, Given::Stepping)
        {
            return Some(self.taken(offered));
        }
        loop {
            match self.inbox.next(now, &mut aside.late)? {
                Next::Own(source, input) => return Some((source, input)),
                Next::Offered(Offered::Once(request)) => {
                    if let Some(taken) = self.taken_once(*request, &mut aside.told) {
                        return Some(taken);
                    }
                }
                Next::Offered(offered) => return Some(self.taken(offered)),
            }
        }
    }

    #[inline]
    pub(super) fn taken(&mut self, offered: Offered<C>) -> (Source, Input) {
        let source = Source::Others { deadline: offered.deadline() };
        let input = match offered {
            Offered::Cast(body) => Input::Cast(body),
            Offered::Published { topic, body } => {
                Input::Published { topic: topic.as_ref().to_owned(), body: body.to_vec() }
            }
            Offered::Call { caller, deadline, body } => {
                Input::Call { token: self.waited_for(caller, deadline, false), body }
            }
            Offered::Http { caller, deadline, request } => {
                Input::Http { token: self.waited_for(caller, deadline, false), request }
            }
            Offered::Host { caller, deadline, input } => {
                self.waited_for(caller, deadline, true);
                *input
            }
            Offered::Once(request) => return self.taken_plainly(*request),
        };
        (source, input)
    }

    /// What has an id is taken as if it had none.
    #[cold]
    fn taken_plainly(&mut self, request: Once<C>) -> (Source, Input) {
        self.taken(request.without_id())
    }

    /// The input that is stepped next has this caller. Its token.
    fn waited_for(&mut self, caller: C, deadline: Nanos, is_host: bool) -> u64 {
        let token = self.number();
        self.current = Some(Current { token, caller, deadline, is_host });
        token
    }

    /// The step under way is over, whatever it came to.
    pub(super) fn forget_step(&mut self) {
        self.machine.forget_step();
        if let Given::Stepping = self.given {
            self.given = Given::Nothing;
        }
    }

    /// The step refused its input: its caller, if it had one.
    pub(super) fn refused(&mut self) -> Option<C> {
        self.forget_step();
        self.current.take().map(|current| current.caller)
    }

    /// The step crashed: forgets all that belonged to the instance and hands over every caller it
    /// owed an answer, the one of this input first. What waits in the queue goes on waiting.
    pub fn crashed(&mut self) -> Vec<C> {
        let mut owed: Vec<C> = self.refused().into_iter().collect();
        self.pending.clear(|caller| owed.push(caller));
        self.outgoing.clear(drop);
        self.machine.clear(|caller| owed.push(caller));
        self.timers.clear();
        self.inbox.clear_own();
        owed.extend(self.requests.take().into_iter().flat_map(|requests| requests.into_joined()));
        owed
    }

    /// The worker is down for good: as [`Worker::crashed`], and the queue is emptied too.
    pub fn ended(&mut self) -> Vec<C> {
        let mut owed = self.crashed();
        let given = std::mem::replace(&mut self.given, Given::Nothing);
        if let Given::Waiting { offered, .. } = given {
            owed.extend(offered.into_caller());
        }
        self.inbox.clear_offered(|caller| owed.push(caller));
        self.wake = None;
        owed
    }

    /// Inputs that wait and count against the queue's bound, the postponed ones among them.
    pub fn queued(&self) -> usize {
        self.inbox.waiting() + self.machine.held()
    }

    /// How many inputs wait for a change of state.
    pub fn postponed(&self) -> usize {
        self.machine.postponed().len()
    }

    /// Those inputs, oldest first.
    pub fn postponed_inputs(&self) -> impl Iterator<Item = &Input> {
        self.machine.postponed()
    }

    /// The name of the state it is in, if it has named one.
    pub fn state(&self) -> Option<&str> {
        self.machine.state()
    }

    /// The queue's bound.
    pub fn capacity(&self) -> usize {
        self.inbox.capacity()
    }

    /// Callers that wait for a delayed reply.
    pub fn pending_replies(&self) -> usize {
        self.pending.len()
    }

    /// Timers running.
    pub fn timers(&self) -> usize {
        self.timers.len()
    }

    /// The timers that run, with their names and when they go off, in the order of their start.
    pub fn running(&self) -> impl Iterator<Item = (TimerKind, &str, Nanos)> {
        self.timers.running()
    }

    /// Inputs taken so far.
    pub fn steps(&self) -> u64 {
        self.seq
    }

    /// Ends the timers of this kind, also those that have gone off and were not yet stepped.
    pub(super) fn cancel_timers(&mut self, kind: TimerKind) {
        self.timers.cancel_all(kind);
        self.cancel_fired(|fired, _| fired == kind);
    }

    pub(super) fn cancel_fired(&mut self, mut gone: impl FnMut(TimerKind, &str) -> bool) {
        self.machine.cancel_fired(&mut gone);
        self.inbox.cancel_fired(gone);
    }

    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}

/// The deadline of a guest's call, bounded.
pub(super) fn deadline(now: Nanos, timeout_ms: u64) -> Nanos {
    let longest = u64::try_from(CALL_TIME_MAX.as_millis()).unwrap_or(u64::MAX);
    now.saturating_add(timeout_ms.min(longest).saturating_mul(1_000_000))
}

fn call_error(failure: Failure) -> CallError {
    match failure.kind {
        Kind::NoWorker => CallError::NoWorker,
        Kind::Crashed => CallError::Crashed(failure.text),
        Kind::Stopped => CallError::Stopped(failure.text),
        // To a caller both say the same: not executed, and later it may be.
        Kind::Overloaded | Kind::StorageFull => CallError::Overloaded,
        Kind::TimedOut => CallError::TimedOut,
        Kind::Ok | Kind::Refused | Kind::BadRequest => CallError::Refused(failure.text),
    }
}
