//! The only place that prints: data to standard output, talk to standard error.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::exit::Exit;
use super::problem::Problem;
use super::render::{self, Paint};
use crate::base::limits::{TERMINAL_WIDTH, TERMINAL_WIDTH_MIN};

/// Where output goes and how it looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    json: bool,
    data_is_terminal: bool,
    talk_is_terminal: bool,
    colour: bool,
    /// That of the terminal which the data goes to.
    width: Option<usize>,
}

/// The moving line of [`Output::busy`]. Nothing is left of it once it is dropped.
pub(super) struct Busy(ProgressBar);

/// Between two moves of it.
const BUSY_TICK: Duration = Duration::from_millis(100);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Output {
    /// Looks at the two streams and at `NO_COLOR`.
    pub(super) fn new(json: bool) -> Output {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Output {
            json,
            data_is_terminal: io::stdout().is_terminal(),
            talk_is_terminal: io::stderr().is_terminal(),
            colour: !no_colour && !dumb,
            width: io::stdout().is_terminal().then(terminal_width),
        }
    }

    fn paint(self) -> Paint {
        Paint::new(self.colour && self.data_is_terminal).within(self.width)
    }

    /// Whether standard error is a terminal that takes colour.
    pub(super) fn talk_has_colour(self) -> bool {
        self.colour && self.talk_is_terminal
    }

    /// Bytes as they are; on a terminal they end with a newline.
    pub(super) fn bytes(self, bytes: &[u8]) -> Result<(), Problem> {
        let newline = self.data_is_terminal && !bytes.ends_with(b"\n");
        let mut all = bytes.to_vec();
        all.extend_from_slice(if newline { b"\n" } else { b"" });
        written(io::stdout().lock(), &all)
    }

    /// A value for people, or for machines where `--json` was given.
    pub(super) fn data<T: Serialize>(self, value: &T, text: impl FnOnce(&T, Paint) -> String) -> Result<(), Problem> {
        let mut lines = if self.json {
            serde_json::to_string_pretty(value).map_err(|error| Problem::new(Exit::BUG, error.to_string()))?
        } else {
            text(value, self.paint())
        };
        if !lines.is_empty() && !lines.ends_with('\n') {
            lines.push('\n');
        }
        written(io::stdout().lock(), lines.as_bytes())
    }

    /// An order was carried out that has nothing to show: machines are told so where `--json` was given.
    pub(super) fn done(self, order: &str, of: &str) -> Result<(), Problem> {
        self.data(&serde_json::json!({ "done": order, "of": of }), |_, _| String::new())
    }

    /// One of many values that come one by one, in a line of its own; says whether somebody still reads.
    pub(super) fn line<T: Serialize>(self, value: &T, text: impl FnOnce(&T, Paint) -> String) -> Result<bool, Problem> {
        let mut line = if self.json {
            serde_json::to_string(value).map_err(|error| Problem::new(Exit::BUG, error.to_string()))?
        } else {
            text(value, self.paint())
        };
        line.push('\n');
        read(io::stdout().lock(), line.as_bytes())
    }

    /// Shows on a terminal that something goes on, and for how long, until the answer is dropped.
    pub(super) fn busy(self, text: &str) -> Busy {
        let bar = if self.json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}");
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message(render::printable(text));
        bar.enable_steady_tick(BUSY_TICK);
        Busy(bar)
    }

    /// A line of talk.
    pub(super) fn say(self, text: &str) {
        talk(&render::printable(text));
    }

    /// What to type next: for people at a terminal only.
    pub(super) fn next(self, text: &str) {
        if let Some(line) = self.next_line(text) {
            talk(&line);
        }
    }

    /// The same for whoever writes it himself.
    pub(super) fn next_line(self, text: &str) -> Option<String> {
        (self.talk_is_terminal && !self.json).then(|| format!("next: {text}"))
    }

    /// An error, as text or as JSON.
    pub(super) fn problem(self, problem: &Problem) {
        if !self.json {
            return talk(&render::printable(&problem.lines()));
        }
        let kind = problem.kind.as_deref().unwrap_or("error");
        let (text, fix) = (&problem.text, &problem.fix);
        let error = serde_json::json!({
            "error": { "kind": kind, "text": text, "fix": fix, "exit": problem.exit.code() }
        });
        talk(&error.to_string());
    }
}

/// How wide the terminal at standard output is, or most are.
fn terminal_width() -> usize {
    let told = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    if told == 0 { TERMINAL_WIDTH } else { told.max(TERMINAL_WIDTH_MIN) }
}

fn talk(text: &str) {
    // Nobody is left to tell when standard error itself fails.
    let _ = written(io::stderr().lock(), format!("{text}\n").as_bytes());
}

fn written(stream: impl Write, bytes: &[u8]) -> Result<(), Problem> {
    read(stream, bytes).map(drop)
}

/// Writes; says whether somebody reads.
fn read(mut stream: impl Write, bytes: &[u8]) -> Result<bool, Problem> {
    let done = stream.write_all(bytes).and_then(|()| stream.flush());
    match done {
        // `tomte tree | head -1` is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        done => Ok(done.context("cannot write the output").map(|()| true)?),
    }
}
