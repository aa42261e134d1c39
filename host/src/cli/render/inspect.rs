//! One worker, closely.

use super::table::{Cell, table};
use super::text::{Paint, line};
use super::tree::status_tone;
use super::units::size;
use crate::node::WorkerView;

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
    let fields = [
        ("state", state(view)),
        ("queue", format!("{} of {}", view.queued, view.capacity)),
        ("steps", format!("{}, generation {}, shard {}", view.steps, view.generation, view.shard)),
        ("waiting", waiting(view)),
        ("memory", format!("{} of {}", size(view.memory), size(view.memory_limit))),
        ("restarts", restarts(view)),
    ];
    let rows: Vec<Vec<Cell>> =
        fields.into_iter().map(|(name, value)| vec![Cell::new(format!(" {name}")), Cell::new(value)]).collect();
    head + &table(&rows, paint)
}

fn state(view: &WorkerView) -> String {
    let Some(schema) = &view.schema else { return "not saved".to_owned() };
    let Some(state) = &view.state else { return format!("{schema}, not text") };
    let shown: String = state.chars().take(STATE_CHARACTERS).collect();
    let more = if shown.len() < state.len() { " ... (--json shows all)" } else { "" };
    format!("{schema}   {shown}{more}")
}

fn waiting(view: &WorkerView) -> String {
    format!("{} timers, {} delayed replies", view.timers, view.pending_replies)
}

fn restarts(view: &WorkerView) -> String {
    let crash = view.last_crash.as_ref();
    crash.map_or(view.restarts.to_string(), |crash| format!("{}   last crash: {crash}", view.restarts))
}
