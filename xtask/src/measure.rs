//! `cargo xtask bench`: builds what the benchmarks need and runs them.

use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::cargo::{cargo, program};
use crate::out::Out;
use crate::{bench, guests, toolchain};

/// A workspace of its own: the libraries that might have carried the journal.
pub(crate) const JOURNALS: &str = "xtask/journals";

/// How long each round of each of them takes, and how many there are.
const JOURNAL_SECONDS: &str = "1";
const JOURNAL_ROUNDS: &str = "5";

/// Measures, and says which targets were missed. A missed target is no failure of the run: figures
/// are judged by people.
///
/// # Errors
/// Something cannot be built or started, or answers wrongly.
pub(crate) fn run(out: &Out, quick: bool) -> Result<()> {
    prepare(out)?;
    let options = bench::Options { root: Path::new(".").to_owned(), quick };
    let report = bench::run(&options, &mut io::stdout().lock())?;
    out.line(if report.nothing_missed() { "every target was reached" } else { "some targets were missed" });
    Ok(())
}

/// Measures this tree and an earlier commit in turn.
///
/// # Errors
/// There is no such commit, or something cannot be built or started, or answers wrongly.
pub(crate) fn against(out: &Out, commit: &str, pairs: u32) -> Result<()> {
    prepare(out)?;
    let [load, warm_up, micro] = [500, 200, 200].map(Duration::from_millis);
    let times = bench::Times { load, warm_up, micro };
    bench::run_paired(Path::new("."), &toolchain::ensure(out)?, commit, pairs, times, &mut io::stdout().lock())
}

/// Measures so many telephone calls at once, here and in Erlang.
///
/// # Errors
/// Something cannot be built or started, or answers wrongly.
pub(crate) fn switchboard(out: &Out, calls: u32) -> Result<()> {
    prepare(out)?;
    bench::run_switchboard(Path::new("."), calls, &mut io::stdout().lock())
}

/// Measures what durable answers cost on the disk that this tree lies on.
///
/// # Errors
/// It cannot be built or started, or answers wrongly.
pub(crate) fn durable(out: &Out) -> Result<()> {
    prepare(out)?;
    bench::run_durable(Path::new("."), Path::new("target"), &mut io::stdout().lock())
}

/// Measures what could carry a journal on the disk that this tree lies on.
///
/// # Errors
/// It cannot be built, or one of them fails.
pub(crate) fn journals(out: &Out) -> Result<()> {
    out.section("Bench: what could carry a journal");
    let build = ["build", "--release", "--quiet", "--locked"];
    cargo(out, JOURNALS, &build, &[("CARGO_TARGET_DIR", "../../target/journals")])?;
    program(out, ".", "target/journals/release/tomte-journals".as_ref(), &["target", JOURNAL_SECONDS, JOURNAL_ROUNDS])
}

fn prepare(out: &Out) -> Result<()> {
    out.section("Bench: what is measured");
    guests::build(out)?;
    out.line("  building the host and its rivals in release mode (several minutes the first time)");
    Ok(())
}
