//! Act 4: the deliberate crash.

use std::time::Instant;

use anyhow::Result;

use super::stage::{Stage, time};

pub(super) fn act(stage: &mut Stage) -> Result<()> {
    stage.out.section("4. Crash: a reset at zero is a bug, and the counter has it on purpose");
    let mut sibling = stage.http("sibling")?;
    for _ in 0..2 {
        stage.ask(&mut sibling, "\"Increment\"")?;
    }
    let mut frames = stage.frames()?;
    let reset = stage.ask(&mut frames, "\"Reset\"")?;
    let crash = frames.call("\"Reset\"")?;
    let told = Instant::now();
    let next = frames.call("\"Read\"")?;
    let back = told.elapsed();
    stage.tell(&frames.name(), "\"Reset\"", &crash);
    stage.tell(&frames.name(), "\"Read\"", &next);
    let reason = "reset at zero";
    let as_told = reset.status == "ok" && crash.status == "crashed" && crash.text.contains(reason);
    let text = format!("the caller is told at once ({}), with the reason", time(crash.took));
    stage.claim(as_told, &text, &(&reset, &crash))?;
    let text = format!("the worker is back, fresh: its next answer came {} after the crash", time(back));
    stage.claim(next.status == "ok" && next.value() == Some(0), &text, &next)?;
    let untouched = stage.ask(&mut sibling, "\"Read\"")?;
    let [counter, other] = ["counter", "sibling"].map(|worker| stage.tomte.json(&["inspect", worker]));
    let restarts = [counter?["restarts"].clone(), other?["restarts"].clone()];
    let holds = untouched.value() == Some(2) && restarts == [1, 0];
    stage.claim(holds, "its sibling was not touched: still 2, never restarted", &(&untouched, &restarts))?;
    stage.show(&["inspect", "counter", "--state"])
}
