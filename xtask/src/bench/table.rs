//! A report as text for people. Pure but for the writer it is given.

use std::io::{self, Write};

use super::book::Series;
use super::metric::{Metric, digits};
use super::report::Report;
use super::stats::Summary;
use super::target::{Bound, Verdict};

/// Columns of a subject's name.
const NAME: usize = 35;
/// Columns of a figure with its spread.
const WIDE: usize = 21;
/// Columns of a figure alone.
const NARROW: usize = 9;

/// Writes the whole report, in lines of at most 100 columns.
///
/// # Errors
/// The writer's.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    notes(report, out)?;
    let mut rest = report.book.series();
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|series| series.scenario == first.scenario).count();
        let (scenario, others) = rest.split_at(count);
        self::scenario(&first.scenario, scenario, out)?;
        rest = others;
    }
    writeln!(out, "\n{:<49} {:<24} {:<11}", "targets", "measured", "wanted")?;
    report.verdicts().iter().try_for_each(|verdict| writeln!(out, "{}", line(verdict)))
}

/// One row for each subject, one column for each metric.
fn scenario(name: &str, all: &[Series], out: &mut dyn Write) -> io::Result<()> {
    let (mut metrics, mut subjects) = (vec![], vec![]);
    for series in all {
        if !metrics.contains(&series.metric) {
            metrics.push(series.metric);
        }
        if !subjects.contains(&&series.subject) {
            subjects.push(&series.subject);
        }
    }
    let wide = |metric: Metric| metrics.len() <= 2 || !matches!(metric, Metric::P50 | Metric::P99);
    let columns = |cell: &dyn Fn(Metric) -> String| {
        let pad = |metric: &Metric| {
            let width = if wide(*metric) { WIDE } else { NARROW };
            format!(" {:<width$}", cell(*metric))
        };
        metrics.iter().map(pad).collect::<String>()
    };
    let head = format!("{name:<width$}{}", columns(&|metric| metric.title().to_owned()), width = NAME + 2);
    writeln!(out, "\n{}", head.trim_end())?;
    for subject in subjects {
        let cell = |metric| {
            let series = all.iter().find(|one| one.subject == *subject && one.metric == metric);
            series.map_or(String::new(), |series| figure(series, wide(metric)))
        };
        writeln!(out, "{}", format!("  {subject:<NAME$}{}", columns(&cell)).trim_end())?;
    }
    Ok(())
}

fn figure(series: &Series, with_spread: bool) -> String {
    let Some(summary) = Summary::of(&series.samples) else { return String::new() };
    let median = series.metric.show(summary.median);
    if series.samples.len() == 1 || !with_spread {
        return median;
    }
    format!("{median} {}", series.metric.show_spread(summary.min, summary.max, summary.median))
}

fn notes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.notes.iter().try_for_each(|note| writeln!(out, "{note}"))?;
    writeln!(out, "median [min..max] of {} interleaved rounds", report.rounds)?;
    match report.foreign {
        Some(share) => {
            writeln!(out, "other programs used at most {:.0} % of the machine", share * 100.0)
        }
        None => Ok(()),
    }
}

fn line(verdict: &Verdict) -> String {
    let target = verdict.target;
    let times = |value: f64| match target.rival {
        Some(_) => format!("{} x", digits(value)),
        None => target.metric.show(value),
    };
    let wanted = match target.bound {
        Bound::AtLeast(value) => format!(">= {}", times(value)),
        Bound::AtMost(value) => format!("<= {}", times(value)),
    };
    let measured = verdict.measured.map_or("not measured".to_owned(), |summary| {
        let Summary { median, min, max } = summary;
        let spread = match target.rival {
            Some(_) => format!("[{}..{}]", digits(min), digits(max)),
            None => target.metric.show_spread(min, max, median),
        };
        format!("{} {spread}", times(median))
    });
    let mark = match verdict.reached() {
        Some(true) => "reached",
        Some(false) => "MISSED",
        None => "",
    };
    format!("{:<49} {measured:<24} {wanted:<11} {mark}", target.title).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::book::Book;
    use crate::bench::scenario::{BARE, ERLANG_PACKET, TOMTE};

    fn text(report: &Report) -> io::Result<String> {
        let mut bytes = vec![];
        write(report, &mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn has(text: &str, line: &str) -> bool {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        text.lines().any(|one| words(one) == words(line))
    }

    #[test]
    fn a_table_groups_subjects_under_scenarios_and_marks_what_is_missed() -> io::Result<()> {
        let mut book = Book::default();
        for value in [100.0, 300.0, 200.0] {
            book.add("step", "tomte, a call a turn", Metric::Nanoseconds, value * 3.0);
            book.add("step", BARE, Metric::Nanoseconds, value);
        }
        book.add("idle", TOMTE, Metric::Megabytes, 31.0);
        let text = text(&Report { book, rounds: 3, notes: vec!["a note".into()], foreign: None })?;
        assert!(text.starts_with("a note\nmedian [min..max] of 3"), "{text}");
        assert!(has(&text, "step each"), "{text}");
        assert!(has(&text, "tomte, a call a turn 600 ns [300..900]"), "{text}");
        assert!(has(&text, "step, bare component call 3.00 x [3.00..3.00] <= 2.00 x MISSED"), "{text}");
        assert!(has(&text, "resident memory of the idle host 31.0 MB [31.0..31.0] <= 40.0 MB reached"), "{text}");
        assert!(text.contains("not measured"), "{text}");
        Ok(())
    }

    #[test]
    fn no_line_is_wider_than_100_columns() -> io::Result<()> {
        let mut book = Book::default();
        let metrics = [Metric::PerSecond, Metric::Cpu, Metric::P50, Metric::P99];
        for metric in metrics {
            for sample in [111_000.0, 998_000.0, 999_900.0] {
                book.add("frames to a counter, 50 x depth 16", ERLANG_PACKET, metric, sample);
                book.add("frames, 50 connections, depth 16", TOMTE, metric, sample * 1000.0);
                book.add("frames, 50 connections, depth 16", ERLANG_PACKET, metric, sample);
            }
        }
        let text = text(&Report { book, rounds: 3, notes: vec![], foreign: Some(1.0) })?;
        let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap_or_default();
        assert!(widest.chars().count() <= 100, "{widest}");
        Ok(())
    }
}
