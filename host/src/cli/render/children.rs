//! A supervisor's children, and what a reload came to.

use super::table::{Cell, table};
use super::text::{Paint, Tone};
use super::units::many;
use crate::node::{ChildView, ChildrenView, CountsView, ReloadView};

/// The children, newest first, and their numbers.
pub(in crate::cli) fn children(view: &ChildrenView, paint: Paint) -> String {
    let rows: Vec<Vec<Cell>> = view.children.iter().map(row).collect();
    let CountsView { specs, active, supervisors, workers } = view.counts;
    let (workers, supervisors) = (many(workers, "worker"), many(supervisors, "supervisor"));
    let counts = format!("{specs} specified, {active} active; {workers}, {supervisors}\n");
    format!("{}{counts}", table(&rows, paint))
}

fn row(child: &ChildView) -> Vec<Cell> {
    let tone = match child.state.as_str() {
        "running" => Tone::Good,
        "none" => Tone::Quiet,
        _ => Tone::Odd,
    };
    vec![
        Cell::new(&child.child),
        Cell::new(&child.kind),
        Cell::new(&child.behaviour),
        Cell::new(&child.state).tone(tone),
    ]
}

/// A line for each thing that is another now, and for each that could not be.
pub(in crate::cli) fn reload(view: &ReloadView) -> String {
    let lines = [
        ("other flags, at once", &view.flags),
        ("changed, from the next start on", &view.changed),
        ("added, not started", &view.added),
        ("no longer declared, going on", &view.kept),
    ];
    let mut text: String = lines
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what}: {}\n", names.join(", ")))
        .collect();
    for what in &view.not_applied {
        text.push_str(&format!("not applied until the host restarts: {what}\n"));
    }
    if text.is_empty() { "nothing has changed\n".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_says_what_holds_when_and_what_does_not() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let view = ReloadView {
            flags: names(&["mid"]),
            changed: names(&["a"]),
            added: names(&["new"]),
            kept: vec![],
            not_applied: names(&["the listeners change"]),
        };
        assert_eq!(
            reload(&view),
            "other flags, at once: mid\nchanged, from the next start on: a\nadded, not started: new\n\
             not applied until the host restarts: the listeners change\n"
        );
        assert_eq!(reload(&ReloadView::default()), "nothing has changed\n");
    }

    #[test]
    fn children_are_listed_with_their_numbers_below() {
        let child = ChildView {
            child: "calls/7".to_owned(),
            state: "restarting".to_owned(),
            kind: "worker".to_owned(),
            behaviour: "call".to_owned(),
        };
        let counts = CountsView { specs: 1, active: 0, supervisors: 0, workers: 1 };
        let text = children(&ChildrenView { counts, children: vec![child] }, Paint::new(false));
        assert_eq!(text, "calls/7  worker  call  restarting\n1 specified, 0 active; 1 worker, 0 supervisors\n");
    }
}
