//! A step returned: its effects become actions, all of them or none.

use std::collections::BTreeSet;

use super::action::Action;
use super::inbox::Own;
use super::machine::{Fired, Transition};
use super::once::not_done;
use super::requests::Became;
use super::worker::{Began, Worker, deadline};
use crate::base::limits::{
    ADDRESS_BYTES_MAX, INTERNAL_BYTES_MAX, INTERNAL_EVENTS_MAX, MONITORS_MAX, NAME_BYTES_MAX, OUTGOING_CALLS_MAX,
    PENDING_REPLIES_MAX, SUBSCRIPTIONS_MAX, SUPERVISED_HANDLERS_MAX, TIMER_BYTES_MAX, TIMERS_MAX,
};
use crate::base::{
    Effect, ExitKind, ExitReason, Fault, FaultClass, HandlerOrder, Nanos, OutgoingCall, TimerKind, TimerStart,
    check_topic,
};

impl<C> Worker<C> {
    /// Applies the effects of the step that has just returned, appending to `actions` what is left
    /// to do; stopping comes last, after every reply. A caller that was neither answered nor will be
    /// in a later step goes on waiting until its deadline.
    ///
    /// # Errors
    /// An effect broke a bound or the rules of a state machine, or is not known; nothing was applied
    /// and the step counts as crashed.
    #[inline]
    pub fn commit(&mut self, mut effects: Vec<Effect>, now: Nanos, actions: &mut Vec<Action<C>>) -> Result<(), Fault> {
        if let Some(answer) = self.mere_reply(&mut effects) {
            actions.push(answer);
            self.forget_step();
            return Ok(());
        }
        self.commit_all(effects, now, actions)
    }

    fn commit_all(&mut self, effects: Vec<Effect>, now: Nanos, actions: &mut Vec<Action<C>>) -> Result<(), Fault> {
        let transition = self.check(&effects)?;
        let changed = self.machine.transit(&transition);
        if changed {
            self.cancel_timers(TimerKind::State);
        }
        let events = self.apply(effects, now, actions);
        if let Some(token) = self.machine.dropped(&transition) {
            let mut late = vec![];
            self.drop_request(token, &mut late);
            actions.extend(late.into_iter().map(not_done));
        }
        self.machine.queue(&transition, changed, &mut self.current, events);
        self.forget_step();
        self.keep_current(actions);
        Ok(())
    }

    /// The answer to the caller of this very step, if the step wants nothing else: then no bound and no
    /// rule is touched. Most steps that are waited for are such, but for workers that remember requests.
    #[inline]
    fn mere_reply(&mut self, effects: &mut Vec<Effect>) -> Option<Action<C>> {
        if self.requests.is_some() {
            return None;
        }
        let [Effect::Reply { token, body }] = effects.as_mut_slice() else { return None };
        let current = self.current.take_if(|current| current.token == *token)?;
        Some(Action::Answer(current.caller, Ok(std::mem::take(body))))
    }

    /// Applies the effects of an `init` that has just returned, as [`Worker::commit`] does those of a
    /// step. An `init` changes no state: it says in which one the worker begins or goes on.
    ///
    /// # Errors
    /// As [`Worker::commit`].
    pub fn begin(
        &mut self,
        began: Began,
        effects: Vec<Effect>,
        now: Nanos,
        actions: &mut Vec<Action<C>>,
    ) -> Result<(), Fault> {
        let transition = self.check(&effects)?;
        match began {
            Began::Fresh => self.machine.begin(&transition),
            Began::Carried => self.machine.rename(&transition),
        }
        let events = self.apply(effects, now, actions);
        self.machine.queue(&transition, false, &mut self.current, events);
        Ok(())
    }

