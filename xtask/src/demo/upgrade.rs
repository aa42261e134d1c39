//! Act 5: a new version under load.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::load::{CONNECTIONS, DEPTH, Load};
use super::stage::{Stage, thousands, time};
use crate::load::LoadResult;
use crate::product::Outcome;

/// What is dropped.
const FILE: &str = "counter-0.2.0.wasm";
/// Increments to see before the drop and after the swap, so that both versions were loaded.
pub(super) const SEEN: u64 = 1000;
/// How long they may take.
const SEEN_TIME: Duration = Duration::from_secs(30);
/// How often to look.
const LOOK: Duration = Duration::from_millis(10);

pub(super) fn act(stage: &mut Stage) -> Result<()> {
    stage.out.section("5. Upgrade: counter 0.2.0, with another shape of state, dropped in under load");
    let before = stage.count("counter")?;
    stage.out.aside(&format!("load: {CONNECTIONS} connections, {DEPTH} increments in flight on each, without a pause"));
    let load = Load::start(stage.listeners.frames);
    counted(stage, &load, before + SEEN)?;
    let dir = stage.releases.dir().display().to_string();
    stage.out.command(&format!("cp guests/dist/{FILE} {dir}/.{FILE}"));
    stage.out.command(&format!("mv {dir}/.{FILE} {dir}/{FILE}"));
    let start = Instant::now();
    stage.releases.drop_in(FILE)?;
    let outcome = stage.releases.outcome(FILE)?;
    let took = start.elapsed();
    let text = format!("taken {} after the drop: settled, checked, compiled, swapped", time(took));
    stage.claim(matches!(outcome, Outcome::Accepted(_)), &text, &outcome)?;
    if let Outcome::Accepted(text) = &outcome {
        stage.out.aside(&format!("{FILE}.accepted: {text}"));
    }
    let now = stage.count("counter")?;
    counted(stage, &load, now + SEEN)?;
    judge(stage, before, &load.finish()?)
}

fn judge(stage: &mut Stage, before: u64, load: &LoadResult) -> Result<()> {
    let (sent, rate) = (thousands(load.sent), thousands(load.per_second() as u64));
    let text = format!("no request was lost: {sent} sent, {sent} answered ok ({rate} a second)");
    stage.claim(load.all_ok(), &text, load)?;
    let count = stage.count("counter")?;
    let text = format!("the count is exact: {} before + {sent} = {}", thousands(before), thousands(count));
    stage.claim(count == before + load.ok, &text, &(before, load.ok, count))?;
    let row = stage.last_release()?;
    let pause = row["pause_us"].as_u64().map(Duration::from_micros);
    let text = format!(
        "the swap held the workers up for {}; the longest any caller saw no answer was {}",
        pause.map_or_else(|| "?".to_owned(), time),
        time(Duration::from_nanos(load.max_gap_ns))
    );
    stage.claim(row["result"] == "permanent" && row["workers"] == 2 && pause.is_some(), &text, &row)?;
    let mut sibling = stage.http("sibling")?;
    let stats = stage.ask(&mut sibling, "\"Stats\"")?;
    let holds = stats.status == "200" && stats.text.contains("\"count\":2");
    stage.claim(holds, "the sibling moved too, with its count, and knows the new question", &stats)
}

/// Waits until the counter stands at least there.
pub(super) fn counted(stage: &Stage, load: &Load, at_least: u64) -> Result<()> {
    let last = Instant::now() + SEEN_TIME;
    loop {
        let count = stage.count("counter")?;
        if count >= at_least {
            return Ok(());
        }
        ensure!(load.is_on(), "the load has ended early, at {count}");
        ensure!(Instant::now() < last, "the load is stuck at {count}, {at_least} are not reached");
        thread::sleep(LOOK);
    }
}
