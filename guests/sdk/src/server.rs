//! `gen_server`: one state, typed requests and replies.

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

use crate::bindings::tomte::behaviour::types;
use crate::codec::state_from_json;
use crate::{
    Behaviour, CallError, Context, Down, ExitReason, HandlerEnd, HttpReply, HttpRequest, Input, Refusal, SavedState,
    Start, StartFailure, from_json, log, to_json,
};

/// The answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<T> {
    /// This one, now.
    Now(T),
    /// Another step gives it to the [`crate::Caller`] that this one has kept.
    Later,
}

/// What a call comes to.
pub type Answer<T> = Result<Reply<T>, Refusal>;

/// Answers now.
///
/// # Errors
/// None; the type is that of [`GenServer::handle_call`].
pub fn reply<T>(output: T) -> Answer<T> {
    Ok(Reply::Now(output))
}

/// Answers in a later step: keep [`Context::caller`] for it.
///
/// # Errors
/// None; the type is that of [`GenServer::handle_call`].
pub fn later<T>() -> Answer<T> {
    Ok(Reply::Later)
}

/// Refuses the input: the caller gets the text, nothing has changed.
///
/// # Errors
/// Always.
pub fn refuse<T>(text: impl Into<String>) -> Answer<T> {
    Err(Refusal::new(text))
}

/// Everything that is neither a call nor a cast. Bodies are as they were sent: [`from_json`] reads
/// what the SDK wrote.
#[derive(Clone, Debug, PartialEq)]
pub enum Info {
    /// A timer went off.
    Timer {
        /// Its name.
        name: String,
        /// What it was started with.
        body: Vec<u8>,
    },
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
    /// The message of a [`Context::next_event`].
    Internal(Vec<u8>),
    /// A handler that this worker has added as supervised is gone.
    HandlerEnded(HandlerEnd),
    /// A worker that this one has monitored is gone.
    Down(Down),
    /// An input this SDK has no case for.
    Other(String, Vec<u8>),
}

impl Info {
    /// An input that is neither a call nor a cast.
    pub(crate) fn of(input: Input) -> Info {
        match input {
            Input::Published(message) => Info::Published { topic: message.topic, body: message.body },
            Input::Timer(timer) => Info::Timer { name: timer.name, body: timer.body },
            Input::Response(response) => Info::Response { tag: response.tag, outcome: response.outcome.into() },
            Input::Internal(body) => Info::Internal(body),
            Input::HandlerEnded(end) => Info::HandlerEnded(end),
            Input::Down(down) => Info::Down(down),
            Input::Entered(from) => Info::Other("entered".to_owned(), from.into_bytes()),
            Input::Call(types::Request { body, .. }) => Info::Other("call".to_owned(), body),
            Input::Http(request) => Info::Other("http".to_owned(), request.body),
            Input::Cast(body) => Info::Other("cast".to_owned(), body),
            Input::StartPhase(phase) => Info::Other("start-phase".to_owned(), phase.into_bytes()),
            Input::PrepStop => Info::Other("prep-stop".to_owned(), Vec::new()),
            Input::ConfigChanged(config) => Info::Other("config-changed".to_owned(), config),
            Input::Other((name, body)) => Info::Other(name, body),
        }
    }
}

fn text(body: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(body)
}

impl Info {
    /// Says in the log that there is no callback for it.
    pub(crate) fn unhandled(&self) {
        let what = match self {
            Info::Timer { name, body } => format!("timer {name} {}", text(body)),
            Info::Response { tag, outcome: Ok(body) } => format!("response {tag} {}", text(body)),
            Info::Response { tag, outcome: Err(error) } => format!("response {tag} {error:?}"),
            Info::Published { topic, body } => format!("{topic} {}", text(body)),
            Info::Internal(body) => format!("internal {}", text(body)),
            Info::HandlerEnded(end) => format!("the end of {}/{}", end.manager, end.handler),
            Info::Down(down) => format!("the end of {}", down.worker),
            Info::Other(name, body) => format!("{name} {}", text(body)),
        };
        log::warn(&format!("nothing here handles {what}"));
    }
}

/// A server: OTP's `gen_server`, with `&mut State` in place of a returned state.
///
/// Only `init` and `handle_call` must be written.
pub trait GenServer: Sized {
    /// Lives in the instance; leaves it as JSON.
    type State: Serialize + DeserializeOwned;
    /// What it is asked, by call or cast.
    type Input: DeserializeOwned;
    /// What it answers.
    type Output: Serialize;
    /// The schema its state is written in, for example `counter/2`.
    const SCHEMA: &'static str;

    /// The state of a fresh start.
    ///
    /// # Errors
    /// The worker does not start.
    fn init(start: &Start, context: &mut Context) -> Result<Self::State, StartFailure>;

    /// A request whose caller waits.
    ///
    /// # Errors
    /// The request is refused; the state must then be as it was.
    fn handle_call(state: &mut Self::State, input: Self::Input, context: &mut Context) -> Answer<Self::Output>;

    /// A message nobody waits for. Unless written, it is a call whose answer is thrown away.
    ///
    /// # Errors
    /// The message is refused; the state must then be as it was.
    fn handle_cast(state: &mut Self::State, input: Self::Input, context: &mut Context) -> Result<(), Refusal> {
        Self::handle_call(state, input, context).map(drop)
    }

