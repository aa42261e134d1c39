//! Between the generated types and those of [`crate::base`]: moves, no copies, and the bounds on
//! what a guest returns.

use super::bindings::types as wit;
use crate::base::{
    CallError, Context, Down, DownWhy, Effect, ExitKind, Fault, FaultClass, GuestLimits, HandlerChange, HandlerEnd,
    HandlerOrder, HandlerStart, HandlerWhy, HttpHeader, HttpReply, HttpRequest, Input, OutgoingCall, SavedState, Start,
    StartFailure, SupervisorRequest, TimerKind, TimerStart, Wish, limits,
};

pub(super) fn context(context: Context) -> wit::Context {
    wit::Context { now_ms: context.now_ms, seq: context.seq }
}

pub(super) fn start(start: Start) -> wit::Start {
    let Start { worker, generation, now_ms, seed, config, state } = start;
    let state = state.map(|SavedState { schema, data }| wit::SavedState { schema, data });
    wit::Start { worker, generation, now_ms, seed, config, state }
}

pub(super) fn start_failure(failure: wit::StartFailure) -> StartFailure {
    match failure {
        wit::StartFailure::Ignore => StartFailure::Ignore,
        wit::StartFailure::UnknownSchema => StartFailure::UnknownSchema,
        wit::StartFailure::Stop(reason) => StartFailure::Stop(cut(reason)),
    }
}

pub(super) fn exit_reason(kind: ExitKind) -> wit::ExitReason {
    match kind {
        ExitKind::Normal => wit::ExitReason::Normal,
        ExitKind::Shutdown => wit::ExitReason::Shutdown,
        ExitKind::Upgrade => wit::ExitReason::Upgrade,
        ExitKind::Crashed(reason) => wit::ExitReason::Crashed(reason),
    }
}

pub(super) fn input(input: Input) -> wit::Input {
    match input {
        Input::Call { token, body } => wit::Input::Call(wit::Request { token, body }),
        Input::Http { token, request } => wit::Input::Http(http_request(token, *request)),
        Input::Cast(body) => wit::Input::Cast(body),
        Input::Published { topic, body } => wit::Input::Published(wit::Publication { topic, body }),
        Input::Timer { name, body } => wit::Input::Timer(wit::Timer { name, body }),
        Input::Response { tag, outcome } => {
            let outcome = outcome.map_or_else(|error| wit::Outcome::Failed(call_error(error)), wit::Outcome::Replied);
            wit::Input::Response(wit::Response { tag, outcome })
        }
        Input::Internal(body) => wit::Input::Internal(body),
        Input::Entered(from) => wit::Input::Entered(from),
        Input::HandlerEnded(end) => wit::Input::HandlerEnded(handler_end(*end)),
        Input::Down(end) => wit::Input::Down(down(*end)),
        Input::StartPhase(phase) => wit::Input::StartPhase(phase),
        Input::PrepStop => wit::Input::PrepStop,
        Input::ConfigChanged(config) => wit::Input::ConfigChanged(config),
        Input::Other(name, body) => wit::Input::Other((name, body)),
    }
}

fn http_request(token: u64, request: HttpRequest) -> wit::HttpRequest {
    let HttpRequest { method, path, query, headers, body } = request;
    let headers = headers.into_iter().map(|HttpHeader { name, value }| wit::HttpHeader { name, value }).collect();
    wit::HttpRequest { token, method, path, query, headers, body }
}

fn handler_end(end: HandlerEnd) -> wit::HandlerEnd {
    let HandlerEnd { manager, handler, why } = end;
    let why = match why {
        HandlerWhy::Normal => wit::HandlerWhy::Normal,
        HandlerWhy::Shutdown => wit::HandlerWhy::Shutdown,
        HandlerWhy::Swapped(new) => wit::HandlerWhy::Swapped(new),
        HandlerWhy::Crashed(text) => wit::HandlerWhy::Crashed(text),
    };
    wit::HandlerEnd { manager, handler, why }
}

fn down(end: Down) -> wit::Down {
    let Down { tag, worker, why } = end;
    let why = match why {
        DownWhy::NoWorker => wit::DownWhy::NoWorker,
        DownWhy::Normal => wit::DownWhy::Normal,
        DownWhy::Shutdown => wit::DownWhy::Shutdown,
        DownWhy::Killed => wit::DownWhy::Killed,
        DownWhy::Crashed(reason) => wit::DownWhy::Crashed(reason),
        DownWhy::Unreachable => wit::DownWhy::Unreachable,
    };
    wit::Down { tag, worker, why }
}

