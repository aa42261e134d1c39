//! Act 7: back to the version before.

use anyhow::Result;

use super::stage::{Stage, thousands};

pub(super) fn act(stage: &mut Stage) -> Result<()> {
    stage.out.section("7. Roll back: to 0.1.0, without losing the count");
    let before = stage.count("counter")?;
    stage.show(&["rollback"])?;
    let row = stage.last_release()?;
    stage.claim(row["to"] == "0.1.0" && row["result"] == "permanent", "0.1.0 serves again", &row)?;
    let count = stage.count("counter")?;
    let text = format!("the count came along, written by 0.2.0 in the old shape: {}", thousands(count));
    stage.claim(count == before, &text, &(before, count))?;
    let mut http = stage.http("counter")?;
    let stats = stage.ask(&mut http, "\"Stats\"")?;
    stage.claim(stats.status == "422", "it refuses the question it does not know, and lives on", &stats)?;
    stage.show(&["tree"])?;
    stage.show(&["history"])
}
