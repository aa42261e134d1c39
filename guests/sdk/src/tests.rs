//! A server as a host sees it: the contract's functions on bytes, on the native target.

mod handler;
mod statem;

use serde::{Deserialize, Serialize};

use crate::bindings::tomte::behaviour::types;
use crate::component::Slot;
use crate::{
    Answer, Caller, Context, Down, DownWhy, Effect, ExitReason, GenServer, Info, Input, Refusal, SavedState, Server,
    Start, StartFailure, from_json, later, refuse, reply, to_json,
};

#[derive(Deserialize)]
enum Ask {
    Add(i64),
    Wait,
}

#[derive(Default, Serialize, Deserialize)]
struct Sum {
    sum: i64,
    waiting: Option<Caller>,
}

/// Adds; whoever waits is answered by the next timer.
struct Adder;

impl GenServer for Adder {
    type State = Sum;
    type Input = Ask;
    type Output = i64;
    const SCHEMA: &'static str = "adder/2";

    fn init(start: &Start, _: &mut Context) -> Result<Sum, StartFailure> {
        #[derive(Deserialize)]
        struct Config {
            #[serde(default)]
            from: i64,
        }
        let config: Config = start.config()?;
        Ok(Sum { sum: config.from, waiting: None })
    }

    fn handle_call(state: &mut Sum, ask: Ask, context: &mut Context) -> Answer<i64> {
        match ask {
            Ask::Add(n) if n < 0 => {
                context.publish("refused", &n);
                refuse("only upwards")
            }
            Ask::Add(n) => {
                state.sum += n;
                reply(state.sum)
            }
            Ask::Wait => {
                state.waiting = context.caller();
                later()
            }
        }
    }

    fn handle_info(state: &mut Sum, info: Info, context: &mut Context) -> Result<(), Refusal> {
        if let (Info::Timer { .. }, Some(caller)) = (info, state.waiting.take()) {
            context.reply(caller, &state.sum);
        }
        Ok(())
    }

    fn terminate(state: &mut Sum, _: ExitReason, context: &mut Context) {
        if let Some(caller) = state.waiting.take() {
            context.reply(caller, &state.sum);
        }
        context.cast("heir", &state.sum);
    }

    fn migrate(schema: &str, data: &[u8]) -> Result<Sum, StartFailure> {
        match schema {
            "adder/1" => Ok(Sum { sum: from_json(data)?, waiting: None }),
            _ => Err(StartFailure::UnknownSchema),
        }
    }

    fn save_as(state: &Sum, schema: &str) -> Result<Vec<u8>, Refusal> {
        match schema {
            "adder/1" => Ok(to_json(&state.sum)),
            _ => Err(Refusal::new("no")),
        }
    }
}

fn start(config: &str, state: Option<(&str, &str)>) -> Start {
    let state = state.map(|(schema, data)| SavedState { schema: schema.to_owned(), data: data.into() });
    Start { worker: "adder".to_owned(), generation: 0, now_ms: 7, seed: 1, config: config.into(), state }
}

fn begun(config: &str, state: Option<(&str, &str)>) -> Slot<Server<Adder>> {
    let slot = Slot::new();
    assert_eq!(slot.init(start(config, state)), Ok(Vec::new()));
    slot
}

fn step(slot: &Slot<Server<Adder>>, input: Input) -> Result<Vec<Effect>, String> {
    slot.step(types::Context { now_ms: 8, seq: 0 }, input)
}

fn call(token: u64, body: &str) -> Input {
    Input::Call(types::Request { token, body: body.into() })
}

fn replied(token: u64, body: &str) -> Result<Vec<Effect>, String> {
    Ok(vec![Effect::Reply(types::Reply { token, body: body.into() })])
}

