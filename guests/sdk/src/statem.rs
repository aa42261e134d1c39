//! `gen_statem`: a state, data beside it, and typed events.

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;
use serde_json::Value;

use crate::codec::state_from_json;
use crate::{
    Behaviour, CallError, Caller, Context, Down, Effect, ExitReason, HandlerEnd, HttpRequest, Input, Refusal,
    SavedState, Start, StartFailure, crash, from_json, to_json,
};

/// What happened. Bodies are as they were sent: [`from_json`] reads what the SDK wrote.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<S, I> {
    /// Somebody asks and waits; answer with [`Context::reply`], now or later.
    Call(Caller, I),
    /// A request of HTTP as its client sent it, from a listener with `raw = true`; answer with
    /// [`Context::reply_http`], now or later.
    Http(Caller, HttpRequest),
    /// Somebody tells.
    Cast(I),
    /// This state was entered from that one. Only with [`GenStatem::ENTER`].
    Enter(S),
    /// A timer went off.
    Timeout {
        /// Its name: [`Context::STATE_TIMEOUT`], [`Context::EVENT_TIMEOUT`] or its own.
        name: String,
        /// What it was started with.
        body: Vec<u8>,
    },
    /// The message of a [`Context::next_event`].
    Internal(Vec<u8>),
    /// An own call came back.
    Response {
        /// The tag it was made with.
        tag: u64,
        /// The reply, or why there is none.
        outcome: Result<Vec<u8>, CallError>,
    },
    /// A message on a subscribed topic.
    Published {
        /// The topic.
        topic: String,
        /// The message.
        body: Vec<u8>,
    },
    /// A handler that this worker has added as supervised is gone.
    HandlerEnded(HandlerEnd),
    /// A worker that this one has monitored is gone.
    Down(Down),
    /// An input this SDK has no case for.
    Other(String, Vec<u8>),
}

impl<S, I> From<I> for Event<S, I> {
    /// A call with this input, for [`crate::run_statem`], which says whose it is.
    fn from(input: I) -> Event<S, I> {
        Event::Call(Caller(0), input)
    }
}

/// Where an event leads. To stop, call [`Context::stop`] and keep the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<S> {
    /// Nowhere.
    Keep,
    /// To this state. If it is the present one, nowhere.
    To(S),
    /// Into the present state again: it is entered anew, but nothing postponed comes again.
    Repeat,
}

/// What a callback of a state machine returns.
///
/// A refusal answers the caller; the state and the data must then be as they were.
pub type Transition<S> = Result<Next<S>, Refusal>;

/// The function of one state, for machines that are written as one function per state.
pub type StateFunction<S, I, D> = fn(Event<S, I>, &mut D, &mut Context) -> Transition<S>;

/// A state machine: OTP's `gen_statem`.
///
/// Write `init` and one of the two callback styles: [`GenStatem::handle_event`], one function for
/// every event, or [`GenStatem::function`], one function per state. The host keeps the queue:
/// [`Context::postpone`] gives an event again after the next change of state, a
/// [`Context::state_timeout`] ends with its state, an [`Context::event_timeout`] with any event.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use std::time::Duration;
/// use tomte_guest::{Context, Event, GenStatem, Next, Start, StartFailure, StateFunction, Transition};
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// enum Door { Locked, Open }
///
/// #[derive(Clone, Debug, PartialEq, Deserialize)]
/// enum Input { Code(String), Push }
///
/// struct Lock;
///
/// impl GenStatem for Lock {
///     type State = Door;
///     type Data = String;
///     type Input = Input;
///     const SCHEMA: &'static str = "lock/1";
///
///     fn init(_: &Start, _: &mut Context) -> Result<(Door, String), StartFailure> {
///         Ok((Door::Locked, "1234".to_owned()))
///     }
///
///     fn function(state: &Door) -> StateFunction<Door, Input, String> {
///         match state { Door::Locked => locked, Door::Open => open }
///     }
/// }
///
/// fn locked(event: Event<Door, Input>, code: &mut String, context: &mut Context) -> Transition<Door> {
///     match event {
///         Event::Call(caller, Input::Code(tried)) if tried == *code => {
///             context.reply(caller, &"open");
///             context.state_timeout(Duration::from_secs(10), &"lock");
///             return Ok(Next::To(Door::Open));
///         }
///         Event::Call(caller, Input::Code(_)) => context.reply(caller, &"wrong"),
///         // Whoever pushes waits until the door is open.
///         Event::Call(_, Input::Push) => context.postpone(),
///         _ => {}
///     }
///     Ok(Next::Keep)
/// }
///
/// fn open(event: Event<Door, Input>, _: &mut String, context: &mut Context) -> Transition<Door> {
///     match event {
///         Event::Call(caller, _) => context.reply(caller, &"come in"),
///         Event::Timeout { .. } => return Ok(Next::To(Door::Locked)),
///         _ => {}
///     }
///     Ok(Next::Keep)
/// }
///
/// tomte_guest::export!(statem: Lock);
/// # fn main() {}
/// ```
pub trait GenStatem: Sized {
    /// The states. The host knows one by its JSON text, and two of the same text are one state.
    type State: Clone + PartialEq + Serialize + DeserializeOwned;
    /// What it keeps beside the state; leaves the instance as JSON.
    type Data: Serialize + DeserializeOwned;
    /// What it is asked and told.
    type Input: DeserializeOwned;
    /// The schema of state and data together, for example `lock/2`.
    const SCHEMA: &'static str;
    /// Whether it wants [`Event::Enter`] for each state that is entered: OTP's `state_enter`.
    const ENTER: bool = false;

