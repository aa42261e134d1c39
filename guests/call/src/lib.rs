//! A telephone call, from the lifted receiver to the charge: a state machine, one for each call.
//!
//! ```text
//!          digit                       answer              hold
//!        +-------+  last digit        +------->  talking  ----->  on hold
//! lift -> dialing ------------> ringing          |    ^  <-----   |
//!           |                     |              |     resume     |
//!           +----- too long ------+-- hang up ---+----------------+--> gone
//! ```

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tomte_guest::{
    Caller, Context, Event, ExitReason, GenStatem, Next, Refusal, Start, StartFailure, StateFunction, Transition,
    crash, export,
};

/// Digits of a number.
pub const NUMBER_DIGITS: usize = 4;
/// How long a caller may think between two digits.
pub const DIGIT_TIME: Duration = Duration::from_secs(10);
/// How long it rings.
pub const RING_TIME: Duration = Duration::from_secs(30);
/// The topic of the charges.
pub const CHARGES: &str = "charges";

/// Where a call is, and what every event is answered with: where it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// The caller hears the dial tone, or dials.
    Dialing,
    /// It rings at the other end.
    Ringing,
    /// They talk.
    Talking,
    /// They will talk again.
    OnHold,
    /// It is over.
    Gone,
}

/// What happens on a line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub enum Input {
    /// A key is pressed: `{"Digit":"7"}`.
    Digit(char),
    /// The other end lifts its receiver.
    Answer,
    /// One end asks the other to wait.
    Hold,
    /// And comes back.
    Resume,
    /// Either end puts its receiver down.
    HangUp,
    /// Somebody only wants to know.
    Where,
}

/// What is known of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Who calls.
    pub from: String,
    /// Whom, as far as it is dialed.
    pub to: String,
    /// Since when they talk, in milliseconds since the Unix epoch; 0 before.
    pub since: u64,
}

/// What is to be paid, published on [`CHARGES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Who pays.
    pub from: String,
    /// Who was called.
    pub to: String,
    /// For how long, each begun second.
    pub seconds: u64,
}

/// The behaviour.
#[derive(Debug)]
pub struct Call;

impl GenStatem for Call {
    type State = State;
    type Data = Line;
    type Input = Input;
    const SCHEMA: &'static str = "call/1";

    /// The worker is called `calls/LINE`.
    fn init(start: &Start, context: &mut Context) -> Result<(State, Line), StartFailure> {
        let from = start.worker.rsplit('/').next().unwrap_or_default().to_owned();
        context.state_timeout(DIGIT_TIME, &());
        Ok((State::Dialing, Line { from, ..Line::default() }))
    }

    fn function(state: &State) -> StateFunction<State, Input, Line> {
        match state {
            State::Dialing => dialing,
            State::Ringing => ringing,
            State::Talking => talking,
            State::OnHold => on_hold,
            State::Gone => |_, _, _| Ok(Next::Keep),
        }
    }
}

fn dialing(event: Event<State, Input>, line: &mut Line, context: &mut Context) -> Transition<State> {
    match event {
        Event::Call(caller, Input::Digit(digit)) => {
            dial(digit, line)?;
            if line.to.len() < NUMBER_DIGITS {
                // In place of the one that runs: it is the time between two digits.
                context.state_timeout(DIGIT_TIME, &());
                return stay(caller, State::Dialing, context);
            }
            context.state_timeout(RING_TIME, &());
            go(caller, State::Ringing, context)
        }
        event => in_any_state(State::Dialing, event, line, context),
    }
}

fn dial(key: char, line: &mut Line) -> Result<(), Refusal> {
    match key {
        '0'..='9' => line.to.push(key),
        // Somebody forgot that telephones have this key. One call less; nobody else hears of it.
        '*' => crash("no service codes are wired here"),
        _ => return Err(Refusal::new(format!("a telephone has no key {key}"))),
    }
    Ok(())
}

fn ringing(event: Event<State, Input>, line: &mut Line, context: &mut Context) -> Transition<State> {
    match event {
        Event::Call(caller, Input::Answer) => {
            line.since = context.now_ms();
            go(caller, State::Talking, context)
        }
        event => in_any_state(State::Ringing, event, line, context),
    }
}

fn talking(event: Event<State, Input>, line: &mut Line, context: &mut Context) -> Transition<State> {
    match event {
        Event::Call(caller, Input::Hold) => go(caller, State::OnHold, context),
        event => in_any_state(State::Talking, event, line, context),
    }
}

fn on_hold(event: Event<State, Input>, line: &mut Line, context: &mut Context) -> Transition<State> {
    match event {
        Event::Call(caller, Input::Resume) => go(caller, State::Talking, context),
        event => in_any_state(State::OnHold, event, line, context),
    }
}

fn in_any_state(state: State, event: Event<State, Input>, line: &mut Line, context: &mut Context) -> Transition<State> {
    match event {
        Event::Call(caller, Input::Where) => stay(caller, state, context),
        Event::Call(caller, Input::HangUp) => {
            context.reply(caller, &State::Gone);
            end(line, context)
        }
        // Nobody dials on, or nobody is at home.
        Event::Timeout { .. } => end(line, context),
        Event::Call(_, input) => Err(Refusal::new(format!("{input:?} makes no sense while {state:?}"))),
        _ => Ok(Next::Keep),
    }
}

fn end(line: &Line, context: &mut Context) -> Transition<State> {
    if line.since > 0 {
        let seconds = context.now_ms().saturating_sub(line.since).div_ceil(1000);
        context.publish(CHARGES, &Charge { from: line.from.clone(), to: line.to.clone(), seconds });
    }
    context.stop(ExitReason::Normal);
    Ok(Next::To(State::Gone))
}

fn go(caller: Caller, state: State, context: &mut Context) -> Transition<State> {
    context.reply(caller, &state);
    Ok(Next::To(state))
}

fn stay(caller: Caller, state: State, context: &mut Context) -> Transition<State> {
    context.reply(caller, &state);
    Ok(Next::Keep)
}

export!(statem: Call);

#[cfg(test)]
mod tests;
