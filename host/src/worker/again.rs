//! The steps of a worker once more, as its journal has them: afterwards it stands where it stood, with nobody waiting.
//!
//! Nothing is queued and no time passes meanwhile. Each record says which of the worker's own things its input has used
//! up, since the order in which they came was the world's and is not the worker's to know.

use super::action::Action;
use super::inbox::Offered;
use super::worker::{Taken, Worker};
use crate::base::{Bug, CallError, Effect, Fault, Input, Nanos, Source, is_planted};

/// What a worker whose call was under way is told when its host has started anew.
const HOST_RESTARTED: &str = "the host was restarted before the answer came";

impl<C> Worker<C> {
    /// Takes an input that was taken before, at this time. Whoever waited for it then is not there now: this is in
    /// its place.
    ///
    /// # Errors
    /// Why this worker cannot have been given that input here.
    pub fn retake(&mut self, taken: &Taken, now: Nanos, nobody: C) -> Result<(), String> {
        let Taken { seq, input, source } = taken;
        self.expire_callers(now, &mut vec![]);
        let is_at_hand = match *source {
            Source::Front => self.retake_front(now).as_ref() == Some(input),
            Source::Others { deadline } => self.retake_offered(input.clone(), deadline, nobody)? == *input,
            Source::Request { deadline, id } => {
                let retaken = self.retake_offered(input.clone(), Some(deadline), nobody)?;
                self.begin_request(id, &mut vec![]);
                retaken == *input
            }
            own => self.retakes_own(own, input),
        };
        if !is_at_hand {
            return Err(format!("input {seq} is not what the worker had at hand ({source:?})"));
        }
        if *source != Source::Front && !is_planted(Bug::EventTimersStay) {
            self.begin_step(input);
        }
        match self.number_step() {
            next if next == *seq => Ok(()),
            next => Err(format!("input {seq} comes where {next} is next")),
        }
    }

    /// Applies again what a step wanted that ended at this time. What reaches others has been done, and goes nowhere but
    /// to `actions`.
    ///
    /// # Errors
    /// As [`Worker::commit`].
    pub fn recommit(&mut self, effects: Vec<Effect>, now: Nanos, actions: &mut Vec<Action<C>>) -> Result<(), Fault> {
        self.expire_callers(now, &mut vec![]);
        self.commit(effects, now, actions)
    }

    /// A worker that was built again takes this one's place. What has come for this one meanwhile comes after all that
    /// the other has at hand.
    pub fn replace_by(&mut self, again: Worker<C>) {
        let inbox = std::mem::replace(&mut self.inbox, again.inbox);
        self.inbox.queue_behind(inbox);
        let (ours, theirs) = (self.wake, again.wake);
        self.machine = again.machine;
        self.timers = again.timers;
        self.current = again.current;
        self.pending = again.pending;
        self.outgoing = again.outgoing;
        self.topics = again.topics;
        self.supervised = again.supervised;
        self.monitors = again.monitors;
        self.requests = again.requests;
        self.numbers = again.numbers;
        self.seq = again.seq;
        self.wake = ours.into_iter().chain(theirs).min();
    }

    /// The worker stands where it stood, but in another host: calls of its own will not be answered, and it has to be
    /// made known again to whatever it hears of.
    pub fn resume(&mut self, actions: &mut Vec<Action<C>>) {
        for (id, tag) in self.outgoing.drain() {
            self.answered(id, tag, Err(CallError::Stopped(HOST_RESTARTED.to_owned())));
        }
        actions.extend(self.topics.iter().cloned().map(Action::Subscribe));
        let monitors = self.monitors.iter();
        actions.extend(monitors.map(|(number, (_, to))| Action::Monitor { to: to.clone(), number: *number }));
    }

    fn retake_front(&mut self, now: Nanos) -> Option<Input> {
        if let Some(entered) = self.machine.take_entered() {
            return Some(entered);
        }
        let input = self.take_front(now, &mut vec![])?;
        self.begin_step(&input);
        Some(input)
    }

    fn retake_offered(&mut self, input: Input, deadline: Option<Nanos>, caller: C) -> Result<Input, String> {
        let offered = match (input, deadline) {
            (Input::Cast(body), None) => Offered::Cast(body),
            (Input::Published { topic, body }, None) => Offered::Published { topic: topic.into(), body: body.into() },
            (Input::Call { body, .. }, Some(deadline)) => Offered::Call { caller, deadline, body },
            (Input::Http { request, .. }, Some(deadline)) => Offered::Http { caller, deadline, request },
            (input @ (Input::StartPhase(_) | Input::PrepStop), Some(deadline)) => {
                Offered::Host { caller, deadline, input: Box::new(input) }
            }
            (input, _) => return Err(format!("nobody can have sent {input:?}")),
        };
        Ok(self.taken(offered).1)
    }

    /// Whether the worker has what this input used up; from now on it has not.
    fn retakes_own(&mut self, source: Source, input: &Input) -> bool {
        match (source, input) {
            (Source::Timer(kind), Input::Timer { name, .. }) => {
                let ran = self.timers.runs(kind, name);
                self.timers.cancel_one(kind, name);
                ran | self.inbox.take_fired(kind, name)
            }
            (Source::Call(id), Input::Response { .. }) => self.outgoing.remove(id).is_some(),
            (Source::Handler { tie, gone: true }, Input::HandlerEnded(_)) => self.supervised.remove(&tie).is_some(),
            (Source::Handler { tie, gone: false }, Input::HandlerEnded(_)) => self.supervised.contains_key(&tie),
            (Source::Monitor(number), Input::Down(_)) => self.monitors.remove(&number).is_some(),
            (Source::Config, Input::ConfigChanged(_)) => true,
            _ => false,
        }
    }
}
