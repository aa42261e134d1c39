//! From a file's text to its tables.

use std::path::Path;

use toml::de::DeTable;

use super::problem::{ManifestError, Place, Problem};
use super::{Report, Table};

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
    let report = Report::new(text);
    let table = Table::new(&report, root.get_ref(), String::new(), 0..0);
    let value = body(&table, &report);
    table.close();
    let problems = report.into_problems();
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
