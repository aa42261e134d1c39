//! The `[supervisor.NAME]` tables.

use toml::Spanned;

use super::super::document::{Table, read};
use crate::base::{AutoShutdown, Intensity, Name, Strategy, SupervisorSpec, limits};

/// The supervisor that is there even if nobody declares it.
pub(super) const ROOT: &str = "root";

const STRATEGIES: [(&str, Strategy); 4] = [
    ("one_for_one", Strategy::OneForOne),
    ("one_for_all", Strategy::OneForAll),
    ("rest_for_one", Strategy::RestForOne),
    ("simple_one_for_one", Strategy::SimpleOneForOne),
];

const AUTO_SHUTDOWNS: [(&str, AutoShutdown); 3] = [
    ("never", AutoShutdown::Never),
    ("any_significant", AutoShutdown::AnySignificant),
    ("all_significant", AutoShutdown::AllSignificant),
];

/// Every supervisor: the root first, then the others in file order.
pub(super) fn supervisors(document: &Table<'_>) -> Vec<(Spanned<Name>, SupervisorSpec)> {
    let mut all = Vec::new();
    for (name, table) in document.tables("supervisor") {
        all.push((name, supervisor(&table)));
        table.close();
    }
    let is_root = |(name, _): &(Spanned<Name>, SupervisorSpec)| name.get_ref().as_str() == ROOT;
    if !all.iter().any(is_root) {
        all.extend(default_root());
    }
    // Stable, so the others keep their order.
    all.sort_by_key(|supervisor| !is_root(supervisor));
    all
}

fn default_root() -> Option<(Spanned<Name>, SupervisorSpec)> {
    let spec = SupervisorSpec {
        strategy: Strategy::default(),
        intensity: Intensity::default(),
        auto_shutdown: AutoShutdown::default(),
        manager: None,
    };
    Name::new(ROOT).ok().map(|name| (Spanned::new(0..0, name), spec))
}

fn supervisor(table: &Table<'_>) -> SupervisorSpec {
    let default = Intensity::default();
    let restarts = table.read("intensity", read::whole(0..=u64::from(limits::RESTARTS_MAX)));
    let period = table.read("period", read::duration(limits::PERIOD_MIN..=limits::SETTING_TIME_MAX));
    SupervisorSpec {
        strategy: table.read("strategy", read::one_of(&STRATEGIES)).unwrap_or_default(),
        intensity: Intensity {
            restarts: restarts.and_then(|restarts| u32::try_from(restarts).ok()).unwrap_or(default.restarts),
            period: period.unwrap_or(default.period),
        },
        auto_shutdown: table.read("auto_shutdown", read::one_of(&AUTO_SHUTDOWNS)).unwrap_or_default(),
        manager: None,
    }
}
