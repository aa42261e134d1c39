//! Tells the log what it hears: a handler for tests of event managers.

use serde::{Deserialize, Serialize};
use tomte_guest::{
    Answer, Context, ExitReason, GenEvent, HandlerStart, Info, Refusal, Start, StartFailure, crash, export, log, reply,
};

/// What it keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Witness {
    /// How many events it has heard.
    pub heard: u64,
    /// On which event it crashes.
    #[serde(default)]
    pub crashes_on: Option<String>,
    /// Whether the next version is not to take its state over.
    #[serde(default)]
    pub stubborn: bool,
}

/// Its `config`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    crashes_on: Option<String>,
    stubborn: bool,
    fails: bool,
}

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Request {
    /// How many events it has heard.
    Heard,
    /// Never answer.
    Never,
    /// Crash.
    Crash,
    /// Answer, then leave the manager.
    Leave,
    /// Say no.
    Refuse,
    /// Hear a topic.
    Subscribe(String),
    /// Have a second one in its place: its manager, its name there, and that of the other one.
    Become(String, String, String),
}

/// The behaviour.
#[derive(Debug)]
pub struct Handler;

impl GenEvent for Handler {
    type State = Witness;
    type Event = String;
    type Request = Request;
    type Output = u64;
    const SCHEMA: &'static str = "witness/1";

    fn init(start: &Start, _: &mut Context) -> Result<Witness, StartFailure> {
        let config: Config = start.config()?;
        if config.fails {
            return Err(StartFailure::Stop("told to fail".to_owned()));
        }
        log::info("init");
        Ok(Witness { heard: 0, crashes_on: config.crashes_on, stubborn: config.stubborn })
    }

    fn handle_event(witness: &mut Witness, event: String, context: &mut Context) -> Result<(), Refusal> {
        log::info(&format!("hears {event}"));
        match event.as_str() {
            event if witness.crashes_on.as_deref() == Some(event) => crash("told to crash"),
            "refuse" => return Err(Refusal::new("told to refuse")),
            "leave" => context.stop(ExitReason::Normal),
            _ => witness.heard += 1,
        }
        Ok(())
    }

    fn handle_call(witness: &mut Witness, request: Request, context: &mut Context) -> Answer<u64> {
        match request {
            Request::Heard => {}
            Request::Never => return tomte_guest::later(),
            Request::Crash => crash("told to crash"),
            Request::Leave => context.stop(ExitReason::Normal),
            Request::Refuse => return Err(Refusal::new("told to refuse")),
            Request::Subscribe(topic) => context.subscribe(&topic),
            Request::Become(manager, own, other) => {
                context.swap_handler(&own, HandlerStart::new(&manager, &other, "witness"));
            }
        }
        reply(witness.heard)
    }

    fn handle_info(_: &mut Witness, info: Info, _: &mut Context) -> Result<(), Refusal> {
        if let Info::Published { topic, .. } = info {
            log::info(&format!("hears topic {topic}"));
        }
        Ok(())
    }

    fn carried(witness: Witness, _: &Start, _: &mut Context) -> Result<Witness, StartFailure> {
        log::info(&format!("takes over {}", witness.heard));
        Ok(witness)
    }

    fn terminate(_: &mut Witness, reason: ExitReason, _: &mut Context) {
        log::info(&format!("terminate {reason:?}"));
    }
}

export!(handler: Handler);

#[cfg(test)]
mod tests {
    use tomte_guest::notify;

    use super::*;

    #[test]
    fn it_counts_what_it_hears_and_crashes_when_it_is_told_to() {
        let stubborn = Witness { crashes_on: Some("now".to_owned()), ..Witness::default() };
        let ran = notify::<Handler>(stubborn, ["a", "b", "refuse"].map(str::to_owned));
        assert_eq!((ran.state.as_ref().map(|state| state.heard), ran.steps.len()), (Some(2), 3));
        let ran = notify::<Handler>(ran.state.unwrap_or_default(), ["now", "never"].map(str::to_owned));
        assert_eq!((ran.crash.as_deref(), ran.steps.len()), (Some("told to crash"), 0));
    }
}
