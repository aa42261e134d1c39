//! Versions that come and go: dropped, ordered, refused, taken back; and files that are none.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::ground::{Ground, guest};
use super::tally::{End, Tally};
use crate::corpus::Kind;
use crate::guests::DIST;
use crate::product::{Outcome, drop_in, outcome, take_away};

/// How long the host may take to say what came of a drop, a file included that its compiler is stopped on.
const OUTCOME_TIME: Duration = Duration::from_secs(60);
/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(10);

/// One round after the other until the end, at least one; each ends on the version it began with.
pub(super) fn change(ground: &Ground, tally: &Tally, end: &End) {
    let mut round = 0;
    while round == 0 || end.pause(PAUSE) {
        if let Err(error) = self::round(ground, tally, round) {
            // Whatever runs now, the next round expects 0.1.0: there is none.
            tally.fail(format!("{error:#}"));
            return;
        }
        round += 1;
    }
}

fn round(ground: &Ground, tally: &Tally, round: usize) -> Result<()> {
    let next = guest("counter-0.2.0")?;
    accepted(ground, "counter-0.2.0.wasm", &next)?;
    tally.add("swaps");
    refused(ground, tally, "counter-0.3.0.wasm", &guest("counter-0.3.0")?)?;
    ordered(ground, &["rollback"], "0.1.0")?;
    tally.add("rollbacks");
    let (name, bytes) = &junk(&next, guest("echo-0.1.0")?)[round % JUNK];
    refused(ground, tally, name, bytes)?;
    ordered(ground, &["upgrade", &format!("{DIST}/counter-0.2.0.wasm")], "0.2.0")?;
    tally.add("swaps");
    let (kind, count) = BOMBS[round % BOMBS.len()];
    let kind = Kind::named(kind).with_context(|| format!("the corpus has no {kind}"))?;
    refused(ground, tally, "counter-0.9.0.wasm", &kind.on(&next, count))?;
    ordered(ground, &["rollback"], "0.1.0")?;
    tally.add("rollbacks");
    Ok(())
}

fn accepted(ground: &Ground, name: &str, bytes: &[u8]) -> Result<()> {
    let told = dropped(ground, name, bytes)?;
    ensure!(matches!(told, Outcome::Accepted(_)), "{name} was dropped: {told:?}");
    Ok(())
}

fn refused(ground: &Ground, tally: &Tally, name: &str, bytes: &[u8]) -> Result<()> {
    let told = dropped(ground, name, bytes)?;
    ensure!(matches!(told, Outcome::Refused(_)), "{name} of {} bytes was dropped: {told:?}", bytes.len());
    tally.add("files that were refused");
    Ok(())
}

fn dropped(ground: &Ground, name: &str, bytes: &[u8]) -> Result<Outcome> {
    drop_in(&ground.folder, name, bytes)?;
    let told = outcome(&ground.folder, name, OUTCOME_TIME);
    take_away(&ground.folder, name)?;
    told
}

/// A release by an order.
pub(super) fn ordered(ground: &Ground, words: &[&str], to: &str) -> Result<()> {
    let output = ground.tomte.output(&[words, &["--json"]].concat())?;
    let said = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&said).unwrap_or_default();
    let went = output.status.success() && report["result"] == "permanent" && report["to"] == to;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(went, "tomte {} ended with {}: {told}{said}", words.join(" "), output.status);
    Ok(())
}

/// Components that no compiler bears, each for another reason.
const BOMBS: [(&str, usize); 4] = [
    ("component_nested_component_types", 50_000),
    ("component_instances_that_double", 100),
    ("tables", 10_000),
    ("component_tuples_that_double", 60),
];

/// Kinds of junk.
const JUNK: usize = 6;

/// Files that are no component, made from one that is, and a component that nothing here runs.
fn junk(component: &[u8], stranger: Vec<u8>) -> [(&'static str, Vec<u8>); JUNK] {
    let half = component[..component.len() / 2].to_vec();
    let mut flipped = component.to_vec();
    let middle = flipped.len() / 2;
    flipped[middle..middle + 64].iter_mut().for_each(|byte| *byte ^= 0xff);
    [
        ("counter-0.4.0.wasm", vec![]),
        ("counter-0.4.1.wasm", b"#!/bin/sh\nexit 1\n".to_vec()),
        ("counter-0.4.2.wasm", half),
        ("counter-0.4.3.wasm", b"\0asm\x01\0\0\0".to_vec()),
        ("counter-0.4.4.wasm", flipped),
        ("echo-0.1.0.wasm", stranger),
    ]
}

/// How many components the state directory holds.
///
/// # Errors
/// It cannot be read.
pub(super) fn components_kept(ground: &Ground) -> Result<usize> {
    let folder = ground.socket().with_file_name("components");
    let entries = fs::read_dir(&folder).with_context(|| format!("there is no folder {}", folder.display()))?;
    Ok(entries.count())
}
