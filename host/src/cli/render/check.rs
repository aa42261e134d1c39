//! What `check` found.

use super::table::{Cell, table};
use super::text::{Paint, Tone, line};
use super::units::size;
use crate::node::{ApplicationReport, ComponentReport};

/// One component that passed.
pub(in crate::cli) fn component(report: &ComponentReport, paint: Paint) -> String {
    table(&rows(report), paint)
}

/// A whole application that passed.
pub(in crate::cli) fn application(report: &ApplicationReport, paint: Paint) -> String {
    let head = format!("{} {}\n", line(&report.name), line(&report.version));
    let mut all: Vec<Vec<Cell>> = report.behaviours.iter().flat_map(|(_, component)| rows(component)).collect();
    let listeners = match &report.listeners[..] {
        [] => "none".to_owned(),
        listeners => listeners.join(", "),
    };
    if !report.assets_for.is_empty() {
        all.push(ok(format!("assets are read by: {}", report.assets_for.join(", "))));
    }
    all.push(ok(format!("{} workers; listeners: {listeners}", report.workers)));
    head + &table(&all, paint)
}

fn rows(report: &ComponentReport) -> Vec<Vec<Cell>> {
    let digest: String = report.digest.chars().take(8).collect();
    let state = if report.saves_state { "saves its state" } else { "does not save its state" };
    let identity = match (&report.name, &report.version) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        (Some(name), None) => format!("{name}, no version"),
        (None, _) => "no name in it: its file name tells".to_owned(),
    };
    let bytes = size(report.size as u64);
    let imports = match &report.imports[..] {
        [] => "none".to_owned(),
        imports => imports.join(", "),
    };
    let mut rows =
        vec![ok(format!("{identity}   {bytes}   sha256:{digest}   {state}")), ok(format!("imports: {imports}"))];
    let note = |text: &String| vec![Cell::new(" NOTE").tone(Tone::Odd), Cell::new(text)];
    rows.extend(report.notes.iter().map(note));
    rows
}

fn ok(text: String) -> Vec<Cell> {
    vec![Cell::new(" ok").tone(Tone::Good), Cell::new(text)]
}
