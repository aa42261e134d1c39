//! Files of the watched folder that cannot be taken, until a row of the history says so.

use crate::base::{Millis, limits::UNTAKEN_TOLD_MAX};
use crate::release::{Row, RowResult};

use super::verdict::blank;

/// What lay in the folder and is no component. However much that is, it becomes one row: a marker beside each file
/// says why, and thousands of links must not push what matters out of the history.
#[derive(Debug, Default)]
pub(super) struct Untaken {
    count: usize,
    /// The first of them, each with why.
    first: Vec<(String, String)>,
}

impl Untaken {
    /// The file of this name cannot be taken.
    pub(super) fn add(&mut self, file_name: String, why: String) {
        self.count += 1;
        if self.first.len() < UNTAKEN_TOLD_MAX {
            self.first.push((file_name, why));
        }
    }

    /// The row that says so, of all since this was asked before; none if there was nothing.
    pub(super) fn take(&mut self, folder: &str, at_ms: Millis) -> Option<Row> {
        let Untaken { count, first } = std::mem::take(self);
        let (name, why) = first.first()?;
        let (what, reason) = match count {
            1 => (name.clone(), why.clone()),
            _ => (format!("{name} and {} more", count - 1), several(count, &first)),
        };
        let via = format!("folder {folder}");
        Some(Row { via, ..blank(at_ms, what, RowResult::Refused, reason) })
    }
}

fn several(count: usize, first: &[(String, String)]) -> String {
    let told: Vec<String> = first.iter().map(|(name, why)| format!("{name}: {why}")).collect();
    let rest = match count - first.len() {
        0 => String::new(),
        rest => format!("; and {rest} more"),
    };
    format!("{count} files cannot be taken, and beside each stands why. {}{rest}", told.join("; "))
}
