//! What waits for a worker: a bounded queue of what others send, beside what it asked for itself.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::base::{
    BoundedQueue, Down, Full, HttpRequest, Input, Nanos, QueueSpec, RequestId, Source, Tally, TimerKind,
};

/// What others send.
#[derive(Debug)]
pub enum Offered<C> {
    /// A call.
    Call {
        /// Who waits.
        caller: C,
        /// When the caller stops waiting.
        deadline: Nanos,
        /// The request.
        body: Vec<u8>,
    },
    /// A request of HTTP, as its client sent it.
    Http {
        /// Who waits.
        caller: C,
        /// When the caller stops waiting.
        deadline: Nanos,
        /// The request; few workers hear such, so that it makes no other item larger.
        request: Box<HttpRequest>,
    },
    /// What the host itself has to say; it waits until the worker has stepped it.
    Host {
        /// Who waits.
        caller: C,
        /// When the caller stops waiting.
        deadline: Nanos,
        /// The input; there are few of them, so that they make no other item larger.
        input: Box<Input>,
    },
    /// A call or a request of HTTP that is to be done once; few have an id, so that it makes no other item larger.
    Once(Box<Once<C>>),
    /// A message nobody waits for.
    Cast(Vec<u8>),
    /// A publication, shared by all who hear it.
    Published {
        /// The topic.
        topic: Arc<str>,
        /// The message.
        body: Arc<[u8]>,
    },
}

/// A request with an id.
#[derive(Debug)]
pub struct Once<C> {
    /// Its id.
    pub id: RequestId,
    /// Who waits.
    pub caller: C,
    /// When the caller stops waiting.
    pub deadline: Nanos,
    /// What is asked.
    pub asked: Asked,
}

/// What a request asks.
#[derive(Debug)]
pub enum Asked {
    /// A call with this body.
    Call(Vec<u8>),
    /// All that came by HTTP.
    Http(Box<HttpRequest>),
}

impl<C> Once<C> {
    /// The same without its id.
    pub(super) fn without_id(self) -> Offered<C> {
        let Once { caller, deadline, asked, .. } = self;
        match asked {
            Asked::Call(body) => Offered::Call { caller, deadline, body },
            Asked::Http(request) => Offered::Http { caller, deadline, request },
        }
    }
}

impl<C> Offered<C> {
    /// This, to be done once, if it is something that can be.
    pub fn once(self, id: RequestId) -> Offered<C> {
        match self {
            Offered::Call { caller, deadline, body } => {
                Offered::Once(Box::new(Once { id, caller, deadline, asked: Asked::Call(body) }))
            }
            Offered::Http { caller, deadline, request } => {
                Offered::Once(Box::new(Once { id, caller, deadline, asked: Asked::Http(request) }))
            }
            other => other,
        }
    }

    /// Bytes of its body. What the host says is small and seldom; a publication is shared by those who hear it, but
    /// counts for each, since each may be the last to have it.
    fn bytes(&self) -> usize {
        match self {
            Offered::Call { body, .. } | Offered::Cast(body) => body.len(),
            Offered::Published { body, .. } => body.len(),
            Offered::Http { request, .. } => request.bytes(),
            Offered::Host { .. } => 0,
            Offered::Once(request) => match &request.asked {
                Asked::Call(body) => body.len(),
                Asked::Http(request) => request.bytes(),
            },
        }
    }

    /// When whoever waits for it stops waiting.
    pub fn deadline(&self) -> Option<Nanos> {
        match self {
            Offered::Call { deadline, .. } | Offered::Http { deadline, .. } | Offered::Host { deadline, .. } => {
                Some(*deadline)
            }
            Offered::Once(request) => Some(request.deadline),
            Offered::Cast(_) | Offered::Published { .. } => None,
        }
    }

    /// Whoever waits for it.
    pub fn into_caller(self) -> Option<C> {
        match self {
            Offered::Call { caller, .. } | Offered::Http { caller, .. } | Offered::Host { caller, .. } => Some(caller),
            Offered::Once(request) => Some(request.caller),
            Offered::Cast(_) | Offered::Published { .. } => None,
        }
    }
}

/// What found no place. Nothing of it was executed.
#[derive(Debug, PartialEq, Eq)]
pub enum Unplaced<C> {
    /// A call; its caller must be told.
    Call(C),
    /// A message.
    Cast,
}

