//! Does what it is asked with other workers, timers and delayed replies: the effects a test of the
//! host needs to see carried out.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tomte_guest::{
    Answer, CallError, Caller, Context, ExitReason, GenServer, Info, Refusal, Start, StartFailure, export, from_json,
    later, reply,
};

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Input {
    /// Call a worker and answer with its reply: `{"Call":["counter","Read"]}`.
    Call(String, Value),
    /// Cast to a worker: `{"Cast":["counter","Increment"]}`.
    Cast(String, Value),
    /// Answer after so many milliseconds: `{"After":50}`.
    After(u64),
    /// Answer by way of an internal event.
    Next,
    /// Never answer.
    Never,
    /// Subscribe to a topic.
    Subscribe(String),
    /// Publish on a topic.
    Publish(String, Value),
    /// What has come in on its topics, and what its host has told it.
    Heard,
    /// What its configuration was when it started.
    Config,
    /// Start a dynamic child: `{"StartChild":["calls","7",{}]}`.
    StartChild(String, String, Value),
    /// Stop a dynamic child: `{"StopChild":["calls","7"]}`.
    StopChild(String, String),
    /// Answer, then stop; `null` for a normal end.
    Stop(Option<String>),
    /// Answer, then hibernate.
    Hibernate,
}

/// What it keeps: who waits for what, by tag, and what it has heard.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    next_tag: u64,
    waiting: BTreeMap<u64, Caller>,
    heard: Vec<Value>,
    #[serde(default)]
    config: Value,
}

/// The behaviour.
#[derive(Debug)]
pub struct Relay;

impl GenServer for Relay {
    type State = State;
    type Input = Input;
    type Output = Value;
    const SCHEMA: &'static str = "relay/1";

    fn init(start: &Start, _: &mut Context) -> Result<State, StartFailure> {
        Ok(State { config: start.config()?, ..State::default() })
    }

    fn handle_call(state: &mut State, input: Input, context: &mut Context) -> Answer<Value> {
        match input {
            Input::Call(to, request) => {
                let tag = wait(state, context)?;
                context.call(&to, &request, tag, Duration::from_secs(5));
                return later();
            }
            Input::After(ms) => {
                let tag = wait(state, context)?;
                context.start_timer(&tag.to_string(), Duration::from_millis(ms), &tag);
                return later();
            }
            Input::Next => {
                let tag = wait(state, context)?;
                context.next_event(&tag);
                return later();
            }
            Input::Never => return later(),
            Input::Cast(to, message) => context.cast(&to, &message),
            Input::Subscribe(topic) => context.subscribe(&topic),
            Input::Publish(topic, message) => context.publish(&topic, &message),
            Input::Heard => return reply(Value::Array(state.heard.clone())),
            Input::Config => return reply(state.config.clone()),
            Input::StartChild(supervisor, key, config) => context.start_child(&supervisor, &key, &config),
            Input::StopChild(supervisor, key) => context.stop_child(&supervisor, &key),
            Input::Stop(reason) => context.stop(reason.map_or(ExitReason::Normal, ExitReason::Crashed)),
            Input::Hibernate => context.hibernate(),
        }
        reply("done".into())
    }

    fn start_phase(state: &mut State, phase: &str, _: &mut Context) -> Result<(), Refusal> {
        state.heard.push(format!("phase {phase}").into());
        Ok(())
    }

    fn config_change(state: &mut State, config: &[u8], _: &mut Context) -> Result<(), Refusal> {
        state.heard.push(from_json(config)?);
        Ok(())
    }

    fn handle_info(state: &mut State, info: Info, context: &mut Context) -> Result<(), Refusal> {
        match info {
            Info::Response { tag, outcome } => answer(state, context, tag, &told(outcome)),
            Info::Timer { body, .. } => answer(state, context, from_json(&body)?, &"rang".into()),
            Info::Internal(body) => answer(state, context, from_json(&body)?, &"next".into()),
            Info::Published { body, .. } => state.heard.push(from_json(&body)?),
            Info::Other(..) => {}
        }
        Ok(())
    }
}

fn wait(state: &mut State, context: &Context) -> Result<u64, Refusal> {
    let caller = context.caller().ok_or_else(|| Refusal::new("nobody waits for the answer"))?;
    state.next_tag += 1;
    state.waiting.insert(state.next_tag, caller);
    Ok(state.next_tag)
}

fn answer(state: &mut State, context: &mut Context, tag: u64, output: &Value) {
    if let Some(caller) = state.waiting.remove(&tag) {
        context.reply(caller, output);
    }
}

fn told(outcome: Result<Vec<u8>, CallError>) -> Value {
    match outcome {
        Ok(body) => from_json(&body).unwrap_or_else(|error| error.to_string().into()),
        Err(error) => format!("{error:?}").into(),
    }
}

export!(Relay);
