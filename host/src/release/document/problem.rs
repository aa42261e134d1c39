//! What is wrong with a file, where, why, and what to do about it.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// Problems of one file that are shown; the rest is counted. More than a screen helps nobody.
const SHOWN_MAX: usize = 20;

/// Characters of a source line that are shown.
const LINE_CHARS_MAX: usize = 120;

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character within the line, from 1.
    pub column: usize,
    /// The line itself or, of a long one, the part around the column; safe for a terminal.
    pub source: String,
    /// Where in `source` the carets start, in characters from 0.
    pub caret: usize,
    /// How many carets, at least one.
    pub width: usize,
}

impl Place {
    /// The place of a range of bytes; whatever is out of bounds is cut.
    pub(in crate::release) fn of(text: &str, span: &Range<usize>) -> Place {
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let head = &text[..start];
        let line_start = head.rfind('\n').map_or(0, |at| at + 1);
        let line = text[line_start..].lines().next().unwrap_or_default();
        let column = text[line_start..start].chars().count();
        let end = text.floor_char_boundary(span.end.clamp(start, line_start + line.len().max(start - line_start)));
        let skipped = if line.chars().count() > LINE_CHARS_MAX { column.saturating_sub(LINE_CHARS_MAX / 2) } else { 0 };
        let source = plain(&line.chars().skip(skipped).take(LINE_CHARS_MAX).collect::<String>());
        let caret = column - skipped;
        let width = text[start..end].chars().count().clamp(1, LINE_CHARS_MAX - caret.min(LINE_CHARS_MAX - 1));
        Place { line: head.matches('\n').count() + 1, column: column + 1, source, caret, width }
    }
}

/// One thing wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub what: String,
    /// Where it stands, if it stands anywhere.
    pub at: Option<Place>,
    /// Why it is a problem.
    pub why: String,
    /// One thing to try.
    pub fix: String,
}

/// Everything wrong with a manifest or with the host's settings. Shows each problem with its
/// place, why it is one, and a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// The file, as it was named.
    pub file: PathBuf,
    /// At least one, in the order of the file.
    pub problems: Vec<Problem>,
}

impl std::error::Error for ManifestError {}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().take(SHOWN_MAX).enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            self.show(problem, f)?;
        }
        match self.problems.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => write!(f, "\n\nand {more} more"),
        }
    }
}

impl ManifestError {
    pub(in crate::release) fn one(file: &std::path::Path, problem: Problem) -> ManifestError {
        ManifestError { file: file.to_owned(), problems: vec![problem] }
    }

    fn show(&self, problem: &Problem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  at   {}", plain(&problem.what), plain(&self.file.display().to_string()))?;
        if let Some(Place { line, column, source, caret, width }) = &problem.at {
            let (gap, carets) = (" ".repeat(*caret), "^".repeat(*width));
            write!(f, ":{line}:{column}\n       | {source}\n       | {gap}{carets}")?;
        }
        write!(f, "\n  why  {}\n  try  {}", plain(&problem.why), plain(&problem.fix))
    }
}

/// Without anything that could move a terminal's cursor.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_and_not_bytes() {
        let text = "a = 1\nkäse = \"x\"\n";
        let place = Place::of(text, &(text.find('=').map_or(0, |at| at + 9)..text.len()));
        assert_eq!((place.line, place.source.as_str()), (2, "käse = \"x\""));
        let quote = text.find('"').unwrap_or_default();
        assert_eq!(Place::of(text, &(quote..quote + 3)).column, 8);
    }

    #[test]
    fn a_long_line_is_shown_around_its_column() {
        let text = format!("{}BAD{}", "x".repeat(5000), "y".repeat(5000));
        let place = Place::of(&text, &(5000..5003));
        assert_eq!((place.line, place.column, place.width), (1, 5001, 3));
        let shown: String = place.source.chars().skip(place.caret).take(place.width).collect();
        assert_eq!(shown, "BAD");
    }

    #[test]
    fn a_place_beyond_the_text_is_its_end() {
        let place = Place::of("ab", &(7..9));
        assert_eq!((place.line, place.column, place.width), (1, 3, 1));
        assert_eq!(Place::of("", &(0..0)).line, 1);
    }

    #[test]
    fn no_control_character_reaches_the_terminal() {
        let problem = Problem {
            what: "odd \u{1b}[2J".into(),
            at: Some(Place::of("\u{7}x", &(0..1))),
            why: "w".into(),
            fix: "f".into(),
        };
        let shown = ManifestError::one("a\u{1b}.toml".as_ref(), problem).to_string();
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    }
}
