//! The counter's next version: it also counts resets, adds any number, and reads the old state.

use serde::{Deserialize, Serialize};
use tomte_guest::{
    Answer, Context, GenServer, Refusal, Start, StartFailure, crash, export, from_json, refuse, reply, to_json,
};

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Input {
    /// One more.
    Increment,
    /// So many more. New in 0.2.0.
    Add(u64),
    /// How many?
    Read,
    /// Back to zero; a crash if it stands there already.
    Reset,
    /// How many, and how often reset? New in 0.2.0.
    Stats,
}

/// What it answers.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub enum Output {
    /// Done.
    Ack,
    /// So many.
    Value(u64),
    /// So many, and so often reset.
    Stats(State),
}

/// Schema `counter/2`. In `counter/1` it was the bare count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The count.
    pub count: u64,
    /// Resets since the migration.
    pub resets: u64,
}

/// The behaviour.
#[derive(Debug)]
pub struct Counter;

impl GenServer for Counter {
    type State = State;
    type Input = Input;
    type Output = Output;
    const SCHEMA: &'static str = "counter/2";

    fn init(_: &Start, _: &mut Context) -> Result<State, StartFailure> {
        Ok(State::default())
    }

    fn handle_call(state: &mut State, input: Input, _: &mut Context) -> Answer<Output> {
        match input {
            Input::Increment => add(state, 1),
            Input::Add(n) => add(state, n),
            Input::Read => reply(Output::Value(state.count)),
            Input::Reset if state.count == 0 => crash("reset at zero"),
            Input::Reset => {
                *state = State { count: 0, resets: state.resets + 1 };
                reply(Output::Ack)
            }
            Input::Stats => reply(Output::Stats(*state)),
        }
    }

    fn migrate(schema: &str, data: &[u8]) -> Result<State, StartFailure> {
        match schema {
            "counter/1" => Ok(State { count: from_json(data)?, resets: 0 }),
            _ => Err(StartFailure::UnknownSchema),
        }
    }

    fn save_as(state: &State, schema: &str) -> Result<Vec<u8>, Refusal> {
        match schema {
            "counter/1" => Ok(to_json(&state.count)),
            _ => Err(Refusal::new(format!("0.2.0 writes counter/2 and counter/1, not {schema}"))),
        }
    }
}

fn add(state: &mut State, n: u64) -> Answer<Output> {
    let Some(sum) = state.count.checked_add(n) else { return refuse("that is more than it can count") };
    state.count = sum;
    reply(Output::Ack)
}

export!(Counter);

#[cfg(test)]
mod tests {
    use tomte_guest::{Reply, run};

    use super::*;

    #[test]
    fn the_old_state_keeps_its_count() {
        assert_eq!(Counter::migrate("counter/1", b"42"), Ok(State { count: 42, resets: 0 }));
        assert_eq!(Counter::migrate("counter/9", b"42"), Err(StartFailure::UnknownSchema));
    }

    #[test]
    fn the_state_goes_back_to_the_old_schema() {
        let state = State { count: 42, resets: 3 };
        assert_eq!(Counter::save_as(&state, "counter/1"), Ok(b"42".to_vec()));
        assert!(Counter::save_as(&state, "counter/9").is_err());
    }

    #[test]
    fn a_refused_sum_leaves_the_count_alone() {
        let full = State { count: u64::MAX, resets: 0 };
        let ran = run::<Counter>(full, [Input::Add(1), Input::Read]);
        assert!(ran.steps[0].answer.is_err());
        assert_eq!(ran.steps[1].answer, Ok(Reply::Now(Output::Value(u64::MAX))));
    }
}
