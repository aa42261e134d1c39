//! Releases: one report, and the history of them.

use super::table::{Cell, table};
use super::text::{Paint, Tone, line};
use super::units::{date, pause, size};
use crate::node::{BackupView, CancelView, UpgradeReport, UpgradeResult};

/// The history, newest first.
pub(in crate::cli) fn history(reports: &[UpgradeReport], paint: Paint) -> String {
    if reports.is_empty() {
        return "nothing was upgraded yet\n".to_owned();
    }
    let names = ["REV", "WHEN (UTC)", "BEHAVIOUR", "CHANGE", "DIGEST", "RESULT", "PAUSE", "VIA", "WHY"];
    let mut head: Vec<Cell> = names.iter().map(|name| Cell::new(name).tone(Tone::Quiet)).collect();
    head[0] = head[0].clone().right();
    let rows: Vec<Vec<Cell>> = std::iter::once(head).chain(reports.iter().map(row)).collect();
    table(&rows, paint)
}

fn row(report: &UpgradeReport) -> Vec<Cell> {
    let why = if report.reason.is_empty() { "-" } else { &report.reason };
    vec![
        Cell::new(report.revision.to_string()).right(),
        Cell::new(date(report.at_ms)),
        Cell::new(&report.behaviour),
        Cell::new(change(report)),
        Cell::new(short(report)),
        Cell::new(word(report.result)).tone(tone(report.result)),
        Cell::new(pause(report.pause_us)),
        Cell::new(&report.via),
        Cell::new(why),
    ]
}

/// The releases that wait or are under way, one line each.
pub(super) fn pending(reports: &[UpgradeReport], paint: Paint) -> String {
    let row = |report: &UpgradeReport| {
        let what = format!("{} {}", report.behaviour, change(report));
        let word = Cell::new(word(report.result)).tone(tone(report.result));
        let via = Cell::new(format!("via {}", report.via));
        vec![Cell::new("release"), Cell::new(what.trim()), word, via, Cell::new(&report.reason)]
    };
    table(&reports.iter().map(row).collect::<Vec<_>>(), paint)
}

/// A rollback that was recorded where no host runs.
pub(in crate::cli) fn recorded_rollback(report: &UpgradeReport, _: Paint) -> String {
    let what = format!("{} {}", line(&report.behaviour), line(&change(report)));
    match report.result {
        UpgradeResult::Planned => {
            format!("{what}   nothing was changed; no host runs, so the next start would run it\n")
        }
        _ => format!("#{} {what}   recorded; {}\n", report.revision, line(&report.reason)),
    }
}

/// A copy of a state directory.
pub(in crate::cli) fn backup(copy: &BackupView, _: Paint) -> String {
    let BackupView { directory, files, bytes, workers, inputs, releases } = copy;
    format!(
        "{}   {files} files, {}; releases: {releases}, durable workers: {workers}, inputs they step again: {inputs}\n",
        line(directory),
        size(*bytes)
    )
}

/// What came of taking releases back.
pub(in crate::cli) fn cancelled(cancelled: &CancelView, paint: Paint) -> String {
    let kept = cancelled.kept.iter().map(|why| format!("not taken back: {}\n", line(why)));
    cancelled.taken_back.iter().map(|one| report(one, paint)).chain(kept).collect()
}

/// One release, as it is told to whoever asked for it.
pub(in crate::cli) fn report(report: &UpgradeReport, paint: Paint) -> String {
    let number = if report.revision == 0 { String::new() } else { format!("#{} ", report.revision) };
    // Of a rollback to nowhere neither the behaviour nor a component is known.
    let known = !report.digest.is_empty();
    let subject = if known { format!("{} {}", report.behaviour, change(report)) } else { report.behaviour.clone() };
    let subject = if subject.is_empty() { String::new() } else { format!("{}   ", line(&subject)) };
    let mut lines = format!("{number}{subject}via {}\n", line(&report.via));
    let mut told = vec![];
    if known {
        told.push(("digest", format!("sha256:{}", short(report))));
    }
    if report.result == UpgradeResult::Permanent {
        told.push(("workers", format!("{}, longest pause {}", report.workers, pause(report.pause_us))));
    }
    let mut rows: Vec<Vec<Cell>> =
        told.into_iter().map(|(name, value)| vec![Cell::new(format!("  {name}")), Cell::new(value)]).collect();
    let result = format!("  {}", word(report.result).to_uppercase());
    rows.push(vec![Cell::new(result).tone(tone(report.result)), Cell::new(verdict(report))]);
    lines.push_str(&table(&rows, paint));
    for (at, step) in report.plan.iter().enumerate() {
        lines.push_str(&format!("  {:>3}. {}\n", at + 1, line(step)));
    }
    lines
}

fn verdict(report: &UpgradeReport) -> String {
    // Not as before: whatever was tried may have left its marks, of which the reason tells.
    let as_before = if report.result == UpgradeResult::RolledBack { "" } else { " as before" };
    let before = report.from.as_deref().map_or_else(
        || "nothing changed".to_owned(),
        |version| format!("{} {version} serves{as_before}", report.behaviour),
    );
    let why = if report.reason.is_empty() { String::new() } else { format!("{}; ", report.reason) };
    match report.result {
        UpgradeResult::Permanent => format!("{why}{} {} serves", report.behaviour, report.to),
        UpgradeResult::AlreadyRunning if why.is_empty() => "these very bytes run already".to_owned(),
        UpgradeResult::AlreadyRunning => report.reason.clone(),
        UpgradeResult::Waiting => report.reason.clone(),
        UpgradeResult::Begun => format!("{why}it is under way"),
        UpgradeResult::Planned => format!("{why}nothing was changed; it would be done so:"),
        UpgradeResult::Refused | UpgradeResult::RolledBack => format!("{why}{before}"),
    }
}

fn change(report: &UpgradeReport) -> String {
    report.from.as_ref().map_or_else(|| report.to.clone(), |from| format!("{from} -> {}", report.to))
}

fn short(report: &UpgradeReport) -> String {
    report.digest.chars().take(8).collect()
}

fn word(result: UpgradeResult) -> &'static str {
    match result {
        UpgradeResult::Waiting => "waiting",
        UpgradeResult::Begun => "begun",
        UpgradeResult::Permanent => "permanent",
        UpgradeResult::AlreadyRunning => "already running",
        UpgradeResult::Refused => "refused",
        UpgradeResult::RolledBack => "rolled back",
        UpgradeResult::Planned => "planned",
    }
}

fn tone(result: UpgradeResult) -> Tone {
    match result {
        UpgradeResult::Permanent | UpgradeResult::AlreadyRunning => Tone::Good,
        UpgradeResult::Waiting | UpgradeResult::Begun | UpgradeResult::Planned => Tone::Odd,
        UpgradeResult::Refused | UpgradeResult::RolledBack => Tone::Bad,
    }
}
