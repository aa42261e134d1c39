//! `[[listen]]` and `[upgrade]`.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;

use super::super::document::{Report, Table, read};
use super::{HttpListen, Listen, OnDifference, Probation, Rehearse, UpgradeSettings};
use crate::base::{ChildKind, ChildSpec, Name, Protocol, TreeSpec, limits};

/// The headers that a listener hands on which names none.
const HEADERS: [&str; 2] = ["accept", "content-type"];

pub(super) fn listens(document: &Table<'_>, report: &Report<'_>, tree: &TreeSpec, base: &Path) -> Vec<Listen> {
    let mut taken = BTreeSet::new();
    let mut all = Vec::new();
    for table in document.list("listen") {
        let read = listen(&table, report, tree, base);
        if let Some(listen) = &read
            && listen.address.port() != 0
            && !taken.insert(listen.address)
        {
            let what = format!("two listeners want {}", listen.address);
            report.say(table.span(), what, "an address serves one protocol", "choose another port".to_owned());
        }
        all.extend(read);
        table.close();
    }
    all
}

fn listen(table: &Table<'_>, report: &Report<'_>, tree: &TreeSpec, base: &Path) -> Option<Listen> {
    let protocols = [("frames", Protocol::Frames), ("lines", Protocol::Lines), ("http", Protocol::Http)];
    let protocol = table.need("protocol", read::one_of(&protocols));
    let address = table.need("address", read::address);
    let to = table.read("to", read::name);
    if let Some(to) = &to {
        let is_manager =
            |name: &Name| tree.supervisors.iter().any(|(known, spec)| known == name && spec.manager.is_some());
        let takes = |child: &&ChildSpec| match &child.kind {
            // A handler is told what its manager is told; its own address is no name.
            ChildKind::Worker(_) => !is_manager(&child.under),
            ChildKind::Supervisor(name) => is_manager(name),
        };
        let names = tree.children.iter().filter(takes).map(|child| child.name.as_str());
        if !names.clone().any(|name| name == to.get_ref().as_str()) && !tree.children.is_empty() {
            report.unknown(to, "child", names);
        }
    } else if !table.has("to") && matches!(protocol, Some(Protocol::Frames | Protocol::Lines)) {
        let why = "frames and lines carry bodies only, so the worker must be known from the listener";
        report.say(
            table.span(),
            "`to` is missing in [[listen]]".to_owned(),
            why,
            "add a line `to = \"WORKER\"`".to_owned(),
        );
    }
    let is_http = matches!(protocol, Some(Protocol::Http));
    let http = http(table, report, base, is_http, to.is_some());
    let is_frames = matches!(protocol, Some(Protocol::Frames));
    let request_ids = request_ids(table, report, tree, is_frames, to.as_ref().map(Spanned::get_ref));
    Some(Listen { protocol: protocol?, address: address?, to: to.map(Spanned::into_inner), request_ids, http })
}

/// Whether each frame begins with a request id: only a durable worker remembers those.
fn request_ids(table: &Table<'_>, report: &Report<'_>, tree: &TreeSpec, is_frames: bool, to: Option<&Name>) -> bool {
    let request_ids = table.read("request_ids", read::boolean).unwrap_or_default();
    if !request_ids {
        return false;
    }
    let is_durable = |name: &Name| tree.children.iter().any(|child| child.name == *name && child.durable);
    let (what, why, fix) = match to {
        _ if !is_frames && table.has("protocol") => (
            "`request_ids` in a [[listen]] that does not speak frames",
            "over http the header `tomte-request-id` has the id, and lines have none",
            "take the line out",
        ),
        Some(name) if !tree.children.is_empty() && !is_durable(name) => (
            "`request_ids` for a worker that is not durable",
            "only a durable worker remembers what it has done",
            "add `durable = true` to its [[child]]",
        ),
        _ => return true,
    };
    report.say(table.span(), what.to_owned(), why, fix.to_owned());
    true
}

/// What only a listener of `http` may say.
fn http(table: &Table<'_>, report: &Report<'_>, base: &Path, is_http: bool, is_bound: bool) -> HttpListen {
    for key in ["page", "origins", "raw", "headers", "content_type"] {
        if table.has(key) && !is_http && table.has("protocol") {
            let fix = "take the line out, or make the listener speak http".to_owned();
            report.say(
                table.span(),
                format!("`{key}` in a [[listen]] that no browser asks"),
                "browsers speak http",
                fix,
            );
        }
    }
    let raw = table.read("raw", read::boolean).unwrap_or_default();
    let headers = table.read("headers", read::list(read::header_name));
    if raw && is_http && !is_bound && !table.has("to") {
        let (why, fix) = ("its worker answers every path", "add a line `to = \"WORKER\"`".to_owned());
        report.say(table.span(), "`raw` in a [[listen]] without `to`".to_owned(), why, fix);
    }
    if headers.is_some() && !raw {
        let (why, fix) =
            ("only requests that are handed on as they are have headers", "add a line `raw = true`".to_owned());
        report.say(table.span(), "`headers` in a [[listen]] without `raw`".to_owned(), why, fix);
    }
    let usual = || HEADERS.map(str::to_owned).to_vec();
    HttpListen {
        page: table.read("page", read::text).map(|path| base.join(path)),
        origins: table.read("origins", read::list(read::origin)).unwrap_or_default(),
        raw: raw.then(|| headers.unwrap_or_else(usual)),
        content_type: table.read("content_type", read::header_value),
    }
}

pub(super) fn upgrade(document: &Table<'_>) -> UpgradeSettings {
    let table = document.table("upgrade");
    let settings = UpgradeSettings { probation: probation(&table), rehearse: rehearse(&table) };
    table.close();
    settings
}

fn probation(upgrade: &Table<'_>) -> Option<Probation> {
    let given = upgrade.has("probation");
    let table = upgrade.table("probation");
    let time = read::duration(Duration::ZERO..=limits::SETTING_TIME_MAX);
    let probation = Probation {
        time: table.read("time", time).unwrap_or(Duration::from_secs(60)),
        inputs: table.read("inputs", read::whole(0..=u64::from(u32::MAX))).unwrap_or_default(),
        crashes: table.read("crashes", read::whole(1..=u64::from(u32::MAX))).unwrap_or(1),
    };
    table.close();
    given.then_some(probation)
}

fn rehearse(upgrade: &Table<'_>) -> Option<Rehearse> {
    let given = upgrade.has("rehearse");
    let table = upgrade.table("rehearse");
    let words = [("report", OnDifference::Report), ("refuse", OnDifference::Refuse)];
    let rehearse = Rehearse {
        inputs: table.read("inputs", read::whole(0..=u64::from(u32::MAX))).unwrap_or(200),
        on_difference: table.read("on_difference", read::one_of(&words)).unwrap_or_default(),
    };
    table.close();
    given.then_some(rehearse)
}
