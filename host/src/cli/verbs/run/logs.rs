//! The log of a host, on standard error: text, or lines of JSON.

use tracing_subscriber::EnvFilter;

use crate::cli::output::Output;

/// What is logged unless `TOMTE_LOG` says otherwise.
const LEVEL: &str = "info";

/// How the log looks and what is in it: `TOMTE_LOG=json,debug`.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    json: bool,
    filter: String,
}

impl Wish {
    fn new(text: &str) -> Wish {
        let words = || text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let filter: Vec<&str> = words().filter(|word| !matches!(*word, "json" | "text")).collect();
        let filter = if filter.is_empty() { LEVEL.to_owned() } else { filter.join(",") };
        Wish { json: words().any(|word| word == "json"), filter }
    }
}

/// Starts the log.
pub(super) fn start(output: Output) {
    let wish = Wish::new(&std::env::var("TOMTE_LOG").unwrap_or_default());
    let filter = EnvFilter::try_new(&wish.filter).unwrap_or_else(|error| {
        output.say(&format!("TOMTE_LOG is not understood ({error}); logging {LEVEL}"));
        EnvFilter::new(LEVEL)
    });
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An error means that whoever embeds this process has a log already.
    let _ = if wish.json {
        log.json().flatten_event(true).try_init()
    } else {
        log.with_target(false).with_ansi(output.talk_has_colour()).try_init()
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_and_the_filter_are_told_apart() {
        let wish = |json, filter: &str| Wish { json, filter: filter.to_owned() };
        assert_eq!(Wish::new(""), wish(false, "info"));
        assert_eq!(Wish::new("json"), wish(true, "info"));
        assert_eq!(Wish::new("json, debug,tomte::net=trace"), wish(true, "debug,tomte::net=trace"));
        assert_eq!(Wish::new("text,warn"), wish(false, "warn"));
    }
}
