//! From Rust through one language or several and back to Rust, under load, with an exact count.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;

use super::language::Language;
use super::project::Project;
use super::trial::host;
use crate::guests::DIST;
use crate::load::{Protocol, Spec, run_until};
use crate::out::Out;
use crate::product::{Client, Listeners};

/// Increments to see with each version.
const SEEN: u64 = 1000;
/// How long they may take.
const SEEN_TIME: Duration = Duration::from_secs(60);
/// How often to look.
const LOOK: Duration = Duration::from_millis(10);

/// How long a change of language takes, from the order to its word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Changes {
    /// To the first one, which has to be compiled.
    pub(super) cold: Duration,
    /// Back to the last one, whose compilation was kept.
    pub(super) kept: Duration,
}

/// Changes the language of a running worker once for each of these counters, once more, and back to the last of them.
///
/// # Errors
/// An upgrade is refused, a request is lost, or the count is wrong.
pub(super) fn run(
    out: &Out,
    project: &Project,
    program: &Path,
    listeners: &Listeners,
    through: &[(Language, &[u8])],
) -> Result<Changes> {
    let rust = fs::read(format!("{DIST}/counter-0.1.0.wasm")).context("try: cargo xtask guests")?;
    let first = project.component();
    stamped(&rust, 0, &first)?;
    let mut versions = Vec::new();
    for (at, component) in through.iter().map(|(_, component)| *component).chain([&*rust]).enumerate() {
        let file = project.dir.join(format!("counter-{at}.wasm"));
        stamped(component, at + 1, &file)?;
        versions.push(file.display().to_string());
    }
    let (_host, tomte) = host(project, program, listeners)?;
    let stop = Arc::new(AtomicBool::new(false));
    let load = {
        let (spec, stop) = (spec(listeners), Arc::clone(&stop));
        thread::spawn(move || run_until(&spec, &stop))
    };
    let mut client = Client::open(Protocol::Frames, listeners.frames)?;
    let began = seen(&mut client);
    let mut change = |words: &[&str]| -> Result<Duration> {
        let start = Instant::now();
        tomte.text(words)?;
        let took = start.elapsed();
        seen(&mut client).map(|()| took)
    };
    let took = began.and_then(|()| versions.iter().map(|file| change(&["upgrade", file])).collect::<Result<Vec<_>>>());
    let back = took.and_then(|took| Ok((took, change(&["rollback"])?)));
    stop.store(true, Ordering::Relaxed);
    let load = load.join().map_err(|_| anyhow!("the load has a bug: its thread panicked"))??;
    let (took, kept) = back?;
    ensure!(
        load.all_ok(),
        "of {} increments {} failed, {} were lost: {:?}",
        load.sent,
        load.failed,
        load.lost,
        load.first_error
    );
    let count = client.call("\"Read\"")?.text;
    ensure!(
        count == format!("{{\"Value\":{}}}", load.ok),
        "{} increments were acknowledged, but it says {count}",
        load.ok
    );
    let names: Vec<&str> = through.iter().map(|(language, _)| language.name()).collect();
    out.held(&format!(
        "from Rust to {} and back under load: {} increments acknowledged, none lost, and so it says",
        names.join(", "),
        load.ok
    ));
    Ok(Changes { cold: took.first().copied().unwrap_or_default(), kept })
}

/// Writes a counter as the version of this place in the order.
fn stamped(component: &[u8], at: usize, file: &Path) -> Result<()> {
    let version = format!("0.{}.0", at + 1);
    let stamped = tomte_toolchain::stamp(component, "counter", &version).map_err(|error| anyhow!("{error}"))?;
    fs::write(file, stamped).with_context(|| format!("cannot write {}", file.display()))
}

fn spec(listeners: &Listeners) -> Spec {
    Spec {
        address: listeners.frames,
        protocol: Protocol::Frames,
        body: b"\"Increment\"".to_vec(),
        connections: 2,
        depth: 4,
        warm_up: Duration::ZERO,
        time: Duration::ZERO,
        server: None,
    }
}

/// Waits until the running version has counted on.
fn seen(client: &mut Client) -> Result<()> {
    let from = count(client)?;
    let last = Instant::now() + SEEN_TIME;
    while count(client)? < from + SEEN {
        ensure!(Instant::now() < last, "it does not count {SEEN} within {SEEN_TIME:?}");
        thread::sleep(LOOK);
    }
    Ok(())
}

fn count(client: &mut Client) -> Result<u64> {
    let answer = client.call("\"Read\"")?;
    let value: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    value["Value"].as_u64().with_context(|| format!("it does not say its count: {} {}", answer.status, answer.text))
}
