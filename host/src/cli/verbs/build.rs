//! `tomte build`: runs each behaviour's build command and puts the component, stamped with its name
//! and version, where the manifest says.

use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use tomte_toolchain::{Artifact, BuildError, GuestBuild, Toolchain, build_guest, identity, is_cargo_package, stamp};

use super::upgrade::component_bytes;
use crate::cli::arguments::DirectoryArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::locate;
use crate::cli::problem::Problem;
use crate::cli::render::{Cell, Paint, Tone, duration, size, table};
use crate::node::{self, BehaviourView, BuildView};

/// What helps where a command leaves nothing.
const WRITE_OUT: &str = "let it write a component or a core module to the file \"$TOMTE_OUT\"";

/// What helps where a component cannot be put.
const WRITE_ELSEWHERE: &str = "let it write there, or correct `component` in tomte.toml";

/// What came of one behaviour.
#[derive(Debug, Serialize)]
struct Built {
    behaviour: String,
    component: String,
    version: Option<String>,
    digest: String,
    size: u64,
    /// Whether the component differs from the one that was there.
    changed: bool,
    #[serde(skip)]
    took: std::time::Duration,
}

pub(super) fn run(context: &Context, arguments: &DirectoryArguments) -> Result<Exit, Problem> {
    let directory = locate::application(&arguments.directory)?;
    let manifest = node::load_manifest(&directory).map_err(|error| Problem::new(Exit::CONFIG, error.to_string()))?;
    let wanted: Vec<(&BehaviourView, &BuildView)> =
        manifest.behaviours.iter().filter_map(|known| Some((known, known.build.as_ref()?))).collect();
    if wanted.is_empty() {
        context.output.say("nothing to build: no behaviour in tomte.toml has a build command");
        return Ok(Exit::DONE);
    }
    // Other languages bring their own compilers.
    let toolchain = match wanted.iter().any(|(_, build)| is_cargo_package(&build.dir)) {
        true => Toolchain::ensure(&mut |progress| context.output.say(progress))
            .map_err(|error| Problem::new(Exit::FAILED, error.to_string()).fix("tomte doctor"))?,
        false => Toolchain::default(),
    };
    let mut all = vec![];
    for (behaviour, build) in wanted {
        context.output.say(&format!("{}: {}", behaviour.name, build.command));
        all.push(one(&toolchain, behaviour, build)?);
    }
    context.output.data(&all, |all, paint| text(all, paint))?;
    context.output.next("tomte run");
    Ok(Exit::DONE)
}

fn one(toolchain: &Toolchain, behaviour: &BehaviourView, build: &BuildView) -> Result<Built, Problem> {
    let began = Instant::now();
    let target = &behaviour.component;
    let before = fs::read(target).ok();
    let (bytes, version) = stamped(behaviour, build, built(toolchain, behaviour, build)?)?;
    let report = node::check_component(&bytes, Some(locate::THIS_PROGRAM.as_ref())).map_err(|reason| {
        let text =
            format!("what was built for {} would run on no host, so nothing was written: {reason}", target.display());
        Problem::new(Exit::REFUSED, text).fix("tomte check")
    })?;
    let changed = before.as_ref() != Some(&bytes);
    if changed {
        replace(target, &bytes)
            .with_context(|| format!("cannot write {}", target.display()))
            .map_err(|error| Problem::from(error).fix(WRITE_ELSEWHERE))?;
    }
    let (name, component) = (behaviour.name.clone(), target.display().to_string());
    let (digest, bytes) = (report.digest, bytes.len() as u64);
    Ok(Built { behaviour: name, component, version, digest, size: bytes, changed, took: began.elapsed() })
}

/// What a build command made: its bytes and, of a cargo package, what they are to be called.
struct Made {
    bytes: Vec<u8>,
    package: Option<Artifact>,
}

/// Runs the command. It finds the contract in the folder `TOMTE_WIT` and writes a component, a core module or the
/// text of one to the file `TOMTE_OUT`; or cargo leaves a component, or it is written where the manifest says.
fn built(toolchain: &Toolchain, behaviour: &BehaviourView, build: &BuildView) -> Result<Made, Problem> {
    let target = &behaviour.component;
    let earlier = fs::metadata(target).ok();
    let scratch = tempfile::tempdir().context("cannot make a folder for the build").map_err(Problem::from)?;
    let (wit, out) = (scratch.path().join("wit"), scratch.path().join("out.wasm"));
    super::wit::write(&wit)?;
    let variables = vec![("TOMTE_WIT", wit), ("TOMTE_OUT", out.clone())];
    let order = GuestBuild { dir: build.dir.clone(), command: build.command.clone(), target_dir: None, variables };
    let package = match build_guest(toolchain, &order) {
        Err(BuildError::NoArtifact(_)) if out.is_file() || is_rewritten(target, earlier.as_ref()) => None,
        result => result.map_err(|error| unbuilt(error, &build.dir))?,
    };
    let made = match &package {
        Some(artifact) => &artifact.path,
        None if out.is_file() => &out,
        None => target,
    };
    if !made.is_file() {
        let text = format!("the build command wrote neither $TOMTE_OUT nor {}", target.display());
        return Err(Problem::new(Exit::FAILED, text).fix(WRITE_OUT));
    }
    Ok(Made { bytes: component_bytes(made)?, package })
}

