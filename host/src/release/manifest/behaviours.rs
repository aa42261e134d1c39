//! The `[behaviour.NAME]` tables.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::super::document::{Place, Report, Table, read};
use super::{Behaviour, Build, Grants};
use crate::base::{GuestLimits, Name, limits};

pub(super) fn behaviours(
    root: &Table<'_>,
    report: &Report<'_>,
    base: &Path,
) -> (BTreeMap<Name, Behaviour>, BTreeMap<Name, Place>) {
    let (mut all, mut places) = (BTreeMap::new(), BTreeMap::new());
    for (name, table) in root.tables("behaviour") {
        places.insert(name.get_ref().clone(), report.place(&name.span()));
        all.insert(name.into_inner(), behaviour(&table, base));
        table.close();
    }
    (all, places)
}

fn behaviour(table: &Table<'_>, base: &Path) -> Behaviour {
    Behaviour {
        // Absent, the problem has been noted and nobody sees this value.
        component: table.need("component", read::text).map(|path| base.join(path)).unwrap_or_default(),
        build: build(table, base),
        version: table.read("version", read::version),
        migrate: table.read("migrate", read::text).map(|path| base.join(path)),
        limits: guest_limits(table.table("limits")),
        grants: grants(table.table("grants")),
    }
}

/// Whoever may read the assets counts on there being some.
pub(super) fn check_grants(root: &Table<'_>, report: &Report<'_>) {
    if root.find("application.assets").is_empty() {
        for (name, span, _) in root.find("behaviour.*.grants.assets") {
            let what = format!("`{name}` without `assets` in [application]");
            let fix = "add a line `assets = \"DIR\"` to [application]".to_owned();
            report.say(&span, what, "there is nothing that could be read", fix);
        }
    }
}

fn build(table: &Table<'_>, base: &Path) -> Option<Build> {
    let given = table.has("build");
    let table = table.table("build");
    let build = given.then(|| {
        let dir = table.read("dir", read::text).unwrap_or_default();
        let watch = table.read("watch", read::list(read::text)).unwrap_or_default();
        Some(Build { command: table.need("command", read::text)?, dir: base.join(dir), watch })
    });
    table.close();
    build.flatten()
}

fn guest_limits(table: Table<'_>) -> GuestLimits {
    let default = GuestLimits::default();
    let time = |max: Duration| read::duration(limits::TICK..=max);
    // A page of WebAssembly memory is 64 KiB: less is none.
    let memory = read::size((64 << 10)..=limits::MEMORY_BYTES_MAX);
    let reply = read::size(1..=limits::WRITE_BUFFER_BYTES_MAX as u64);
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let limits = GuestLimits {
        memory: table.read("memory", memory).unwrap_or(default.memory),
        step: table.read("step", time(limits::STEP_TIME_MAX)).unwrap_or(default.step),
        init: table.read("init", time(limits::INIT_TIME_MAX)).unwrap_or(default.init),
        effects: table.read("effects", read::whole(1..=limits::EFFECTS_MAX as u64)).map_or(default.effects, number),
        reply: table.read("reply", reply).map_or(default.reply, number),
        fuel: table.read("budget", read::one_of(&[("epoch", false), ("fuel", true)])).unwrap_or(default.fuel),
    };
    table.close();
    limits
}

fn grants(table: Table<'_>) -> Grants {
    let grants = Grants {
        assets: table.read("assets", read::one_of(&[("read", true)])).unwrap_or_default(),
        dir: table.table("dir").each(read::text).into_iter().collect(),
        env: table.read("env", read::list(read::text)).unwrap_or_default(),
    };
    table.close();
    grants
}
