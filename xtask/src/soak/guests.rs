//! Guests that mean harm or break, and are called until they do.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::ground::Ground;
use super::tally::{End, Tally};

/// Between two deeds. With two crashes each time this stays below what their supervisor allows.
const PAUSE: Duration = Duration::from_millis(100);

/// What `hostile` is asked to do, and the statuses that may come of it.
const DEEDS: [(&str, &[&str]); 20] = [
    ("\"behave\"", &["200"]),
    ("\"spin\"", &["500"]),
    ("\"recurse\"", &["500"]),
    ("\"grow\"", &["500"]),
    ("\"gigabyte\"", &["500"]),
    ("{\"bytes\":1000000}", &["200"]),
    ("{\"bytes\":2000000}", &["500"]),
    ("\"ten_million_effects\"", &["500"]),
    ("{\"effects\":5000}", &["500"]),
    ("{\"panic\":\"a panic\"}", &["500"]),
    ("{\"crash\":\"a crash\"}", &["500"]),
    ("\"divide\"", &["500"]),
    ("\"trap\"", &["500"]),
    ("{\"flood\":100}", &["200"]),
    ("{\"host_calls\":1000000}", &["500"]),
    ("{\"exit\":1}", &["500"]),
    ("{\"cast\":\"nobody\"}", &["200"]),
    ("{\"refuse\":\"no\"}", &["422"]),
    ("{\"file\":[\"read\",\"/etc/passwd\"]}", &["200"]),
    ("not a deed", &["422"]),
];

/// Has `hostile` do one thing after the other, and `clumsy` crash, until the end. Whoever calls is told what
/// came of it each time.
pub(super) fn misbehave(ground: &Ground, tally: &Tally, end: &End) {
    let mut turn = 0;
    while end.pause(PAUSE) {
        let (deed, statuses) = DEEDS[turn % DEEDS.len()];
        turn += 1;
        let done = called(ground, tally, "hostile", deed, statuses)
            .and_then(|()| called(ground, tally, "clumsy", "\"Reset\"", &["500"]));
        if let Err(error) = done {
            tally.fail(format!("{error:#}"));
        }
    }
}

fn called(ground: &Ground, tally: &Tally, worker: &str, body: &str, statuses: &[&str]) -> Result<()> {
    let answer = ground.http(&format!("/call/{worker}"))?.call(body)?;
    // A restart after a wait may have to wait for the disk, too, which can be slower than a deadline.
    let known = statuses.contains(&answer.status.as_str()) || answer.status == "504";
    ensure!(known, "{worker} on {body}: {answer:?}, not {statuses:?}");
    tally.add(kind(&answer.status));
    Ok(())
}

fn kind(status: &str) -> &'static str {
    match status {
        "200" => "misdeeds that were borne",
        "422" => "misdeeds that were refused",
        "504" => "misdeeds whose worker was not back in time",
        _ => "crashes",
    }
}
