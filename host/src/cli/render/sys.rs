//! A worker's last inputs, its statistics, a trace and a replaced state.

use std::time::Duration;

use super::table::{Cell, table};
use super::text::{Paint, Tone, line};
use super::units::{clock, date, duration, size};
use crate::node::{DoingView, HeadView, InputView, ReplacedView, StatisticsView, TraceEventView, TraceView};

/// One line of a trace, without its end; lines that were lost stand before it.
pub(in crate::cli) fn trace(view: &TraceView, paint: Paint) -> String {
    let lost = match view.lost {
        0 => String::new(),
        lost => paint.tone(Tone::Odd, &format!("... {lost} lines lost: this reader is too slow")) + "\n",
    };
    let (seq, tone, word, text) = event(&view.event);
    let seq = seq.map_or_else(String::new, |seq| format!("#{seq}"));
    let word = tone.map_or_else(|| format!("{word:<9}"), |tone| paint.tone(tone, &format!("{word:<9}")));
    format!("{lost}{}  {seq:<6}  {word}  {}", clock(view.at_ms), line(&text))
}

fn event(event: &TraceEventView) -> (Option<u64>, Option<Tone>, &str, String) {
    match event {
        TraceEventView::Input { seq, kind, head: body } => (Some(*seq), None, kind, head(body)),
        TraceEventView::Done { seq, us, effects, reply } => {
            let names: Vec<String> = effects.iter().map(effect).collect();
            let names = if names.is_empty() { "no effects".to_owned() } else { names.join(", ") };
            let reply = reply.as_ref().map_or_else(String::new, |reply| format!("   {}", head(reply)));
            (Some(*seq), Some(Tone::Good), "ok", format!("{names}{reply}   {}", time(*us)))
        }
        TraceEventView::Refused { seq, us, reason } => {
            (Some(*seq), Some(Tone::Odd), "refused", format!("{}   {}", head(reason), time(*us)))
        }
        TraceEventView::Crashed { seq, reason } => (*seq, Some(Tone::Bad), "crashed", reason.clone()),
        TraceEventView::Ended { why } => (None, Some(Tone::Quiet), "ended", end(why)),
    }
}

fn effect((name, times): &(String, u64)) -> String {
    if *times == 1 { name.clone() } else { format!("{times} x {name}") }
}

fn time(us: u64) -> String {
    duration(Duration::from_micros(us))
}

fn end(why: &str) -> String {
    match why {
        "inputs" => "as many inputs as were asked for",
        "time" => "the time is over",
        "stopped" => "the worker is stopped",
        "host" => "the host has stopped",
        other => other,
    }
    .to_owned()
}

/// `11 B  "Increment"`, `3 B  0xff00ff`, or only the size. Text is shown as it is: whoever prints it
/// makes it safe for a terminal.
pub(super) fn head(view: &HeadView) -> String {
    let text = view.text.as_ref().map(|text| format!("  {text}"));
    let shown = text.or(view.hex.as_ref().map(|hex| format!("  0x{hex}"))).unwrap_or_default();
    format!("{}{shown}{}", size(view.bytes as u64), if view.cut { "..." } else { "" })
}

/// A name as it is, or its size if that is all there is.
pub(super) fn name(view: &HeadView) -> String {
    let text = view.text.as_ref().map(|text| line(text));
    text.map_or_else(|| head(view), |text| if view.cut { text + "..." } else { text })
}

/// `in a step for 12 s`.
pub(super) fn doing(view: &DoingView) -> String {
    let article = if view.function.starts_with('i') { "an" } else { "a" };
    format!("in {article} {} for {}", line(&view.function), duration(Duration::from_millis(view.for_ms)))
}

/// What a worker has done, as fields of a table.
pub(super) fn statistics(view: &StatisticsView) -> [(&'static str, String); 3] {
    let StatisticsView { calls, casts, timers, responses, other, replies, sent, refusals, crashes, .. } = view;
    let date = |at: Option<u64>| at.map_or_else(|| "-".to_owned(), date);
    [
        ("inputs", format!("{calls} calls, {casts} casts, {timers} timers, {responses} responses, {other} other")),
        ("outcomes", format!("{replies} replies, {refusals} refusals, {crashes} crashes, {sent} sent")),
        ("since", format!("{}, this instance {}", date(view.started_at_ms), date(view.instance_started_at_ms))),
    ]
}

/// The last inputs, newest first.
pub(super) fn recent(inputs: &[InputView], paint: Paint) -> String {
    let row = |(at, input): (usize, &InputView)| {
        let outcome = input.outcome.as_deref().unwrap_or("open");
        let tone = match outcome {
            "ok" => Tone::Good,
            "crashed" | "killed" => Tone::Bad,
            _ => Tone::Odd,
        };
        vec![
            Cell::new(if at == 0 { " last    " } else { "" }),
            Cell::new(clock(input.at_ms)),
            Cell::new(format!("#{}", input.seq)),
            Cell::new(&input.kind),
            Cell::new(outcome).tone(tone),
            Cell::new(head(&input.head)),
        ]
    };
    let rows: Vec<Vec<Cell>> = inputs.iter().enumerate().map(row).collect();
    table(&rows, paint)
}

/// A state that was replaced.
pub(in crate::cli) fn replaced(worker: &str, view: &ReplacedView, _: Paint) -> String {
    let ReplacedView { schema, bytes, generation } = view;
    format!("{} runs on the given {} of {}, generation {generation}", line(worker), size(*bytes as u64), line(schema))
}
