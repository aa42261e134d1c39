//! What was measured, one row for each language. Pure.

use std::time::Duration;

use super::language::Language;
use super::upgrade::Changes;

/// What came of one language.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) language: Language,
    pub(super) size: Option<u64>,
    pub(super) build: Option<Duration>,
    pub(super) first_answer: Option<Duration>,
    pub(super) step: Option<Duration>,
    pub(super) resident: Option<u64>,
    pub(super) changes: Option<Changes>,
    /// Why it was given up.
    pub(super) failed: Option<String>,
}

impl Row {
    /// Nothing measured yet.
    pub(super) fn new(language: Language) -> Row {
        let (size, build, first_answer, step) = (None, None, None, None);
        Row { language, size, build, first_answer, step, resident: None, changes: None, failed: None }
    }
}

/// The table as lines of Markdown.
pub(super) fn lines(rows: &[Row]) -> Vec<String> {
    let head = [
        "| language | component | build | start to first answer | step p50 | host resident | change under load | compiled before | |",
        "|---|---|---|---|---|---|---|---|---|",
    ];
    head.into_iter().map(str::to_owned).chain(rows.iter().map(line)).collect()
}

fn line(row: &Row) -> String {
    let cells = [
        Some(format!("`{}`", row.language.name())),
        row.size.map(|bytes| format!("{:.1} KB", bytes as f64 / 1e3)),
        row.build.map(|time| format!("{:.1} s", time.as_secs_f64())),
        row.first_answer.map(|time| format!("{:.2} s", time.as_secs_f64())),
        row.step.map(|time| format!("{} us", time.as_micros())),
        row.resident.map(|bytes| format!("{} MiB", bytes >> 20)),
        row.changes.map(|changes| format!("{:.2} s", changes.cold.as_secs_f64())),
        row.changes.map(|changes| format!("{:.2} s", changes.kept.as_secs_f64())),
        Some(if row.failed.is_some() { "failed" } else { "ok" }.to_owned()),
    ];
    format!("| {} |", cells.map(Option::unwrap_or_default).join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_left_empty() {
        let row = Row { size: Some(12_345), build: Some(Duration::from_millis(1_250)), ..Row::new(Language::C) };
        assert_eq!(line(&row), "| `c` | 12.3 KB | 1.2 s |  |  |  |  |  | ok |");
        let row = Row { failed: Some("no".to_owned()), ..Row::new(Language::Wat) };
        assert_eq!(line(&row), "| `wat` |  |  |  |  |  |  |  | failed |");
    }
}
