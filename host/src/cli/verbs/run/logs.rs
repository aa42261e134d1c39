//! The log of a host, on standard error: text, or lines of JSON.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format;

use super::log_lane::{GUEST, Lane};
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::problem::Problem;
use crate::cli::render;

/// How long the end of a host waits for a standard error that takes nothing.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What is logged unless `TOMTE_LOG` says otherwise.
const LEVEL: Level = Level::INFO;

/// How the log looks and what is in it: `TOMTE_LOG=json,debug`.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    json: bool,
    filter: String,
}

impl Wish {
    /// A level is that of tomte and its guests; of the libraries it is made of only warnings are shown, unless
    /// they are named.
    ///
    /// # Errors
    /// The first word that means nothing.
    fn new(text: &str) -> Result<Wish, &str> {
        let (mut json, mut level, mut named) = (false, LEVEL.to_string(), String::new());
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "json" => json = true,
                "text" => json = false,
                _ if is_level(word) => level = word.to_owned(),
                _ if word.split_once('=').is_some_and(|(target, level)| !target.is_empty() && is_level(level)) => {
                    named.push(',');
                    named.push_str(word);
                }
                _ => return Err(word),
            }
        }
        let others = if matches!(&*level, "off" | "error") { &*level } else { "warn" };
        Ok(Wish { json, filter: format!("{others},tomte={level},{GUEST}={level}{named}") })
    }
}

fn is_level(word: &str) -> bool {
    ["off", "error", "warn", "info", "debug", "trace"].contains(&word)
}

/// The log of this process.
#[derive(Debug)]
pub(super) struct Log(Lane);

/// Starts the log.
///
/// # Errors
/// `TOMTE_LOG` is not understood, or there is no thread to write on.
pub(super) fn start(output: Output) -> Result<Log, Problem> {
    let text = std::env::var("TOMTE_LOG").unwrap_or_default();
    let wish = Wish::new(&text).map_err(not_understood)?;
    let filter = EnvFilter::try_new(&wish.filter).map_err(|error| not_understood(&error.to_string()))?;
    let lane = Lane::to_stderr().map_err(|error| {
        Problem::new(Exit::FAILED, format!("the log did not start: {error}"))
            .fix("check the limits (ulimit -u, ulimit -n)")
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lane.clone());
    // An error means that whoever embeds this process has a log already.
    let _ = if wish.json {
        log.json().flatten_event(true).try_init()
    } else {
        // What guests, clients and files say reaches a terminal as text, whatever is in it.
        let fields = format::debug_fn(|writer, field, value| {
            let text = render::line(&format!("{value:?}"));
            if field.name() == "message" { writer.write_str(&text) } else { write!(writer, "{field}={text}") }
        });
        let log = log.fmt_fields(fields.delimited(" "));
        log.with_target(false).with_ansi(output.talk_has_colour()).try_init()
    };
    Ok(Log(lane))
}

fn not_understood(word: &str) -> Problem {
    let text = format!("TOMTE_LOG is not understood at `{word}`");
    Problem::new(Exit::CONFIG, text).fix("TOMTE_LOG=debug, TOMTE_LOG=json,warn or TOMTE_LOG=info,tomte::net=trace")
}

impl Log {
    /// Says something that is no event, a line or more, behind what was logged before it.
    pub(super) fn say(&self, text: &str) {
        self.0.say(text);
    }

    /// Ends the log: waits for its lines, then says this, but for no longer than a moment. A standard error
    /// that takes nothing does not keep the process.
    pub(super) fn end(self, say: impl FnOnce() + Send + 'static) {
        self.0.drain(LAST_WORDS);
        let (done, said) = mpsc::channel();
        let speak = move || {
            say();
            // Nobody may be waiting any more.
            let _ = done.send(());
        };
        if thread::Builder::new().spawn(speak).is_ok() {
            let _ = said.recv_timeout(LAST_WORDS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_and_the_filter_are_told_apart() {
        let wish = |json, filter: &str| Ok(Wish { json, filter: filter.to_owned() });
        assert_eq!(Wish::new(""), wish(false, "warn,tomte=INFO,guest=INFO"));
        assert_eq!(Wish::new("json"), wish(true, "warn,tomte=INFO,guest=INFO"));
        let both = "warn,tomte=debug,guest=debug,tomte::net=trace";
        assert_eq!(Wish::new("json, debug,tomte::net=trace"), wish(true, both));
        assert_eq!(Wish::new("text,error"), wish(false, "error,tomte=error,guest=error"));
        assert_eq!(Wish::new("off"), wish(false, "off,tomte=off,guest=off"));
    }

    #[test]
    fn a_word_that_means_nothing_is_named() {
        for (text, word) in [("foo", "foo"), ("json,loud", "loud"), ("tomte=loud", "tomte=loud"), ("=info", "=info")] {
            assert_eq!(Wish::new(text), Err(word));
        }
    }
}
