//! One worker that is swapped to a newer version and back, very often.

use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

use super::ground::Ground;
use super::run::shut_down;
use super::samples::Sample;
use super::versions::{components_kept, ordered};
use crate::guests::DIST;
use crate::out::Out;
use crate::product::build;

/// Where everything of it is.
const DIR: &str = "target/swaps";

/// After so many swaps everything is there that is made once: what is used then is held against the end.
const SETTLED: u32 = 100;

/// More descriptors than after the first swaps: none, but the system may have one open for a moment.
const DESCRIPTORS_MORE: u64 = 1;

/// Memory that all swaps may leave behind: the rows of the history up to their bound, which stand in memory twice, and
/// what an allocator rounds up.
const BYTES_MORE: u64 = 16 << 20;

/// Swaps so often, and shows what is used after 1, 10, 100 and so on.
///
/// # Errors
/// The host does not start, a swap fails, or something has grown.
pub(crate) fn run(out: &Out, swaps: u32) -> Result<()> {
    out.section(&format!("Soak: {swaps} swaps of one behaviour"));
    let program = build(out)?;
    let ground = Ground::prepare(&program, DIR)?;
    let start = Instant::now();
    let mut settled = None;
    show(out, &ground, 0, start)?;
    for swap in 1..=swaps {
        let done = if swap % 2 == 1 {
            ordered(&ground, &["upgrade", &format!("{DIST}/counter-0.2.0.wasm")], "0.2.0")
        } else {
            ordered(&ground, &["rollback"], "0.1.0")
        };
        done.with_context(|| format!("swap {swap}; the host's log is {DIR}/host.log"))?;
        if is_shown(swap) || swap == swaps {
            let sample = show(out, &ground, swap, start)?;
            if swap == SETTLED {
                settled = Some(sample);
            }
        }
    }
    let after = Sample::of(ground.host.pid())?;
    if let Some(before) = settled {
        flat(before, after)?;
        out.held("descriptors, threads and memory are flat");
    }
    ensure!(components_kept(&ground)? <= 4, "components pile up in the state directory");
    shut_down(ground)
}

/// 1, 10, 100, 1,000, then each thousand.
fn is_shown(swap: u32) -> bool {
    swap.is_multiple_of(1000) || [1, 10, 100].contains(&swap)
}

fn show(out: &Out, ground: &Ground, swap: u32, start: Instant) -> Result<Sample> {
    let sample = Sample::of(ground.host.pid())?;
    let Sample { resident, descriptors, threads } = sample;
    let (mib, seconds) = (resident as f64 / f64::from(1 << 20), start.elapsed().as_secs_f64());
    let components = components_kept(ground)?;
    out.line(&format!(
        "    {swap:>7} swaps {seconds:>7.0} s {mib:>8.1} MiB {descriptors:>4} descriptors {threads:>3} threads {components:>3} components"
    ));
    Ok(sample)
}

/// Whether no more is used than swaps may leave behind.
fn flat(before: Sample, after: Sample) -> Result<()> {
    let most = before.resident + BYTES_MORE;
    if after.descriptors > before.descriptors + DESCRIPTORS_MORE || after.threads > before.threads {
        bail!("descriptors or threads have grown: {after:?}, after the first {SETTLED} swaps {before:?}");
    }
    ensure!(
        after.resident <= most,
        "memory has grown: {after:?}, after the first {SETTLED} swaps {before:?}; {most} B may be"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_for_each_swap_is_noticed_and_so_is_memory() {
        let sample = |resident, descriptors| Sample { resident, descriptors, threads: 7 };
        assert!(flat(sample(70 << 20, 30), sample(80 << 20, 31)).is_ok());
        assert!(flat(sample(70 << 20, 30), sample(70 << 20, 32)).is_err());
        assert!(flat(sample(70 << 20, 30), sample(170 << 20, 30)).is_err());
        assert!([1, 10, 100, 1000, 10_000].into_iter().all(is_shown) && !is_shown(50));
    }
}
