//! {{name}}: counts.

use serde::{Deserialize, Serialize};
use tomte_guest::{Answer, Context, GenServer, Start, StartFailure, crash, export, reply};

/// What it is asked, as JSON: `"Increment"`, `"Read"`, `"Reset"`.
#[derive(Deserialize)]
pub enum Input {
    Increment,
    Read,
    Reset,
}

/// What it answers, as JSON: `"Ack"`, `{"Value":2}`.
#[derive(Debug, PartialEq, Serialize)]
pub enum Output {
    Ack,
    Value(u64),
}

pub struct Counter;

impl GenServer for Counter {
    /// Lives on through an upgrade, as JSON.
    type State = u64;
    type Input = Input;
    type Output = Output;
    /// Name a new one when `State` changes, and read the old one in `migrate`.
    const SCHEMA: &'static str = "{{name}}/1";

    fn init(_: &Start, _: &mut Context) -> Result<u64, StartFailure> {
        Ok(0)
    }

    fn handle_call(count: &mut u64, input: Input, _: &mut Context) -> Answer<Output> {
        match input {
            Input::Increment => {
                *count += 1;
                reply(Output::Ack)
            }
            Input::Read => reply(Output::Value(*count)),
            // Its caller is told, its supervisor starts it again, nobody else notices.
            Input::Reset if *count == 0 => crash("reset at zero"),
            Input::Reset => {
                *count = 0;
                reply(Output::Ack)
            }
        }
    }
}

export!(Counter);

#[cfg(test)]
mod tests {
    use Input::{Increment, Read, Reset};
    use tomte_guest::run;

    use super::*;

    #[test]
    fn increments_are_counted() {
        assert_eq!(run::<Counter>(0, [Increment, Increment, Read]).last(), Some(&Output::Value(2)));
    }

    #[test]
    fn a_reset_at_zero_crashes() {
        assert_eq!(run::<Counter>(0, [Reset]).crash.as_deref(), Some("reset at zero"));
    }
}
