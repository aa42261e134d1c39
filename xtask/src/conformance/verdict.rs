//! What the tests say about each row. Pure.

use super::found::Found;
use super::row::{Row, Table};

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// There are tests of tomte, and all of its tests succeed.
    Holds,
    /// One of its tests fails.
    Fails,
    /// No test of tomte proves it yet.
    Open,
}

impl Mark {
    /// One character.
    pub(crate) fn sign(self) -> char {
        match self {
            Mark::Holds => '✓',
            Mark::Fails => '✗',
            Mark::Open => '·',
        }
    }
}

/// One row and its tests.
#[derive(Clone, Debug)]
pub(crate) struct Verdict<'a> {
    /// The row.
    pub(crate) row: &'a Row,
    /// How it stands.
    pub(crate) mark: Mark,
    /// Its tests, by name.
    pub(crate) tests: Vec<&'a Found>,
}

impl Verdict<'_> {
    /// The tests that failed.
    pub(crate) fn failed(&self) -> impl Iterator<Item = &Found> {
        self.tests.iter().copied().filter(|found| !found.passed)
    }
}

/// One verdict for each row, in the table's order.
pub(crate) fn verdicts<'a>(table: &'a Table, found: &'a [Found]) -> Vec<Verdict<'a>> {
    table.rows.iter().map(|row| verdict(row, found)).collect()
}

fn verdict<'a>(row: &'a Row, found: &'a [Found]) -> Verdict<'a> {
    let mut tests: Vec<&Found> = found.iter().filter(|found| found.id == row.id).collect();
    tests.sort_by_key(|found| found.name());
    let mark = match &tests[..] {
        tests if tests.iter().any(|found| !found.passed) => Mark::Fails,
        tests if tests.iter().any(|found| found.is_proof()) => Mark::Holds,
        _ => Mark::Open,
    };
    Verdict { row, mark, tests }
}

/// Tests whose names claim rows that do not exist.
pub(crate) fn strays<'a>(table: &Table, found: &'a [Found]) -> Vec<&'a Found> {
    found.iter().filter(|found| !table.rows.iter().any(|row| row.id == found.id)).collect()
}

/// The last line: how many of the rows that count hold.
pub(crate) fn count(verdicts: &[Verdict<'_>]) -> String {
    let counted = || verdicts.iter().filter(|verdict| verdict.row.is_counted());
    let holding = counted().filter(|verdict| verdict.mark == Mark::Holds).count();
    format!("conformance: {holding} of {}", counted().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "| SUP-01 | a | b | c | X |\n| SUP-02 | a | b | c | |\n| GS-01 | a | b | c | X |\n\
        | GE-01 | a | b | c | |\n| RH-01 | a | b | c | |\n";

    fn found(tests: &[(&str, bool)]) -> Vec<Found> {
        tests.iter().filter_map(|(test, passed)| Found::new(test, *passed)).collect()
    }

    fn marks(tests: &[(&str, bool)]) -> (String, String) {
        let (table, found) = (Table::parse(TABLE).expect("a table"), found(tests));
        let verdicts = verdicts(&table, &found);
        (verdicts.iter().map(|verdict| verdict.mark.sign()).collect(), count(&verdicts))
    }

    #[test]
    fn without_tests_every_row_is_open() {
        assert_eq!(marks(&[("plain", true)]), ("·····".into(), "conformance: 0 of 4".into()));
    }

    #[test]
    fn a_row_holds_if_all_of_its_tests_do_and_fails_if_one_fails() {
        let tests = [("m::sup_01_a", true), ("sup_01_b", true), ("sup_02_a", true), ("sup_02_b", false)];
        assert_eq!(marks(&tests), ("✓✗···".into(), "conformance: 1 of 4".into()));
    }

    #[test]
    fn what_otp_does_proves_nothing_of_tomte_but_must_not_fail() {
        assert_eq!(marks(&[("gs_01_otp_gives_this_trace", true)]).0, "·····");
        assert_eq!(marks(&[("gs_01_otp_gives_this_trace", false), ("gs_01_a", true)]).0, "··✗··");
        assert_eq!(marks(&[("gs_01_otp_gives_this_trace", true), ("gs_01_a", true)]).0, "··✓··");
    }

    #[test]
    fn rows_of_releases_are_marked_and_not_counted() {
        assert_eq!(marks(&[("rh_01_a", true)]), ("····✓".into(), "conformance: 0 of 4".into()));
    }

    #[test]
    fn a_failing_test_is_named_and_a_stray_one_found() {
        let (table, found) =
            (Table::parse(TABLE).expect("a table"), found(&[("m::sup_02_b", false), ("sup_9_x", true)]));
        let verdicts = verdicts(&table, &found);
        assert_eq!(verdicts[1].failed().map(Found::name).collect::<Vec<_>>(), ["sup_02_b"]);
        assert_eq!(strays(&table, &found).iter().map(|found| found.name()).collect::<Vec<_>>(), ["sup_9_x"]);
    }
}
