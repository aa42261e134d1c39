//! A stage: everybody at once, for some time, while the host is watched.

use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::ground::Ground;
use super::honest::{self, How};
use super::samples::Sample;
use super::tally::{End, Tally};
use super::{clients, guests, operator, versions};

/// Between two looks at what the host uses.
const LOOK: Duration = Duration::from_millis(250);
/// How long the host may take to come to rest: connections that wait for their peer, threads that wait for
/// more to do.
const REST: Duration = Duration::from_secs(30);

/// Has everybody act for so long; gives what the host used meanwhile.
///
/// # Errors
/// The host has ended.
pub(super) fn act(ground: &Ground, tally: &Tally, time: Duration) -> Result<Vec<Sample>> {
    let end = End::default();
    let all: [&(dyn Fn() + Sync); 10] = [
        &|| honest::counts(ground, tally, &end, How::Frames),
        &|| honest::counts(ground, tally, &end, How::Frames),
        &|| honest::counts(ground, tally, &end, How::Lines),
        &|| honest::counts(ground, tally, &end, How::Http),
        &|| honest::casts(ground, tally, &end),
        &|| honest::keeps(ground, tally, &end),
        &|| guests::misbehave(ground, tally, &end),
        &|| clients::misbehave(ground, tally, &end),
        &|| operator::works(ground, tally, &end),
        &|| versions::change(ground, tally, &end),
    ];
    thread::scope(|scope| {
        let threads = all.map(|one| scope.spawn(one));
        let watched = watch(ground.host.pid(), time);
        end.tell();
        threads.into_iter().for_each(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        watched
    })
}

fn watch(pid: u32, time: Duration) -> Result<Vec<Sample>> {
    let last = Instant::now() + time;
    let mut samples = vec![];
    while Instant::now() < last {
        samples.push(Sample::of(pid)?);
        thread::sleep(LOOK);
    }
    Ok(samples)
}

/// What the host uses once nobody asks anything of it: as soon as `enough` says so, or after a while.
///
/// # Errors
/// The host has ended.
pub(super) fn at_rest(pid: u32, enough: impl Fn(Sample) -> bool) -> Result<Sample> {
    let last = Instant::now() + REST;
    loop {
        let sample = Sample::of(pid)?;
        if enough(sample) || Instant::now() > last {
            return Ok(sample);
        }
        thread::sleep(LOOK);
    }
}

/// Nothing failed.
///
/// # Errors
/// Something did.
pub(super) fn judge(tally: &Tally, bounds: &[String]) -> Result<()> {
    let (failed, words) = tally.failures();
    if failed == 0 && bounds.is_empty() {
        return Ok(());
    }
    let first = words.iter().map(|words| format!("\n  {words}")).collect::<String>();
    let calls = if failed == 0 { String::new() } else { format!("{failed} of what must not fail did:{first}\n") };
    bail!("the soak has failed\n{calls}{}", bounds.join("\n"))
}
