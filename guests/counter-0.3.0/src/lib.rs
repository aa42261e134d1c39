//! A counter nobody can upgrade to: it starts afresh, but takes over no earlier state.

use serde::Deserialize;
use tomte_guest::{Answer, Context, GenServer, Start, StartFailure, export, reply};

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Input {
    /// One more.
    Increment,
    /// How many?
    Read,
}

/// The behaviour.
#[derive(Debug)]
pub struct Counter;

impl GenServer for Counter {
    type State = u64;
    type Input = Input;
    type Output = u64;
    const SCHEMA: &'static str = "counter/3";

    fn init(_: &Start, _: &mut Context) -> Result<u64, StartFailure> {
        Ok(0)
    }

    fn handle_call(count: &mut u64, input: Input, _: &mut Context) -> Answer<u64> {
        if matches!(input, Input::Increment) {
            *count += 1;
        }
        reply(*count)
    }

    fn migrate(schema: &str, _: &[u8]) -> Result<u64, StartFailure> {
        Err(StartFailure::Stop(format!("counter 0.3.0 cannot take over a state of schema {schema}")))
    }
}

export!(Counter);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_over_no_state() {
        let reason = "counter 0.3.0 cannot take over a state of schema counter/1".to_owned();
        assert_eq!(Counter::migrate("counter/1", b"42"), Err(StartFailure::Stop(reason)));
    }
}
