//! From what the loops know to the records users read.

use std::collections::HashMap;

use super::show_sys;
use super::view::{ChildView, CountsView, TreeView, UpgradeReport, UpgradeResult, WorkerView};
use crate::base::{Failure, Kind, QueueSpec, Strategy};
use crate::control::{Pending, Running, Verdict};
use crate::protocol::{Brief, Inspection, Supervision};
use crate::release::{Row, RowResult};
use crate::supervisor::{ChildCounts, ChildId, Listed, Status, Tree};

/// Bytes of state that `inspect` shows.
const STATE_SHOWN: usize = 64 << 10;

/// Dynamic children of one supervisor that the tree shows.
const DYNAMIC_SHOWN: usize = 50;

pub(super) fn counts(counts: ChildCounts) -> CountsView {
    let ChildCounts { specs, active, supervisors, workers } = counts;
    CountsView { specs, active, supervisors, workers }
}

pub(super) fn listed(listed: &Listed) -> ChildView {
    ChildView {
        child: listed.name.to_string(),
        state: listed.presence.word().to_owned(),
        kind: if listed.is_supervisor { "supervisor" } else { "worker" }.to_owned(),
        behaviour: listed.behaviour.to_string(),
    }
}

pub(super) fn tree(supervision: &Supervision, briefs: &[Brief], running: &[Running]) -> TreeView {
    let briefs: HashMap<ChildId, &Brief> = briefs.iter().map(|brief| (brief.child, brief)).collect();
    let tree = supervision.tree();
    let roots: Vec<ChildId> = tree.children(tree.root()).collect();
    match roots[..] {
        // The host's own supervisor is worth a look only where there is something to choose.
        [root] => child(&tree, root, &briefs, running),
        _ => {
            TreeView { name: "host".to_owned(), kind: "host".to_owned(), ..child(&tree, tree.root(), &briefs, running) }
        }
    }
}

fn child(tree: &Tree, id: ChildId, briefs: &HashMap<ChildId, &Brief>, running: &[Running]) -> TreeView {
    let brief = briefs.get(&id);
    let behaviour = behaviour(tree, id);
    let shown = if tree.template(id).is_some() { DYNAMIC_SHOWN } else { usize::MAX };
    let version = running.iter().find(|run| Some(&run.plan.behaviour) == behaviour.as_ref());
    TreeView {
        name: tree.name(id).to_string(),
        kind: kind(tree, id).to_owned(),
        status: status(tree.status(id), brief.is_some_and(|brief| brief.suspended)).to_owned(),
        strategy: tree
            .strategy(id)
            .filter(|_| manager_queue(tree, id).is_none())
            .map(|strategy| strategy_word(strategy).to_owned()),
        version: version.map(|run| run.plan.version.to_string()),
        behaviour: behaviour.map(|name| name.to_string()),
        queued: brief.map(|brief| brief.queued),
        capacity: brief.map(|brief| brief.capacity),
        overloads: brief.map_or(0, |brief| brief.overloads),
        doing: brief.and_then(|brief| brief.doing).map(show_sys::doing),
        restarts: tree.restarts(id),
        pending: vec![],
        dynamic: tree.template(id).map(|_| tree.children(id).count()),
        children: tree.children(id).take(shown).map(|id| child(tree, id, briefs, running)).collect(),
    }
}

fn kind(tree: &Tree, id: ChildId) -> &'static str {
    match manager_queue(tree, id) {
        Some(_) => "manager",
        None if tree.is_supervisor(id) => "supervisor",
        None => "worker",
    }
}

fn manager_queue(tree: &Tree, id: ChildId) -> Option<QueueSpec> {
    tree.supervisor_spec(id)?.manager
}

fn behaviour(tree: &Tree, id: ChildId) -> Option<crate::base::Name> {
    match &tree.spec(id).kind {
        crate::base::ChildKind::Worker(behaviour) if !tree.is_supervisor(id) => Some(behaviour.clone()),
        _ => None,
    }
}

fn status(status: Status, suspended: bool) -> &'static str {
    match status {
        Status::Running if suspended => "suspended",
        Status::Running => "running",
        Status::Starting => "starting",
        Status::Waiting => "waiting",
        Status::Stopping => "stopping",
        Status::Stopped => "stopped",
        Status::Ignored => "ignored",
    }
}

