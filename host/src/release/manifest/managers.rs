//! The `[manager.NAME]` tables: event managers, in the tree supervisors of their handlers.

use toml::Spanned;

use super::super::document::{Report, Table};
use super::children::{Child, queue};
use crate::base::{AutoShutdown, ChildKind, Intensity, Name, Restart, Strategy, SupervisorSpec};

/// Every manager, in file order.
pub(super) fn managers(document: &Table<'_>) -> Vec<(Spanned<Name>, SupervisorSpec)> {
    let manager = |(name, table): (Spanned<Name>, Table<'_>)| {
        let spec = SupervisorSpec {
            strategy: Strategy::OneForOne,
            intensity: Intensity::default(),
            auto_shutdown: AutoShutdown::Never,
            manager: Some(queue(table.table("queue"))),
        };
        table.close();
        (name, spec)
    };
    document.tables("manager").into_iter().map(manager).collect()
}

/// What stands under a manager is a handler: a worker that is never restarted.
pub(super) fn check_handler(report: &Report<'_>, child: &Child) {
    let (name, manager) = (child.name.get_ref(), child.under.get_ref());
    if matches!(child.spec.kind, ChildKind::Supervisor(_)) {
        let what = format!("`{name}` stands under the manager `{manager}` and is no worker");
        let fix = "put it under a supervisor".to_owned();
        report.say(&child.name.span(), what, "the children of a manager are its handlers", fix);
    }
    if child.spec.durable {
        let what = format!("`{name}` is a handler of `{manager}` and is to be durable");
        let why = "a handler's state ends with it; what must stay belongs to a worker that it tells";
        report.say(&child.name.span(), what, why, "take the line `durable` out".to_owned());
    }
    if child.spec.restart != Restart::Temporary {
        let what = format!("`{name}` is a handler of `{manager}` and is to be restarted");
        let why = "a handler that crashes leaves its manager, which goes on without it";
        report.say(&child.name.span(), what, why, "take the line `restart` out".to_owned());
    }
}
