//! Builds the tests, runs those that claim a row, and tells.

use std::fs;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use super::binaries::{Binary, binaries, listed, skipped, succeeded};
use super::found::Found;
use super::page;
use super::row::{Table, claimed};
use super::verdict::{Mark, Verdict, count, strays, verdicts};
use crate::cargo::cargo_prints;
use crate::guests;
use crate::out::Out;

const TABLE: &str = "host/tests/otp/table.md";
const PAGE: &str = "CONFORMANCE.md";

/// Runs every test that claims a row of the table and prints the table, the deviations, and how many
/// rows hold. With `write`, the page in the docs is written; else it is said if that is out of date.
///
/// # Errors
/// Something cannot be built, a test of a row fails, or a test claims a row that does not exist. That
/// a row has no test yet is no error.
pub(crate) fn run(out: &Out, write: bool) -> Result<()> {
    let text = fs::read_to_string(TABLE).with_context(|| format!("cannot read {TABLE}"))?;
    let table = Table::parse(&text).map_err(|why| anyhow!("{TABLE}: {why}"))?;
    out.section("Conformance: what the tests need");
    guests::build(out)?;
    let mut tests = Tests::default();
    for folder in [guests::SOURCES, "."] {
        let words = ["test", "--locked", "--workspace", "--no-run", "--message-format=json-render-diagnostics"];
        for binary in binaries(&cargo_prints(out, folder, &words)?) {
            tests.run(out, &binary)?;
        }
    }
    let verdicts = verdicts(&table, &tests.found);
    tell(out, &table, &verdicts);
    tests.skipped.iter().for_each(|line| out.line(&format!("  {line}")));
    let outcome = judge(&table, &tests.found, &verdicts);
    keep_page(out, write && outcome.is_ok(), &page::page(&table, &verdicts))?;
    out.line(&format!("\n{}", count(&verdicts)));
    outcome
}

/// What the binaries have said so far.
#[derive(Default)]
struct Tests {
    found: Vec<Found>,
    skipped: Vec<String>,
}

impl Tests {
    /// Runs those tests of a binary that claim a row.
    fn run(&mut self, out: &Out, binary: &Binary) -> Result<()> {
        let list = said(binary, &["--list"])?;
        ensure!(list.status.success(), "{} cannot list its tests: {}", binary.name, list.status);
        let mut tests = listed(&String::from_utf8_lossy(&list.stdout));
        tests.retain(|test| claimed(test).is_some());
        if tests.is_empty() {
            return Ok(());
        }
        out.aside(&format!("{} tests of {}", tests.len(), binary.name));
        let words: Vec<&str> = ["--exact"].into_iter().chain(tests.iter().map(String::as_str)).collect();
        let output = said(binary, &words)?;
        let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            out.line(&format!("{told}{errors}"));
        }
        self.found.extend(tests.iter().filter_map(|test| Found::new(test, succeeded(&told, test))));
        self.skipped.extend(skipped(&errors).into_iter().map(str::to_owned));
        Ok(())
    }
}

fn said(binary: &Binary, words: &[&str]) -> Result<Output> {
    let mut command = Command::new(&binary.program);
    command.current_dir(&binary.folder).env("CARGO_MANIFEST_DIR", &binary.folder).args(words).stdin(Stdio::null());
    command.output().with_context(|| format!("cannot run {}", binary.program.display()))
}

fn tell(out: &Out, table: &Table, verdicts: &[Verdict<'_>]) {
    out.section("Conformance: sign, row, X if seen on OTP, number of tests, scenario, what holds");
    rows(out, verdicts, true);
    out.section("Conformance: where tomte does otherwise on purpose");
    table.deviations.iter().for_each(|deviation| out.line(&page::deviation(deviation)));
    out.section("Conformance: open, since these belong to releases");
    rows(out, verdicts, false);
    out.line("");
}

fn rows(out: &Out, verdicts: &[Verdict<'_>], counted: bool) {
    let rows: Vec<&Verdict<'_>> = verdicts.iter().filter(|verdict| verdict.row.is_counted() == counted).collect();
    for (mark, text) in page::lines(&rows) {
        match mark {
            Mark::Holds => out.held(&text),
            Mark::Fails => out.failed(&text),
            Mark::Open => out.open(&text),
        }
    }
}

fn judge(table: &Table, found: &[Found], verdicts: &[Verdict<'_>]) -> Result<()> {
    if let Some(stray) = strays(table, found).first() {
        bail!("the test {} claims {}, which is no row\ntry: name it after a row of {TABLE}", stray.test, stray.id);
    }
    let failing: Vec<&str> =
        verdicts.iter().filter(|verdict| verdict.mark == Mark::Fails).map(|verdict| verdict.row.id.as_str()).collect();
    ensure!(failing.is_empty(), "these rows fail: {}\ntry: mend what their tests say above", failing.join(", "));
    Ok(())
}

fn keep_page(out: &Out, write: bool, page: &str) -> Result<()> {
    if fs::read_to_string(PAGE).is_ok_and(|old| old == page) {
        out.line(&format!("  {PAGE} is up to date"));
    } else if write {
        fs::write(PAGE, page).with_context(|| format!("cannot write {PAGE}"))?;
        out.line(&format!("  {PAGE} is written"));
    } else {
        out.line(&format!("  {PAGE} is out of date; try: cargo xtask conformance --write"));
    }
    Ok(())
}
