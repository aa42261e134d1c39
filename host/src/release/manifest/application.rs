//! The `[application]` table.

use std::path::Path;

use toml::Spanned;

use super::super::document::{Report, Table, read};
use super::Application;
use super::children::RESTARTS;
use super::types::Places;
use crate::base::{ChildKind, Name, Strategy, TreeSpec, Version, limits};

/// The version of an application that names none.
const FIRST_VERSION: Version = Version { major: 0, minor: 1, patch: 0 };

/// An application and the place of the name it refers to.
pub(super) struct Declared {
    pub(super) application: Option<Application>,
    callback: Option<Spanned<Name>>,
}

pub(super) fn application(document: &Table<'_>, report: &Report<'_>, base: &Path, places: &mut Places) -> Declared {
    let table = document.table("application");
    let name = table.need("name", read::name);
    let start_after = table.read("start_after", read::list(read::name)).unwrap_or_default();
    let optional = table.read("start_after_if_present", read::list(read::name)).unwrap_or_default();
    check_optional(report, &start_after, &optional);
    let version = table.read("version", read::version).unwrap_or(FIRST_VERSION);
    let restart = table.read("restart", read::one_of(&RESTARTS)).unwrap_or_default();
    let callback = table.read("callback", read::name);
    let start_phases = table.read("start_phases", read::list(read::text)).unwrap_or_default();
    check_phases(&table, report, &start_phases);
    let config = table.read("config", read::json).unwrap_or_default();
    let assets = table.read("assets", read::text).map(|path| base.join(path));
    table.close();
    places.name = name.as_ref().map(|name| report.place(&name.span()));
    places.assets = document.find("application.assets").first().map(|(_, span, _)| report.place(span));
    let placed = |names: &[Spanned<Name>]| names.iter().map(|name| report.place(&name.span())).collect();
    places.start_after = placed(&start_after);
    places.start_after_if_present = placed(&optional);
    let start_after = start_after.into_iter().map(Spanned::into_inner).collect();
    let start_after_if_present = optional.into_iter().map(Spanned::into_inner).collect();
    let application = name.map(Spanned::into_inner).map(|name| Application {
        name,
        version,
        start_after,
        start_after_if_present,
        restart,
        callback: callback.as_ref().map(|name| name.get_ref().clone()),
        start_phases,
        config,
        assets,
    });
    Declared { application, callback }
}

fn check_optional(report: &Report<'_>, needed: &[Spanned<Name>], optional: &[Spanned<Name>]) {
    for name in optional.iter().filter(|name| needed.iter().any(|other| other.get_ref() == name.get_ref())) {
        let what = format!("`{}` is in `start_after` and in `start_after_if_present`", name.get_ref());
        let fix = format!("keep `{}` in one of them", name.get_ref());
        report.say(&name.span(), what, "it either must be there or may be missing", fix);
    }
}

fn check_phases(table: &Table<'_>, report: &Report<'_>, phases: &[String]) {
    if phases.is_empty() {
        return;
    }
    if !table.has("callback") {
        let fix = "add a line `callback = \"WORKER\"`, the first child under the root".to_owned();
        report.say(table.span(), "`start_phases` without a `callback`".to_owned(), "nobody would be told of them", fix);
    }
    if phases.len() > limits::START_PHASES_MAX || phases.iter().any(|phase| phase.len() > limits::NAME_BYTES_MAX) {
        let why = format!("there may be {}, of {} bytes each", limits::START_PHASES_MAX, limits::NAME_BYTES_MAX);
        let what = "`start_phases` in [application] are too many or too long".to_owned();
        report.say(table.span(), what, &why, "tell the callback more with fewer of them".to_owned());
    }
}

/// The callback starts first and ends last, so that its `terminate` is the last word of the application.
pub(super) fn check_callback(declared: &Declared, report: &Report<'_>, tree: &TreeSpec) {
    let Some(callback) = &declared.callback else { return };
    let Some((root, spec)) = tree.supervisors.first() else { return };
    let name = callback.get_ref();
    let Some(child) = tree.children.iter().find(|child| child.name == *name) else {
        let names = tree.children.iter().map(|child| child.name.as_str());
        if names.clone().next().is_some() {
            report.unknown(callback, "child", names);
        }
        return;
    };
    let first = tree.children.iter().find(|child| child.under == *root);
    let is_first = first.is_some_and(|first| first.name == *name) && spec.strategy != Strategy::SimpleOneForOne;
    if !is_first || !matches!(child.kind, ChildKind::Worker(_)) {
        let what = format!("the callback `{name}` is not the first worker under the root");
        let fix = format!("put [child.{name}] under \"{root}\" and before the other children");
        report.say(&callback.span(), what, "it is to start before all others and to end after them", fix);
    }
}
