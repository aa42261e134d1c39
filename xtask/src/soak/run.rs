//! A soak from its start to its report.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::ground::Ground;
use super::honest::miscounts;
use super::samples::{Average, Bound, Sample, left_behind, thirds};
use super::stage::{act, at_rest, judge};
use super::tally::Tally;
use super::versions::components_kept;
use crate::out::Out;
use crate::product::build;

/// Where everything of it is.
const DIR: &str = "target/soak";

/// Versions whose code a host may keep for a rollback, beside the one that runs: `SWAPS_KEPT` of the host's
/// limits.
const VERSIONS_KEPT: u64 = 5;

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) Duration);

impl Length {
    /// What every change must pass: failures, counts, descriptors and threads as strictly as in a long one.
    pub(crate) const SHORT: Length = Length(Duration::from_secs(60));

    /// Everything is done once before anything is measured, so that what is made once is there.
    fn warm_up(self) -> Duration {
        (self.0 / 10).clamp(Duration::from_secs(10), Duration::from_secs(120))
    }
}

/// Soaks a host for so long.
///
/// # Errors
/// It does not start, something failed that must not, or something has grown.
pub(crate) fn run(out: &Out, length: Length) -> Result<()> {
    out.section(&format!("Soak: {} s of everything at once", length.0.as_secs()));
    let program = build(out)?;
    let ground = Ground::prepare(&program, DIR)?;
    let pid = ground.host.pid();
    let tally = Tally::default();
    let told = || format!("the host's log is {DIR}/host.log");
    act(&ground, &tally, length.warm_up()).with_context(told)?;
    // What a stage leaves for a moment is gone when two looks in a row agree about it.
    let before = at_rest(pid, settled())?;
    let start = Instant::now();
    let samples = act(&ground, &tally, length.0).with_context(told)?;
    let enough = |now| left_behind(before, now, VERSIONS_KEPT).is_empty();
    let after = at_rest(pid, enough)?;
    let thirds = thirds(&samples);
    show(out, &tally, start.elapsed(), thirds, before, after);
    out.line(&format!("    components in the state directory: {}", components_kept(&ground)?));
    let mut broken = miscounts(&ground, &tally)?;
    broken.extend(left_behind(before, after, VERSIONS_KEPT));
    broken.extend(Bound::of(length.0).broken(thirds));
    judge(&tally, &broken).with_context(told)?;
    out.held("no honest call failed, every count is exact, nothing has grown");
    shut_down(ground).with_context(told)?;
    out.held("the host drained and stopped");
    Ok(())
}

/// Says yes at the tenth look in a row that shows no more descriptors and threads than the one before.
fn settled() -> impl Fn(Sample) -> bool {
    let seen = std::cell::Cell::new((0, (0, 0)));
    move |now| {
        let (looks, before) = seen.get();
        let now = (now.descriptors, now.threads);
        seen.set((if now == before { looks + 1 } else { 0 }, now));
        looks >= 10
    }
}

pub(super) fn shut_down(ground: Ground) -> Result<()> {
    ground.tomte.text(&["shutdown"])?;
    let status = ground.host.wait()?;
    ensure!(status.success(), "the host ended with {status}, not with exit code 0");
    Ok(())
}

fn show(out: &Out, tally: &Tally, took: Duration, thirds: [Average; 3], before: Sample, after: Sample) {
    out.line(&format!("    done, the warm-up included ({:.0} s without it)", took.as_secs_f64()));
    for (what, count) in tally.done() {
        out.line(&format!("      {what:<52} {count:>10}"));
    }
    out.line(&format!("    the longest answer to a call of counter: {:.1} ms", tally.longest().as_secs_f64() * 1e3));
    out.line("    used                     MiB resident   descriptors   threads");
    for (name, Average { resident, descriptors, threads }) in ["first", "second", "last"].into_iter().zip(thirds) {
        out.line(&format!("      {name:<6} third, average {resident:>13.1} {descriptors:>13.1} {threads:>9.1}"));
    }
    for (name, sample) in [("before", before), ("after", after)] {
        let Sample { resident, descriptors, threads } = sample;
        let mib = resident as f64 / f64::from(1 << 20);
        out.line(&format!("      at rest, {name:<13} {mib:>13.1} {descriptors:>13} {threads:>9}"));
    }
}
