//! Answers with what it was asked, byte for byte: what a host costs without a behaviour's work. A cast
//! names a topic that it hears from then on, and forgets.

use tomte_guest::{Behaviour, Context, Input, Refusal, SavedState, Start, StartFailure, export};

/// The behaviour. It has no state.
#[derive(Debug)]
pub struct Echo;

impl Behaviour for Echo {
    fn init(_: Start, _: &mut Context) -> Result<Echo, StartFailure> {
        Ok(Echo)
    }

    fn step(&mut self, input: Input, context: &mut Context) -> Result<(), Refusal> {
        match (input, context.caller()) {
            (Input::Call(request), Some(caller)) => context.reply_bytes(caller, request.body),
            (Input::Cast(topic), _) => context.subscribe(&String::from_utf8_lossy(&topic)),
            _ => {}
        }
        Ok(())
    }

    fn save(&self) -> SavedState {
        SavedState { schema: "echo/1".to_owned(), data: Vec::new() }
    }

    fn save_as(&self, schema: &str) -> Result<Vec<u8>, Refusal> {
        if schema == "echo/1" { Ok(Vec::new()) } else { Err(Refusal::new("an echo has no other state")) }
    }
}

export!(behaviour: Echo);
