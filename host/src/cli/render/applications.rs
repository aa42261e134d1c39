//! Applications, and what they are configured with.

use super::table::{Cell, table};
use super::text::{Paint, Tone};
use super::tree::status_tone;
use crate::node::{ApplicationView, ConfigView};

/// The applications of a host, in start order.
pub(in crate::cli) fn applications(all: &[ApplicationView], paint: Paint) -> String {
    let names = ["APPLICATION", "VERSION", "STATUS", "RESTART", "AFTER"];
    let head: Vec<Cell> = names.iter().map(|name| Cell::new(name).tone(Tone::Quiet)).collect();
    let row = |one: &ApplicationView| {
        vec![
            Cell::new(&one.name),
            Cell::new(&one.version),
            Cell::new(&one.status).tone(status_tone(&one.status)),
            Cell::new(&one.restart),
            Cell::new(one.start_after.join(", ")),
        ]
    };
    let rows: Vec<Vec<Cell>> = std::iter::once(head).chain(all.iter().map(row)).collect();
    table(&rows, paint)
}

/// The keys of a configuration, and who has set them.
pub(in crate::cli) fn config(config: &ConfigView, paint: Paint) -> String {
    if config.settings.is_empty() {
        return "nothing is configured for the whole application\n".to_owned();
    }
    let names = ["KEY", "VALUE", "FROM"];
    let head: Vec<Cell> = names.iter().map(|name| Cell::new(name).tone(Tone::Quiet)).collect();
    let rows = config
        .settings
        .iter()
        .map(|one| vec![Cell::new(&one.key), Cell::new(one.value.to_string()), Cell::new(&one.from).tone(Tone::Quiet)]);
    let rows: Vec<Vec<Cell>> = std::iter::once(head).chain(rows).collect();
    table(&rows, paint)
}
