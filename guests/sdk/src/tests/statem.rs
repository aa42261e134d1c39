//! A state machine as a host sees it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bindings::tomte::behaviour::types;
use crate::component::Slot;
use crate::{
    CallError, Context, Down, DownWhy, Effect, Event, GenStatem, Input, Next, Outcome, Refusal, Requests, SavedState,
    Start, StartFailure, Statem, TimerKind, Transition, from_json, to_json,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Line {
    Idle,
    Ringing { times: u32 },
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
enum Ask {
    Ring,
    Wait,
    Again,
    No,
}

/// A telephone that tells its log of what it went through.
struct Phone;

impl GenStatem for Phone {
    type State = Line;
    type Data = Vec<String>;
    type Input = Ask;
    const SCHEMA: &'static str = "phone/2";
    const ENTER: bool = true;

    fn init(_: &Start, context: &mut Context) -> Result<(Line, Vec<String>), StartFailure> {
        context.state_timeout(Duration::from_secs(1), &"bored");
        Ok((Line::Idle, vec![]))
    }

    fn handle_event(
        line: &Line,
        event: Event<Line, Ask>,
        log: &mut Vec<String>,
        context: &mut Context,
    ) -> Transition<Line> {
        let times = if let Line::Ringing { times } = line { *times } else { 0 };
        match event {
            Event::Call(_, Ask::No) => return Err(Refusal::new("no")),
            Event::Call(caller, _) => context.reply(caller, &times),
            Event::Cast(Ask::Ring) => return Ok(Next::To(Line::Ringing { times: times + 1 })),
            Event::Cast(Ask::Wait) => context.postpone(),
            Event::Cast(Ask::Again) => return Ok(Next::Repeat),
            event => log.push(format!("{event:?}")),
        }
        Ok(Next::Keep)
    }

    fn migrate(schema: &str, _: &[u8]) -> Result<(Line, Vec<String>), StartFailure> {
        match schema {
            "phone/1" => Ok((Line::Ringing { times: 7 }, vec![])),
            _ => Err(StartFailure::UnknownSchema),
        }
    }
}

fn context() -> types::Context {
    types::Context { now_ms: 8, seq: 0 }
}

fn start(state: Option<SavedState>) -> Start {
    Start { worker: "phone".to_owned(), generation: 0, now_ms: 7, seed: 1, config: vec![], state }
}

fn begun(state: Option<SavedState>) -> (Slot<Statem<Phone>>, Vec<Effect>) {
    let slot = Slot::<Statem<Phone>>::new();
    let effects = slot.init(start(state)).expect("it starts");
    (slot, effects)
}

fn cast(slot: &Slot<Statem<Phone>>, ask: &str) -> Result<Vec<Effect>, String> {
    slot.step(context(), Input::Cast(to_json(&ask)))
}

fn state(name: &str) -> Effect {
    Effect::NextState(name.to_owned())
}

#[test]
fn a_machine_names_its_state_and_asks_for_enter_calls_when_it_starts() {
    let (_, effects) = begun(None);
    let [Effect::StartTimer(timer), named, Effect::EnterCalls] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((timer.kind, timer.after_ms, timer.name.as_str()), (TimerKind::State, 1000, "state_timeout"));
    assert_eq!(named, &state("Idle"));
}

#[test]
fn a_state_with_fields_is_another_state_for_other_values() {
    let (phone, _) = begun(None);
    assert_eq!(cast(&phone, "Ring"), Ok(vec![state(r#"{"Ringing":{"times":1}}"#)]));
    assert_eq!(cast(&phone, "Ring"), Ok(vec![state(r#"{"Ringing":{"times":2}}"#)]));
    assert_eq!(cast(&phone, "Wait"), Ok(vec![Effect::Postpone]));
    assert_eq!(cast(&phone, "Again"), Ok(vec![Effect::RepeatState]));
    let asked = types::Request { token: 5, body: to_json(&"Wait") };
    let reply = Effect::Reply(types::Reply { token: 5, body: b"2".to_vec() });
    assert_eq!(phone.step(context(), Input::Call(asked)), Ok(vec![reply]));
}

#[test]
fn a_refused_event_and_one_that_is_none_change_nothing() {
    let (phone, _) = begun(None);
    let asked = |ask: &str| Input::Call(types::Request { token: 5, body: to_json(&ask) });
    assert_eq!(phone.step(context(), asked("No")), Err("no".to_owned()));
    assert!(phone.step(context(), asked("Nonsense")).is_err_and(|text| text.contains("Nonsense")));
}

#[test]
fn everything_that_is_no_request_arrives_as_what_it_is() {
    let (phone, _) = begun(None);
    for input in [
        Input::Entered("Idle".to_owned()),
        Input::Entered(r#"{"Ringing":{"times":3}}"#.to_owned()),
        Input::Timer(types::Timer { name: "t".to_owned(), body: vec![] }),
        Input::Internal(vec![1]),
        Input::Response(types::Response { tag: 1, outcome: Outcome::Failed(CallError::Crashed("boom".to_owned())) }),
        Input::Response(types::Response { tag: 2, outcome: Outcome::Replied(vec![2]) }),
        Input::Down(Down { tag: 3, worker: "w".to_owned(), why: DownWhy::NoWorker }),
    ] {
        assert_eq!(phone.step(context(), input), Ok(vec![]));
    }
    let (state, log): (Line, Vec<String>) = from_json(&phone.save().data).expect("state and data");
    assert_eq!(state, Line::Idle);
    let expected = [
        "Enter(Idle)",
        "Enter(Ringing { times: 3 })",
        "Timeout { name: \"t\", body: [] }",
        "Internal([1])",
        "Response { tag: 1, outcome: Err(CallError::Crashed(\"boom\")) }",
        "Response { tag: 2, outcome: Ok([2]) }",
        "Down(Down { tag: 3, worker: \"w\", why: DownWhy::NoWorker })",
    ];
    assert_eq!(log, expected);
}

#[test]
fn a_saved_machine_goes_on_in_its_state_also_from_an_older_schema() {
    let (phone, _) = begun(None);
    assert!(cast(&phone, "Ring").is_ok());
    let (_, effects) = begun(Some(phone.save()));
    assert_eq!(effects, [state(r#"{"Ringing":{"times":1}}"#), Effect::EnterCalls]);
    let old = |schema: &str| Some(SavedState { schema: schema.to_owned(), data: vec![] });
    assert_eq!(begun(old("phone/1")).1[0], state(r#"{"Ringing":{"times":7}}"#));
    let unknown = Slot::<Statem<Phone>>::new().init(start(old("phone/0")));
    assert!(matches!(unknown, Err(StartFailure::UnknownSchema)));
    assert!(phone.save_as("phone/2").is_ok() && phone.save_as("phone/1").is_err());
}

#[test]
fn gs_20_each_call_of_a_collection_gives_its_label_once_and_all_share_one_deadline() {
    let mut requests = Requests::new(3);
    let mut context = Context::new(1000, 0);
    for shop in ["north", "south"] {
        requests.send_by(1500, shop, shop, &"Price", &mut context);
    }
    let calls: Vec<_> = context.into_effects();
    let tags: Vec<u64> = calls
        .iter()
        .map(|effect| match effect {
            Effect::Call(call) => {
                assert_eq!(call.timeout_ms, 500);
                call.tag
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((tags[0] >> 32, requests.len()), (3, 2));
    assert_eq!((requests.take(tags[1]), requests.take(tags[1])), (Some("south"), None));
    assert_eq!((requests.abandon(), requests.take(tags[0])), (vec!["north"], None));
}
