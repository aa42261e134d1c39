//! What a manifest may ask for that this version does not do yet. Whoever builds one of these
//! deletes its line here; nothing else has to change.

use toml::de::DeValue;

use super::super::document::{Problem, Report, Table};

type Asks = fn(&DeValue<'_>) -> bool;

/// A key (`*` is any name), what value of it asks for more than there is, and what to do instead.
const NOT_BUILT: [(&str, Asks, &str); 5] = [
    ("behaviour.*.migrate", always, "let the component's own init accept the older schema"),
    ("behaviour.*.grants.dir", not_empty, "take it out; only `[application] assets` can be granted"),
    ("behaviour.*.grants.env", not_empty, "take it out; what a worker is to know stands in its `config`"),
    ("upgrade.probation", always, "take the line out; an upgrade is permanent at once, `tomte rollback` goes back"),
    ("upgrade.rehearse", always, "take the line out; try the upgrade with `tomte upgrade FILE --dry-run`"),
];

pub(super) fn unbuilt(document: &Table<'_>, report: &Report<'_>) -> Vec<Problem> {
    let mut all = Vec::new();
    for (path, asks, fix) in NOT_BUILT {
        for (name, span, value) in document.find(path) {
            if !asks(value) {
                continue;
            }
            all.push(Problem {
                what: format!("`{name}` is not built yet in this version"),
                at: Some(report.place(&span)),
                why: "it would be ignored, and you would count on it".to_owned(),
                fix: fix.to_owned(),
            });
        }
    }
    all
}

fn always(_: &DeValue<'_>) -> bool {
    true
}

fn not_empty(value: &DeValue<'_>) -> bool {
    value.as_table().map(|table| !table.is_empty()).or(value.as_array().map(|list| !list.is_empty())).unwrap_or(true)
}
