//! A handler as its manager's host sees it.

use serde::{Deserialize, Serialize};

use crate::bindings::tomte::behaviour::types;
use crate::component::Slot;
use crate::{
    Answer, Context, Effect, GenEvent, Handler, HandlerEnd, HandlerStart, HandlerWhy, Info, Input, Refusal, SavedState,
    Start, StartFailure, from_json, notify, reply,
};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Heard {
    events: Vec<String>,
    from: String,
}

/// Keeps what it hears.
struct Ear;

impl GenEvent for Ear {
    type State = Heard;
    type Event = String;
    type Request = ();
    type Output = Vec<String>;
    const SCHEMA: &'static str = "ear/2";

    fn init(start: &Start, _: &mut Context) -> Result<Heard, StartFailure> {
        Ok(Heard { events: vec![], from: start.worker.clone() })
    }

    fn handle_event(heard: &mut Heard, event: String, context: &mut Context) -> Result<(), Refusal> {
        if event == "more" {
            let new = HandlerStart::new("m", "b", "ear").config(&1).supervised().tag(7);
            context.swap_handler("a", new);
            context.delete_handler("m", "c", None);
        }
        heard.events.push(event);
        Ok(())
    }

    fn handle_call(heard: &mut Heard, (): (), _: &mut Context) -> Answer<Vec<String>> {
        reply(heard.events.clone())
    }

    fn handle_info(heard: &mut Heard, info: Info, _: &mut Context) -> Result<(), Refusal> {
        let Info::HandlerEnded(HandlerEnd { handler, why: HandlerWhy::Swapped(new), .. }) = info else {
            return Err(Refusal::new("not that"));
        };
        heard.events.push(format!("{handler} is {new}"));
        Ok(())
    }

    fn config_change(heard: &mut Heard, config: &[u8], _: &mut Context) -> Result<(), Refusal> {
        heard.from = from_json(config)?;
        Ok(())
    }

    fn migrate(schema: &str, data: &[u8]) -> Result<Heard, StartFailure> {
        let "ear/1" = schema else { return Err(StartFailure::UnknownSchema) };
        Ok(Heard { events: from_json(data)?, from: "older".to_owned() })
    }

    fn carried(heard: Heard, start: &Start, _: &mut Context) -> Result<Heard, StartFailure> {
        Ok(Heard { from: format!("{} to {}", heard.from, start.worker), ..heard })
    }
}

fn start(state: Option<(&str, &str)>) -> Start {
    let state = state.map(|(schema, data)| SavedState { schema: schema.to_owned(), data: data.into() });
    Start { worker: "m/a".to_owned(), generation: 0, now_ms: 0, seed: 0, config: vec![], state }
}

fn step(slot: &Slot<Handler<Ear>>, input: Input) -> Result<Vec<Effect>, String> {
    slot.step(types::Context { now_ms: 0, seq: 0 }, input)
}

fn asked(slot: &Slot<Handler<Ear>>) -> Vec<u8> {
    let call = Input::Call(types::Request { token: 3, body: b"null".to_vec() });
    match step(slot, call).as_deref() {
        Ok([Effect::Reply(types::Reply { token: 3, body })]) => body.clone(),
        other => panic!("no reply: {other:?}"),
    }
}

#[test]
fn it_hears_events_answers_and_is_told_of_its_own_handlers() {
    let slot = Slot::<Handler<Ear>>::new();
    assert!(slot.init(start(None)).is_ok());
    assert_eq!(step(&slot, Input::Cast(br#""x""#.to_vec())), Ok(vec![]));
    assert!(step(&slot, Input::Cast(b"1".to_vec())).is_err_and(|why| why.starts_with("not an event")));
    let (manager, handler) = ("m".to_owned(), "a".to_owned());
    let end = HandlerEnd { manager, handler, why: HandlerWhy::Swapped("b".to_owned()) };
    assert_eq!(step(&slot, Input::HandlerEnded(end)), Ok(vec![]));
    assert_eq!(asked(&slot), br#"["x","a is b"]"#);
    assert_eq!(step(&slot, Input::ConfigChanged(br#""elsewhere""#.to_vec())), Ok(vec![]));
    assert_eq!(from_json(&slot.save().data).map(|Heard { from, .. }| from), Ok("elsewhere".to_owned()));
    assert!(step(&slot, Input::ConfigChanged(b"1".to_vec())).is_err());
}

#[test]
fn it_takes_over_what_was_saved_elsewhere() {
    for (state, from) in
        [(("ear/2", r#"{"events":["x"],"from":"m/b"}"#), "m/b to m/a"), (("ear/1", r#"["x"]"#), "older to m/a")]
    {
        let slot = Slot::<Handler<Ear>>::new();
        assert!(slot.init(start(Some(state))).is_ok());
        let heard = Heard { events: vec!["x".to_owned()], from: from.to_owned() };
        assert_eq!(from_json(&slot.save().data), Ok(heard));
    }
    let slot = Slot::<Handler<Ear>>::new();
    assert!(matches!(slot.init(start(Some(("other/1", "{}")))), Err(StartFailure::UnknownSchema)));
}

#[test]
fn what_it_asks_of_managers_is_as_the_contract_has_it() {
    let ran = notify::<Ear>(Heard::default(), ["x".to_owned(), "more".to_owned()]);
    let [_, more] = &ran.steps[..] else { panic!("two steps") };
    let [Effect::SwapHandler(swap), Effect::DeleteHandler(delete)] = &more.effects[..] else {
        panic!("other effects: {:?}", more.effects)
    };
    assert_eq!(
        (swap.old.as_str(), swap.successor.handler.as_str(), swap.successor.behaviour.as_str()),
        ("a", "b", "ear")
    );
    assert_eq!((swap.successor.supervised, swap.successor.tag, &swap.successor.config[..]), (true, Some(7), &b"1"[..]));
    assert_eq!((delete.manager.as_str(), delete.handler.as_str(), delete.tag), ("m", "c", None));
}
