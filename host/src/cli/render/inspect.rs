//! One worker, closely.

use std::time::Duration;

use super::sys::{self, recent, statistics};
use super::table::{Cell, table};
use super::text::{Paint, line};
use super::tree::status_tone;
use super::units::{duration, size};
use crate::node::{DoingView, DueView, DurableView, PostponedView, WorkerView};

/// Characters of a state that are shown; `--json` shows all.
const STATE_CHARACTERS: usize = 160;

/// One worker in a few lines.
pub(in crate::cli) fn inspect(view: &WorkerView, paint: Paint) -> String {
    let status = paint.tone(status_tone(&view.status), &line(&view.status));
    let digest: String = view.digest.chars().take(8).collect();
    let head = format!(
        "{}   {status}   behaviour {} {} ({})   under {}\n",
        line(&view.name),
        line(&view.behaviour),
        line(&view.version),
        line(&digest),
        line(&view.under)
    );
    let [inputs, outcomes, since] = statistics(&view.statistics);
    let fields = [
        ("state", state(view)),
        ("queue", queue(view)),
        ("steps", format!("{}, generation {}, shard {}", view.steps, view.generation, view.shard)),
        ("waiting", waiting(view)),
    ];
    let after = [("memory", memory(view)), ("restarts", restarts(view)), inputs, outcomes, since];
    let busy = view.doing.as_ref().map(|doing| ("busy", busy(view, doing)));
    let rows: Vec<Vec<Cell>> = busy
        .into_iter()
        .chain(fields)
        .chain(durable(view))
        .chain(machine(view))
        .chain(timers(view))
        .chain(after)
        .map(|(name, value)| vec![Cell::new(format!(" {name}")), Cell::new(value)])
        .collect();
    head + &table(&rows, paint) + &recent(&view.recent, paint)
}

/// What it is doing, and with which input.
fn busy(view: &WorkerView, doing: &DoingView) -> String {
    let open = view.recent.first().filter(|input| input.outcome.is_none() && doing.function == "step");
    let input = open.map_or_else(String::new, |input| format!(": {} {}", input.kind, sys::head(&input.head)));
    format!("{}{input}", sys::doing(doing))
}

fn state(view: &WorkerView) -> String {
    if view.doing.is_some() {
        return "not asked for before it has done that".to_owned();
    }
    if let Some(why) = &view.state_withheld {
        return format!("not shown: {}", line(why));
    }
    let Some(schema) = &view.schema else { return "not saved".to_owned() };
    let bytes = view.state_bytes.map_or_else(String::new, |bytes| format!(", {}", size(bytes as u64)));
    let Some(state) = &view.state else {
        return format!("{schema}{bytes}, {}", if view.redacted { "redacted" } else { "not text" });
    };
    let shown: String = state.chars().take(STATE_CHARACTERS).collect();
    let more = if shown.len() < state.len() { " ... (--json shows all)" } else { "" };
    format!("{schema}   {shown}{more}")
}

fn memory(view: &WorkerView) -> String {
    match view.state_bytes {
        Some(bytes) if view.hibernates => format!("none: it hibernates, with {} of state kept", size(bytes as u64)),
        _ => format!("{} of {}", size(view.memory), size(view.memory_limit)),
    }
}

fn queue(view: &WorkerView) -> String {
    let turned_away = match view.statistics.overloads {
        0 => String::new(),
        count => format!(", {count} turned away"),
    };
    format!("{} of {}, at most {} so far{turned_away}", view.queued, view.capacity, view.statistics.queued_most)
}

fn waiting(view: &WorkerView) -> String {
    let monitors = match view.monitors {
        0 => String::new(),
        count => format!(", {count} monitors"),
    };
    format!("{} timers, {} delayed replies{monitors}", view.timers, view.pending_replies)
}

/// What of a durable worker is on disk, and what is not yet.
fn durable(view: &WorkerView) -> Option<(&'static str, String)> {
    let DurableView { inputs, bytes, waiting, stands } = view.durable.as_ref()?;
    let on_disk = match (waiting, stands) {
        (0, false) => String::new(),
        (_, true) => format!("; {waiting} answers wait for the disk, and so does it"),
        (_, false) => format!("; {waiting} answers wait for the disk"),
    };
    Some(("durable", format!("{inputs} inputs since its last saved state, {} in all{on_disk}", size(*bytes))))
}

/// The state of a state machine, and what is postponed in it.
fn machine(view: &WorkerView) -> Option<(&'static str, String)> {
    let state = sys::name(view.machine.as_ref()?);
    let input = |input: &PostponedView| format!("{} {}", input.kind, sys::head(&input.head));
    let postponed = some(view.postponed, &view.postponed_inputs, input);
    let postponed = postponed.map_or_else(String::new, |shown| format!("   {} postponed: {shown}", view.postponed));
    Some(("machine", format!("in {state}{postponed}")))
}

/// The timers that run, and when they go off.
fn timers(view: &WorkerView) -> Option<(&'static str, String)> {
    let timer = |due: &DueView| {
        let kind = if due.kind == "named" { String::new() } else { format!(" ({})", line(&due.kind)) };
        format!("{}{kind} in {}", sys::name(&due.name), duration(Duration::from_millis(due.in_ms)))
    };
    Some(("timers", some(view.timers, &view.due, timer)?))
}

/// The first of so many things; none if there is none.
fn some<T>(count: usize, shown: &[T], told: impl FnMut(&T) -> String) -> Option<String> {
    let mut told: Vec<String> = shown.iter().map(told).collect();
    let more = count.saturating_sub(shown.len());
    told.extend((more > 0).then(|| format!("and {more} more")));
    (!told.is_empty()).then(|| told.join(", "))
}

fn restarts(view: &WorkerView) -> String {
    let crash = view.last_crash.as_ref();
    crash.map_or(view.restarts.to_string(), |crash| format!("{}   last crash: {crash}", view.restarts))
}
