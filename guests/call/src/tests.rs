//! A call without a telephone.

use tomte_guest::{Effect, Event, Run, run_statem};

use super::*;

fn call(inputs: impl IntoIterator<Item = Input>) -> Run<(State, Line), State> {
    let line = Line { from: "7".to_owned(), ..Line::default() };
    run_statem::<Call>(State::Dialing, line, inputs.into_iter().map(Event::from))
}

fn number(digits: &str) -> Vec<Input> {
    digits.chars().map(Input::Digit).collect()
}

fn with(mut inputs: Vec<Input>, more: &[Input]) -> Vec<Input> {
    inputs.extend_from_slice(more);
    inputs
}

#[test]
fn a_call_is_dialed_rings_is_answered_held_and_resumed() {
    let ran = call(with(number("2000"), &[Input::Answer, Input::Hold, Input::Resume, Input::Where]));
    let states: Vec<_> = ran.states().copied().collect();
    use State::{Dialing, OnHold, Ringing, Talking};
    assert_eq!(states, [Dialing, Dialing, Dialing, Ringing, Talking, OnHold, Talking, Talking]);
    assert_eq!(ran.state.map(|(_, line)| line.to).as_deref(), Some("2000"));
}

#[test]
fn each_digit_gives_time_for_the_next_and_the_last_one_time_to_ring() {
    let ran = call(number("2000"));
    let times: Vec<u64> = ran.steps.iter().flat_map(|step| &step.effects).filter_map(timer).collect();
    assert_eq!(times, [10_000, 10_000, 10_000, 30_000]);
}

fn timer(effect: &Effect) -> Option<u64> {
    match effect {
        Effect::StartTimer(timer) => Some(timer.after_ms),
        _ => None,
    }
}

#[test]
fn who_talked_is_charged_and_who_did_not_is_not() {
    let published = |ran: &Run<(State, Line), State>| {
        ran.steps.iter().flat_map(|step| &step.effects).filter(|effect| matches!(effect, Effect::Publish(_))).count()
    };
    let unanswered = call(with(number("2000"), &[Input::HangUp]));
    assert_eq!((unanswered.last(), published(&unanswered)), (Some(&State::Gone), 0));
    let line = Line { from: "7".to_owned(), to: "2000".to_owned(), since: 1 };
    let talked = run_statem::<Call>(State::Talking, line, [Event::from(Input::HangUp)]);
    assert_eq!((talked.last(), published(&talked)), (Some(&State::Gone), 1));
}

#[test]
fn who_waits_too_long_is_gone() {
    for state in [State::Dialing, State::Ringing] {
        let late = Event::Timeout { name: Context::STATE_TIMEOUT.to_owned(), body: vec![] };
        let ran = run_statem::<Call>(state, Line::default(), [late]);
        assert_eq!(ran.last(), Some(&State::Gone));
        assert!(ran.steps[0].effects.contains(&Effect::Stop(ExitReason::Normal)));
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_a_forgotten_key_crashes_this_call() {
    let ran = call([Input::Answer, Input::Digit('x'), Input::Where]);
    assert_eq!(ran.steps.iter().filter(|step| step.answer.is_err()).count(), 2);
    assert_eq!(ran.last(), Some(&State::Dialing));
    assert_eq!(call([Input::Digit('*')]).crash.as_deref(), Some("no service codes are wired here"));
}