    /// Applies the effects of a `terminate` that has just returned, as far as they reach others; gives the
    /// contract's words of the rest, each once.
    ///
    /// # Errors
    /// As [`Worker::commit`].
    pub fn terminate(
        &mut self,
        mut effects: Vec<Effect>,
        now: Nanos,
        actions: &mut Vec<Action<C>>,
    ) -> Result<BTreeSet<&'static str>, Fault> {
        let unheard = effects.iter().filter(|effect| !reaches_others(effect)).map(Effect::word).collect();
        effects.retain(reaches_others);
        self.check(&effects)?;
        self.apply(effects, now, actions);
        Ok(unheard)
    }

    /// Does what concerns this worker and collects the rest; gives the inserted events.
    fn apply(&mut self, effects: Vec<Effect>, now: Nanos, actions: &mut Vec<Action<C>>) -> Vec<Vec<u8>> {
        let (mut last, mut events) = (None, vec![]);
        for effect in effects {
            match effect {
                Effect::Reply { token, body } => self.tell(token, Became::Answered(Ok(body)), actions),
                Effect::HttpReply { token, reply } => self.tell(token, Became::AnsweredHttp(reply), actions),
                Effect::Forward { token, to, body } => self.tell(token, Became::Forwarded { to, body }, actions),
                Effect::Cast { to, body } => actions.push(Action::Cast { to, body }),
                Effect::Call(call) => actions.push(self.outgoing(call, now)),
                Effect::NextEvent(body) => events.push(body),
                Effect::StartTimer(timer) => self.start_timer(timer, now),
                Effect::UpdateTimer(timer) => self.update_timer(timer),
                Effect::CancelTimer(name) => {
                    self.cancel_fired(|_, fired| fired == name);
                    self.timers.cancel(&name);
                }
                Effect::Publish { topic, body } => actions.push(Action::Publish { topic, body }),
                Effect::Subscribe(topic) => {
                    let new = self.topics.insert(topic.clone());
                    actions.extend(new.then_some(Action::Subscribe(topic)));
                }
                Effect::Unsubscribe(topic) => {
                    let heard = self.topics.remove(&topic);
                    actions.extend(heard.then_some(Action::Unsubscribe(topic)));
                }
                Effect::Supervisor(request) => {
                    // A call to a supervisor has no deadline in OTP; here it has the longest there is.
                    let id = request.tag.map(|tag| self.await_answer(tag, deadline(now, u64::MAX)));
                    actions.push(Action::Supervisor { request, id });
                }
                Effect::Handler(order) => actions.push(self.change_handlers(order, now)),
                Effect::Monitor { worker, tag } => actions.push(self.monitor(worker, tag)),
                Effect::Demonitor(tag) => self.demonitor(tag, actions),
                Effect::Hibernate => last = last.or(Some(Action::Hibernate)),
                Effect::Stop(kind) => last = Some(Action::Stop(exit_reason(kind))),
                // The machine has them from the check.
                Effect::NextState(_) | Effect::RepeatState | Effect::EnterCalls | Effect::Postpone => {}
                // Nothing is remembered of an input yet that could be left out.
                Effect::Unchanged => {}
                // Refused by the check.
                Effect::Other(..) => {}
            }
        }
        actions.extend(last);
        events
    }

    fn change_handlers(&mut self, order: Box<HandlerOrder>, now: Nanos) -> Action<C> {
        let deadline = deadline(now, u64::MAX);
        let call = order.tag.map(|tag| (self.await_answer(tag, deadline), deadline));
        let tie = order.supervised.then(|| self.number());
        self.supervised.extend(tie.map(|tie| (tie, order.manager.clone())));
        Action::Handler { order, call, tie }
    }

    fn outgoing(&mut self, call: OutgoingCall, now: Nanos) -> Action<C> {
        let deadline = deadline(now, call.timeout_ms);
        let id = self.await_answer(call.tag, deadline);
        Action::Call { to: call.to, body: call.body, id, deadline }
    }

    /// Awaits something for this tag; gives the number under which it must come.
    fn await_answer(&mut self, tag: u64, deadline: Nanos) -> u64 {
        let id = self.number();
        self.outgoing.insert(id, deadline, tag);
        self.wake_by(deadline);
        id
    }

    fn start_timer(&mut self, timer: TimerStart, now: Nanos) {
        let TimerStart { kind, name, after_ms, body } = timer;
        self.cancel_fired(|fired, called| fired == kind && called == name);
        self.timers.cancel_one(kind, &name);
        match after_ms {
            0 => self.fire((kind, name, body)),
            u64::MAX => {}
            _ => {
                let at = now.saturating_add(after_ms.saturating_mul(1_000_000));
                self.timers.start(kind, name, at, body);
            }
        }
    }

    fn update_timer(&mut self, timer: TimerStart) {
        let TimerStart { kind, name, body, .. } = timer;
        let known = self.timers.update(kind, &name, &body)
            || self.machine.update_fired(kind, &name, &body)
            || self.inbox.update_fired(kind, &name, &body);
        if !known {
            self.fire((kind, name, body));
        }
    }

    /// A timer that is to go off at once never runs.
    fn fire(&mut self, fired: Fired) {
        if let Err((kind, name, body)) = self.machine.fire(fired) {
            self.inbox.push_own(Own::Fired(kind, name, body));
        }
    }

    /// This becomes of the call with this token.
    fn tell(&mut self, token: u64, became: Became, actions: &mut Vec<Action<C>>) {
        let id = self.settle_request(token, &became, actions);
        if let Some((deadline, caller)) = self.caller(token) {
            actions.extend(became.action(caller, deadline, id));
        }
    }

    /// The caller with this token, who from now on waits for somebody else, and its deadline.
    fn caller(&mut self, token: u64) -> Option<(Nanos, C)> {
        match self.current.take() {
            Some(current) if current.token == token => Some((current.deadline, current.caller)),
            current => {
                self.current = current;
                self.pending.take(token).or_else(|| self.machine.take_caller(token))
            }
        }
    }

    fn keep_current(&mut self, actions: &mut Vec<Action<C>>) {
        if let Some(told) = self.current.take_if(|current| current.is_host) {
            actions.push(Action::Answer(told.caller, Ok(vec![])));
        }
        if let Some(current) = self.current.take() {
            self.wake_by(current.deadline);
            self.pending.insert(current.token, current.deadline, current.caller);
        }
    }

    /// Whether these effects could be committed now.
    ///
    /// # Errors
    /// An effect breaks a bound or is not known.
    pub fn admits(&self, effects: &[Effect]) -> Result<(), Fault> {
        self.check(effects).map(drop)
    }

    /// The same; says what they mean for the state.
    fn check(&self, effects: &[Effect]) -> Result<Transition, Fault> {
        let transition = Transition::of(effects);
        let count = |wanted: fn(&Effect) -> bool| effects.iter().filter(|effect| wanted(effect)).count();
        self.machine.admits(&transition, effects, self.inbox.capacity())?;
        let events = count(|e| matches!(e, Effect::NextEvent(_)));
        if events > 0 {
            let (waiting, bytes) = self.machine.internal();
            bound("internal events", INTERNAL_EVENTS_MAX, waiting + events)?;
            let new = effects.iter().map(|e| if let Effect::NextEvent(body) = e { body.len() } else { 0 });
            bound("bytes of internal events", INTERNAL_BYTES_MAX, bytes + new.sum::<usize>())?;
        }
        // What has fired or was answered but waits to be stepped counts too: it was not lost to a bound.
        let calls = count(|e| match e {
            Effect::Call(_) => true,
            Effect::Supervisor(request) => request.tag.is_some(),
            Effect::Handler(order) => order.supervised || order.tag.is_some(),
            _ => false,
        });
        let supervised = count(|e| matches!(e, Effect::Handler(order) if order.supervised));
        bound("supervised handlers", SUPERVISED_HANDLERS_MAX, self.supervised.len() + supervised)?;
        effects.iter().try_for_each(timer_fits)?;
        let timers = effects.iter().filter(|effect| self.is_another_timer(effect)).count();
        let (fired, answered) = if timers + calls > 0 { self.inbox.own_waiting() } else { (0, 0) };
        bound("timers", TIMERS_MAX, self.timers.len() + self.machine.fired() + fired + timers)?;
        bound("unanswered calls", OUTGOING_CALLS_MAX, self.outgoing.len() + answered + calls)?;
        self.admits_topics(effects)?;
        self.admits_monitors(effects)?;
        let kept = self.current.as_ref().is_some_and(|current| {
            let done = |e: &Effect| e.answers() == Some(current.token);
            !effects.iter().any(done)
        });
        bound("callers waiting for a reply", PENDING_REPLIES_MAX, self.pending.len() + usize::from(kept))?;
        effects.iter().find_map(not_built).map_or(Ok(transition), |what| {
            let text = format!("asked for `{what}`, which this version of the host does not offer");
            Err(Fault::new(FaultClass::Contract, text))
        })
    }

    /// Whether this effect may leave one more timer than there are.
    fn is_another_timer(&self, effect: &Effect) -> bool {
        let (Effect::StartTimer(timer) | Effect::UpdateTimer(timer)) = effect else { return false };
        !self.timers.runs(timer.kind, &timer.name)
    }

    fn admits_monitors(&self, effects: &[Effect]) -> Result<(), Fault> {
        let mut new = 0;
        for effect in effects {
            if let Effect::Monitor { worker, .. } = effect {
                bound("bytes of a worker's address", ADDRESS_BYTES_MAX, worker.len())?;
                new += 1;
            }
        }
        if new == 0 {
            return Ok(());
        }
        bound("monitors", MONITORS_MAX, self.monitors.len() + self.inbox.downs() + new)
    }

    fn admits_topics(&self, effects: &[Effect]) -> Result<(), Fault> {
        let mut heard = self.topics.len();
        for effect in effects {
            let (Effect::Publish { topic, .. } | Effect::Subscribe(topic) | Effect::Unsubscribe(topic)) = effect else {
                continue;
            };
            check_topic(topic).map_err(|failure| Fault::new(FaultClass::Contract, failure.text))?;
            heard += usize::from(matches!(effect, Effect::Subscribe(_)) && !self.topics.contains(topic));
        }
        bound("topics subscribed to", SUBSCRIPTIONS_MAX, heard)
    }
}

