//! Drops into the folder of a running host, beside a neighbour that is called without a pause.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::answer::Answer;
use crate::load::{LoadResult, Protocol, Spec, run, run_until};
use crate::product::{Outcome, drop_in, outcome, take_away};
use crate::soak::{COMPILE_TIME, Ground, Sample};

/// The longest an answer may take: one limit of time for the check, one for compiling, the file's settling and
/// a swap.
pub(super) const TIME_MAX: Duration = COMPILE_TIME.saturating_mul(2).saturating_add(Duration::from_secs(10));

/// How long the neighbour is watched undisturbed before each drop that is measured.
const UNDISTURBED: Duration = Duration::from_secs(1);

/// A host that takes one drop after the other.
pub(super) struct Target {
    pub(super) ground: Ground,
    drops: u32,
}

/// What a drop did beside being answered.
pub(super) struct Effect {
    pub(super) answer: Answer,
    /// The neighbour's p99 while it was answered, over that before; if that was measured.
    pub(super) ratio: Option<f64>,
    /// The most resident memory the host had meanwhile, over what it had before.
    pub(super) grown: u64,
}

impl Target {
    pub(super) fn new(ground: Ground) -> Target {
        Target { ground, drops: 0 }
    }

    /// Drops a component of `counter`. If it is taken, it is rolled back.
    ///
    /// # Errors
    /// The host does not answer, or its neighbour does not.
    pub(super) fn take(&mut self, what: String, bytes: &[u8], measured: bool) -> Result<Effect> {
        self.drops += 1;
        let name = format!("counter-1.0.{}.wasm", self.drops);
        let before = measured.then(|| run(&self.neighbour(UNDISTURBED))).transpose()?;
        let resident = Sample::of(self.ground.host.pid())?.resident;
        let ((told, took), during, most) = self.beside_load(|| self.dropped(&name, bytes))?;
        let refused = match told {
            Outcome::Refused(why) => Some(why),
            Outcome::Accepted(_) => {
                self.ground.tomte.text(&["rollback"])?;
                None
            }
        };
        ensure!(during.all_ok(), "{what}: the neighbour was not answered each time: {during:?}");
        let ratio = before.map(|before| during.p99_ns as f64 / before.p99_ns as f64);
        let answer = Answer { what, bytes: bytes.len(), took, refused };
        Ok(Effect { answer, ratio, grown: most.saturating_sub(resident) })
    }

    fn dropped(&self, name: &str, bytes: &[u8]) -> Result<(Outcome, Duration)> {
        let start = Instant::now();
        drop_in(&self.ground.folder, name, bytes)?;
        let told = outcome(&self.ground.folder, name, 2 * TIME_MAX)?;
        let took = start.elapsed();
        take_away(&self.ground.folder, name)?;
        Ok((told, took))
    }

    /// Does it while the neighbour is called; gives what came of both, and the host's largest memory.
    fn beside_load<T: Send>(&self, act: impl FnOnce() -> Result<T> + Send) -> Result<(T, LoadResult, u64)> {
        let stop = AtomicBool::new(false);
        let spec = self.neighbour(Duration::ZERO);
        let pid = self.ground.host.pid();
        thread::scope(|scope| {
            let load = scope.spawn(|| run_until(&spec, &stop));
            let watch = scope.spawn(|| most_resident(pid, &stop));
            let done = act();
            stop.store(true, Ordering::Relaxed);
            let panicked = |_| anyhow!("a thread of the campaign panicked");
            let (during, most) = (load.join().map_err(panicked)?, watch.join().map_err(panicked)?);
            Ok((done?, during?, most?))
        })
    }

    fn neighbour(&self, time: Duration) -> Spec {
        Spec {
            address: self.ground.listeners.http,
            protocol: Protocol::Http { path: "/call/kv".to_owned() },
            body: b"{\"Get\":\"a\"}".to_vec(),
            connections: 1,
            depth: 1,
            warm_up: Duration::ZERO,
            time,
            server: None,
        }
    }
}

fn most_resident(pid: u32, stop: &AtomicBool) -> Result<u64> {
    let mut most = 0;
    while !stop.load(Ordering::Relaxed) {
        most = most.max(Sample::of(pid).context("a file has ended the host")?.resident);
        thread::sleep(Duration::from_millis(20));
    }
    Ok(most)
}
