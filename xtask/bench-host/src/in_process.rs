//! tomte in process: on this thread alone, and as a whole node.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use tomte::wasm::{Engine, EngineOptions};

use crate::app::App;
use crate::guests::{COUNTER, ECHO};
use crate::lines::Lines;
use crate::{publication, step, supervision, swap};

/// Live instances that the pool of the shard on this thread holds.
const INSTANCES: u32 = 1001;

/// Measures these rows (`step`, `publication`, `start`, `crash`, `swap`), or all if none is named.
///
/// # Errors
/// The node does not start or answers wrongly.
pub(crate) async fn measure(
    rows: &[&str],
    guests: &Path,
    folder: &Path,
    time: Duration,
    lines: &mut Lines,
) -> Result<()> {
    let wanted = |row| rows.is_empty() || rows.contains(&row);
    let engine = Engine::new(&EngineOptions { instances: INSTANCES, ..EngineOptions::default() })?;
    for asked in [ECHO, COUNTER].into_iter().filter(|_| wanted("step")) {
        step::on_one_thread(&engine, guests, asked, time, lines)?;
    }
    if wanted("publication") {
        publication::measure(&engine, guests, time, lines)?;
    }
    if wanted("start") {
        supervision::start(&engine, guests, time, lines)?;
    }
    if wanted("crash") {
        supervision::crash(&engine, guests, time, lines)?;
    }
    if wanted("swap") {
        supervision::swap(&engine, guests, time, lines)?;
    }
    drop(engine);
    for asked in [ECHO, COUNTER].into_iter().filter(|_| wanted("step")) {
        let app = App::start(&asked.path(guests), &folder.join(asked.file)).await?;
        step::across_threads(&app.handle, asked, time, lines).await?;
        app.stop().await;
    }
    if wanted("crash") {
        let app = App::start(&COUNTER.path(guests), &folder.join("crash")).await?;
        supervision::crash_across_threads(&app.handle, time, lines).await?;
        app.stop().await;
    }
    if wanted("swap") {
        swap::measure(guests, &folder.join("swap"), time, lines).await?;
    }
    Ok(())
}
