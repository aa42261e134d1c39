//! A step returned: its effects become actions, all of them or none.

use super::action::Action;
use super::worker::{Worker, deadline};
use crate::base::limits::{
    INTERNAL_EVENTS_MAX, NAME_BYTES_MAX, OUTGOING_CALLS_MAX, PENDING_REPLIES_MAX, SUBSCRIPTIONS_MAX, TIMERS_MAX,
};
use crate::base::{Effect, ExitKind, ExitReason, Fault, FaultClass, Nanos, TimerKind};

impl<C> Worker<C> {
    /// Applies the effects of the step (or of `init`) that has just returned, appending to
    /// `actions` what is left to do. A caller that was neither answered nor will be in a later step
    /// goes on waiting until its deadline.
    ///
    /// # Errors
    /// An effect broke a bound or is not known; nothing was applied and the step counts as crashed.
    pub fn commit(&mut self, effects: Vec<Effect>, now: Nanos, actions: &mut Vec<Action<C>>) -> Result<(), Fault> {
        self.admits(&effects)?;
        let mut stop = None;
        for effect in effects {
            match effect {
                Effect::Reply { token, body } => {
                    if let Some(caller) = self.caller(token) {
                        actions.push(Action::Answer(caller, Ok(body)));
                    }
                }
                Effect::Cast { to, body } => actions.push(Action::Cast { to, body }),
                Effect::Call(call) => {
                    let id = self.number();
                    let deadline = deadline(now, call.timeout_ms);
                    self.outgoing.insert(id, deadline, call.tag);
                    self.wake_by(deadline);
                    actions.push(Action::Call { to: call.to, body: call.body, id, deadline });
                }
                Effect::NextEvent(body) => self.internal.push_back(body),
                Effect::StartTimer(timer) => {
                    let at = now.saturating_add(timer.after_ms.saturating_mul(1_000_000));
                    self.inbox.cancel_fired(|kind, name| kind == timer.kind && name == timer.name);
                    self.timers.start(timer.kind, timer.name, at, timer.body);
                }
                Effect::CancelTimer(name) => {
                    self.inbox.cancel_fired(|_, fired| fired == name);
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
                Effect::Stop(kind) => stop = Some(exit_reason(kind)),
                _ => {}
            }
        }
        self.keep_current();
        actions.extend(stop.map(Action::Stop));
        Ok(())
    }

    fn caller(&mut self, token: u64) -> Option<C> {
        match self.current.take() {
            Some(current) if current.token == token => Some(current.caller),
            current => {
                self.current = current;
                self.pending.remove(token)
            }
        }
    }

    fn keep_current(&mut self) {
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
        if let ([Effect::Reply { token, .. }], Some(current)) = (effects, &self.current)
            && *token == current.token
        {
            return Ok(());
        }
        let count = |wanted: fn(&Effect) -> bool| effects.iter().filter(|effect| wanted(effect)).count();
        bound(
            "internal events",
            INTERNAL_EVENTS_MAX,
            self.internal.len() + count(|e| matches!(e, Effect::NextEvent(_))),
        )?;
        // What has fired or was answered but waits to be stepped counts too: it was not lost to a bound.
        let (timers, calls) = (count(|e| matches!(e, Effect::StartTimer(_))), count(|e| matches!(e, Effect::Call(_))));
        let (fired, answered) = if timers + calls > 0 { self.inbox.own_waiting() } else { (0, 0) };
        bound("timers", TIMERS_MAX, self.timers.len() + fired + timers)?;
        bound("unanswered calls", OUTGOING_CALLS_MAX, self.outgoing.len() + answered + calls)?;
        self.admits_topics(effects)?;
        let kept = self.current.as_ref().is_some_and(|current| {
            !effects.iter().any(|e| matches!(e, Effect::Reply { token, .. } if *token == current.token))
        });
        bound("callers waiting for a reply", PENDING_REPLIES_MAX, self.pending.len() + usize::from(kept))?;
        effects.iter().find_map(not_built).map_or(Ok(()), |what| {
            let text = format!("asked for `{what}`, which this version of the host does not offer");
            Err(Fault::new(FaultClass::Contract, text))
        })
    }

    fn admits_topics(&self, effects: &[Effect]) -> Result<(), Fault> {
        let mut heard = self.topics.len();
        for effect in effects {
            let (Effect::Publish { topic, .. } | Effect::Subscribe(topic) | Effect::Unsubscribe(topic)) = effect else {
                continue;
            };
            if !(1..=NAME_BYTES_MAX).contains(&topic.len()) {
                let text = format!("a topic has 1 to {NAME_BYTES_MAX} bytes, this one has {}", topic.len());
                return Err(Fault::new(FaultClass::Contract, text));
            }
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

/// The effects of the contract that no room carries out yet.
fn not_built(effect: &Effect) -> Option<&str> {
    match effect {
        Effect::NextState(_) => Some("next-state"),
        Effect::RepeatState => Some("repeat-state"),
        Effect::Postpone => Some("postpone"),
        Effect::StartChild { .. } => Some("start-child"),
        Effect::StopChild { .. } => Some("stop-child"),
        Effect::Other(name, _) => Some(name),
        Effect::StartTimer(timer) if timer.kind == TimerKind::State => Some("start-timer (state)"),
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