fn call_error(error: CallError) -> wit::CallError {
    match error {
        CallError::NoWorker => wit::CallError::NoWorker,
        CallError::Crashed(reason) => wit::CallError::Crashed(reason),
        CallError::Stopped(reason) => wit::CallError::Stopped(reason),
        CallError::Overloaded => wit::CallError::Overloaded,
        CallError::TimedOut => wit::CallError::TimedOut,
        CallError::Refused(text) => wit::CallError::Refused(text),
    }
}

/// What the guest may return from one function.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    word: &'static str,
    effects: usize,
    body: usize,
}

impl Bounds {
    /// Of the function people know by this word.
    pub(super) fn new(word: &'static str, guest: &GuestLimits) -> Bounds {
        Bounds { word, effects: guest.effects, body: guest.reply }
    }

    /// The guest's effects.
    ///
    /// # Errors
    /// There are too many, or one is too large.
    pub(super) fn effects(self, effects: Vec<wit::Effect>) -> Result<Vec<Effect>, Fault> {
        if effects.len() > self.effects {
            let text = format!("{} returned {} effects, limit {}", self.word, effects.len(), self.effects);
            return Err(Fault::new(FaultClass::Contract, text));
        }
        effects.into_iter().map(|effect| self.effect(effect)).collect()
    }

    /// The guest's refusal.
    ///
    /// # Errors
    /// It is too long.
    pub(super) fn refusal(self, text: String) -> Result<String, Fault> {
        self.text("refusal", text)
    }

    fn effect(self, effect: wit::Effect) -> Result<Effect, Fault> {
        Ok(match effect {
            wit::Effect::Reply(wit::Reply { token, body }) => Effect::Reply { token, body: self.body("reply", body)? },
            wit::Effect::HttpReply(reply) => self.http_reply(reply)?,
            wit::Effect::Forward(wit::Forward { token, to, body }) => {
                Effect::Forward { token, to: self.text("forward", to)?, body: self.body("forward", body)? }
            }
            wit::Effect::Cast(wit::Message { to, body }) => {
                Effect::Cast { to: self.text("cast", to)?, body: self.body("cast", body)? }
            }
            wit::Effect::Call(call) => Effect::Call(self.call(call)?),
            wit::Effect::Publish(wit::Publication { topic, body }) => {
                Effect::Publish { topic: self.text("publish", topic)?, body: self.body("publish", body)? }
            }
            wit::Effect::Subscribe(topic) => Effect::Subscribe(self.text("subscribe", topic)?),
            wit::Effect::Unsubscribe(topic) => Effect::Unsubscribe(self.text("unsubscribe", topic)?),
            wit::Effect::NextState(name) => Effect::NextState(self.text("next-state", name)?),
            wit::Effect::RepeatState => Effect::RepeatState,
            wit::Effect::EnterCalls => Effect::EnterCalls,
            wit::Effect::Postpone => Effect::Postpone,
            wit::Effect::NextEvent(body) => Effect::NextEvent(self.body("next-event", body)?),
            wit::Effect::StartTimer(timer) => Effect::StartTimer(self.timer(timer)?),
            wit::Effect::UpdateTimer(timer) => Effect::UpdateTimer(self.timer(timer)?),
            wit::Effect::CancelTimer(name) => Effect::CancelTimer(self.text("cancel-timer", name)?),
            wit::Effect::StartChild(start) => self.start(start, |key, config| Wish::StartChild { key, config })?,
            wit::Effect::EnsureChild(start) => self.start(start, |key, config| Wish::EnsureChild { key, config })?,
            wit::Effect::StopChild(order) => self.order(order, Wish::StopChild)?,
            wit::Effect::RestartChild(order) => self.order(order, Wish::RestartChild)?,
            wit::Effect::DeleteChild(order) => self.order(order, Wish::DeleteChild)?,
            wit::Effect::WhichChildren(query) => {
                self.request(query.supervisor, Wish::WhichChildren, Some(query.tag))?
            }
            wit::Effect::CountChildren(query) => {
                self.request(query.supervisor, Wish::CountChildren, Some(query.tag))?
            }
            wit::Effect::AddHandler(new) => Effect::Handler(self.new_handler(new, HandlerChange::Add)?),
            wit::Effect::DeleteHandler(wit::HandlerOrder { manager, handler, tag }) => {
                let change = HandlerChange::Delete(self.text("delete-handler", handler)?);
                let manager = self.text("delete-handler", manager)?;
                Effect::Handler(Box::new(HandlerOrder { manager, change, supervised: false, tag }))
            }
            wit::Effect::SwapHandler(wit::HandlerSwap { old, successor }) => {
                let old = self.text("swap-handler", old)?;
                Effect::Handler(self.new_handler(successor, |new| HandlerChange::Swap(old, new))?)
            }
            wit::Effect::Monitor(wit::MonitorStart { worker, tag }) => {
                Effect::Monitor { worker: self.text("monitor", worker)?, tag }
            }
            wit::Effect::Demonitor(tag) => Effect::Demonitor(tag),
            wit::Effect::Unchanged => Effect::Unchanged,
            wit::Effect::TableWrite(_) => Effect::Other("table-write".to_owned(), vec![]),
            wit::Effect::Hibernate => Effect::Hibernate,
            wit::Effect::Stop(reason) => Effect::Stop(exit_kind(reason)),
            wit::Effect::Other((name, body)) => Effect::Other(self.text("other", name)?, self.body("other", body)?),
        })
    }