impl<C> From<Offered<C>> for Unplaced<C> {
    fn from(offered: Offered<C>) -> Unplaced<C> {
        offered.into_caller().map_or(Unplaced::Cast, Unplaced::Call)
    }
}

/// A look for late calls goes through the whole queue at about this time per input. The next one
/// waits eight times as long as it took, so that however long the queue is, and however its deadlines
/// are spread, looking takes a small part of the time.
const LOOK_PER_INPUT: Nanos = 8 * 10;

/// Two lines served in order of arrival. Only the first has the manifest's bound: a timer or a
/// response is bounded by the number of timers and calls, and may not be lost to strangers.
#[derive(Debug)]
pub(super) struct Inbox<C> {
    offered: BoundedQueue<(u64, Offered<C>)>,
    own: VecDeque<(u64, Own)>,
    arrivals: u64,
    /// The earliest deadline there may be in `offered`.
    due: Option<Nanos>,
    /// No look for late calls before.
    rests_until: Nanos,
    /// Inputs looked at, for tests that count work.
    #[cfg(test)]
    pub(super) looks: usize,
}

/// What a worker asked for itself.
#[derive(Debug)]
pub(super) enum Own {
    /// A timer went off, and is not yet stepped.
    Fired(TimerKind, String, Vec<u8>),
    /// The outcome of a call, or the end of a handler.
    Response(Source, Input),
    /// A worker that was monitored by this number is gone.
    Down(u64, Box<Down>),
    /// The configuration is another one.
    Config(Vec<u8>),
}

impl Own {
    fn into_input(self) -> (Source, Input) {
        match self {
            Own::Fired(kind, name, body) => (Source::Timer(kind), Input::Timer { name, body }),
            Own::Response(source, input) => (source, input),
            Own::Down(number, down) => (Source::Monitor(number), Input::Down(down)),
            Own::Config(config) => (Source::Config, Input::ConfigChanged(config)),
        }
    }
}

/// The next in line.
pub(super) enum Next<C> {
    Offered(Offered<C>),
    Own(Source, Input),
}

impl<C> Inbox<C> {
    pub(super) fn new(spec: QueueSpec, tally: Tally) -> Inbox<C> {
        Inbox {
            offered: BoundedQueue::weighing(spec.capacity, spec.when_full, tally, |(_, item)| item.bytes()),
            own: VecDeque::new(),
            arrivals: 0,
            due: None,
            rests_until: 0,
            #[cfg(test)]
            looks: 0,
        }
    }

    /// What another has queued comes behind what is here of its own.
    pub(super) fn queue_behind(&mut self, other: Inbox<C>) {
        let own = std::mem::take(&mut self.own).into_iter().map(|(_, own)| (0, own));
        let own = own.chain(other.own).collect();
        *self = Inbox { own, ..other };
    }

    /// Queues what somebody sent, where so many places and bytes are taken by what was postponed.
    pub(super) fn offer(&mut self, held: (usize, usize), offered: Offered<C>) -> Result<(), Full<Unplaced<C>>> {
        self.due = self.due.into_iter().chain(offered.deadline()).min();
        let arrival = self.arrive();
        self.offered.push_beside(held.0, held.1, (arrival, offered)).map_err(|full| match full {
            Full::Rejected((_, item)) => Full::Rejected(item.into()),
            Full::Dropped((_, item)) => Full::Dropped(item.into()),
        })
    }

    pub(super) fn push_own(&mut self, own: Own) {
        let arrival = self.arrive();
        self.own.push_back((arrival, own));
    }

