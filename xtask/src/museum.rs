//! `cargo xtask museum`: an application and the state directory that a host of this version has left when it was killed,
//! small enough for the repository. Every later version boots it, in its tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::out::Out;
use crate::product::{Tomte, build};

/// Where the exhibits are, a folder for each version.
const MUSEUM: &str = "host/tests/museum";

/// How long a host may take to come up.
const START_TIME: Duration = Duration::from_secs(60);

/// What a start makes anew, or is of one host alone.
const NOT_KEPT: [&str; 4] = ["compiled", "lock", "host.sock", "lives.json"];

const MANIFEST: &str = r#"manifest_version = 1
[application]
name = "museum"
version = "0.1.0"
[behaviour.counter]
component = "counter.wasm"
build = { command = "cp counter.wat $TOMTE_OUT", dir = "." }
[child.counter]
behaviour = "counter"
durable = true
"#;

pub(crate) fn run(out: &Out) -> Result<()> {
    let program = build(out)?;
    out.section("Museum: what a host of this version leaves");
    let scratch = tempfile::tempdir_in("target").context("a folder in target")?;
    let dir = scratch.path().join("counter");
    let make = |words: &[&str], at: &Path| {
        let output = Command::new(&program).args(words).current_dir(at).output()?;
        ensure!(output.status.success(), "tomte {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
        anyhow::Ok(())
    };
    make(&["new", "counter", "--lang", "wat"], scratch.path())?;
    versioned(&dir, "0.2.0")?;
    make(&["build"], &dir)?;
    fs::rename(dir.join("counter.wasm"), scratch.path().join("newer.wasm"))?;
    versioned(&dir, "0.1.0")?;
    make(&["build"], &dir)?;

    let tomte = Tomte::new(&program, &dir.join(".tomte/host.sock"));
    let mut host = start(&tomte, &dir)?;
    let increment = || tomte.text(&["call", "counter", "\"Increment\""]);
    (0..3).try_for_each(|_| increment().map(drop))?;
    tomte.text(&["upgrade", &scratch.path().join("newer.wasm").to_string_lossy()])?;
    (0..2).try_for_each(|_| increment().map(drop))?;
    host.kill()?;
    host.wait()?;

    let exhibit = Path::new(MUSEUM).join(env!("CARGO_PKG_VERSION"));
    if exhibit.exists() {
        fs::remove_dir_all(&exhibit)?;
    }
    let mut lengths = BTreeMap::new();
    for name in ["tomte.toml", "counter.wasm"] {
        keep(&dir.join(name), &exhibit.join(name), name.to_owned(), &mut lengths)?;
    }
    for file in files(&dir.join(".tomte"))? {
        let name = Path::new("state").join(file.strip_prefix(dir.join(".tomte"))?);
        keep(&file, &exhibit.join(&name), name.to_string_lossy().into_owned(), &mut lengths)?;
    }
    fs::write(exhibit.join("lengths.json"), serde_json::to_vec_pretty(&lengths)?)?;
    out.held(&format!("{} files are in {}; commit them", lengths.len(), exhibit.display()));
    Ok(())
}

fn versioned(dir: &Path, version: &str) -> Result<()> {
    let own = format!("[behaviour.counter]\nversion = \"{version}\"\n");
    Ok(fs::write(dir.join("tomte.toml"), MANIFEST.replace("[behaviour.counter]\n", &own))?)
}

fn start(tomte: &Tomte, dir: &Path) -> Result<Child> {
    let mut command = tomte.command(&["run", &dir.to_string_lossy()]);
    let host = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let last = Instant::now() + START_TIME;
    while tomte.text(&["call", "counter", "\"Read\""]).is_err() {
        ensure!(Instant::now() < last, "the host does not come up in {START_TIME:?}");
        sleep(Duration::from_millis(20));
    }
    Ok(host)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut all = vec![];
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if NOT_KEPT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() { all.extend(files(&entry.path())?) } else { all.push(entry.path()) }
    }
    Ok(all)
}

/// Copies a file without the zeros at its end; its length is kept beside it.
fn keep(from: &Path, to: &Path, name: String, lengths: &mut BTreeMap<String, u64>) -> Result<()> {
    let mut bytes = fs::read(from)?;
    lengths.insert(name, bytes.len() as u64);
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.truncate(end);
    fs::create_dir_all(to.parent().context("it has a folder")?)?;
    Ok(fs::write(to, bytes)?)
}
