//! Act 3: one worker, three protocols.

use anyhow::Result;

use super::stage::Stage;
use crate::product::LineClient;

pub(super) fn act(stage: &mut Stage) -> Result<()> {
    stage.out.section("3. Count: one worker, called over three protocols");
    let mut http = stage.http("counter")?;
    let mut frames = stage.frames()?;
    let mut lines = LineClient::open(stage.listeners.lines)?;
    let one = stage.ask(&mut http, "\"Increment\"")?;
    let two = stage.ask(&mut frames, "\"Increment\"")?;
    let three = lines.call("\"Increment\"")?;
    stage.tell("lines", "\"Increment\"", &three);
    let sum = lines.call("\"Read\"")?;
    stage.tell("lines", "\"Read\"", &sum);
    let statuses = [&one, &two, &three].map(|answer| (answer.status.as_str(), answer.text.as_str()));
    let expected = ["200", "ok", "ok"].map(|status| (status, "\"Ack\""));
    stage.claim(statuses == expected, "HTTP, frames and lines are each acknowledged", &statuses)?;
    stage.claim(sum.value() == Some(3), "all three counted on the same counter: 3", &sum)
}
