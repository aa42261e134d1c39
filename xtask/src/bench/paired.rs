//! This tree against an earlier commit, in pairs of one run: what a change costs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tomte_toolchain::{Toolchain, build_guests};

use super::book::{Book, Series};
use super::metric::{Metric, digits};
use super::round::{hosted, in_process};
use super::stats::{Summary, median_interval, ratios};
use super::times::Times;
use super::workspace::{Programs, scratch};
use crate::guests::{DIST, SOURCES};

/// One of the two that are compared.
struct Side {
    programs: Programs,
    book: Book,
}

impl Side {
    /// The programs of the sources in `root`, put aside in `folder`: the next build takes their place.
    fn build(root: &Path, target: &Path, guests: &Path, folder: &Path) -> Result<Side> {
        let built = Programs::build_from(root, target, guests)?;
        fs::create_dir_all(folder)?;
        let aside = |program: &Path| -> Result<PathBuf> {
            let to = folder.join(program.file_name().context("a program has a name")?);
            fs::copy(program, &to).with_context(|| format!("cannot copy {}", program.display()))?;
            Ok(to)
        };
        let programs = Programs { tomte: aside(&built.tomte)?, bench: aside(&built.bench)?, ..built };
        Ok(Side { programs, book: Book::default() })
    }

    fn measure(&mut self, folder: &Path, times: Times) -> Result<()> {
        hosted(&self.programs, folder, times, &mut self.book)?;
        self.book.add_lines(&in_process(&self.programs, &folder.join("in-process"), times.micro)?)
    }
}

/// Measures both so often, in turn, and writes the ratios to `out`.
///
/// # Errors
/// There is no such commit, or something of either cannot be built or started, or answers wrongly. Each
/// runs the guests of its own sources, since the contract may have changed.
pub(crate) fn run(
    root: &Path,
    toolchain: &Toolchain,
    commit: &str,
    pairs: u32,
    times: Times,
    out: &mut dyn Write,
) -> Result<()> {
    let scratch = scratch()?;
    let target = super::workspace::target(root);
    let sources = Checkout::of(commit, scratch.path().join("sources"))?;
    let guests = scratch.path().join("guests");
    build_guests(toolchain, &sources.0.join(SOURCES), &guests)?;
    // In a folder of its own: cargo would take what it has made of one side's crates for the other side's.
    let mut before = Side::build(&sources.0, &target.join("before"), &guests, &scratch.path().join("before"))?;
    let mut after = Side::build(root, &target, &root.join(DIST), &scratch.path().join("after"))?;
    for pair in 1..=pairs {
        writeln!(out, "pair {pair} of {pairs}")?;
        let folder = |side: &str| scratch.path().join(format!("{side}-{pair}"));
        // A B, B A: what a machine does with time falls on both.
        if pair % 2 == 1 {
            before.measure(&folder("a"), times)?;
            after.measure(&folder("b"), times)?;
        } else {
            after.measure(&folder("b"), times)?;
            before.measure(&folder("a"), times)?;
        }
    }
    table(&before.book, &after.book, commit, out)
}

/// A commit laid out in a folder; taken off git's list of such folders when dropped.
struct Checkout(PathBuf);

impl Checkout {
    fn of(commit: &str, folder: PathBuf) -> Result<Checkout> {
        let added =
            Command::new("git").args(["worktree", "add", "--quiet", "--detach"]).arg(&folder).arg(commit).status();
        ensure!(added.context("cannot run git")?.success(), "git knows no commit {commit}\ntry: git log --oneline");
        Ok(Checkout(folder))
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // What is left of it, `git worktree prune` finds.
        let _ = Command::new("git").args(["worktree", "remove", "--force"]).arg(&self.0).status();
    }
}

/// How much more of it each of tomte's figures takes than before: 1.00 is the same, more is worse.
fn table(before: &Book, after: &Book, commit: &str, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "\nthis tree against {commit}: median of the ratios of pairs [its interval, 95 %]; over 1 is worse")?;
    for series in after.series().iter().filter(|series| series.subject.starts_with("tomte")) {
        let then = before.samples(&series.scenario, &series.subject, series.metric);
        if let Some(row) = row(series, then) {
            writeln!(out, "{row}")?;
        }
    }
    Ok(())
}

fn row(series: &Series, then: &[f64]) -> Option<String> {
    let ratios = match series.metric {
        Metric::PerSecond => ratios(then, &series.samples),
        _ => ratios(&series.samples, then),
    };
    let median = Summary::of(&ratios)?.median;
    let interval = median_interval(&ratios)
        .map_or_else(|| "[too few pairs]".to_owned(), |(low, high)| format!("[{low:.3}..{high:.3}]"));
    let what = format!("{}: {}, {}", series.scenario, series.subject, series.metric.title());
    let now = Summary::of(&series.samples)?.median;
    let was = Summary::of(then).map_or_else(String::new, |was| digits(was.median));
    Some(format!("  {what:<72} {median:.3} {interval:<16} {was} -> {}", digits(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_over_one_is_worse_whatever_is_measured() -> Result<()> {
        let (mut before, mut after) = (Book::default(), Book::default());
        for _ in 0..6 {
            before.add("step", "tomte", Metric::Nanoseconds, 100.0);
            after.add("step", "tomte", Metric::Nanoseconds, 110.0);
            before.add("frames", "tomte", Metric::PerSecond, 100.0);
            after.add("frames", "tomte", Metric::PerSecond, 50.0);
            after.add("step", "a rival", Metric::Nanoseconds, 1.0);
        }
        let mut out = vec![];
        table(&before, &after, "abc", &mut out)?;
        let text = String::from_utf8(out)?;
        let rows: Vec<_> =
            text.lines().skip(2).map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let wanted = [
            "step: tomte, each 1.100 [1.100..1.100] 100 -> 110",
            "frames: tomte, requests 2.000 [2.000..2.000] 100 -> 50.0",
        ];
        assert_eq!(rows, wanted);
        Ok(())
    }

    #[test]
    fn what_was_not_measured_before_has_no_row() {
        let series =
            Series { scenario: "a".into(), subject: "tomte".into(), metric: Metric::Count, samples: vec![1.0] };
        assert_eq!(row(&series, &[]), None);
    }
}
