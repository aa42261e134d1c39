//! A counter that looks healthy until it is used: it takes over every earlier state, and crashes
//! in its first step.

use serde::{Deserialize, Serialize};
use tomte_guest::{Answer, Context, GenServer, Start, StartFailure, export, from_json};

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Input {
    /// One more.
    Increment,
    /// How many?
    Read,
    /// Back to zero.
    Reset,
}

/// Schema `counter/2`, that of 0.2.0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The count.
    pub count: u64,
    /// Resets so far.
    pub resets: u64,
}

/// The behaviour.
#[derive(Debug)]
pub struct Counter;

impl GenServer for Counter {
    type State = State;
    type Input = Input;
    type Output = u64;
    const SCHEMA: &'static str = "counter/2";

    fn init(_: &Start, _: &mut Context) -> Result<State, StartFailure> {
        Ok(State::default())
    }

    fn handle_call(_: &mut State, input: Input, _: &mut Context) -> Answer<u64> {
        panic!("counter 0.4.0 has a bug: it cannot do {input:?}");
    }

    fn migrate(schema: &str, data: &[u8]) -> Result<State, StartFailure> {
        match schema {
            "counter/1" => Ok(State { count: from_json(data)?, resets: 0 }),
            _ => Err(StartFailure::UnknownSchema),
        }
    }
}

export!(Counter);

#[cfg(test)]
mod tests {
    use tomte_guest::run;

    use super::*;

    #[test]
    fn it_starts_well_and_crashes_on_its_first_input() {
        let state = Counter::migrate("counter/1", b"42").expect("the old state is taken over");
        let ran = run::<Counter>(state, [Input::Read]);
        assert_eq!(ran.crash.as_deref(), Some("counter 0.4.0 has a bug: it cannot do Read"));
    }
}
