//! What durable answers cost: one counter in memory and one that is durable, in turn, beside what the disk itself does in
//! groups of the same size.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::host::{DURABLE, Host, LOADED};
use super::scenario::{Wire, Work};
use super::stats::{Summary, ratios};
use super::workspace::Programs;
use crate::load::{LoadResult, Spec, run as load};

/// Callers: connections, and calls in flight on each.
const SHAPES: [(usize, usize); 3] = [(1, 1), (64, 1), (64, 40)];

const ROUNDS: usize = 5;
const WARM_UP: Duration = Duration::from_millis(300);
const TIME: Duration = Duration::from_secs(1);

/// Bytes of a record of a counter's step, and of the head of a batch.
const RECORD: usize = 48;
const HEAD: usize = 128;

/// What came of one shape.
#[derive(Debug, Default)]
struct Figures {
    memory: Vec<f64>,
    durable: Vec<f64>,
    disk: Vec<f64>,
    p99_ms: Vec<f64>,
}

/// Measures, and writes the table to `out`. `folder` is on the disk that is measured.
///
/// # Errors
/// Something cannot be built or started, or a call is not answered well.
pub(crate) fn run(root: &Path, folder: &Path, out: &mut dyn Write) -> Result<()> {
    let programs = Programs::build(root)?;
    let scratch = tempfile::tempdir_in(folder).context("a folder on the disk")?;
    let memory = Host::start(&programs, &scratch.path().join("memory"), LOADED)?;
    let durable = Host::start(&programs, &scratch.path().join("durable"), DURABLE)?;
    let file = scratch.path().join("appended");
    writeln!(
        out,
        "calls a second of one counter, medians of {ROUNDS} rounds; the disk alone in groups as large as there are calls in flight"
    )?;
    writeln!(
        out,
        "{:<12} {:>12} {:>12} {:>8} {:>12} {:>8} {:>10}",
        "callers", "in memory", "durable", "ratio", "disk alone", "ratio", "p99"
    )?;
    for (connections, depth) in SHAPES {
        let mut figures = Figures::default();
        for _ in 0..ROUNDS {
            figures.memory.push(calls(&memory, connections, depth)?.per_second());
            let answered = calls(&durable, connections, depth)?;
            figures.durable.push(answered.per_second());
            figures.p99_ms.push(answered.p99_ns as f64 / 1e6);
            figures.disk.push(appended(&file, connections * depth)?);
        }
        let median = |samples: &[f64]| Summary::of(samples).map_or(0.0, |summary| summary.median);
        writeln!(
            out,
            "{:<12} {:>12.0} {:>12.0} {:>8.2} {:>12.0} {:>8.2} {:>7.2} ms",
            format!("{connections} x {depth}"),
            median(&figures.memory),
            median(&figures.durable),
            median(&ratios(&figures.durable, &figures.memory)),
            median(&figures.disk),
            median(&ratios(&figures.durable, &figures.disk)),
            median(&figures.p99_ms),
        )?;
    }
    Ok(())
}

fn calls(host: &Host, connections: usize, depth: usize) -> Result<LoadResult> {
    let result = load(&Spec {
        address: host.address(Wire::Frames, Work::Counter.worker()),
        protocol: Wire::Frames.protocol(),
        body: Work::Counter.body().to_vec(),
        connections,
        depth,
        warm_up: WARM_UP,
        time: TIME,
        server: None,
    })?;
    ensure!(result.all_ok(), "a call was not answered well: {result:?}");
    Ok(result)
}

/// Records a second that the disk takes in groups of this size, each synced before the next: an append, then
/// `fdatasync`, in a file that is there already.
fn appended(path: &Path, group: usize) -> Result<f64> {
    let bytes = vec![7; HEAD + group * RECORD];
    let mut file = File::create(path)?;
    file.write_all(&vec![0; 16 << 20])?;
    file.sync_all()?;
    let (mut records, mut at, start) = (0, 0, Instant::now());
    while start.elapsed() < TIME {
        if at + bytes.len() > 16 << 20 {
            at = 0;
        }
        std::os::unix::fs::FileExt::write_all_at(&file, &bytes, at as u64)?;
        file.sync_data()?;
        at += bytes.len();
        records += group;
    }
    Ok(records as f64 / start.elapsed().as_secs_f64())
}