    /// The place in the order of arrival of what comes now, for what waits elsewhere.
    pub(super) fn arrive(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    /// The place of the next in line.
    pub(super) fn first_arrival(&self) -> Option<u64> {
        let offered = self.offered.iter().next().map(|(arrival, _)| *arrival);
        let own = self.own.front().map(|(arrival, _)| *arrival);
        offered.into_iter().chain(own).min()
    }

    /// Gives a timer that has gone off but was not stepped another body. Whether there is one.
    pub(super) fn update_fired(&mut self, of: TimerKind, called: &str, new: &[u8]) -> bool {
        for (_, own) in &mut self.own {
            if let Own::Fired(kind, name, body) = own
                && *kind == of
                && name == called
            {
                *body = new.to_vec();
                return true;
            }
        }
        false
    }

    /// Forgets timers that have gone off but were not stepped: a cancelled timer is never heard.
    pub(super) fn cancel_fired(&mut self, mut gone: impl FnMut(TimerKind, &str) -> bool) {
        if !self.own.is_empty() {
            self.own.retain(|(_, own)| !matches!(own, Own::Fired(kind, name, _) if gone(*kind, name)));
        }
    }

    /// Forgets the timer of this kind and name that has gone off but was not stepped. Whether there was one.
    pub(super) fn take_fired(&mut self, of: TimerKind, called: &str) -> bool {
        let before = self.own.len();
        self.cancel_fired(|kind, name| kind == of && name == called);
        self.own.len() < before
    }

    /// What the worker asked for itself, in order of arrival.
    pub(super) fn own(&self) -> impl Iterator<Item = &Own> {
        self.own.iter().map(|(_, own)| own)
    }

    /// Timers that have gone off and responses that have come, which wait to be stepped.
    pub(super) fn own_waiting(&self) -> (usize, usize) {
        let fired = self.own.iter().filter(|(_, own)| matches!(own, Own::Fired(..))).count();
        let answered = self.own.iter().filter(|(_, own)| matches!(own, Own::Response(..))).count();
        (fired, answered)
    }

    /// Ends of monitored workers that wait to be stepped.
    pub(super) fn downs(&self) -> usize {
        self.own.iter().filter(|(_, own)| matches!(own, Own::Down(..))).count()
    }

    /// The ends of workers that were monitored with this tag are not heard.
    pub(super) fn forget_down(&mut self, tag: u64) {
        self.own.retain(|(_, own)| !matches!(own, Own::Down(_, down) if down.tag == tag));
    }

    /// Queues a configuration; the last one counts, so at most one waits.
    pub(super) fn configure(&mut self, config: Vec<u8>) {
        self.own.retain(|(_, own)| !matches!(own, Own::Config(_)));
        self.push_own(Own::Config(config));
    }

    /// The next in line. Calls that are late by now go to `late` instead.
    pub(super) fn next(&mut self, now: Nanos, late: &mut Vec<C>) -> Option<Next<C>> {
        loop {
            match self.pop()? {
                Next::Offered(offered) if offered.deadline().is_some_and(|deadline| deadline <= now) => {
                    late.extend(offered.into_caller());
                }
                next => return Some(next),
            }
        }
    }

    fn pop(&mut self) -> Option<Next<C>> {
        let offered = self.offered.iter().next().map(|(arrival, _)| *arrival);
        let own = self.own.front().map(|(arrival, _)| *arrival);
        if own.is_some_and(|own| offered.is_none_or(|offered| own < offered)) {
            return self.own.pop_front().map(|(_, own)| {
                let (source, input) = own.into_input();
                Next::Own(source, input)
            });
        }
        self.offered.pop().map(|(_, item)| Next::Offered(item))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.offered.is_empty() && self.own.is_empty()
    }

    pub(super) fn waiting(&self) -> usize {
        self.offered.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.offered.capacity()
    }

    /// Forgets what the instance asked for itself.
    pub(super) fn clear_own(&mut self) {
        self.own.clear();
    }

    /// Hands every waiting caller to `each` and forgets every message.
    pub(super) fn clear_offered(&mut self, mut each: impl FnMut(C)) {
        self.due = None;
        self.offered.drain().filter_map(|(_, item)| item.into_caller()).for_each(&mut each);
    }

    /// When [`Inbox::expire`] wants to be called.
    pub(super) fn wake_at(&self) -> Option<Nanos> {
        self.due.map(|due| due.max(self.rests_until))
    }

    /// Takes out the calls whose deadline has come, those of a long queue a little later; says when to
    /// call again.
    pub(super) fn expire(&mut self, now: Nanos, each: impl FnMut(C)) -> Option<Nanos> {
        if self.wake_at().is_some_and(|at| at <= now) {
            self.rests_until = now.saturating_add(LOOK_PER_INPUT.saturating_mul(self.offered.len() as Nanos));
            self.due = self.look(now, each);
        }
        self.wake_at()
    }

    /// Goes through the queue; gives the earliest deadline of the rest.
    fn look(&mut self, now: Nanos, mut each: impl FnMut(C)) -> Option<Nanos> {
        #[cfg(test)]
        {
            self.looks += self.offered.len();
        }
        let late = |item: &(u64, Offered<C>)| item.1.deadline().is_some_and(|deadline| deadline <= now);
        self.offered.remove_where(late, |(_, item)| item.into_caller().into_iter().for_each(&mut each));
        self.offered.iter().filter_map(|(_, item)| item.deadline()).min()
    }
}
