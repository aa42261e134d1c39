//! A report as text for people. Pure but for the writer it is given.

use std::io::{self, Write};

use super::book::Series;
use super::metric::digits;
use super::report::Report;
use super::stats::Summary;
use super::target::{Bound, Verdict};

/// Columns of a subject's name.
const NAME: usize = 48;

/// Writes the whole report.
///
/// # Errors
/// The writer's.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    notes(report, out)?;
    let mut rest = report.book.series();
    let mut scenario = "";
    while let Some(first) = rest.first() {
        if first.scenario != scenario {
            scenario = &first.scenario;
            writeln!(out, "\n{scenario}")?;
        }
        let same =
            |series: &&Series| series.scenario == scenario && series.subject == first.subject;
        let count = rest.iter().take_while(same).count();
        let (row, others) = rest.split_at(count);
        writeln!(out, "  {:NAME$} {}", first.subject, row.iter().map(cell).collect::<String>())?;
        rest = others;
    }
    writeln!(out, "\n{:<74} {:<23} wanted", "targets", "measured")?;
    report.verdicts().iter().try_for_each(|verdict| writeln!(out, "{}", line(verdict)))
}

fn notes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.notes.iter().try_for_each(|note| writeln!(out, "{note}"))?;
    writeln!(out, "median [min .. max] of {} interleaved rounds", report.rounds)?;
    match report.foreign {
        Some(share) => {
            writeln!(out, "other programs used at most {:.0} % of the machine", share * 100.0)
        }
        None => Ok(()),
    }
}

fn cell(series: &Series) -> String {
    let Some(summary) = Summary::of(&series.samples) else { return String::new() };
    let metric = series.metric;
    let median = format!("{}{}", metric.label(), metric.show(summary.median));
    if series.samples.len() == 1 {
        return format!("{median:<16}");
    }
    let spread = format!("[{} .. {}]", metric.show(summary.min), metric.show(summary.max));
    format!("{median:<14} {spread:<24}")
}

fn line(verdict: &Verdict) -> String {
    let target = verdict.target;
    let times = |value: f64| match target.rival {
        Some(_) => format!("{} x", digits(value)),
        None => target.metric.show(value),
    };
    let metric = target.metric.label().trim();
    let separator = if metric.is_empty() { "" } else { ", " };
    let rival = target.rival.map_or(String::new(), |rival| format!(" : {rival}"));
    let what = format!("{}{separator}{metric}{rival}", target.scenario);
    let wanted = match target.bound {
        Bound::AtLeast(value) => format!(">= {}", times(value)),
        Bound::AtMost(value) => format!("<= {}", times(value)),
    };
    let measured = verdict.measured.map_or("not measured".to_owned(), |summary| {
        format!("{} [{} .. {}]", times(summary.median), digits(summary.min), digits(summary.max))
    });
    let mark = match verdict.reached() {
        Some(true) => "reached",
        Some(false) => "MISSED",
        None => "",
    };
    format!("{what:<74} {measured:<23} {wanted:<12} {mark}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::book::Book;
    use crate::bench::metric::Metric;

    #[test]
    fn a_table_groups_subjects_under_scenarios_and_marks_what_is_missed() -> io::Result<()> {
        let mut book = Book::default();
        for value in [100.0, 300.0, 200.0] {
            book.add("step", "tomte", Metric::Nanoseconds, value * 3.0);
            book.add("step", "bare component call", Metric::Nanoseconds, value);
        }
        book.add("idle", "tomte", Metric::Megabytes, 31.0);
        let report = Report { book, rounds: 3, notes: vec!["a note".into()], foreign: None };
        let mut bytes = vec![];
        write(&report, &mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<Vec<&str>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert!(text.starts_with("a note\nmedian [min .. max] of 3"), "{text}");
        assert!(lines.contains(&"tomte 600 ns [300 ns .. 900 ns]".split(' ').collect()), "{text}");
        let missed = "step : bare component call 3.00 x [3.00 .. 3.00] <= 2.00 x MISSED";
        assert!(lines.contains(&missed.split(' ').collect()), "{text}");
        let reached = "idle 31.0 MB [31.0 .. 31.0] <= 40.0 MB reached";
        assert!(lines.contains(&reached.split(' ').collect()), "{text}");
        assert!(text.contains("not measured"), "{text}");
        Ok(())
    }
}
