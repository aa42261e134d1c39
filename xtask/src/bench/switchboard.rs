//! The telephone switchboard at scale: `examples/switchboard` and the same program on OTP's
//! gen_statem, one after the other, with the same calls by as many clients.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::book::Book;
use super::erlang::{Erlang, MISSING};
use super::metric::{Metric, digits};
use super::workspace::{Programs, scratch};

/// How long events are told, and how long the calls rest, in milliseconds. Both programs hibernate
/// after 5 s.
const TIMES: [&str; 2] = ["3000", "7000"];

const TOMTE: &str = "tomte";
const ERLANG: &str = "erlang gen_statem";
/// What a call may have resident.
const CALL_BYTES_MAX: f64 = 16.0 * 1024.0;
/// What is held against it: everything that stands when all calls are set up.
const ALL_OF_THEM: &str = "memory of a call, all of them";

/// Measures so many calls at once and writes the table to `out`.
///
/// # Errors
/// Something cannot be built or started, or a call does not do what a telephone does.
pub(crate) fn run(root: &Path, calls: u32, out: &mut dyn Write) -> Result<()> {
    let scratch = scratch()?;
    let programs = Programs::build(root)?;
    let erlang = Erlang::compile(&scratch.path().join("erlang"))?;
    let note = erlang.as_ref().map_or_else(|| Ok(MISSING.to_owned()), Erlang::version)?;
    writeln!(out, "{note}")?;
    let calls = calls.to_string();
    let size = [calls.as_str(), TIMES[0], TIMES[1]];
    let mut book = Book::default();
    book.add_lines(&tomte(&programs, root, scratch.path(), &size)?)?;
    if let Some(erlang) = &erlang {
        book.add_lines(&erlang.switchboard(&size)?)?;
    }
    table(&book, &calls, out)?;
    Ok(())
}

fn tomte(programs: &Programs, root: &Path, folder: &Path, size: &[&str]) -> Result<String> {
    let file = folder.join("switchboard.json");
    let mut command = Command::new(&programs.bench);
    command.arg("switchboard").arg(root.join("examples/switchboard")).arg(&programs.guests);
    let status = command.arg(folder.join("switchboard")).arg(&file).args(size).status();
    let status = status.context("cannot run tomte-bench")?;
    if !status.success() {
        bail!("the switchboard failed: {status}");
    }
    std::fs::read_to_string(&file).context("the measurements of the switchboard are missing")
}

fn table(book: &Book, calls: &str, out: &mut dyn Write) -> Result<()> {
    let head = format!("{calls} calls at once");
    writeln!(out, "\n{head:<36} {TOMTE:<12} {ERLANG:<18} ratio")?;
    for series in book.series().iter().filter(|series| series.subject == TOMTE) {
        let figure = |subject| book.samples(&series.scenario, subject, series.metric).first().copied();
        let show = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| series.metric.show(value));
        let (ours, theirs) = (figure(TOMTE), figure(ERLANG));
        let ratio = ours.zip(theirs).map_or_else(String::new, |(ours, theirs)| digits(ours / theirs));
        let row = format!("  {:<34} {:<12} {:<18} {ratio}", series.scenario, show(ours), show(theirs));
        writeln!(out, "{}", row.trim_end())?;
    }
    let bytes = book.samples(ALL_OF_THEM, TOMTE, Metric::Bytes).first().copied();
    let held = if bytes.is_some_and(|bytes| bytes <= CALL_BYTES_MAX) { "reached" } else { "missed" };
    writeln!(out, "\ntarget: at most {} of resident memory for a call: {held}", Metric::Bytes.show(CALL_BYTES_MAX))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_both_sides_their_ratio_and_the_verdict() -> Result<()> {
        let mut book = Book::default();
        book.add(ALL_OF_THEM, TOMTE, Metric::Bytes, 8192.0);
        book.add(ALL_OF_THEM, ERLANG, Metric::Bytes, 4096.0);
        book.add("calls set up", TOMTE, Metric::PerSecond, 20_000.0);
        let mut out = vec![];
        table(&book, "7", &mut out)?;
        let text = String::from_utf8(out)?;
        assert!(text.contains("memory of a call, all of them      8.00 KiB     4.00 KiB           2.00\n"), "{text}");
        assert!(text.contains("calls set up                       20.0 k/s     -\n"), "{text}");
        assert!(text.ends_with("for a call: reached\n"), "{text}");
        Ok(())
    }

    #[test]
    fn the_same_calls_run_in_erlang_where_there_is_one() -> Result<()> {
        let scratch = scratch()?;
        let Some(erlang) = Erlang::compile(&scratch.path().join("erlang"))? else { return Ok(()) };
        let mut book = Book::default();
        book.add_lines(&erlang.switchboard(&["2000", "1", "0"])?)?;
        assert_eq!(book.samples("calls that went on after a crash", ERLANG, Metric::Count), [2000.0]);
        assert_eq!(book.series().len(), 7);
        Ok(())
    }
}
