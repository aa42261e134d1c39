//! Act 8: the same worker in another language, under load.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::load::Load;
use super::stage::{Stage, thousands};
use super::upgrade::{SEEN, counted};
use crate::product::Outcome;

/// Where the project is made, beside the application's folder.
const PARENT: &str = "target/demo/wat";
/// Its name: that of the behaviour whose next version it is.
const NAME: &str = "counter";
const VERSION: &str = "0.5.0";
const FILE: &str = "counter-0.5.0.wasm";

pub(super) fn act(stage: &mut Stage) -> Result<()> {
    stage.out.section("8. Change the language: from Rust to WebAssembly written by hand, under load");
    let component = built(stage)?;
    let before = stage.count(NAME)?;
    let load = Load::start(stage.listeners.frames);
    counted(stage, &load, before + SEEN)?;
    stage.out.command(&format!("cp {} {}/{FILE}", component.display(), stage.releases.dir().display()));
    stage.releases.drop_from(&component, FILE)?;
    let outcome = stage.releases.outcome(FILE)?;
    stage.claim(matches!(outcome, Outcome::Accepted(_)), "taken: it reads the state that Rust wrote", &outcome)?;
    let now = stage.count(NAME)?;
    counted(stage, &load, now + SEEN)?;
    let load = load.finish()?;
    let count = stage.count(NAME)?;
    let text = format!("no request was lost, and the count is exact: {}", thousands(count));
    stage.claim(load.all_ok() && count == before + load.ok, &text, &(before, load.ok, count))?;
    stage.show(&["tree"])
}

/// Makes the project and builds it: no compiler is needed for text.
fn built(stage: &Stage) -> Result<PathBuf> {
    let project = Path::new(PARENT).join(NAME);
    fs::create_dir_all(PARENT)?;
    let program = fs::canonicalize(stage.tomte.program())?;
    let run = |words: &[&str], place: &Path| -> Result<()> {
        stage.out.command(&format!("tomte {}", words.join(" ")));
        let output = Command::new(&program).args(words).current_dir(place).env_remove("TOMTE_HOST").output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    };
    run(&["new", NAME, "--lang", "wat"], Path::new(PARENT))?;
    let manifest = project.join("tomte.toml");
    let text = fs::read_to_string(&manifest)?;
    let (application, behaviour) = text.split_once("[behaviour.").context("it has a behaviour")?;
    let raised = behaviour.replacen("version = \"0.1.0\"", &format!("version = \"{VERSION}\""), 1);
    ensure!(raised != behaviour, "{} names no version of its behaviour", manifest.display());
    fs::write(&manifest, format!("{application}[behaviour.{raised}"))?;
    run(&["build"], &project)?;
    Ok(project.join(format!("{NAME}.wasm")))
}