/// The component, which says its name and version itself.
fn stamped(behaviour: &BehaviourView, build: &BuildView, made: Made) -> Result<(Vec<u8>, Option<String>), Problem> {
    let component = node::component_of(&made.bytes).map_err(|reason| {
        let text = format!("what the command made for `{}` is no component: {reason}", behaviour.name);
        Problem::new(Exit::FAILED, text).fix("tomte wit, which writes the contract to build against")
    })?;
    let said = identity(&component).map_err(failed)?;
    let declared = behaviour.version.clone();
    let (name, version) = match made.package {
        Some(package) => (package.name, declared.or(Some(package.version))),
        None => (behaviour.name.clone(), declared.or_else(|| declared_version(&build.dir)).or(said.version)),
    };
    let Some(version) = version else {
        let text = format!("no version is known of `{}`, so no host could tell it from the next", behaviour.name);
        let fix = format!("add a line `version = \"0.1.0\"` to [behaviour.{}]", behaviour.name);
        return Err(Problem::new(Exit::CONFIG, text).fix(fix));
    };
    let bytes = stamp(&component, &name, &version).map_err(failed)?;
    Ok((bytes, Some(version)))
}

/// The version that the package in this folder declares in the way of its language.
fn declared_version(directory: &Path) -> Option<String> {
    let read = |name: &str| fs::read_to_string(directory.join(name)).ok();
    let javascript = || {
        serde_json::from_str::<serde_json::Value>(&read("package.json")?).ok()?["version"].as_str().map(str::to_owned)
    };
    let python = || {
        let table: toml::Table = read("pyproject.toml")?.parse().ok()?;
        table.get("project")?.get("version")?.as_str().map(str::to_owned)
    };
    javascript().or_else(python)
}

/// Why a build failed; what most often is forgotten in Rust is told, since a linker tells it in words of its own.
fn unbuilt(error: BuildError, directory: &Path) -> Problem {
    let problem = failed(error);
    if is_cargo_package(directory) && !mentions(&directory.join("src"), "export!") {
        return problem.fix("add a line `tomte_guest::export!(BEHAVIOUR);` to src/lib.rs: nothing there is exported");
    }
    problem
}

/// Whether a source below a folder has this text.
fn mentions(folder: &Path, text: &str) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.filter_map(Result::ok).any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => mentions(&entry.path(), text),
        _ => fs::read_to_string(entry.path()).is_ok_and(|source| source.contains(text)),
    })
}

fn is_rewritten(target: &Path, earlier: Option<&Metadata>) -> bool {
    let written = |metadata: &Metadata| metadata.modified().ok();
    fs::metadata(target).is_ok_and(|now| earlier.and_then(written) != written(&now))
}

/// Replaces a file so that nobody ever sees half of it.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let mut file = tempfile::Builder::new().prefix(".").suffix(".tmp").tempfile_in(directory)?;
    file.write_all(bytes)?;
    open_to_readers(file.as_file())?;
    file.persist(path)?;
    Ok(())
}

/// Temporary files begin closed to others; a component is as public as what it was built from.
fn open_to_readers(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

fn failed(error: BuildError) -> Problem {
    Problem::new(Exit::FAILED, error.to_string())
}

fn text(all: &[Built], paint: Paint) -> String {
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .map(|built| {
            let digest: String = built.digest.chars().take(8).collect();
            let state = if built.changed { "built" } else { "unchanged" };
            vec![
                Cell::new(&built.behaviour),
                Cell::new(built.version.as_deref().unwrap_or("no version")),
                Cell::new(state).tone(if built.changed { Tone::Good } else { Tone::Quiet }),
                Cell::new(size(built.size)).right(),
                Cell::new(format!("sha256:{digest}")),
                Cell::new(&built.component),
                Cell::new(duration(built.took)).tone(Tone::Quiet),
            ]
        })
        .collect();
    table(&rows, paint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_replaced_whole_and_readable_by_all() -> anyhow::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir()?;
        let path = root.path().join("made/counter.wasm");
        replace(&path, b"one")?;
        replace(&path, b"two")?;
        assert_eq!(fs::read(&path)?, b"two");
        assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o644);
        assert_eq!(fs::read_dir(root.path().join("made"))?.count(), 1);
        Ok(())
    }

    #[test]
    fn a_rust_behaviour_that_is_not_exported_is_told_so() -> io::Result<()> {
        let root = tempfile::tempdir()?;
        fs::create_dir_all(root.path().join("src/deep"))?;
        fs::write(root.path().join("Cargo.toml"), "")?;
        let told = || unbuilt(BuildError::NoArtifact("x.wasm".into()), root.path()).fix.unwrap_or_default();
        assert!(told().contains("tomte_guest::export!(BEHAVIOUR);"), "{}", told());
        fs::write(root.path().join("src/deep/it.rs"), "tomte_guest::export!(It);")?;
        assert!(!told().contains("export!"), "{}", told());
        Ok(())
    }

    #[test]
    fn a_file_that_was_written_again_is_noticed() -> io::Result<()> {
        let root = tempfile::tempdir()?;
        let path = root.path().join("x.wasm");
        assert!(!is_rewritten(&path, None), "it is not there");
        fs::write(&path, "1")?;
        assert!(is_rewritten(&path, None), "it was not there before");
        let earlier = fs::metadata(&path)?;
        assert!(!is_rewritten(&path, Some(&earlier)));
        let later = earlier.modified()? + std::time::Duration::from_secs(1);
        fs::File::options().write(true).open(&path)?.set_modified(later)?;
        assert!(is_rewritten(&path, Some(&earlier)));
        Ok(())
    }

    #[test]
    fn what_was_built_is_told_in_one_line_each() {
        let built = Built {
            behaviour: "counter".into(),
            component: "./counter.wasm".into(),
            version: Some("0.1.0".into()),
            digest: "9f2c6b1e".repeat(8),
            size: 31_950,
            changed: true,
            took: std::time::Duration::from_millis(4_100),
        };
        let expected = "counter  0.1.0  built  31.2 KiB  sha256:9f2c6b1e  ./counter.wasm  4.1 s\n";
        assert_eq!(text(&[built], Paint::new(false)), expected);
    }
}
