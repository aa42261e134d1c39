//! Does what it is asked with other workers, timers and delayed replies: the effects a test of the
//! host needs to see carried out.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tomte_guest::{
    Answer, CallError, Caller, Context, ExitReason, GenServer, HandlerStart, Info, Refusal, Start, StartFailure, crash,
    export, from_json, later, log, reply,
};

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Input {
    /// Call a worker and answer with its reply: `{"Call":["counter","Read"]}`.
    Call(String, Value),
    /// Have another worker answer: `{"Forward":["counter","Read"]}`.
    Forward(String, Value),
    /// The same after so many milliseconds.
    ForwardAfter(u64, String, Value),
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
    /// Start a dynamic child unless it is there.
    EnsureChild(String, String, Value),
    /// Stop a dynamic child: `{"StopChild":["calls","7"]}`.
    StopChild(String, String),
    /// Add a handler and answer with what came of it: `{"AddHandler":["events","a","witness",{}]}`.
    AddHandler(String, String, String, Value),
    /// The same, and be tied to it.
    Supervise(String, String, String, Value),
    /// Add a handler, send its manager a message, and answer: both in one step.
    AddAndTell(String, String, String, Value),
    /// Delete a handler and answer with what came of it.
    DeleteHandler(String, String),
    /// Swap a handler and answer with what came of it:
    /// `{"SwapHandler":["events","a","b","witness",{}]}`.
    SwapHandler(String, String, String, String, Value),
    /// Ask something of a supervisor, and answer with what comes of it:
    /// `{"Ask":["calls","start-child","7",{}]}`, `{"Ask":["calls","which-children","",null]}`.
    Ask(String, String, String, Value),
    /// Monitor a worker with this tag: `{"Monitor":["counter",1]}`. Its end is heard.
    Monitor(String, u64),
    /// Monitor no longer what has this tag.
    Demonitor(u64),
    /// Answer, then stop; `null` for a normal end.
    Stop(Option<String>),
    /// Crash with these words.
    Crash(String),
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

    /// It hears from the start what `hears` of its configuration names.
    fn init(start: &Start, context: &mut Context) -> Result<State, StartFailure> {
        let config: Value = start.config()?;
        config["hears"].as_str().into_iter().for_each(|topic| context.subscribe(topic));
        Ok(State { config, ..State::default() })
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
            Input::AddHandler(manager, handler, behaviour, config) => {
                let new = HandlerStart::new(&manager, &handler, &behaviour).config(&config);
                context.add_handler(new.tag(wait(state, context)?));
                return later();
            }
            Input::Supervise(manager, handler, behaviour, config) => {
                let new = HandlerStart::new(&manager, &handler, &behaviour).config(&config).supervised();
                context.add_handler(new.tag(wait(state, context)?));
                return later();
            }
            Input::DeleteHandler(manager, handler) => {
                let tag = wait(state, context)?;
                context.delete_handler(&manager, &handler, Some(tag));
                return later();
            }
            Input::SwapHandler(manager, old, handler, behaviour, config) => {
                let new = HandlerStart::new(&manager, &handler, &behaviour).config(&config);
                context.swap_handler(&old, new.supervised().tag(wait(state, context)?));
                return later();
            }
            Input::AddAndTell(manager, handler, behaviour, message) => {
                context.add_handler(HandlerStart::new(&manager, &handler, &behaviour));
                context.cast(&manager, &message);
            }
            Input::Never => return later(),
            Input::Forward(to, request) => {
                if let Some(caller) = context.caller() {
                    context.forward(caller, &to, &request);
                }
                return later();
            }
            Input::ForwardAfter(ms, to, request) => {
                let tag = wait(state, context)?;
                context.start_timer("forward", Duration::from_millis(ms), &(tag, to, request));
                return later();
            }
            Input::Cast(to, message) => context.cast(&to, &message),
            Input::Subscribe(topic) => context.subscribe(&topic),
            Input::Publish(topic, message) => context.publish(&topic, &message),
            Input::Heard => return reply(Value::Array(state.heard.clone())),
            Input::Config => return reply(state.config.clone()),
            Input::StartChild(supervisor, key, config) => context.start_child(&supervisor, &key, &config),
            Input::EnsureChild(supervisor, key, config) => context.ensure_child(&supervisor, &key, &config),
            Input::StopChild(supervisor, key) => context.stop_child(&supervisor, &key),
            Input::Ask(supervisor, verb, child, config) => {
                let tag = wait(state, context)?;
                let supervisor = context.ask_supervisor(&supervisor, tag);
                match verb.as_str() {
                    "start-child" => supervisor.start_child(&child, &config),
                    "ensure-child" => supervisor.ensure_child(&child, &config),
                    "stop-child" => supervisor.stop_child(&child),
                    "restart-child" => supervisor.restart_child(&child),
                    "delete-child" => supervisor.delete_child(&child),
                    "which-children" => supervisor.which_children(),
                    _ => supervisor.count_children(),
                }
                return later();
            }
            Input::Monitor(worker, tag) => context.monitor(&worker, tag),
            Input::Demonitor(tag) => context.demonitor(tag),
            Input::Stop(reason) => context.stop(reason.map_or(ExitReason::Normal, ExitReason::Crashed)),
            Input::Crash(words) => crash(&words),
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
            Info::Timer { name, body } if name == "forward" => {
                let (tag, to, request): (u64, String, Value) = from_json(&body)?;
                if let Some(caller) = state.waiting.remove(&tag) {
                    context.forward(caller, &to, &request);
                }
            }
            Info::Timer { body, .. } => answer(state, context, from_json(&body)?, &"rang".into()),
            Info::Internal(body) => answer(state, context, from_json(&body)?, &"next".into()),
            Info::Published { body, .. } => state.heard.push(from_json(&body)?),
            Info::HandlerEnded(end) => {
                state.heard.push(format!("{}/{} {:?}", end.manager, end.handler, end.why).into());
            }
            Info::Down(down) => state.heard.push(format!("down {} {} {:?}", down.tag, down.worker, down.why).into()),
            Info::Other(..) => {}
        }
        Ok(())
    }

    /// Whoever waits gets the `parting` of its configuration, and the worker `tells` names a last message,
    /// unless it `crashes` with these words.
    fn terminate(state: &mut State, reason: ExitReason, context: &mut Context) {
        log::info(&format!("terminates with {} messages heard: {reason:?}", state.heard.len()));
        if let Some(words) = state.config["crashes"].as_str() {
            crash(words);
        }
        if let Some(parting) = state.config.get("parting") {
            std::mem::take(&mut state.waiting).into_values().for_each(|caller| context.reply(caller, parting));
            context.hibernate();
        }
        if let Some(to) = state.config["tells"].as_str() {
            context.cast(to, &"Increment");
        }
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
        Ok(body) if body.is_empty() => "ok".into(),
        Ok(body) => from_json(&body).unwrap_or_else(|error| error.to_string().into()),
        Err(error) => format!("{error:?}").into(),
    }
}

export!(Relay);