    /// A request of HTTP as its client sent it, from a listener with `raw = true`. Unless written, it is refused.
    ///
    /// # Errors
    /// The request is refused, which is the status 422; the state must then be as it was.
    fn handle_http(state: &mut Self::State, request: HttpRequest, context: &mut Context) -> Answer<HttpReply> {
        let _ = (state, context);
        refuse(format!("this behaviour does not take {} {} as it is", request.method, request.path))
    }

    /// Everything else. Unless written, it is logged and forgotten.
    ///
    /// # Errors
    /// The input is refused; the state must then be as it was.
    fn handle_info(state: &mut Self::State, info: Info, context: &mut Context) -> Result<(), Refusal> {
        let _ = (state, context);
        info.unhandled();
        Ok(())
    }

    /// For the callback of an application: a phase of its start, when all of it runs (OTP's
    /// `start_phase`). Unless written, there is nothing to do.
    ///
    /// # Errors
    /// The application does not start.
    fn start_phase(state: &mut Self::State, phase: &str, context: &mut Context) -> Result<(), Refusal> {
        let _ = (state, phase, context);
        Ok(())
    }

    /// For the callback of an application: it is about to stop, and all of it still runs (OTP's
    /// `prep_stop`). OTP's `stop` is [`GenServer::terminate`]. Unless written, there is nothing to do.
    fn prep_stop(state: &mut Self::State, context: &mut Context) {
        let _ = (state, context);
    }

    /// The worker's configuration is this JSON text from now on (OTP's `config_change`). Unless
    /// written, the next instance learns of it from [`Start::config`].
    ///
    /// # Errors
    /// It is no configuration for this worker; the state must then be as it was.
    fn config_change(state: &mut Self::State, config: &[u8], context: &mut Context) -> Result<(), Refusal> {
        let _ = (state, config, context);
        Ok(())
    }

    /// The worker ends in an orderly way. It may still reply and send; whatever would come back to it does not.
    fn terminate(state: &mut Self::State, reason: ExitReason, context: &mut Context) {
        let _ = (state, reason, context);
    }

    /// Reads a state of another schema than [`GenServer::SCHEMA`]: OTP's `code_change`.
    ///
    /// # Errors
    /// [`StartFailure::UnknownSchema`] for a schema it does not know, unless written for all.
    fn migrate(schema: &str, data: &[u8]) -> Result<Self::State, StartFailure> {
        let _ = (schema, data);
        Err(StartFailure::UnknownSchema)
    }

    /// Writes the state in another schema than [`GenServer::SCHEMA`], for a downgrade.
    ///
    /// # Errors
    /// It cannot be written so; unless written, for all.
    fn save_as(state: &Self::State, schema: &str) -> Result<Vec<u8>, Refusal> {
        let _ = state;
        Err(Refusal::new(format!("a state of schema {} cannot be written as {schema}", Self::SCHEMA)))
    }

    /// Bytes to input; JSON unless written.
    ///
    /// # Errors
    /// The bytes are not an input: a refusal, never a crash.
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        from_json(body).map_err(|error| Refusal::new(format!("not an input of this behaviour: {error}")))
    }

    /// Output to bytes; JSON unless written.
    fn encode(output: &Self::Output) -> Vec<u8> {
        to_json(output)
    }
}

/// A [`GenServer`] as a [`Behaviour`].
#[derive(Debug)]
pub struct Server<S: GenServer> {
    state: S::State,
}

impl<S: GenServer> Server<S> {
    fn call(&mut self, body: &[u8], context: &mut Context) -> Result<(), Refusal> {
        let answer = S::handle_call(&mut self.state, S::decode(body)?, context)?;
        if let (Reply::Now(output), Some(caller)) = (answer, context.caller()) {
            context.reply_bytes(caller, S::encode(&output));
        }
        Ok(())
    }

    fn http(&mut self, request: HttpRequest, context: &mut Context) -> Result<(), Refusal> {
        let answer = S::handle_http(&mut self.state, request, context)?;
        if let (Reply::Now(reply), Some(caller)) = (answer, context.caller()) {
            context.reply_http(caller, reply);
        }
        Ok(())
    }
}

impl<S: GenServer> Behaviour for Server<S> {
    fn init(start: Start, context: &mut Context) -> Result<Server<S>, StartFailure> {
        let state = match &start.state {
            None => S::init(&start, context)?,
            Some(saved) if saved.schema == S::SCHEMA => state_from_json(saved)?,
            Some(saved) => S::migrate(&saved.schema, &saved.data)?,
        };
        Ok(Server { state })
    }

    fn step(&mut self, input: Input, context: &mut Context) -> Result<(), Refusal> {
        match input {
            Input::Call(request) => self.call(&request.body, context),
            Input::Http(request) => self.http(request, context),
            Input::Cast(body) => S::handle_cast(&mut self.state, S::decode(&body)?, context),
            Input::StartPhase(phase) => S::start_phase(&mut self.state, &phase, context),
            Input::PrepStop => {
                S::prep_stop(&mut self.state, context);
                Ok(())
            }
            Input::ConfigChanged(config) => S::config_change(&mut self.state, &config, context),
            other => S::handle_info(&mut self.state, Info::of(other), context),
        }
    }

    fn terminate(&mut self, reason: ExitReason, context: &mut Context) {
        S::terminate(&mut self.state, reason, context);
    }

    fn save(&self) -> SavedState {
        SavedState { schema: S::SCHEMA.to_owned(), data: to_json(&self.state) }
    }

    fn save_as(&self, schema: &str) -> Result<Vec<u8>, Refusal> {
        if schema == S::SCHEMA { Ok(to_json(&self.state)) } else { S::save_as(&self.state, schema) }
    }
}
