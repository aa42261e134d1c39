//! What a step knows besides its input, and what it wants done.

use std::time::Duration;

use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bindings::tomte::behaviour::types;
use crate::bindings::tomte::behaviour::types::{Effect, ExitReason, HandlerStart, TimerKind};
use crate::{HttpReply, to_json};

/// A caller whose reply is still owed. May be kept in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caller(pub(crate) u64);

impl Serialize for Caller {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Caller {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Caller, D::Error> {
        u64::deserialize(from).map(Caller)
    }
}

/// Given to every callback: the host's time, and the collector of what the step wants done.
/// Nothing is done before the step has returned, and nothing at all if it refuses or crashes.
#[derive(Debug, Default)]
pub struct Context {
    now_ms: u64,
    seq: u64,
    pub(crate) caller: Option<Caller>,
    effects: Vec<Effect>,
}

impl Context {
    pub(crate) fn new(now_ms: u64, seq: u64) -> Context {
        Context { now_ms, seq, caller: None, effects: Vec::new() }
    }

    pub(crate) fn into_effects(self) -> Vec<Effect> {
        self.effects
    }

    /// The host's clock, in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// How many inputs this worker has been given before, over all its instances.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Who waits for an answer to this input. `None` for a cast and all that is no request.
    pub fn caller(&self) -> Option<Caller> {
        self.caller
    }

    /// Answers a caller of this or an earlier step, as JSON.
    pub fn reply(&mut self, caller: Caller, output: &impl Serialize) {
        self.reply_bytes(caller, to_json(output));
    }

    /// Answers a caller of this or an earlier step.
    pub fn reply_bytes(&mut self, caller: Caller, body: Vec<u8>) {
        self.effect(Effect::Reply(types::Reply { token: caller.0, body }));
    }

    /// Answers a caller of this or an earlier step, with a status and headers if it came by HTTP.
    pub fn reply_http(&mut self, caller: Caller, reply: HttpReply) {
        let HttpReply { status, headers, body } = reply;
        self.effect(Effect::HttpReply(types::HttpReply { token: caller.0, status, headers, body }));
    }

    /// Promises that this input has left the state as it was, so that nobody needs to remember it. Whoever breaks
    /// the promise loses what it changed.
    pub fn unchanged(&mut self) {
        self.effect(Effect::Unchanged);
    }

    /// Has another worker answer a caller of this or an earlier step: it gets this request, as JSON,
    /// as a call of that caller, who goes on waiting until its own deadline.
    pub fn forward(&mut self, caller: Caller, to: &str, request: &impl Serialize) {
        let forward = types::Forward { token: caller.0, to: to.to_owned(), body: to_json(request) };
        self.effect(Effect::Forward(forward));
    }

    /// Sends a message to a worker, as JSON.
    pub fn cast(&mut self, to: &str, message: &impl Serialize) {
        self.effect(Effect::Cast(types::Message { to: to.to_owned(), body: to_json(message) }));
    }

    /// Calls a worker, as JSON. The outcome comes back with this tag.
    pub fn call(&mut self, to: &str, request: &impl Serialize, tag: u64, timeout: Duration) {
        let call =
            types::OutgoingCall { to: to.to_owned(), body: to_json(request), tag, timeout_ms: milliseconds(timeout) };
        self.effect(Effect::Call(call));
    }

    /// Sends a message to every subscriber of a topic, as JSON.
    pub fn publish(&mut self, topic: &str, message: &impl Serialize) {
        self.effect(Effect::Publish(types::Publication { topic: topic.to_owned(), body: to_json(message) }));
    }

    /// Receives the messages of a topic from now on.
    pub fn subscribe(&mut self, topic: &str) {
        self.effect(Effect::Subscribe(topic.to_owned()));
    }

    /// Receives the messages of a topic no longer.
    pub fn unsubscribe(&mut self, topic: &str) {
        self.effect(Effect::Unsubscribe(topic.to_owned()));
    }

    /// The name of the timer that [`Context::state_timeout`] starts.
    pub const STATE_TIMEOUT: &'static str = "state_timeout";
    /// The name of the timer that [`Context::event_timeout`] starts.
    pub const EVENT_TIMEOUT: &'static str = "event_timeout";

    /// Starts a named timer, in place of a running one of that name. The message comes back with
    /// it, as JSON. After no time at all it goes off at once; [`Duration::MAX`] is never, and only
    /// ends a running one.
    pub fn start_timer(&mut self, name: &str, after: Duration, message: &impl Serialize) {
        self.start(TimerKind::Named, name, after, message);
    }

