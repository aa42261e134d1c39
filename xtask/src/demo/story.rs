//! The acts in their order, from a build to a shutdown.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::releases::Releases;
use super::stage::{Stage, time};
use super::{count, crash, end, language, refuse, rollback, upgrade};
use crate::guests::DIST;
use crate::out::Out;
use crate::product::{Host, Listeners, Tomte, build, is_up, settle};

/// The application the story is about.
const EXAMPLE: &str = "examples/counter/tomte.toml";
/// Everything the demo writes but its drops. The paths are relative and short, so that the admin
/// socket's fits wherever the repository lies.
const DIR: &str = "target/demo";
const STATE: &str = "target/demo/state";
const SOCKET: &str = "target/demo/state/host.sock";
const LOG: &str = "target/demo/host.log";
const RELEASES: &str = "releases";
/// Beside `DIR`, which is wiped.
const NOTE: &str = "target/demo-dropped.txt";

/// Tells the whole story; with `keep` the host is left running.
///
/// # Errors
/// Something cannot be built, or a claim does not hold.
pub(crate) fn run(out: &Out, keep: bool) -> Result<()> {
    let start = Instant::now();
    out.section("1. Build");
    let program = build(out)?;
    let mut stage = open(out, &program)?;
    let told = tell(&mut stage);
    told.with_context(|| format!("the demo has failed; the host's log is {LOG}"))?;
    let held = if keep {
        end::keep(stage)
    } else {
        end::shut_down(stage).with_context(|| format!("the demo has failed; the host's log is {LOG}"))?
    };
    out.section(&format!("All {held} claims held, in {}.", time(start.elapsed())));
    Ok(())
}

fn tell(stage: &mut Stage) -> Result<()> {
    count::act(stage)?;
    crash::act(stage)?;
    upgrade::act(stage)?;
    refuse::act(stage)?;
    rollback::act(stage)?;
    language::act(stage)
}

/// Assembles the application and starts the host on it.
fn open(out: &Out, program: &Path) -> Result<Stage> {
    out.section("2. Start: two counters and a store under one supervisor");
    let tomte = Tomte::new(program, Path::new(SOCKET));
    ensure!(
        !is_up(tomte.socket()),
        "the host of an earlier `cargo xtask demo --keep` is still running\ntry: {} --host {SOCKET} shutdown",
        program.display()
    );
    let releases = Releases::new(Path::new(RELEASES), Path::new(DIST), Path::new(NOTE));
    releases.clear()?;
    let listeners = assemble(out).with_context(|| format!("cannot make {DIR}"))?;
    let words = ["run", DIR, "--state", STATE, "--releases", RELEASES];
    out.command(&format!("tomte {}", words.join(" ")));
    let start = Instant::now();
    let host = Host::start(&tomte, &words, &listeners, Path::new(LOG))
        .with_context(|| format!("the host does not start; its log is {LOG}"))?;
    let took = time(start.elapsed());
    let Listeners { http, frames, lines } = &listeners;
    out.line(&format!("    pid {}, log {LOG}", host.pid()));
    out.line(&format!("    http {http}, frames {frames}, lines {lines}"));
    let mut stage = Stage { out: *out, host, listeners, tomte, releases, held: 0 };
    let first = stage.count("counter")?;
    let text = format!("it answers, {took} after its start: its components compiled, every counter at zero");
    stage.claim(first == 0, &text, &first)?;
    stage.show(&["tree"])?;
    Ok(stage)
}

/// The example's manifest and its components, in a folder of the demo's own.
fn assemble(out: &Out) -> Result<Listeners> {
    if Path::new(DIR).exists() {
        fs::remove_dir_all(DIR)?;
    }
    fs::create_dir_all(DIR)?;
    let manifest = fs::read_to_string(EXAMPLE).with_context(|| format!("cannot read {EXAMPLE}"))?;
    let (manifest, moved) = settle(&manifest)?;
    for (from, to) in moved {
        out.line(&format!("    {from} is in use, so {to} takes its place"));
    }
    fs::write(Path::new(DIR).join("tomte.toml"), &manifest)?;
    for (from, to) in [("counter-0.1.0.wasm", "counter.wasm"), ("kv-0.1.0.wasm", "kv.wasm")] {
        fs::copy(Path::new(DIST).join(from), Path::new(DIR).join(to))
            .with_context(|| format!("no {from} in {DIST}"))?;
    }
    Listeners::read(&manifest)
}
