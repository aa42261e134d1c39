//! `gen_event`: a handler of an event manager, one state, typed events.

use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

use crate::codec::state_from_json;
use crate::{
    Answer, Behaviour, Context, ExitReason, Info, Input, Refusal, Reply, SavedState, Start, StartFailure, from_json,
    refuse, to_json,
};

/// A handler: OTP's `gen_event`, with `&mut State` in place of a returned state. Its manager gives it
/// every event after those who came later than it; to leave, it calls [`Context::stop`]. If it
/// crashes it alone is gone.
///
/// Only `init` and `handle_event` must be written.
pub trait GenEvent: Sized {
    /// Lives in the instance; leaves it as JSON.
    type State: Serialize + DeserializeOwned;
    /// What its manager is told.
    type Event: DeserializeOwned;
    /// What it is asked by its own address, `MANAGER/HANDLER`.
    type Request: DeserializeOwned;
    /// What it answers.
    type Output: Serialize;
    /// The schema its state is written in, for example `pager/1`.
    const SCHEMA: &'static str;

    /// The state of a fresh start.
    ///
    /// # Errors
    /// It is not added. The manager and its other handlers do not notice.
    fn init(start: &Start, context: &mut Context) -> Result<Self::State, StartFailure>;

    /// An event. All handlers of the manager get it.
    ///
    /// # Errors
    /// It is refused, which the log says; the state must then be as it was.
    fn handle_event(state: &mut Self::State, event: Self::Event, context: &mut Context) -> Result<(), Refusal>;

    /// A question for this handler alone. Unless written, it is refused.
    ///
    /// # Errors
    /// The request is refused; the state must then be as it was.
    fn handle_call(state: &mut Self::State, request: Self::Request, context: &mut Context) -> Answer<Self::Output> {
        let _ = (state, request, context);
        refuse("this handler answers no questions")
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

    /// Its configuration is this JSON text from now on (OTP's `config_change`). Unless written, the next
    /// instance learns of it from [`Start::config`].
    ///
    /// # Errors
    /// It is no configuration for this handler; the state must then be as it was.
    fn config_change(state: &mut Self::State, config: &[u8], context: &mut Context) -> Result<(), Refusal> {
        let _ = (state, config, context);
        Ok(())
    }

    /// A state that was saved elsewhere: by the version before, or by the handler whose place this one
    /// takes. Here it may look at its own configuration. Unless written, it is taken as it is.
    ///
    /// # Errors
    /// It is not taken over.
    fn carried(state: Self::State, start: &Start, context: &mut Context) -> Result<Self::State, StartFailure> {
        let _ = (start, context);
        Ok(state)
    }

    /// The handler ends in an orderly way. It may still reply and send.
    fn terminate(state: &mut Self::State, reason: ExitReason, context: &mut Context) {
        let _ = (state, reason, context);
    }

    /// Reads a state of another schema than [`GenEvent::SCHEMA`]: that of an older version, OTP's
    /// `code_change`, or that of the handler whose place it takes.
    ///
    /// # Errors
    /// [`StartFailure::UnknownSchema`] for a schema it does not know, unless written for all.
    fn migrate(schema: &str, data: &[u8]) -> Result<Self::State, StartFailure> {
        let _ = (schema, data);
        Err(StartFailure::UnknownSchema)
    }

    /// Writes the state in another schema than [`GenEvent::SCHEMA`], for a downgrade.
    ///
    /// # Errors
    /// It cannot be written so; unless written, for all.
    fn save_as(state: &Self::State, schema: &str) -> Result<Vec<u8>, Refusal> {
        let _ = state;
        Err(Refusal::new(format!("a state of schema {} cannot be written as {schema}", Self::SCHEMA)))
    }
}

/// A [`GenEvent`] as a [`Behaviour`].
#[derive(Debug)]
pub struct Handler<H: GenEvent> {
    state: H::State,
}

fn read<T: DeserializeOwned>(what: &str, body: &[u8]) -> Result<T, Refusal> {
    from_json(body).map_err(|error| Refusal::new(format!("not {what} of this handler: {error}")))
}

impl<H: GenEvent> Behaviour for Handler<H> {
    fn init(start: Start, context: &mut Context) -> Result<Handler<H>, StartFailure> {
        let Some(saved) = &start.state else { return Ok(Handler { state: H::init(&start, context)? }) };
        let state = match saved.schema == H::SCHEMA {
            true => state_from_json(saved)?,
            false => H::migrate(&saved.schema, &saved.data)?,
        };
        Ok(Handler { state: H::carried(state, &start, context)? })
    }

    fn step(&mut self, input: Input, context: &mut Context) -> Result<(), Refusal> {
        match input {
            Input::Cast(body) => H::handle_event(&mut self.state, read("an event", &body)?, context),
            Input::Call(request) => {
                let answer = H::handle_call(&mut self.state, read("a request", &request.body)?, context)?;
                if let (Reply::Now(output), Some(caller)) = (answer, context.caller()) {
                    context.reply(caller, &output);
                }
                Ok(())
            }
            Input::ConfigChanged(config) => H::config_change(&mut self.state, &config, context),
            other => H::handle_info(&mut self.state, Info::of(other), context),
        }
    }

    fn terminate(&mut self, reason: ExitReason, context: &mut Context) {
        H::terminate(&mut self.state, reason, context);
    }

    fn save(&self) -> SavedState {
        SavedState { schema: H::SCHEMA.to_owned(), data: to_json(&self.state) }
    }

    fn save_as(&self, schema: &str) -> Result<Vec<u8>, Refusal> {
        if schema == H::SCHEMA { Ok(to_json(&self.state)) } else { H::save_as(&self.state, schema) }
    }
}
