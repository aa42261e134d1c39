//! Colour, and texts that came from elsewhere made safe for a terminal.

use clap::builder::styling::{AnsiColor, Style};

/// What a colour is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Odd,
    /// Wrong.
    Bad,
    /// Less important.
    Quiet,
}

/// Colours, or not, and how wide lines may be.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Paint {
    colour: bool,
    width: Option<usize>,
}

impl Paint {
    /// For lines of any length.
    pub(in crate::cli) fn new(colour: bool) -> Paint {
        Paint { colour, width: None }
    }

    /// For lines of this width, if one is named.
    pub(in crate::cli) fn within(self, width: Option<usize>) -> Paint {
        Paint { width, ..self }
    }

    /// How wide a line may be, if that is bounded.
    pub(super) fn width(self) -> Option<usize> {
        self.width
    }

    /// The text in the colour of its tone, if there is colour at all.
    pub(in crate::cli) fn tone(self, tone: Tone, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Odd => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Quiet => Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }
}

/// The text without anything that could move the cursor, change colours or turn the direction of
/// writing: a guest chooses some of the texts shown. Line breaks stay.
pub(in crate::cli) fn printable(text: &str) -> String {
    let hostile = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(hostile) {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if hostile(c) { safe.extend(c.escape_default()) } else { safe.push(c) }
    }
    safe
}

/// [`printable`], in one line.
pub(in crate::cli) fn line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}
