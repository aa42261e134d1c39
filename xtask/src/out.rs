//! The only place that prints: the transcript to standard output, errors to standard error.

use std::io::{self, IsTerminal as _, Write as _};

/// Where a line goes and how it looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    colour: bool,
    error_colour: bool,
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";

impl Out {
    /// Colour only on a terminal, and not where `NO_COLOR` is set.
    pub(crate) fn new() -> Out {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let wanted = !no_colour && !dumb;
        Out { colour: wanted && io::stdout().is_terminal(), error_colour: wanted && io::stderr().is_terminal() }
    }

    /// A line as it is.
    pub(crate) fn line(&self, text: &str) {
        // Who closes the pipe has read enough; there is nobody to tell.
        let _ = writeln!(io::stdout().lock(), "{text}");
    }

    /// The heading of what comes next.
    pub(crate) fn section(&self, text: &str) {
        self.line(&format!("\n{}", paint(self.colour, BOLD, text)));
    }

    /// A command that is run, as a reader would type it.
    pub(crate) fn command(&self, text: &str) {
        self.line(&paint(self.colour, DIM, &format!("  $ {text}")));
    }

    /// Something said by the way.
    pub(crate) fn aside(&self, text: &str) {
        self.line(&paint(self.colour, DIM, &format!("    {text}")));
    }

    /// Something that was claimed and holds.
    pub(crate) fn held(&self, text: &str) {
        self.line(&format!("  {} {text}", paint(self.colour, GREEN, "✓")));
    }

    /// Something that was claimed and does not hold.
    pub(crate) fn failed(&self, text: &str) {
        self.line(&format!("  {} {text}", paint(self.colour, RED, "✗")));
    }

    /// Something that nobody has shown yet.
    pub(crate) fn open(&self, text: &str) {
        self.line(&format!("  · {text}"));
    }

    /// What went wrong, last of all.
    pub(crate) fn error(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}: {text}", paint(self.error_colour, RED, "error"));
    }
}

fn paint(colour: bool, code: &str, text: &str) -> String {
    if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}