    /// State and data of a fresh start.
    ///
    /// # Errors
    /// The worker does not start.
    fn init(start: &Start, context: &mut Context) -> Result<(Self::State, Self::Data), StartFailure>;

    /// The function of a state.
    fn function(state: &Self::State) -> StateFunction<Self::State, Self::Input, Self::Data> {
        let _ = state;
        |_, _, _| crash("a state machine needs `handle_event` or `function`")
    }

    /// Any event in any state. Unless written, it is for the state's own function.
    ///
    /// # Errors
    /// The event is refused; state and data must then be as they were.
    fn handle_event(
        state: &Self::State,
        event: Event<Self::State, Self::Input>,
        data: &mut Self::Data,
        context: &mut Context,
    ) -> Transition<Self::State> {
        Self::function(state)(event, data, context)
    }

    /// For the callback of an application: a phase of its start, when all of it runs (OTP's
    /// `start_phase`). Unless written, there is nothing to do.
    ///
    /// # Errors
    /// The application does not start.
    fn start_phase(
        state: &Self::State,
        data: &mut Self::Data,
        phase: &str,
        context: &mut Context,
    ) -> Transition<Self::State> {
        let _ = (state, data, phase, context);
        Ok(Next::Keep)
    }

    /// For the callback of an application: it is about to stop, and all of it still runs (OTP's
    /// `prep_stop`). Unless written, there is nothing to do.
    ///
    /// # Errors
    /// The event is refused; the application stops all the same.
    fn prep_stop(state: &Self::State, data: &mut Self::Data, context: &mut Context) -> Transition<Self::State> {
        let _ = (state, data, context);
        Ok(Next::Keep)
    }

    /// The worker's configuration is this JSON text from now on (OTP's `config_change`). Unless
    /// written, the next instance learns of it from [`Start::config`].
    ///
    /// # Errors
    /// It is no configuration for this worker; state and data must then be as they were.
    fn config_change(
        state: &Self::State,
        data: &mut Self::Data,
        config: &[u8],
        context: &mut Context,
    ) -> Transition<Self::State> {
        let _ = (state, data, config, context);
        Ok(Next::Keep)
    }

    /// The worker ends in an orderly way. It may still reply and send.
    fn terminate(state: &Self::State, data: &mut Self::Data, reason: ExitReason, context: &mut Context) {
        let _ = (state, data, reason, context);
    }

    /// Reads state and data of another schema than [`GenStatem::SCHEMA`]: OTP's `code_change`. The
    /// state may get another name by it; it is not entered, and nothing postponed comes again.
    ///
    /// # Errors
    /// [`StartFailure::UnknownSchema`] for a schema it does not know, unless written for all.
    fn migrate(schema: &str, data: &[u8]) -> Result<(Self::State, Self::Data), StartFailure> {
        let _ = (schema, data);
        Err(StartFailure::UnknownSchema)
    }

    /// Writes state and data in another schema than [`GenStatem::SCHEMA`], for a downgrade.
    ///
    /// # Errors
    /// They cannot be written so; unless written, for all.
    fn save_as(state: &Self::State, data: &Self::Data, schema: &str) -> Result<Vec<u8>, Refusal> {
        let _ = (state, data);
        Err(Refusal::new(format!("a state of schema {} cannot be written as {schema}", Self::SCHEMA)))
    }

