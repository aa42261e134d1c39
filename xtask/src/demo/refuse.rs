//! Act 6: a version that cannot take over.

use anyhow::Result;

use super::stage::{Stage, thousands};
use crate::product::Outcome;

/// What is dropped.
const FILE: &str = "counter-0.3.0.wasm";

pub(super) fn act(stage: &mut Stage) -> Result<()> {
    stage.out.section("6. Refuse: counter 0.3.0 does not understand the running state");
    let before = stage.count("counter")?;
    let dir = stage.releases.dir().display().to_string();
    stage.out.command(&format!("cp guests/dist/{FILE} {dir}/.{FILE}"));
    stage.out.command(&format!("mv {dir}/.{FILE} {dir}/{FILE}"));
    stage.releases.drop_in(FILE)?;
    let outcome = stage.releases.outcome(FILE)?;
    if let Outcome::Refused(reason) = &outcome {
        stage.out.aside(&format!("{FILE}.refused: {reason}"));
    }
    let holds = matches!(&outcome, Outcome::Refused(reason) if reason.contains("cannot take over a state"));
    stage.claim(holds, "refused, and the reason stands beside the file", &outcome)?;
    let mut http = stage.http("counter")?;
    let stats = stage.ask(&mut http, "\"Stats\"")?;
    let count = stage.count("counter")?;
    let text = format!("0.2.0 serves on as if nothing had been: {}", thousands(count));
    stage.claim(stats.status == "200" && count == before, &text, &(&stats, before, count))
}
