//! A room of a chat: it keeps the last lines and publishes each on the topic of its own name.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tomte_guest::{Answer, Context, GenServer, Refusal, Start, StartFailure, export, reply};

/// Lines that are kept for whoever comes later.
pub const LINES_MAX: usize = 100;
/// Characters of a name.
pub const NAME_MAX: usize = 32;
/// Characters of a line.
pub const TEXT_MAX: usize = 500;

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Input {
    /// Say something: `{"Say":{"name":"Joe","text":"Hello, Mike"}}`.
    Say {
        /// Who.
        name: String,
        /// What.
        text: String,
    },
    /// The last lines, oldest first.
    Lines,
}

/// What it answers.
#[derive(Debug, PartialEq, Serialize)]
pub enum Output {
    /// Said; everybody in the room has heard it or is about to.
    Ack,
    /// The last lines.
    Lines(Vec<Line>),
}

/// One line, as it is kept and as it is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When, in milliseconds since the Unix epoch.
    pub at: u64,
    /// Who.
    pub name: String,
    /// What.
    pub text: String,
}

/// What it keeps.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Chat {
    topic: String,
    lines: VecDeque<Line>,
}

/// The behaviour.
#[derive(Debug)]
pub struct Room;

impl GenServer for Room {
    type State = Chat;
    type Input = Input;
    type Output = Output;
    const SCHEMA: &'static str = "room/1";

    fn init(start: &Start, _: &mut Context) -> Result<Chat, StartFailure> {
        let topic = start.worker.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Chat { topic, lines: VecDeque::new() })
    }

    fn handle_call(chat: &mut Chat, input: Input, context: &mut Context) -> Answer<Output> {
        match input {
            Input::Say { name, text } => {
                let (name, text) = (short("name", &name, NAME_MAX)?, short("text", &text, TEXT_MAX)?);
                let line = Line { at: context.now_ms(), name, text };
                context.publish(&chat.topic, &line);
                chat.lines.push_back(line);
                if chat.lines.len() > LINES_MAX {
                    chat.lines.pop_front();
                }
                reply(Output::Ack)
            }
            Input::Lines => reply(Output::Lines(chat.lines.iter().cloned().collect())),
        }
    }
}

fn short(what: &str, text: &str, most: usize) -> Result<String, Refusal> {
    match text.trim().chars().count() {
        0 => Err(Refusal::new(format!("the {what} is empty"))),
        count if count > most => Err(Refusal::new(format!("the {what} has {count} characters, at most {most}"))),
        _ => Ok(text.trim().to_owned()),
    }
}

export!(Room);

#[cfg(test)]
mod tests {
    use tomte_guest::run;

    use super::*;

    fn say(name: &str, text: &str) -> Input {
        Input::Say { name: name.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn the_last_lines_are_kept_and_no_more() {
        let said = (0..LINES_MAX + 2).map(|number| say("Joe", &number.to_string()));
        let ran = run::<Room>(Chat::default(), said.chain([Input::Lines]));
        let Some(Output::Lines(lines)) = ran.last() else { panic!("no lines") };
        assert_eq!((lines.len(), lines[0].text.as_str()), (LINES_MAX, "2"));
    }

    #[test]
    fn what_is_empty_or_too_long_is_refused() {
        let long = "x".repeat(TEXT_MAX + 1);
        let ran = run::<Room>(Chat::default(), [say(" ", "x"), say("Joe", "\n"), say("Joe", &long), Input::Lines]);
        let refused = ran.steps.iter().filter(|step| step.answer.is_err()).count();
        assert_eq!((refused, ran.last()), (3, Some(&Output::Lines(vec![]))));
    }
}
