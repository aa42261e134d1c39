//! The pause of one worker while its code changes, as a caller sees it and as the node tells it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::sync::oneshot;
use tomte::node::{Handle, UpgradeResult, Upload};

use crate::app::App;
use crate::guests::{COUNTER, INCREMENT};
use crate::lines::Lines;

/// The new version.
const NEXT: &str = "counter-0.2.0.wasm";

/// Measures upgrades, each on a node of its own, since a node runs a version once.
///
/// # Errors
/// The node does not start, or an upgrade is refused.
pub(crate) async fn measure(guests: &Path, folder: &Path, time: Duration, lines: &mut Lines) -> Result<()> {
    let bytes = std::fs::read(guests.join(NEXT)).with_context(|| format!("no {NEXT}"))?;
    let (mut seen, mut told) = (vec![], vec![]);
    let begin = Instant::now();
    while begin.elapsed() < time || seen.is_empty() {
        let app = App::start(&COUNTER.path(guests), &folder.join(seen.len().to_string())).await?;
        let (gap, pause) = swap(&app.handle, bytes.clone()).await?;
        app.stop().await;
        seen.push(gap);
        told.push(pause);
    }
    lines.add_latencies("swap", "tomte", seen);
    lines.add_latencies("swap", "tomte, as the node tells it", told);
    Ok(())
}

async fn swap(handle: &Handle, bytes: Vec<u8>) -> Result<(Duration, Duration)> {
    let stop = Arc::new(AtomicBool::new(false));
    let (warm, is_warm) = oneshot::channel();
    let caller = tokio::spawn(longest_gap(handle.clone(), Arc::clone(&stop), warm));
    is_warm.await.context("the caller ended early")?;
    let file_name = NEXT.to_owned();
    let upload = Upload { bytes, file_name, via: "bench".to_owned(), dry_run: false };
    let report = handle.upgrade(upload).await;
    stop.store(true, Ordering::Relaxed);
    let gap = caller.await??;
    let report = report.map_err(|failure| anyhow!("not upgraded: {}", failure.text))?;
    ensure!(report.result == UpgradeResult::Permanent, "not upgraded: {}", report.reason);
    Ok((gap, Duration::from_micros(report.pause_us)))
}

/// One call after another; the longest time between two answers once it is warm.
async fn longest_gap(handle: Handle, stop: Arc<AtomicBool>, warm: oneshot::Sender<()>) -> Result<Duration> {
    for _ in 0..100 {
        App::call(&handle, INCREMENT).await?;
    }
    // The receiver waits for nothing else.
    let _ = warm.send(());
    let mut longest = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let last = Instant::now();
        App::call(&handle, INCREMENT).await?;
        longest = longest.max(last.elapsed());
    }
    Ok(longest)
}
