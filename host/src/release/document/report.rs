//! Everything wrong with one file, collected while it is read.

use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::DeTable;

use super::problem::{ManifestError, Place, Problem};
use super::{Table, did_you_mean};
use crate::base::Name;

/// Collects the problems of one file.
pub(in crate::release) struct Report<'d> {
    text: &'d str,
    problems: RefCell<Vec<(usize, Problem)>>,
}

impl Report<'_> {
    /// Notes a problem at a range of bytes.
    pub(in crate::release) fn say(&self, span: &Range<usize>, what: String, why: &str, fix: String) {
        let problem = Problem { what, at: Some(self.place(span)), why: why.to_owned(), fix };
        self.problems.borrow_mut().push((span.start, problem));
    }

    /// Notes that a reference leads nowhere.
    pub(in crate::release) fn unknown<'n>(
        &self,
        name: &Spanned<Name>,
        noun: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        let text = name.get_ref();
        let fix = match did_you_mean(text.as_str(), known.clone()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => list_of(known, noun),
        };
        self.say(
            &name.span(),
            format!("there is no {noun} `{text}`"),
            &format!("nothing declares [{noun}.{text}]"),
            fix,
        );
    }

    /// The place of a range of bytes.
    pub(in crate::release) fn place(&self, span: &Range<usize>) -> Place {
        Place::of(self.text, span)
    }
}

fn list_of<'n>(known: impl Iterator<Item = &'n str>, noun: &str) -> String {
    let known: Vec<&str> = known.take(8).collect();
    if known.is_empty() { format!("declare one with [{noun}.NAME]") } else { format!("one of: {}", known.join(", ")) }
}

/// Parses a text and hands its top table to `body`. A value comes back only if nothing was wrong.
///
/// # Errors
/// The text is not TOML, or `body` noted problems; they are sorted by place.
pub(in crate::release) fn parse<T>(
    text: &str,
    file: &Path,
    body: impl FnOnce(&Table<'_>, &Report<'_>) -> Option<T>,
) -> Result<T, ManifestError> {
    let root = DeTable::parse(text).map_err(|error| syntax_error(text, file, &error))?;
    let report = Report { text, problems: RefCell::default() };
    let table = Table::new(&report, root.get_ref(), String::new(), 0..0);
    let value = body(&table, &report);
    table.close();
    let mut problems = report.problems.into_inner();
    problems.sort_by_key(|(start, _)| *start);
    let problems: Vec<Problem> = problems.into_iter().map(|(_, problem)| problem).collect();
    value.filter(|_| problems.is_empty()).ok_or_else(|| ManifestError { file: file.to_owned(), problems })
}

fn syntax_error(text: &str, file: &Path, error: &toml::de::Error) -> ManifestError {
    let problem = Problem {
        what: error.message().to_owned(),
        at: error.span().map(|span| Place::of(text, &span)),
        why: "the file is not TOML from here on".to_owned(),
        fix: "strings need quotes, every key stands once, and each [table] on its own line".to_owned(),
    };
    ManifestError::one(file, problem)
}