fn strategy_word(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::OneForOne => "one_for_one",
        Strategy::OneForAll => "one_for_all",
        Strategy::RestForOne => "rest_for_one",
        Strategy::SimpleOneForOne => "simple_one_for_one",
    }
}

pub(super) fn worker(
    supervision: &Supervision,
    shard: usize,
    child: ChildId,
    seen: Inspection,
    running: &[Running],
) -> Result<WorkerView, Failure> {
    let tree = supervision.tree();
    if !tree.contains(child) {
        return Err(Failure::new(Kind::NoWorker, "it has just ended"));
    }
    let behaviour = behaviour(&tree, child);
    let run = running.iter().find(|run| Some(&run.plan.behaviour) == behaviour.as_ref());
    let run = run.ok_or_else(|| Failure::new(Kind::NoWorker, "not a worker"))?;
    let spec = tree.spec(child);
    let (schema, state) = match seen.state {
        None => (None, None),
        Some(saved) if seen.redacted => (Some(saved.schema), None),
        Some(saved) => {
            let text = Some(saved.data).filter(|data| data.len() <= STATE_SHOWN).map(String::from_utf8);
            (Some(saved.schema), text.and_then(Result::ok))
        }
    };
    Ok(WorkerView {
        name: tree.name(child).to_string(),
        under: spec.under.to_string(),
        status: status(tree.status(child), seen.suspended).to_owned(),
        behaviour: run.plan.behaviour.to_string(),
        version: run.plan.version.to_string(),
        digest: run.plan.digest.to_string(),
        generation: seen.generation,
        shard,
        queued: seen.queued,
        capacity: spec.queue.capacity,
        steps: seen.steps,
        restarts: tree.restarts(child),
        pending_replies: seen.pending_replies,
        timers: seen.waits.timers,
        due: seen.waits.due.iter().map(show_sys::due).collect(),
        machine: seen.waits.state.as_ref().map(show_sys::head),
        postponed: seen.waits.postponed,
        postponed_inputs: seen.waits.inputs.iter().map(show_sys::postponed).collect(),
        monitors: seen.waits.monitors,
        memory: seen.memory,
        memory_limit: run.memory_limit,
        hibernates: seen.hibernates,
        durable: seen.rests.map(show_sys::durable),
        doing: seen.doing.map(show_sys::doing),
        schema,
        state,
        state_withheld: seen.withheld,
        state_bytes: seen.state_bytes,
        redacted: seen.redacted,
        last_crash: seen.last_crash,
        statistics: show_sys::statistics(&seen.statistics),
        recent: seen.recent.iter().map(show_sys::input).collect(),
    })
}

pub(super) fn report(verdict: Verdict) -> UpgradeReport {
    UpgradeReport { result: result(&verdict), plan: verdict.plan, ..row(verdict.row) }
}

fn result(verdict: &Verdict) -> UpgradeResult {
    if verdict.planned { UpgradeResult::Planned } else { row_result(verdict.row.result) }
}

pub(super) fn pending(pending: Pending) -> UpgradeReport {
    let report = row(pending.row);
    UpgradeReport { result: if pending.waits { UpgradeResult::Waiting } else { report.result }, ..report }
}

pub(super) fn row(row: Row) -> UpgradeReport {
    UpgradeReport {
        revision: row.revision,
        at_ms: row.at_ms,
        behaviour: row.behaviour,
        from: row.from.map(|version| version.to_string()),
        to: row.to.map_or_else(String::new, |version| version.to_string()),
        digest: row.digest.map_or_else(String::new, |digest| digest.to_string()),
        result: row_result(row.result),
        via: row.via,
        workers: row.workers,
        pause_us: row.pause_us,
        reason: row.reason,
        plan: vec![],
    }
}

fn row_result(result: RowResult) -> UpgradeResult {
    match result {
        RowResult::Begun => UpgradeResult::Begun,
        RowResult::Permanent => UpgradeResult::Permanent,
        RowResult::AlreadyRunning => UpgradeResult::AlreadyRunning,
        RowResult::Refused => UpgradeResult::Refused,
        RowResult::RolledBack => UpgradeResult::RolledBack,
    }
}
