//! A telephone exchange: `7 lift` starts a session for line 7, and what happens on the line from
//! then on goes there.
//!
//! Answers are those of the session, so the exchange waits for none: it remembers who asked and
//! takes the next event.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tomte_guest::{
    Answer, CallError, Caller, Context, GenServer, Info, Refusal, Requests, Start, StartFailure, export, from_json,
    later, refuse,
};

/// The supervisor of the sessions; one of them is the worker `calls/LINE`.
pub const CALLS: &str = "calls";
/// Events under way at once; further ones are refused, as all exchanges do on New Year's Eve.
pub const EVENTS_MAX: usize = 1000;
/// How long a session may take to answer.
pub const ANSWER_TIME: Duration = Duration::from_secs(4);

/// An event of a line, as text: `7 lift`, `7 dial 4`, `7 answer`, `7 hold`, `7 resume`, `7 hang-up`,
/// `7 where`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LineEvent {
    /// Which line.
    pub line: String,
    /// What its session is told.
    pub input: Input,
    /// Whether a session is to be started first.
    pub lift: bool,
}

/// What a session is told; the words of `guests/call`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented there")]
pub enum Input {
    Digit(char),
    Answer,
    Hold,
    Resume,
    HangUp,
    Where,
}

/// Who waits for which session.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Board {
    waiting: Requests<Caller>,
}

/// The behaviour.
#[derive(Debug)]
pub struct Exchange;

impl GenServer for Exchange {
    type State = Board;
    type Input = LineEvent;
    type Output = String;
    const SCHEMA: &'static str = "exchange/1";

    fn init(_: &Start, _: &mut Context) -> Result<Board, StartFailure> {
        Ok(Board::default())
    }

    fn handle_call(board: &mut Board, event: LineEvent, context: &mut Context) -> Answer<String> {
        let Some(caller) = context.caller() else { return later() };
        if board.waiting.len() >= EVENTS_MAX {
            return refuse("all lines are busy");
        }
        if event.lift {
            context.ensure_child(CALLS, &event.line, &());
        }
        // What is sent to a session from the step that starts it on waits for it.
        let session = format!("{CALLS}/{}", event.line);
        board.waiting.send(caller, &session, &event.input, ANSWER_TIME, context);
        later()
    }

    fn handle_info(board: &mut Board, info: Info, context: &mut Context) -> Result<(), Refusal> {
        let Info::Response { tag, outcome } = info else { return Ok(()) };
        if let Some(caller) = board.waiting.take(tag) {
            context.reply_bytes(caller, words(outcome).into_bytes());
        }
        Ok(())
    }

    fn decode(body: &[u8]) -> Result<LineEvent, Refusal> {
        let text = String::from_utf8_lossy(body);
        let words: Vec<&str> = text.split_whitespace().collect();
        let (line, input, lift) = match words[..] {
            [line, "lift"] => (line, Input::Where, true),
            [line, "dial", digit] => (line, Input::Digit(key(digit)?), false),
            [line, "answer"] => (line, Input::Answer, false),
            [line, "hold"] => (line, Input::Hold, false),
            [line, "resume"] => (line, Input::Resume, false),
            [line, "hang-up"] => (line, Input::HangUp, false),
            [line, "where"] => (line, Input::Where, false),
            _ => return Err(Refusal::new("say LINE lift, dial DIGIT, answer, hold, resume, hang-up or where")),
        };
        Ok(LineEvent { line: line.to_owned(), input, lift })
    }
}

fn key(text: &str) -> Result<char, Refusal> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(key), None) => Ok(key),
        _ => Err(Refusal::new(format!("one key at a time, not {text}"))),
    }
}

/// What whoever stands at the line is told.
fn words(outcome: Result<Vec<u8>, CallError>) -> String {
    match outcome {
        Ok(state) => from_json::<String>(&state).unwrap_or_else(|error| error.to_string()),
        Err(CallError::Refused(why)) => why,
        Err(CallError::NoWorker) => "no call on this line".to_owned(),
        Err(CallError::Crashed(_)) => "the call was cut off".to_owned(),
        Err(CallError::Stopped(_)) => "the call is over".to_owned(),
        Err(CallError::Overloaded | CallError::TimedOut) => "the line is busy".to_owned(),
    }
}

export!(Exchange);

#[cfg(test)]
mod tests {
    use tomte_guest::{Effect, run};

    use super::*;

    fn event(text: &str) -> LineEvent {
        Exchange::decode(text.as_bytes()).expect("an event")
    }

    #[test]
    fn who_lifts_gets_a_session_and_every_event_goes_to_its_own() {
        let ran = run::<Exchange>(Board::default(), ["7 lift", "8 dial 4"].map(event));
        let [Effect::EnsureChild(child), Effect::Call(asked)] = &ran.steps[0].effects[..] else { panic!("{ran:?}") };
        assert_eq!((child.supervisor.as_str(), child.key.as_str()), (CALLS, "7"));
        assert_eq!((asked.to.as_str(), asked.body.as_slice()), ("calls/7", &b"\"Where\""[..]));
        let [Effect::Call(dialed)] = &ran.steps[1].effects[..] else { panic!("{ran:?}") };
        assert_eq!((dialed.to.as_str(), dialed.body.as_slice()), ("calls/8", &br#"{"Digit":"4"}"#[..]));
    }

    #[test]
    fn the_answer_of_a_session_goes_to_whoever_asked_once() {
        let ran = run::<Exchange>(Board::default(), [event("7 where")]);
        let mut board = ran.state.expect("no crash");
        let mut context = Context::default();
        for _ in 0..2 {
            let info = Info::Response { tag: 1, outcome: Ok(b"\"Talking\"".to_vec()) };
            assert!(Exchange::handle_info(&mut board, info, &mut context).is_ok());
        }
        assert_eq!(format!("{context:?}").matches("token: ").count(), 1);
        assert!(board.waiting.is_empty());
    }

    #[test]
    fn what_is_no_event_is_refused_and_so_is_one_too_many() {
        for text in ["", "7", "7 fly", "7 dial", "7 dial 42", "lift 7 8"] {
            assert!(Exchange::decode(text.as_bytes()).is_err(), "{text}");
        }
        let ran = run::<Exchange>(Board::default(), std::iter::repeat_n(event("7 where"), EVENTS_MAX + 1));
        assert_eq!(ran.steps.iter().filter(|step| step.answer.is_err()).count(), 1);
    }

    #[test]
    fn people_are_told_what_became_of_their_call() {
        assert_eq!(words(Ok(b"\"Ringing\"".to_vec())), "Ringing");
        assert_eq!(words(Err(CallError::Crashed(String::new()))), "the call was cut off");
        assert_eq!(words(Err(CallError::NoWorker)), "no call on this line");
    }
}
