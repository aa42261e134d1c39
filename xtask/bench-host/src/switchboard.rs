//! The telephone switchboard of `examples/switchboard` at scale: as many calls at once as asked for,
//! set up through its exchange, then told events, and one of them crashed.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::task::JoinSet;
use tomte::base::Outcome;
use tomte::node::{Handle, Node, Options};

use crate::lines::Lines;

/// Who lifts, dials and answers, each one event after another.
const CLIENTS: usize = 256;
/// Calls that are measured while all of them have an instance.
const FIRST: usize = 2000;
/// Calls that something happens in all the time.
const BUSY: usize = 1000;
/// The deadline of an event: long, since a benchmark is no place to give up early.
const DEADLINE: Duration = Duration::from_secs(60);

const SUBJECT: &str = "tomte";

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Calls at once.
    pub(crate) calls: usize,
    /// How long events are told, at least, of each kind.
    pub(crate) time: Duration,
    /// How long nothing happens: longer than the manifest's `hibernate_after`.
    pub(crate) rest: Duration,
}

/// Measures one switchboard, made in a folder.
///
/// # Errors
/// The node does not start, or a call does not do what a telephone does.
pub(crate) async fn measure(example: &Path, guests: &Path, folder: &Path, size: Size, lines: &mut Lines) -> Result<()> {
    let Size { calls, time, rest } = size;
    let node = start(example, guests, folder).await?;
    let handle = node.handle();
    warm_up(&handle).await?;
    let mut add = |scenario, metric, value| lines.add(scenario, SUBJECT, metric, value);
    let first = calls.min(FIRST);
    let before = resident_bytes()?;
    let begin = Instant::now();
    all(&handle, 0..first, set_up).await?;
    add("memory of a call, the first 2,000", "bytes", growth(before, first)?);
    all(&handle, first..calls, set_up).await?;
    let took = begin.elapsed();
    add("memory of a call, all of them", "bytes", growth(before, calls)?);
    add("calls set up", "per_second", calls as f64 / took.as_secs_f64());
    add("events, all calls in turn", "per_second", events(&handle, 0..calls, time).await?);
    std::thread::sleep(rest);
    add("memory of a call, at rest", "bytes", growth(before, calls)?);
    add("events, 1,000 busy calls", "per_second", events(&handle, 0..calls.min(BUSY), time).await?);
    add("calls that went on after a crash", "count", crash_one(&handle, calls).await? as f64);
    handle.shutdown_now();
    // Its state goes away with the run: how it ended does not matter.
    let _ = node.ended().await;
    Ok(())
}

/// The example itself, on ports of its own.
async fn start(example: &Path, guests: &Path, folder: &Path) -> Result<Node> {
    fs::create_dir_all(folder)?;
    for name in ["exchange", "call"] {
        let from = guests.join(format!("{name}-0.1.0.wasm"));
        fs::copy(&from, folder.join(format!("{name}.wasm"))).with_context(|| format!("no {}", from.display()))?;
    }
    let manifest = example.join("tomte.toml");
    let text = fs::read_to_string(&manifest).with_context(|| format!("no {}", manifest.display()))?;
    fs::write(folder.join("tomte.toml"), text.replace(":7003\"", ":0\"").replace(":7083\"", ":0\""))?;
    let options = Options { state: folder.join("state"), ..Options::new(folder) };
    Node::start(options).await.map_err(|error| anyhow!("the node does not start: {error}"))
}

/// What is made once is made before anything is measured.
async fn warm_up(handle: &Handle) -> Result<()> {
    for line in ["a", "b", "c", "d"] {
        set_up(handle, line).await?;
        tell(handle, line, "\"HangUp\"", "\"Gone\"").await?;
    }
    Ok(())
}

/// A call from the lifted receiver to the conversation.
async fn set_up(handle: &Handle, line: &str) -> Result<()> {
    let lifted = handle.call("exchange", format!("{line} lift").into_bytes(), DEADLINE).await;
    is(lifted, "Dialing").with_context(|| format!("line {line} lifted"))?;
    for _ in 1..4 {
        tell(handle, line, "{\"Digit\":\"2\"}", "\"Dialing\"").await?;
    }
    tell(handle, line, "{\"Digit\":\"0\"}", "\"Ringing\"").await?;
    tell(handle, line, "\"Answer\"", "\"Talking\"").await
}