fn bound(what: &str, most: usize, now: usize) -> Result<(), Fault> {
    if now <= most {
        return Ok(());
    }
    Err(Fault::new(FaultClass::Contract, format!("{now} {what}, at most {most}")))
}

/// A worker keeps many timers and looks through their names: they stay small.
fn timer_fits(effect: &Effect) -> Result<(), Fault> {
    match effect {
        Effect::StartTimer(timer) | Effect::UpdateTimer(timer) => {
            bound("bytes of a timer's name", NAME_BYTES_MAX, timer.name.len())?;
            bound("bytes of a timer's body", TIMER_BYTES_MAX, timer.body.len())
        }
        Effect::CancelTimer(name) => bound("bytes of a timer's name", NAME_BYTES_MAX, name.len()),
        _ => Ok(()),
    }
}

/// Whether an effect comes to something although its worker ends.
fn reaches_others(effect: &Effect) -> bool {
    match effect {
        Effect::Reply { .. }
        | Effect::HttpReply { .. }
        | Effect::Forward { .. }
        | Effect::Cast { .. }
        | Effect::Publish { .. } => true,
        Effect::Supervisor(request) => request.tag.is_none(),
        Effect::Handler(order) => order.tag.is_none() && !order.supervised,
        // Refused by the check.
        Effect::Other(..) => true,
        _ => false,
    }
}

/// The effects of the contract that no room carries out yet.
fn not_built(effect: &Effect) -> Option<&str> {
    match effect {
        Effect::Other(name, _) => Some(name),
        _ => None,
    }
}

fn exit_reason(kind: ExitKind) -> ExitReason {
    match kind {
        ExitKind::Normal => ExitReason::Normal,
        ExitKind::Shutdown | ExitKind::Upgrade => ExitReason::Shutdown,
        ExitKind::Crashed(text) => ExitReason::Crashed(Fault::new(FaultClass::Deliberate, text)),
    }
}
