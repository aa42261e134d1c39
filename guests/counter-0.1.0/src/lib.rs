//! The counter of the mission: increment, read, and a reset that crashes at zero.

use serde::{Deserialize, Serialize};
use tomte_guest::{Answer, Context, GenServer, Start, StartFailure, crash, export, reply};

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Input {
    /// One more.
    Increment,
    /// How many?
    Read,
    /// Back to zero; a crash if it stands there already.
    Reset,
}

/// What it answers.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub enum Output {
    /// Done.
    Ack,
    /// So many.
    Value(u64),
}

/// The behaviour.
#[derive(Debug)]
pub struct Counter;

impl GenServer for Counter {
    type State = u64;
    type Input = Input;
    type Output = Output;
    const SCHEMA: &'static str = "counter/1";

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
    fn an_increment_is_acknowledged() {
        assert_eq!(run::<Counter>(0, [Increment, Increment]).last(), Some(&Output::Ack));
    }

    #[test]
    fn a_reset_starts_over() {
        assert_eq!(run::<Counter>(0, [Increment, Reset, Read]).last(), Some(&Output::Value(0)));
    }

    #[test]
    fn a_reset_at_zero_crashes() {
        let ran = run::<Counter>(0, [Reset, Reset, Read]);
        assert_eq!(ran.crash.as_deref(), Some("reset at zero"));
        assert!(ran.steps.is_empty(), "nothing is answered from the crash on");
        assert_eq!(ran.last(), None);
    }
}
