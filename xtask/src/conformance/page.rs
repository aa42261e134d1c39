//! The table as a reader sees it: lines for a terminal, and `CONFORMANCE.md`. Pure.

use super::found::Found;
use super::row::{Deviation, Table};
use super::verdict::{Mark, Verdict, count};

/// One line per row, and below it the tests that failed.
pub(crate) fn lines(verdicts: &[&Verdict<'_>]) -> Vec<(Mark, String)> {
    let width = verdicts.iter().map(|verdict| verdict.row.scenario.chars().count()).max().unwrap_or(0);
    verdicts.iter().map(|verdict| (verdict.mark, line(verdict, width))).collect()
}

fn line(verdict: &Verdict<'_>, width: usize) -> String {
    let row = verdict.row;
    let seen = if row.seen { 'X' } else { ' ' };
    let text = format!("{:<6} {seen} {:>3}  {:<width$}  {}", row.id, verdict.tests.len(), row.scenario, row.holds);
    let failed = verdict.failed().map(|found| format!("\n      failed: {}", found.test));
    text + &failed.collect::<String>()
}

/// A deviation as one line.
pub(crate) fn deviation(deviation: &Deviation) -> String {
    format!("  {:<6}  {}", deviation.id, deviation.why)
}

const HEAD: &str = "\
# Conformance

What OTP's own test suites say a behaviour is, row by row, and the tests of tomte that prove it.
`cargo xtask conformance` runs them and prints this page's table; `--write` writes this page. The
rows stand in [host/tests/otp/table.md](host/tests/otp/table.md).

- ✓ tests of tomte prove the row; · none does yet.
- X: seen on a running OTP. A script in [host/tests/otp](host/tests/otp) runs the scenario there, and
  both sides are compared with the same trace, or tomte with its own where it deviates. Tests whose
  names go on with `otp` run that script.
";

/// The whole page.
pub(crate) fn page(table: &Table, verdicts: &[Verdict<'_>]) -> String {
    let mut page = format!("{HEAD}\n{}\n", rows(verdicts.iter().filter(|verdict| verdict.row.is_counted())));
    page.push_str("## Deviations\n\nWhere tomte does otherwise, on purpose.\n\n");
    page.extend(table.deviations.iter().map(|deviation| format!("- **{}**: {}\n", deviation.id, deviation.why)));
    page.push_str("\n## Open\n\nThese rows belong to releases and are not counted yet.\n\n");
    page.push_str(&rows(verdicts.iter().filter(|verdict| !verdict.row.is_counted())));
    page.push_str(&format!("\n{}\n", count(verdicts)));
    page
}

fn rows<'a>(verdicts: impl Iterator<Item = &'a Verdict<'a>>) -> String {
    let mut text = "| | id | | OTP's case | scenario | holds | tests |\n|---|---|---|---|---|---|---|\n".to_owned();
    text.extend(verdicts.map(|verdict| {
        let row = verdict.row;
        let seen = if row.seen { "X" } else { "" };
        let cells = [row.id.as_str(), seen, &row.case, &row.scenario, &row.holds, &tests(&verdict.tests)].join(" | ");
        format!("| {} | {cells} |\n", verdict.mark.sign())
    }));
    text
}

fn tests(found: &[&Found]) -> String {
    found.iter().map(|found| format!("`{}`", found.name())).collect::<Vec<_>>().join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::verdict::verdicts;

    const TABLE: &str = "| SUP-01 | c1 | start | runs | X |\n| GS-01 | none | a longer one | holds | |\n\
        | RH-01 | c3 | unpack | boots | |\n- GS-01: otherwise.\n";

    fn found() -> Vec<Found> {
        let tests = [("m::sup_01_b", true), ("sup_01_a", true), ("sup_01_otp_a", true), ("m::gs_01_a", false)];
        tests.iter().filter_map(|(test, passed)| Found::new(test, *passed)).collect()
    }

    #[test]
    fn lines_stand_in_columns_and_name_what_failed() {
        let (table, found) = (Table::parse(TABLE).expect("a table"), found());
        let verdicts = verdicts(&table, &found);
        let told = lines(&verdicts.iter().take(2).collect::<Vec<_>>());
        let expected = [
            (Mark::Holds, "SUP-01 X   3  start         runs".to_owned()),
            (Mark::Fails, "GS-01      1  a longer one  holds\n      failed: m::gs_01_a".to_owned()),
        ];
        assert_eq!(told, expected);
        assert_eq!(deviation(&table.deviations[0]), "  GS-01   otherwise.");
    }

    #[test]
    fn the_page_has_every_row_with_its_tests_and_ends_with_the_count() {
        let (table, found) = (Table::parse(TABLE).expect("a table"), found());
        let page = page(&table, &verdicts(&table, &found));
        for line in [
            "| ✓ | SUP-01 | X | c1 | start | runs | `sup_01_a`<br>`sup_01_b`<br>`sup_01_otp_a` |",
            "| ✗ | GS-01 |  | none | a longer one | holds | `gs_01_a` |",
            "- **GS-01**: otherwise.",
            "| · | RH-01 |  | c3 | unpack | boots |  |",
        ] {
            assert!(page.lines().any(|other| other == line), "{line} is not in\n{page}");
        }
        assert!(page.ends_with("\nconformance: 1 of 2\n"));
        let open = page.find("## Open").expect("a section");
        assert!(page.find("RH-01").expect("a row") > open);
    }
}
