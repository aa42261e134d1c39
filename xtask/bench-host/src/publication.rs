//! A publication and its subscribers: each instance stepped with nothing around it, and the host's
//! way from one message to all of them, in turn.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use tomte::wasm::Engine;

use crate::bare::Bare;
use crate::guests::ECHO;
use crate::lines::{Lines, quantile};
use crate::one_shard::{OneShard, compile};

/// Who hears it.
const SUBSCRIBERS: usize = 1000;
const TOPIC: &str = "news";
const BODY: &[u8] = &[b'x'; 64];

/// Time per subscriber.
///
/// # Errors
/// The guest is missing, or one of them does not hear it.
pub(crate) fn measure(engine: &Engine, guests: &Path, time: Duration, lines: &mut Lines) -> Result<()> {
    let file = ECHO.path(guests);
    let bare = |error| anyhow!("{}: {error:#}", file.display());
    let mut alone = Bare::several(&file, SUBSCRIBERS).map_err(bare)?;
    let mut shard = OneShard::start(compile(engine, &file)?, SUBSCRIBERS)?;
    shard.subscribe_all(TOPIC);
    let mut taken: [Vec<Duration>; 2] = Default::default();
    let begin = Instant::now();
    while begin.elapsed() < time * 2 {
        let start = Instant::now();
        for one in &mut alone {
            one.hear(TOPIC, BODY).map_err(bare)?;
        }
        taken[0].push(start.elapsed() / SUBSCRIBERS as u32);
        let before = shard.steps();
        let start = Instant::now();
        shard.publish(TOPIC, BODY);
        taken[1].push(start.elapsed() / SUBSCRIBERS as u32);
        ensure!(shard.steps() - before == SUBSCRIBERS as u64, "not every subscriber has heard it");
    }
    for (subject, mut times) in ["bare component call", "tomte"].into_iter().zip(taken) {
        times.sort_unstable();
        let median = quantile(&times, 0.5).context("no time to measure")?;
        lines.add("publication to 1,000 subscribers", subject, "ns", median.as_nanos() as f64);
    }
    Ok(())
}