    /// Bytes to input; JSON unless written.
    ///
    /// # Errors
    /// The bytes are not an input: a refusal, never a crash.
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        from_json(body).map_err(|error| Refusal::new(format!("not an input of this behaviour: {error}")))
    }
}

/// A [`GenStatem`] as a [`Behaviour`].
#[derive(Debug)]
pub struct Statem<M: GenStatem> {
    state: M::State,
    data: M::Data,
}

impl<M: GenStatem> Statem<M> {
    fn event(&self, input: Input, context: &Context) -> Result<Event<M::State, M::Input>, Refusal> {
        Ok(match input {
            Input::Call(request) => match context.caller() {
                Some(caller) => Event::Call(caller, M::decode(&request.body)?),
                None => Event::Cast(M::decode(&request.body)?),
            },
            Input::Http(request) => Event::Http(Caller(request.token), request),
            Input::Cast(body) => Event::Cast(M::decode(&body)?),
            Input::Entered(from) => Event::Enter(state_of(&from).unwrap_or_else(|| self.state.clone())),
            Input::Timer(timer) => Event::Timeout { name: timer.name, body: timer.body },
            Input::Internal(body) => Event::Internal(body),
            Input::Response(response) => Event::Response { tag: response.tag, outcome: response.outcome.into() },
            Input::Published(message) => Event::Published { topic: message.topic, body: message.body },
            Input::HandlerEnded(end) => Event::HandlerEnded(end),
            Input::Down(down) => Event::Down(down),
            Input::Other((name, body)) => Event::Other(name, body),
            // They have functions of their own.
            Input::StartPhase(_) | Input::PrepStop | Input::ConfigChanged(_) => {
                return Err(Refusal::new("not an event of a state machine"));
            }
        })
    }
}

/// What the host calls a state: its JSON text, a plain string without its quotes.
fn name_of(state: &impl Serialize) -> String {
    match serde_json::to_value(state) {
        Ok(Value::String(name)) => name,
        Ok(value) => value.to_string(),
        Err(error) => crash(format!("the state has no JSON form: {error}")),
    }
}

fn state_of<S: DeserializeOwned>(name: &str) -> Option<S> {
    serde_json::from_value(Value::String(name.to_owned())).or_else(|_| serde_json::from_str(name)).ok()
}

impl<M: GenStatem> Behaviour for Statem<M> {
    fn init(start: Start, context: &mut Context) -> Result<Statem<M>, StartFailure> {
        let (state, data) = match &start.state {
            None => M::init(&start, context)?,
            Some(saved) if saved.schema == M::SCHEMA => state_from_json(saved)?,
            Some(saved) => M::migrate(&saved.schema, &saved.data)?,
        };
        context.effect(Effect::NextState(name_of(&state)));
        if M::ENTER {
            context.effect(Effect::EnterCalls);
        }
        Ok(Statem { state, data })
    }

    fn step(&mut self, input: Input, context: &mut Context) -> Result<(), Refusal> {
        let (state, data) = (&self.state, &mut self.data);
        let next = match input {
            Input::StartPhase(phase) => M::start_phase(state, data, &phase, context)?,
            Input::PrepStop => M::prep_stop(state, data, context)?,
            Input::ConfigChanged(config) => M::config_change(state, data, &config, context)?,
            input => {
                let event = self.event(input, context)?;
                M::handle_event(&self.state, event, &mut self.data, context)?
            }
        };
        match next {
            Next::Keep => {}
            Next::Repeat => context.effect(Effect::RepeatState),
            Next::To(state) => {
                context.effect(Effect::NextState(name_of(&state)));
                self.state = state;
            }
        }
        Ok(())
    }

    fn terminate(&mut self, reason: ExitReason, context: &mut Context) {
        M::terminate(&self.state, &mut self.data, reason, context);
    }

    fn save(&self) -> SavedState {
        SavedState { schema: M::SCHEMA.to_owned(), data: to_json(&(&self.state, &self.data)) }
    }

    fn save_as(&self, schema: &str) -> Result<Vec<u8>, Refusal> {
        if schema == M::SCHEMA {
            return Ok(to_json(&(&self.state, &self.data)));
        }
        M::save_as(&self.state, &self.data, schema)
    }
}
