//! A behaviour without a host: inputs in; outputs, effects and crash out.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Answer, Caller, Context, Effect, Event, GenEvent, GenServer, GenStatem, Next, Reply};

/// What a step came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<T> {
    /// The answer, or the refusal.
    pub answer: Answer<T>,
    /// What it wanted done besides; empty for a refusal.
    pub effects: Vec<Effect>,
}

/// What a list of inputs came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Run<S, T> {
    /// Every step that returned, in order.
    pub steps: Vec<Step<T>>,
    /// Why the step after the last of them crashed. Inputs behind it were not stepped.
    pub crash: Option<String>,
    /// The state in the end; `None` after a crash.
    pub state: Option<S>,
}

impl<S, T> Run<S, T> {
    /// The output of the last input; `None` if it crashed, refused, or left its answer for later.
    pub fn last(&self) -> Option<&T> {
        match (&self.crash, self.steps.last()?) {
            (None, Step { answer: Ok(Reply::Now(output)), .. }) => Some(output),
            _ => None,
        }
    }
}

impl<S, T> Run<S, T> {
    /// For a state machine: the state after each step that was not refused.
    pub fn states(&self) -> impl Iterator<Item = &T> {
        self.steps.iter().filter_map(|step| match &step.answer {
            Ok(Reply::Now(state)) => Some(state),
            _ => None,
        })
    }
}

/// Calls a server with each input in turn, on any target, as a host would: it stops at a crash
/// and returns it as a value. Each call's [`Caller`] and [`Context::seq`] is its place in the
/// list, counted from 0, and the time stands still at 0.
pub fn run<G: GenServer>(state: G::State, inputs: impl IntoIterator<Item = G::Input>) -> Run<G::State, G::Output> {
    each(state, inputs, G::handle_call, Some)
}

/// Gives an event handler each event in turn, on any target, as its manager would: it stops at a
/// crash and returns it as a value. [`Context::seq`] is an event's place in the list, counted from 0,
/// and the time stands still at 0.
pub fn notify<H: GenEvent>(state: H::State, events: impl IntoIterator<Item = H::Event>) -> Run<H::State, ()> {
    each(state, events, |state, event, context| H::handle_event(state, event, context).map(Reply::Now), |_| None)
}

fn each<S, I, T>(
    mut state: S,
    inputs: impl IntoIterator<Item = I>,
    mut step: impl FnMut(&mut S, I, &mut Context) -> Answer<T>,
    caller: fn(Caller) -> Option<Caller>,
) -> Run<S, T> {
    let mut steps = Vec::new();
    for (seq, input) in (0..).zip(inputs) {
        let mut context = Context::new(0, seq);
        context.caller = caller(Caller(seq));
        match catch_unwind(AssertUnwindSafe(|| step(&mut state, input, &mut context))) {
            Ok(answer) => {
                let effects = if answer.is_ok() { context.into_effects() } else { Vec::new() };
                steps.push(Step { answer, effects });
            }
            Err(panic) => return Run { steps, crash: Some(text(panic.as_ref())), state: None },
        }
    }
    Run { steps, crash: None, state: Some(state) }
}

/// Gives a state machine each event in turn, as [`run`] does a server; [`Event::from`] makes a call
/// of an input. The output of a step is the state after it. The host's part of a machine is not
/// played: nothing that was postponed comes again, no timer goes off, no state is entered.
pub fn run_statem<M: GenStatem>(
    mut state: M::State,
    mut data: M::Data,
    events: impl IntoIterator<Item = Event<M::State, M::Input>>,
) -> Run<(M::State, M::Data), M::State> {
    let mut steps = Vec::new();
    for (seq, mut event) in (0..).zip(events) {
        let mut context = Context::new(0, seq);
        if let Event::Call(caller, _) = &mut event {
            *caller = Caller(seq);
            context.caller = Some(*caller);
        }
        match catch_unwind(AssertUnwindSafe(|| M::handle_event(&state, event, &mut data, &mut context))) {
            Ok(Ok(next)) => {
                if let Next::To(next) = next {
                    state = next;
                }
                steps.push(Step { answer: Ok(Reply::Now(state.clone())), effects: context.into_effects() });
            }
            Ok(Err(refusal)) => steps.push(Step { answer: Err(refusal), effects: Vec::new() }),
            Err(panic) => return Run { steps, crash: Some(text(panic.as_ref())), state: None },
        }
    }
    Run { steps, crash: None, state: Some((state, data)) }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic").to_owned()
}