async fn tell(handle: &Handle, line: &str, event: &str, then: &str) -> Result<()> {
    let outcome = handle.call(&format!("calls/{line}"), event.into(), DEADLINE).await;
    is(outcome, then).with_context(|| format!("line {line} was told {event}"))
}

fn is(outcome: Outcome, expected: &str) -> Result<()> {
    let body = outcome.map_err(|failure| anyhow!("{}: {}", failure.kind.word(), failure.text))?;
    ensure!(body == expected.as_bytes(), "answered {}, not {expected}", String::from_utf8_lossy(&body));
    Ok(())
}

/// Something for each of these calls, so many at a time.
async fn all(handle: &Handle, calls: Range<usize>, each: impl AsyncEach) -> Result<()> {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (handle, calls) = (handle.clone(), calls.clone());
        clients.spawn_local(async move {
            for call in calls.skip(client).step_by(CLIENTS) {
                each.run(&handle, &call.to_string()).await?;
            }
            Ok::<(), anyhow::Error>(())
        });
    }
    while let Some(done) = clients.join_next().await {
        done??;
    }
    Ok(())
}

/// What is done to one call.
trait AsyncEach: Copy + 'static {
    fn run(self, handle: &Handle, line: &str) -> impl Future<Output = Result<()>>;
}

impl<F: AsyncFn(&Handle, &str) -> Result<()> + Copy + 'static> AsyncEach for F {
    async fn run(self, handle: &Handle, line: &str) -> Result<()> {
        self(handle, line).await
    }
}

/// Holds and resumes each of these calls in turn, until the time is over; events per second.
async fn events(handle: &Handle, calls: Range<usize>, time: Duration) -> Result<f64> {
    let (begin, mut count) = (Instant::now(), 0);
    while begin.elapsed() < time {
        all(handle, calls.clone(), async |handle: &Handle, line: &str| {
            tell(handle, line, "\"Hold\"", "\"OnHold\"").await
        })
        .await?;
        all(handle, calls.clone(), async |handle: &Handle, line: &str| {
            tell(handle, line, "\"Resume\"", "\"Talking\"").await
        })
        .await?;
        count += 2 * calls.len();
    }
    Ok(count as f64 / begin.elapsed().as_secs_f64())
}

/// Lifts one more receiver and presses the key that nobody has wired; how many of the others talk
/// on as if nothing had been.
async fn crash_one(handle: &Handle, calls: usize) -> Result<usize> {
    let lifted = handle.call("exchange", b"unlucky lift".to_vec(), DEADLINE).await;
    is(lifted, "Dialing")?;
    let crashed = handle.call("calls/unlucky", b"{\"Digit\":\"*\"}".to_vec(), DEADLINE).await;
    ensure!(crashed.is_err_and(|failure| failure.kind.word() == "crashed"), "the call did not crash");
    all(handle, 0..calls, async |handle: &Handle, line: &str| tell(handle, line, "\"Where\"", "\"Talking\"").await)
        .await?;
    Ok(calls)
}

fn growth(before: u64, calls: usize) -> Result<f64> {
    Ok(resident_bytes()?.saturating_sub(before) as f64 / calls as f64)
}

/// What this process has resident.
fn resident_bytes() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("no /proc here")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the kernel does not tell")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_measured_and_every_other_call_goes_on_after_the_crash() -> Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folder = tempfile::tempdir()?;
        let size = Size { calls: 2000, time: Duration::from_millis(1), rest: Duration::ZERO };
        let mut lines = Lines::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let (example, guests) = (root.join("examples/switchboard"), root.join("guests/dist"));
        let measured = measure(&example, &guests, folder.path(), size, &mut lines);
        tokio::task::LocalSet::new().block_on(&runtime, measured)?;
        assert_eq!(lines.text().lines().count(), 7);
        assert!(lines.text().contains(r#""value":2000.0}"#), "{}", lines.text());
        Ok(())
    }
}
