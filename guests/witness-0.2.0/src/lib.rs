//! The next version of the witness: it counts from another number, and takes no state over from one
//! that is stubborn.

use serde::{Deserialize, Serialize};
use tomte_guest::{Answer, Context, GenEvent, Refusal, Start, StartFailure, export, from_json, log, reply};

/// What it keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Witness {
    /// How many events it has heard, and a thousand for the version before.
    pub heard: u64,
}

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Request {
    /// How many events it has heard.
    Heard,
}

/// What the version before saved.
#[derive(Deserialize)]
struct Before {
    heard: u64,
    stubborn: bool,
}

/// The behaviour.
#[derive(Debug)]
pub struct Handler;

impl GenEvent for Handler {
    type State = Witness;
    type Event = String;
    type Request = Request;
    type Output = u64;
    const SCHEMA: &'static str = "witness/2";

    fn init(_: &Start, _: &mut Context) -> Result<Witness, StartFailure> {
        Ok(Witness::default())
    }

    fn handle_event(witness: &mut Witness, event: String, _: &mut Context) -> Result<(), Refusal> {
        log::info(&format!("hears {event}"));
        witness.heard += 1;
        Ok(())
    }

    fn handle_call(witness: &mut Witness, Request::Heard: Request, _: &mut Context) -> Answer<u64> {
        reply(witness.heard)
    }

    fn migrate(schema: &str, data: &[u8]) -> Result<Witness, StartFailure> {
        let "witness/1" = schema else { return Err(StartFailure::UnknownSchema) };
        let before: Before = from_json(data)?;
        if before.stubborn {
            return Err(StartFailure::Stop("it is stubborn".to_owned()));
        }
        Ok(Witness { heard: before.heard + 1000 })
    }
}

export!(handler: Handler);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_over_from_the_version_before_unless_that_one_is_stubborn() {
        let read = |text: &str| Handler::migrate("witness/1", text.as_bytes()).ok();
        assert_eq!(read(r#"{"heard":3,"stubborn":false}"#), Some(Witness { heard: 1003 }));
        assert_eq!(read(r#"{"heard":3,"stubborn":true}"#), None);
    }
}
