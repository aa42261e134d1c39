//! What came of a release, and the rows of the history that say so. Pure.

use crate::base::{Millis, Name, Version};
use crate::release::{Plan, Row, RowResult};

use super::candidate::{Candidate, Running};

/// What came of a release, as whoever asked for it is told.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The row of the history; its revision is 0 where nothing was recorded.
    pub row: Row,
    /// A dry run that found nothing against it.
    pub planned: bool,
    /// The instructions of a dry run.
    pub plan: Vec<String>,
}

impl Verdict {
    /// What this row says.
    pub(super) fn of(row: Row) -> Verdict {
        Verdict { row, planned: false, plan: vec![] }
    }

    /// It would be done so.
    pub(super) fn planned(plan: &Plan, via: &str, at_ms: Millis) -> Verdict {
        let row = Row { workers: plan.workers.len(), ..planned_row(plan, via, at_ms) };
        Verdict { row, planned: true, plan: plan.instructions.iter().map(ToString::to_string).collect() }
    }
}

/// A release that has not come to its end.
#[derive(Clone, Debug)]
pub struct Pending {
    /// What it is about; how far it is, as its reason. Its revision is 0 until its intent is recorded.
    pub row: Row,
    /// Whether it waits for its turn.
    pub waits: bool,
}

/// What came of taking releases back.
#[derive(Clone, Debug, Default)]
pub struct Cancelled {
    /// Those that are not to be any more.
    pub taken_back: Vec<Row>,
    /// Why one is to be all the same.
    pub kept: Option<String>,
}

/// A row about nothing but this behaviour.
pub(super) fn blank(at_ms: Millis, behaviour: String, result: RowResult, reason: String) -> Row {
    Row {
        revision: 0,
        at_ms,
        behaviour,
        from: None,
        from_digest: None,
        to: None,
        digest: None,
        result,
        via: String::new(),
        workers: 0,
        pause_us: 0,
        reason,
    }
}

/// The row of a release that goes as it was planned.
pub(super) fn planned_row(plan: &Plan, via: &str, at_ms: Millis) -> Row {
    Row {
        from: Some(plan.from),
        from_digest: Some(plan.from_digest),
        to: Some(plan.to),
        digest: Some(plan.digest),
        via: via.to_owned(),
        ..blank(at_ms, plan.behaviour.to_string(), RowResult::Permanent, String::new())
    }
}

/// The row of a release that was refused, as far as it could be told what it is.
pub(super) fn refused_row(
    candidate: &Candidate,
    running: &[Running],
    behaviour: Option<Name>,
    version: Option<Version>,
    why: String,
    at_ms: Millis,
) -> Row {
    let behaviour = behaviour.map_or_else(|| candidate.file_name.clone(), |name| name.to_string());
    let running = running.iter().find(|running| running.plan.behaviour.as_str() == behaviour);
    Row {
        from: running.map(|running| running.plan.version),
        from_digest: running.map(|running| running.plan.digest),
        to: version,
        digest: Some(candidate.digest),
        via: candidate.via.clone(),
        ..blank(at_ms, behaviour, RowResult::Refused, why)
    }
}

/// The row of a release that changes nothing, since these very bytes run.
pub(super) fn already_row(candidate: &Candidate, behaviour: &Name, version: Version, why: &str, at_ms: Millis) -> Row {
    Row {
        to: Some(version),
        digest: Some(candidate.digest),
        via: candidate.via.clone(),
        ..blank(at_ms, behaviour.to_string(), RowResult::AlreadyRunning, why.to_owned())
    }
}
