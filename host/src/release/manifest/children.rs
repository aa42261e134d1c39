//! The `[child.NAME]` tables, each for itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use toml::Spanned;

use super::super::document::{Report, Table, Wrong, read};
use super::supervisors::ROOT;
use crate::base::{Backoff, ChildKind, ChildSpec, Name, QueueSpec, Restart, Shutdown, WhenFull, limits};

/// Keys that mean nothing for a child that is a supervisor.
const WORKER_KEYS: [&str; 6] = ["queue", "config", "durable", "hibernate_after", "redact", "terminate_after_crash"];

pub(super) const RESTARTS: [(&str, Restart); 3] =
    [("permanent", Restart::Permanent), ("transient", Restart::Transient), ("temporary", Restart::Temporary)];

/// A child with the places of the names it refers to.
pub(super) struct Child {
    pub(super) name: Spanned<Name>,
    pub(super) under: Spanned<Name>,
    /// The behaviour, the supervisor or the manager it is.
    pub(super) is: Spanned<Name>,
    /// Whether that is an event manager.
    pub(super) manages: bool,
    pub(super) after: Vec<Spanned<Name>>,
    pub(super) spec: ChildSpec,
}

pub(super) fn children(
    document: &Table<'_>,
    report: &Report<'_>,
    shared: &Map<String, Value>,
    managers: &BTreeSet<Name>,
) -> Vec<Child> {
    let mut all = Vec::new();
    for (name, table) in document.tables("child") {
        all.extend(child(name, &table, report, shared, managers));
        table.close();
    }
    all
}

fn child(
    name: Spanned<Name>,
    table: &Table<'_>,
    report: &Report<'_>,
    shared: &Map<String, Value>,
    managers: &BTreeSet<Name>,
) -> Option<Child> {
    let root = || Name::new(ROOT).ok().map(|root| Spanned::new(name.span(), root));
    let under = table.read("under", read::name).or_else(root);
    let kind = kind(table, report);
    let after = table.read("after", read::list(read::name)).unwrap_or_default();
    let durable = table.read("durable", read::boolean).unwrap_or_default();
    let hibernate_after = table.read("hibernate_after", time());
    let is_handler = under.as_ref().is_some_and(|under| managers.contains(under.get_ref()));
    let usual = if is_handler { Restart::Temporary } else { Restart::default() };
    let restart = table.read("restart", read::one_of(&RESTARTS)).unwrap_or(usual);
    let significant = table.read("significant", read::boolean).unwrap_or_default();
    if significant && restart == Restart::Permanent {
        let what = format!("`{}` is significant and permanent", name.get_ref());
        let why = "a permanent child is always restarted, so its end can never end its supervisor";
        report.say(&name.span(), what, why, "make it `restart = \"transient\"` or \"temporary\"".to_owned());
    }
    let redact = table.read("redact", read::boolean).unwrap_or_default();
    let terminate_after_crash = table.read("terminate_after_crash", read::boolean).unwrap_or_default();
    let shutdown = table.read("shutdown", shutdown);
    let within_intensity = !table.has("backoff");
    let backoff = Backoff { within_intensity, ..backoff(table.table("backoff"), report) };
    let queue = queue(table.table("queue"));
    let config = table.read("config", read::json).unwrap_or_default();
    let (is, kind) = kind?;
    // OTP's: a supervisor below has all the time its own children need.
    let patient = if matches!(kind, ChildKind::Supervisor(_)) { Shutdown::Infinity } else { Shutdown::default() };
    let under = under?;
    let spec = ChildSpec {
        name: name.get_ref().clone(),
        under: under.get_ref().clone(),
        kind,
        restart,
        backoff,
        shutdown: shutdown.unwrap_or(patient),
        significant,
        queue,
        hibernate_after,
        config: overlaid(shared, config),
        durable,
        redact,
        terminate_after_crash,
    };
    let manages = table.has("manager");
    Some(Child { name, under, is, manages, after, spec })
}

fn kind(table: &Table<'_>, report: &Report<'_>) -> Option<(Spanned<Name>, ChildKind)> {
    let above = if table.has("manager") { "manager" } else { "supervisor" };
    let both = (table.read("behaviour", read::name), table.read(above, read::name));
    let wrong = |what: &str, fix: &str| {
        report.say(table.span(), what.to_owned(), "a child is a worker or a supervisor", fix.to_owned())
    };
    match both {
        (Some(behaviour), None) if !table.has(above) => {
            let kind = ChildKind::Worker(behaviour.get_ref().clone());
            Some((behaviour, kind))
        }
        (None, Some(supervisor)) if !table.has("behaviour") => {
            for key in WORKER_KEYS.iter().filter(|key| table.has(key)) {
                wrong(&format!("`{key}` has no meaning for a child that is a {above}"), "give it to the workers below");
            }
            let kind = ChildKind::Supervisor(supervisor.get_ref().clone());
            Some((supervisor, kind))
        }
        _ if table.has("behaviour") && table.has(above) => {
            wrong(&format!("a child with both `behaviour` and `{above}`"), "take one of them out");
            None
        }
        _ if table.has("behaviour") || table.has(above) => None,
        _ => {
            wrong("a child with neither `behaviour` nor `supervisor`", "add a line `behaviour = \"NAME\"`");
            None
        }
    }
}

fn time() -> impl read::Reader<Duration> {
    read::duration(Duration::ZERO..=limits::SETTING_TIME_MAX)
}

fn shutdown(field: &read::Field<'_>) -> Result<Shutdown, Wrong> {
    match field.get_ref().as_str() {
        Some("brutal_kill") => Ok(Shutdown::BrutalKill),
        Some("infinity") => Ok(Shutdown::Infinity),
        _ => time()(field).map(Shutdown::Timeout).map_err(|wrong| wrong.or("\"brutal_kill\" or \"infinity\"")),
    }
}

fn backoff(table: Table<'_>, report: &Report<'_>) -> Backoff {
    let default = Backoff::default();
    let first = table.read("first", time()).unwrap_or(default.first);
    let backoff = Backoff {
        first,
        max: table.read("max", time()).unwrap_or(default.max.max(first)),
        jitter: table.read("jitter", read::share).unwrap_or(default.jitter),
        reset_after: table.read("reset_after", time()).unwrap_or(default.reset_after),
        ..default
    };
    if backoff.max < backoff.first {
        let what = "a backoff whose `max` is below its `first`".to_owned();
        report.say(table.span(), what, "waits grow from first to max", "raise `max` or lower `first`".to_owned());
    }
    table.close();
    backoff
}

pub(super) fn queue(table: Table<'_>) -> QueueSpec {
    let default = QueueSpec::default();
    let words = [("reject", WhenFull::Reject), ("drop_oldest", WhenFull::DropOldest)];
    let capacity = table.read("capacity", read::whole(1..=limits::QUEUE_CAPACITY_MAX as u64));
    let queue = QueueSpec {
        capacity: capacity.and_then(|capacity| usize::try_from(capacity).ok()).unwrap_or(default.capacity),
        when_full: table.read("when_full", read::one_of(&words)).unwrap_or_default(),
    };
    table.close();
    queue
}

/// The application's config with the child's own keys over it, as JSON text.
fn overlaid(shared: &Map<String, Value>, own: Map<String, Value>) -> Arc<[u8]> {
    let mut all = shared.clone();
    all.extend(own);
    Value::Object(all).to_string().into_bytes().into()
}