    /// The same with a time on the host's clock, in milliseconds since the Unix epoch.
    pub fn start_timer_at(&mut self, name: &str, at_ms: u64, message: &impl Serialize) {
        self.start(TimerKind::Named, name, Duration::from_millis(at_ms.saturating_sub(self.now_ms)), message);
    }

    /// Starts a timer that a change of state ends.
    pub fn state_timeout(&mut self, after: Duration, message: &impl Serialize) {
        self.start(TimerKind::State, Context::STATE_TIMEOUT, after, message);
    }

    /// Starts a timer that any input ends: a server's idle timeout. For a server, one of no time at
    /// all goes off when the queue is empty.
    pub fn event_timeout(&mut self, after: Duration, message: &impl Serialize) {
        self.start(TimerKind::Event, Context::EVENT_TIMEOUT, after, message);
    }

    /// Gives a running timer another message; it goes off when it would have. One that does not run
    /// goes off at once.
    pub fn update_timer(&mut self, kind: TimerKind, name: &str, message: &impl Serialize) {
        self.effect(Effect::UpdateTimer(timer(kind, name, Duration::ZERO, message)));
    }

    fn start(&mut self, kind: TimerKind, name: &str, after: Duration, message: &impl Serialize) {
        self.effect(Effect::StartTimer(timer(kind, name, after, message)));
    }

    /// Has this input given again after the next change of state. For a state machine.
    pub fn postpone(&mut self) {
        self.effect(Effect::Postpone);
    }

    /// Cancels every timer of this name.
    pub fn cancel_timer(&mut self, name: &str) {
        self.effect(Effect::CancelTimer(name.to_owned()));
    }

    /// Has this message given back, as JSON, before anything that waits in the queue.
    pub fn next_event(&mut self, message: &impl Serialize) {
        self.effect(Effect::NextEvent(to_json(message)));
    }

    /// Starts a dynamic child under a simple_one_for_one supervisor; it is then the worker
    /// `SUPERVISOR/KEY`, and what is sent to it from here on waits for it. The configuration, as JSON,
    /// is in place of its template's. Nobody is told if it does not start, or if one of this key is there;
    /// the log is.
    pub fn start_child(&mut self, supervisor: &str, key: &str, config: &impl Serialize) {
        let (supervisor, key) = (supervisor.to_owned(), key.to_owned());
        self.effect(Effect::StartChild(types::ChildStart { supervisor, key, config: to_json(config), tag: None }));
    }

    /// Starts a dynamic child unless one of this key is there. For whoever wants it to be there, again and
    /// again.
    pub fn ensure_child(&mut self, supervisor: &str, key: &str, config: &impl Serialize) {
        let (supervisor, key) = (supervisor.to_owned(), key.to_owned());
        self.effect(Effect::EnsureChild(types::ChildStart { supervisor, key, config: to_json(config), tag: None }));
    }

    /// Stops a child, by its name or its key.
    pub fn stop_child(&mut self, supervisor: &str, child: &str) {
        let (supervisor, child) = (supervisor.to_owned(), child.to_owned());
        self.effect(Effect::StopChild(types::ChildOrder { supervisor, child, tag: None }));
    }

    /// Asks something of a supervisor. The answer comes back as the response with this tag: nothing, or
    /// a refusal with OTP's code, such as `already_started` or `running`.
    pub fn ask_supervisor<'a>(&'a mut self, supervisor: &'a str, tag: u64) -> Supervisor<'a> {
        Supervisor { context: self, name: supervisor, tag }
    }

    /// Adds a handler to an event manager; it hears what is sent to the manager from here on.
    pub fn add_handler(&mut self, new: HandlerStart) {
        self.effect(Effect::AddHandler(new));
    }

    /// Has a handler take the place of `old` and what it saves: see [`HandlerStart`]. A handler may name itself;
    /// then the other one hears what still waits.
    pub fn swap_handler(&mut self, old: &str, successor: HandlerStart) {
        self.effect(Effect::SwapHandler(types::HandlerSwap { old: old.to_owned(), successor }));
    }

    /// Has a handler leave its manager. With a tag the outcome comes back.
    pub fn delete_handler(&mut self, manager: &str, handler: &str, tag: Option<u64>) {
        let (manager, handler) = (manager.to_owned(), handler.to_owned());
        self.effect(Effect::DeleteHandler(types::HandlerOrder { manager, handler, tag }));
    }