    fn http_reply(self, reply: wit::HttpReply) -> Result<Effect, Fault> {
        let wit::HttpReply { token, status, headers, body } = reply;
        let headers = headers.into_iter().map(|wit::HttpHeader { name, value }| HttpHeader { name, value }).collect();
        let reply = HttpReply { status, headers, body: self.body("http-reply", body)? };
        match reply.fault() {
            Some(why) => {
                Err(Fault::new(FaultClass::Contract, format!("asked for an `http-reply` that is none: {why}")))
            }
            None => Ok(Effect::HttpReply { token, reply: Box::new(reply) }),
        }
    }

    fn start(self, start: wit::ChildStart, wish: fn(String, Vec<u8>) -> Wish) -> Result<Effect, Fault> {
        let (key, config) = (self.text("a child's key", start.key)?, self.body("a child's config", start.config)?);
        self.request(start.supervisor, wish(key, config), start.tag)
    }

    fn order(self, order: wit::ChildOrder, wish: fn(String) -> Wish) -> Result<Effect, Fault> {
        let wish = wish(self.text("a child's name", order.child)?);
        self.request(order.supervisor, wish, order.tag)
    }

    fn request(self, supervisor: String, wish: Wish, tag: Option<u64>) -> Result<Effect, Fault> {
        let supervisor = self.text(wish.word(), supervisor)?;
        Ok(Effect::Supervisor(Box::new(SupervisorRequest { supervisor, wish, tag })))
    }

    fn call(self, call: wit::OutgoingCall) -> Result<OutgoingCall, Fault> {
        let wit::OutgoingCall { to, body, tag, timeout_ms } = call;
        Ok(OutgoingCall { to: self.text("call", to)?, body: self.body("call", body)?, tag, timeout_ms })
    }

    fn new_handler(
        self,
        new: wit::HandlerStart,
        change: impl FnOnce(HandlerStart) -> HandlerChange,
    ) -> Result<Box<HandlerOrder>, Fault> {
        let wit::HandlerStart { manager, handler, behaviour, config, supervised, tag } = new;
        let (handler, behaviour) = (self.text("handler", handler)?, self.text("handler", behaviour)?);
        let change = change(HandlerStart { handler, behaviour, config: self.body("handler", config)? });
        Ok(Box::new(HandlerOrder { manager: self.text("handler", manager)?, change, supervised, tag }))
    }

    fn timer(self, timer: wit::TimerStart) -> Result<TimerStart, Fault> {
        let wit::TimerStart { kind, name, after_ms, body } = timer;
        let kind = match kind {
            wit::TimerKind::Named => TimerKind::Named,
            wit::TimerKind::State => TimerKind::State,
            wit::TimerKind::Event => TimerKind::Event,
        };
        let (name, body) = (self.text("start-timer", name)?, self.body("start-timer", body)?);
        Ok(TimerStart { kind, name, after_ms, body })
    }

    #[inline]
    fn body(self, what: &str, body: Vec<u8>) -> Result<Vec<u8>, Fault> {
        if body.len() <= self.body { Ok(body) } else { Err(self.too_large(what, body.len())) }
    }

    fn text(self, what: &str, text: String) -> Result<String, Fault> {
        if text.len() <= self.body { Ok(text) } else { Err(self.too_large(what, text.len())) }
    }

    #[cold]
    fn too_large(self, what: &str, bytes: usize) -> Fault {
        let text = format!("{} returned a {what} of {bytes} bytes, limit {}", self.word, self.body);
        Fault::new(FaultClass::Contract, text)
    }
}

fn exit_kind(reason: wit::ExitReason) -> ExitKind {
    match reason {
        wit::ExitReason::Normal => ExitKind::Normal,
        wit::ExitReason::Shutdown => ExitKind::Shutdown,
        wit::ExitReason::Upgrade => ExitKind::Upgrade,
        wit::ExitReason::Crashed(reason) => ExitKind::Crashed(cut(reason)),
    }
}

fn cut(mut reason: String) -> String {
    reason.truncate(reason.floor_char_boundary(limits::REASON_BYTES_MAX));
    reason
}
