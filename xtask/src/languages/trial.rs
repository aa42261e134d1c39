//! One language on a host: answers, a refusal, a crash in its own words, hibernation, and many steps.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::project::Project;
use super::table::Row;
use crate::load::{Protocol, resident_bytes};
use crate::out::Out;
use crate::product::{Client, Host, Listeners, Tomte};

/// Steps of one worker whose memory has to stay flat.
const STEPS: u64 = 50_000;
/// Steps after which it has what it needs.
const WARM: u64 = 10_000;
/// How much the host may have grown by then: its own history, and what an allocator keeps.
const GROWTH_BYTES: u64 = 4 << 20;
/// How long a worker may take to hibernate.
const ASLEEP_TIME: Duration = Duration::from_secs(20);
/// How often to look.
const LOOK: Duration = Duration::from_millis(20);

/// A host of this project.
pub(super) fn host(project: &Project, program: &Path, listeners: &Listeners) -> Result<(Host, Tomte)> {
    let state = project.dir.join(".tomte");
    if state.exists() {
        fs::remove_dir_all(&state).with_context(|| format!("cannot remove {}", state.display()))?;
    }
    let tomte = Tomte::new(program, &state.join("host.sock"));
    let dir = project.dir.display().to_string();
    let host = Host::start(&tomte, &["run", &dir], listeners, &project.dir.join("host.log"))?;
    Ok((host, tomte))
}

/// Tries it.
///
/// # Errors
/// Something is not as it is in Rust.
pub(super) fn run(out: &Out, project: &Project, program: &Path, listeners: &Listeners, row: &mut Row) -> Result<()> {
    let start = Instant::now();
    let (host, tomte) = host(project, program, listeners)?;
    row.first_answer = Some(start.elapsed());
    let mut client = Client::open(Protocol::Frames, listeners.frames)?;
    conversation(out, &mut client)?;
    out.held("it answers, refuses, and crashes in its own words");
    let count = asleep(&tomte, &mut client)?;
    out.held(&format!("it hibernates, and wakes with its {count}"));
    steps(&host, &mut client, row)?;
    out.held(&format!("{STEPS} steps, and memory is as it was after {WARM}"));
    Ok(())
}

fn conversation(out: &Out, client: &mut Client) -> Result<()> {
    for (body, status, text) in [
        ("\"Increment\"", "ok", "\"Ack\""),
        ("\"Increment\"", "ok", "\"Ack\""),
        ("\"Read\"", "ok", "{\"Value\":2}"),
        ("\"Decrement\"", "refused", "not an input of this behaviour"),
        ("[[[[", "refused", "not an input of this behaviour"),
        ("\"Reset\"", "ok", "\"Ack\""),
        ("\"Reset\"", "crashed", "reset at zero"),
        ("\"Read\"", "ok", "{\"Value\":0}"),
    ] {
        let answer = client.call(body)?;
        let as_wanted = answer.status == status && answer.text.contains(text);
        ensure!(as_wanted, "{body} is answered {} {}, and not {status} {text}", answer.status, answer.text);
        if status == "crashed" {
            out.aside(&format!("{body}: {} {}", answer.status, answer.text));
        }
    }
    Ok(())
}

/// Waits until it hibernates and wakes it.
fn asleep(tomte: &Tomte, client: &mut Client) -> Result<u64> {
    client.call("\"Increment\"")?;
    let last = Instant::now() + ASLEEP_TIME;
    while tomte.json(&["inspect", "counter"])?["hibernates"] != true {
        ensure!(Instant::now() < last, "it does not hibernate within {ASLEEP_TIME:?}");
        thread::sleep(LOOK);
    }
    match client.call("\"Read\"")?.text.as_str() {
        "{\"Value\":1}" => Ok(1),
        other => bail!("it woke with {other}"),
    }
}

fn steps(host: &Host, client: &mut Client, row: &mut Row) -> Result<()> {
    let mut took = Vec::new();
    let mut warm = None;
    for step in 1..=STEPS {
        let answer = client.call("\"Increment\"")?;
        ensure!(answer.status == "ok", "step {step}: {} {}", answer.status, answer.text);
        took.push(answer.took);
        if step == WARM {
            warm = resident_bytes(host.pid());
        }
    }
    took.sort_unstable();
    row.step = took.get(took.len() / 2).copied();
    row.resident = resident_bytes(host.pid());
    let grown = row.resident.unwrap_or_default().saturating_sub(warm.unwrap_or_default());
    ensure!(grown <= GROWTH_BYTES, "the host grew by {grown} bytes from step {WARM} to {STEPS}");
    let counted = client.call("\"Read\"")?.text;
    let expected = format!("{{\"Value\":{}}}", STEPS + 1);
    ensure!(counted == expected, "{STEPS} steps later it says {counted}, and not {expected}");
    Ok(())
}