    /// Watches a worker: its end comes back once with this tag, at once if it does not run. A worker that is
    /// restarted is another one.
    pub fn monitor(&mut self, worker: &str, tag: u64) {
        self.effect(Effect::Monitor(types::MonitorStart { worker: worker.to_owned(), tag }));
    }

    /// Watches no longer what was monitored with this tag; nothing comes of it any more.
    pub fn demonitor(&mut self, tag: u64) {
        self.effect(Effect::Demonitor(tag));
    }

    /// Has the state saved and the instance dropped until the next input.
    pub fn hibernate(&mut self) {
        self.effect(Effect::Hibernate);
    }

    /// Ends this worker after this step.
    pub fn stop(&mut self, reason: ExitReason) {
        self.effect(Effect::Stop(reason));
    }

    /// Any effect of the contract.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

impl HandlerStart {
    /// A handler of this manager, under this name, that runs this behaviour; `MANAGER/HANDLER` is its
    /// address.
    pub fn new(manager: &str, handler: &str, behaviour: &str) -> HandlerStart {
        let (manager, handler, behaviour) = (manager.to_owned(), handler.to_owned(), behaviour.to_owned());
        HandlerStart { manager, handler, behaviour, config: Vec::new(), supervised: false, tag: None }
    }

    /// With this configuration, as JSON.
    #[must_use]
    pub fn config(self, config: &impl Serialize) -> HandlerStart {
        HandlerStart { config: to_json(config), ..self }
    }

    /// It ends with this worker, and this worker is told when it ends.
    #[must_use]
    pub fn supervised(self) -> HandlerStart {
        HandlerStart { supervised: true, ..self }
    }

    /// The outcome comes back as a response with this tag: an empty body, or why it was refused.
    #[must_use]
    pub fn tag(self, tag: u64) -> HandlerStart {
        HandlerStart { tag: Some(tag), ..self }
    }
}

/// A supervisor that is asked something, once; from [`Context::ask_supervisor`].
#[derive(Debug)]
pub struct Supervisor<'a> {
    context: &'a mut Context,
    name: &'a str,
    tag: u64,
}

impl Supervisor<'_> {
    /// Starts a dynamic child, as [`Context::start_child`] does; told once its `init` has returned.
    pub fn start_child(self, key: &str, config: &impl Serialize) {
        let start = self.start(key, config);
        self.context.effect(Effect::StartChild(start));
    }

    /// Starts a dynamic child unless one of this key is there; told once its `init` has returned, or at once
    /// if it is there.
    pub fn ensure_child(self, key: &str, config: &impl Serialize) {
        let start = self.start(key, config);
        self.context.effect(Effect::EnsureChild(start));
    }

    /// Stops a child; told once it has stopped, also if it had before.
    pub fn stop_child(self, child: &str) {
        let order = self.order(child);
        self.context.effect(Effect::StopChild(order));
    }

    /// Starts a child that was stopped.
    pub fn restart_child(self, child: &str) {
        let order = self.order(child);
        self.context.effect(Effect::RestartChild(order));
    }

    /// Forgets the specification of a child that was stopped.
    pub fn delete_child(self, child: &str) {
        let order = self.order(child);
        self.context.effect(Effect::DeleteChild(order));
    }

    /// Asks for its children, newest first: a JSON array of objects with `child`, `state` (`running`,
    /// `restarting` or `none`), `type` (`worker` or `supervisor`) and `behaviour`.
    pub fn which_children(self) {
        let query = self.query();
        self.context.effect(Effect::WhichChildren(query));
    }

    /// Asks how many it has: a JSON object with `specs`, `active`, `supervisors` and `workers`.
    pub fn count_children(self) {
        let query = self.query();
        self.context.effect(Effect::CountChildren(query));
    }

    fn start(&self, key: &str, config: &impl Serialize) -> types::ChildStart {
        let (supervisor, key) = (self.name.to_owned(), key.to_owned());
        types::ChildStart { supervisor, key, config: to_json(config), tag: Some(self.tag) }
    }

    fn order(&self, child: &str) -> types::ChildOrder {
        types::ChildOrder { supervisor: self.name.to_owned(), child: child.to_owned(), tag: Some(self.tag) }
    }

    fn query(&self) -> types::SupervisorQuery {
        types::SupervisorQuery { supervisor: self.name.to_owned(), tag: self.tag }
    }
}

fn timer(kind: TimerKind, name: &str, after: Duration, message: &impl Serialize) -> types::TimerStart {
    types::TimerStart { kind, name: name.to_owned(), after_ms: milliseconds(after), body: to_json(message) }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