#[test]
fn a_call_is_json_in_and_one_reply_out() {
    let slot = begun(r#"{"from":40}"#, None);
    assert_eq!(step(&slot, call(9, r#"{"Add":2}"#)), replied(9, "42"));
}

#[test]
fn a_cast_changes_the_state_and_answers_nobody() {
    let slot = begun("", None);
    assert_eq!(step(&slot, Input::Cast(br#"{"Add":2}"#.to_vec())), Ok(Vec::new()));
    assert_eq!(step(&slot, call(1, r#"{"Add":0}"#)), replied(1, "2"));
}

#[test]
fn what_is_no_input_is_refused_and_nothing_crashes() {
    let slot = begun("{}", None);
    for body in ["", "{", "\"Subtract\"", "{\"Add\":\"two\"}", "\u{0}"] {
        let told = step(&slot, call(1, body)).expect_err("a refusal");
        assert!(told.starts_with("not an input of this behaviour: "), "{told}");
    }
    assert_eq!(step(&slot, call(1, r#"{"Add":2}"#)), replied(1, "2"));
}

#[test]
fn a_refused_step_has_no_effects() {
    assert_eq!(step(&begun("{}", None), call(1, r#"{"Add":-1}"#)), Err("only upwards".to_owned()));
}

#[test]
fn a_kept_caller_is_answered_in_a_later_step() {
    let slot = begun("{}", None);
    assert_eq!(step(&slot, call(5, "\"Wait\"")), Ok(Vec::new()));
    assert_eq!(step(&slot, call(6, r#"{"Add":3}"#)), replied(6, "3"));
    let timer = Input::Timer(types::Timer { name: "t".to_owned(), body: Vec::new() });
    assert_eq!(step(&slot, timer), replied(5, "3"));
}

#[test]
fn a_saved_state_comes_back_with_those_who_wait() {
    let first = begun("{}", None);
    assert_eq!(step(&first, call(5, "\"Wait\"")), Ok(Vec::new()));
    let SavedState { schema, data } = first.save();
    let data = String::from_utf8(data).expect("JSON is UTF-8");
    assert_eq!((schema.as_str(), data.as_str()), ("adder/2", r#"{"sum":0,"waiting":5}"#));
    let second = begun("{}", Some((&schema, &data)));
    let timer = Input::Timer(types::Timer { name: "t".to_owned(), body: Vec::new() });
    assert_eq!(step(&second, timer), replied(5, "0"));
}

#[test]
fn gs_21_what_terminate_wants_done_is_given_to_the_host() {
    let slot = begun("{}", None);
    assert_eq!(step(&slot, call(5, "\"Wait\"")), Ok(Vec::new()));
    let last = slot.terminate(types::Context { now_ms: 8, seq: 1 }, ExitReason::Normal);
    let cast = Effect::Cast(types::Message { to: "heir".to_owned(), body: b"0".to_vec() });
    assert_eq!(last, [Effect::Reply(types::Reply { token: 5, body: b"0".to_vec() }), cast]);
}

#[test]
fn a_monitor_is_an_effect_with_its_tag_and_so_is_its_end() {
    let mut context = Context::default();
    context.monitor("w", 7);
    context.demonitor(7);
    let monitor = Effect::Monitor(types::MonitorStart { worker: "w".to_owned(), tag: 7 });
    assert_eq!(context.into_effects(), [monitor, Effect::Demonitor(7)]);
}

#[test]
fn states_move_by_schema_both_ways() {
    let slot = begun("{}", Some(("adder/1", "42")));
    assert_eq!(slot.save_as("adder/1"), Ok(b"42".to_vec()));
    assert_eq!(slot.save_as("adder/2"), Ok(slot.save().data));
    assert_eq!(slot.save_as("adder/0"), Err("no".to_owned()));
}

#[test]
fn a_state_that_cannot_be_read_stops_the_start() {
    let failure = |state| Slot::<Server<Adder>>::new().init(start("{}", Some(state)));
    assert_eq!(failure(("adder/9", "42")), Err(StartFailure::UnknownSchema));
    assert!(matches!(failure(("adder/2", "42")), Err(StartFailure::Stop(why)) if why.contains("is not adder/2")));
    assert!(matches!(failure(("adder/1", "x")), Err(StartFailure::Stop(_))));
}

#[test]
fn a_config_of_another_type_stops_the_start() {
    let failure = Slot::<Server<Adder>>::new().init(start(r#"{"from":"here"}"#, None));
    assert!(matches!(failure, Err(StartFailure::Stop(why)) if why.starts_with("config of adder: ")));
}

#[test]
fn gs_17_a_server_that_handles_no_info_logs_it_and_goes_on() {
    struct Plain;
    impl GenServer for Plain {
        type State = u32;
        type Input = u32;
        type Output = u32;
        const SCHEMA: &'static str = "plain/1";

        fn init(_: &Start, _: &mut Context) -> Result<u32, StartFailure> {
            Ok(0)
        }

        fn handle_call(sum: &mut u32, more: u32, _: &mut Context) -> Answer<u32> {
            *sum += more;
            reply(*sum)
        }
    }
    let slot = Slot::<Server<Plain>>::new();
    assert_eq!(slot.init(start("{}", None)), Ok(Vec::new()));
    for info in [
        Input::Other(("down".to_owned(), b"x".to_vec())),
        Input::Internal(b"1".to_vec()),
        Input::Down(Down { tag: 1, worker: "w".to_owned(), why: DownWhy::Normal }),
        Input::Published(types::Publication { topic: "news".to_owned(), body: b"1".to_vec() }),
        Input::Timer(types::Timer { name: "t".to_owned(), body: Vec::new() }),
    ] {
        assert_eq!(slot.step(types::Context { now_ms: 8, seq: 0 }, info), Ok(Vec::new()));
    }
    assert_eq!(slot.step(types::Context { now_ms: 8, seq: 0 }, call(1, "5")), replied(1, "5"));
}
