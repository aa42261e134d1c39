//! `tomte-journals FOLDER SECONDS ROUNDS`: how fast each rival makes records of 100 bytes durable, in groups of 1, 100
//! and 1,000. Rounds are interleaved. Then what those that read back make of damage.

mod damage;
mod rivals;

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use rivals::{NAMES, READABLE};

/// Records that are made durable together.
const GROUPS: [usize; 3] = [1, 100, 1000];

/// What one rival did in one round.
#[derive(Clone, Copy, Debug)]
struct Round {
    rate: f64,
    median: Duration,
    late: Duration,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seconds, rounds] = arguments.as_slice() else {
        anyhow::bail!("tomte-journals FOLDER SECONDS ROUNDS");
    };
    let time = Duration::from_secs_f64(seconds.parse().context("SECONDS")?);
    let rounds: usize = rounds.parse().context("ROUNDS")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:<6} {:<14} {:>12} {:>8} {:>9} {:>9}", "group", "", "records/s", "of plain", "p50 us", "p99 us")?;
    for group in GROUPS {
        let mut seen = [const { Vec::new() }; NAMES.len()];
        for _ in 0..rounds {
            for (name, seen) in NAMES.into_iter().zip(&mut seen) {
                seen.push(round(Path::new(folder), name, group, time).with_context(|| name.to_owned())?);
            }
        }
        for (name, rounds) in NAMES.into_iter().zip(&seen) {
            writeln!(out, "{}", row(name, group, rounds, &seen[0]))?;
        }
    }
    writeln!(out, "\nrot in what was acknowledged, and a write that a power cut tore")?;
    for name in READABLE {
        let [rot, tear] = damage::told(Path::new(folder), name).with_context(|| name.to_owned())?;
        writeln!(out, "{name:<21} {rot}; torn: {tear}")?;
    }
    Ok(())
}

/// One rival commits groups for so long, in an empty folder. The first commits warm it up.
fn round(folder: &Path, name: &str, group: usize, time: Duration) -> Result<Round> {
    let scratch = tempfile::tempdir_in(folder)?;
    let mut rival = rivals::open(name, scratch.path())?;
    let mut first = 0;
    let mut commit = || -> Result<Duration> {
        let records: Vec<_> = (first..).take(group).map(rivals::record).collect();
        let begun = Instant::now();
        rival.commit(first, &records)?;
        first += group as u64;
        Ok(begun.elapsed())
    };
    for _ in 0..10 {
        commit()?;
    }
    let mut times = vec![];
    let mut spent = Duration::ZERO;
    while spent < time {
        let took = commit()?;
        spent += took;
        times.push(took);
    }
    let rate = (times.len() * group) as f64 / spent.as_secs_f64();
    times.sort_unstable();
    Ok(Round { rate, median: times[times.len() / 2], late: times[times.len() * 99 / 100] })
}

/// One row: the median of each figure over the rounds, and the rate against that of the first rival.
fn row(name: &str, group: usize, rounds: &[Round], limit: &[Round]) -> String {
    let rate = middle(rounds, |round| round.rate);
    let [median, late] = [
        middle(rounds, |round| round.median.as_secs_f64() * 1e6),
        middle(rounds, |round| round.late.as_secs_f64() * 1e6),
    ];
    let share = rate / middle(limit, |round| round.rate);
    format!("{group:<6} {name:<14} {rate:>12.0} {share:>8.2} {median:>9.0} {late:>9.0}")
}

fn middle(rounds: &[Round], figure: fn(&Round) -> f64) -> f64 {
    let mut all: Vec<f64> = rounds.iter().map(figure).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}
