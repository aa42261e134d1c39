//! `cargo xtask mutants`: does a test notice when a line of a room is wrong? cargo-mutants breaks a
//! room in every way it knows, one way at a time, and runs the room's own unit tests.
//!
//! The host links an engine, so one build of it per mutant would take days. Each room is laid out as a
//! crate of its own instead: its sources, those of `base`, what its tests read, and only those
//! dependencies of the host that these name. A long campaign all the same, and no part of `ci`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::out::Out;

/// Whether cargo has this subcommand.
fn has(subcommand: &str) -> bool {
    let asked = Command::new("cargo").args([subcommand, "--version"]).stdin(Stdio::null()).output();
    asked.is_ok_and(|output| output.status.success())
}

/// A room as a crate of its own.
struct Room {
    /// As people name it; also its folder below `host/src`, which is mutated.
    name: &'static str,
    /// Files and folders below `host/src` that come along, the room's own among them.
    sources: &'static [&'static str],
    /// Its `lib.rs`.
    library: &'static str,
}

const ROOMS: [Room; 4] = [
    Room { name: "worker", sources: &["base", "worker"], library: "pub mod base;\npub mod worker;\n" },
    Room { name: "supervisor", sources: &["base", "supervisor"], library: "pub mod base;\npub mod supervisor;\n" },
    Room {
        name: "release/plan",
        sources: &["base", "release/plan", "release/document/suggest.rs"],
        // The planner takes one function from its neighbours.
        library: "pub mod base;\npub mod release {\n    mod document {\n        mod suggest;\n        \
                  pub use suggest::did_you_mean;\n    }\n    pub mod plan;\n}\n",
    },
    Room { name: "net", sources: &["base", "net"], library: "pub mod base;\npub mod net;\n" },
];

/// The traces of OTP, which tests include by their place beside the sources.
const TRACES: &str = "tests/otp";

/// Random cases of each property: as many as most mutants need to be seen, and no more, since every
/// mutant waits for them.
const CASES: &str = "64";

/// How often the time of the tests of the whole room a mutant may take before it counts as hanging, and
/// the least seconds it gets: a machine that is busy for a moment must not look like a loop.
const PATIENCE: [&str; 4] = ["--timeout-multiplier", "5", "--minimum-test-timeout", "20"];

/// What a test or a compiler may take of memory: some mutants take more and more for as long as they
/// run, and must not take the machine's.
const MEMORY_KIB: u64 = 4 << 20;

/// The names of the rooms that can be mutated.
pub(crate) fn rooms() -> impl Iterator<Item = &'static str> {
    ROOMS.iter().map(|room| room.name)
}

/// Mutates these rooms, or all if none is named, and ends with a table. `more` goes to cargo-mutants.
///
/// # Errors
/// cargo-mutants is not installed, a room cannot be laid out, or its tests fail as they are. A mutant
/// that survives is no error: some change nothing that anybody can see.
pub(crate) fn run(out: &Out, names: &[String], more: &[String]) -> Result<()> {
    if !has("mutants") {
        bail!("cargo-mutants is not installed\ntry: cargo install --locked cargo-mutants");
    }
    let mut counts = vec![];
    for room in ROOMS.iter().filter(|room| names.is_empty() || names.iter().any(|name| name == room.name)) {
        out.section(&format!("Mutants: {}", room.name));
        counts.push(campaign(out, room, more)?);
    }
    out.section("Mutants: the survivors");
    counts.iter().flat_map(|count| &count.survivors).for_each(|survivor| out.line(&format!("  {survivor}")));
    out.section("Mutants: all of them");
    out.line(&table(&counts));
    Ok(())
}

fn campaign(out: &Out, room: &Room, more: &[String]) -> Result<Count> {
    let scratch = tempfile::tempdir().context("cannot make a temporary directory")?;
    lay_out(room, scratch.path()).with_context(|| format!("cannot lay out the room {}", room.name))?;
    let kept = Path::new("target/mutants").join(room.name);
    fs::create_dir_all(&kept).with_context(|| format!("cannot make {}", kept.display()))?;
    let kept = fs::canonicalize(&kept)?;
    let file = format!("src/{}/**", room.name);
    let mut words = vec!["mutants", "--jobs", "2", "--no-shuffle", "--file", &file, "--cargo-test-arg=--lib"];
    words.extend(PATIENCE);
    words.extend(more.iter().map(String::as_str));
    out.command(&format!("cargo {}", words.join(" ")));
    let limited = format!("ulimit -v {MEMORY_KIB} && exec cargo \"$@\"");
    let status = Command::new("sh")
        .current_dir(scratch.path())
        .args(["-c", &limited, "sh"])
        .args(&words)
        .arg("--output")
        .arg(&kept)
        .env_remove("CARGO_TARGET_DIR")
        .env("PROPTEST_CASES", CASES)
        .stdin(Stdio::null())
        .status()
        .context("cannot run cargo")?;
    // 2 and 3 tell that mutants survived or hung, which the table tells too.
    ensure!(
        matches!(status.code(), Some(0 | 2 | 3)),
        "cargo mutants failed in {}: {status}\ntry: cargo test -p tomte --lib {}",
        room.name,
        room.name.replace('/', "::")
    );
    let outcomes = kept.join("mutants.out/outcomes.json");
    let text = fs::read_to_string(&outcomes).with_context(|| format!("cannot read {}", outcomes.display()))?;
    Count::of(room.name, &serde_json::from_str(&text)?).context("cargo-mutants has told something unexpected")
}

/// Writes the crate of a room.
fn lay_out(room: &Room, to: &Path) -> Result<()> {
    let mut code = String::new();
    for source in room.sources {
        copy(&Path::new("host/src").join(source), &to.join("src").join(source), &mut code)?;
    }
    copy(&Path::new("host").join(TRACES), &to.join(TRACES), &mut String::new())?;
    // Half of what a room offers is for its neighbours, which are not here.
    let allow = "#![allow(dead_code, unused_imports, reason = \"a room without its neighbours\")]\n";
    fs::write(to.join("src/lib.rs"), format!("{allow}{}", room.library))?;
    fs::write(to.join("Cargo.toml"), package(&fs::read_to_string("host/Cargo.toml")?, &code))?;
    // The same versions as those of the host.
    fs::copy("Cargo.lock", to.join("Cargo.lock"))?;
    Ok(())
}

/// Copies a file or a folder, and appends all of it that is Rust to `code`.
fn copy(from: &Path, to: &Path, code: &mut String) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            copy(&from.join(&name), &to.join(&name), code)?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let text = fs::read_to_string(from).with_context(|| format!("cannot read {}", from.display()))?;
    if from.extension().is_some_and(|ending| ending == "rs") {
        code.push_str(&text);
    }
    fs::write(to, text).with_context(|| format!("cannot write {}", to.display()))
}

/// The manifest of such a crate: those lines of the host's dependencies whose crate the code names. Its
/// own code is not optimised: that is built anew for each mutant, and then runs for a second.
fn package(host: &str, code: &str) -> String {
    let mut package = "[package]\nname = \"room\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
        [profile.test]\ndebug = false\nopt-level = 0\n\n[profile.test.package.\"*\"]\nopt-level = 1\n"
        .to_owned();
    let mut within = false;
    for line in host.lines() {
        if line.starts_with('[') {
            within = matches!(line, "[dependencies]" | "[dev-dependencies]");
            if within {
                package.push_str(&format!("\n{line}\n"));
            }
        } else if let Some((name, _)) = line.split_once(" = ")
            && within
            && names(code, &name.replace('-', "_"))
        {
            package.push_str(&format!("{line}\n"));
        }
    }
    package
}

/// Whether the code names a crate: `tokio::`, and not as the end of a longer name or path.
fn names(code: &str, library: &str) -> bool {
    let path = format!("{library}::");
    code.match_indices(&path)
        .any(|(at, _)| !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':'))
}

/// What became of the mutants of a room.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    room: String,
    tried: u64,
    caught: u64,
    missed: u64,
    timeout: u64,
    unviable: u64,
    /// Where each one that nobody noticed is, and what it changed.
    survivors: Vec<String>,
}

impl Count {
    /// Reads what cargo-mutants writes; none if it has another form.
    fn of(room: &str, outcomes: &Value) -> Option<Count> {
        let number = |name: &str| outcomes[name].as_u64();
        let survivors = outcomes["outcomes"].as_array()?.iter().filter(|one| one["summary"] == "MissedMutant");
        let survivors = survivors.filter_map(|one| one["scenario"]["Mutant"]["name"].as_str().map(str::to_owned));
        Some(Count {
            room: room.to_owned(),
            tried: number("total_mutants")?,
            caught: number("caught")?,
            missed: number("missed")?,
            timeout: number("timeout")?,
            unviable: number("unviable")?,
            survivors: survivors.collect(),
        })
    }
}

fn table(counts: &[Count]) -> String {
    let row = |cells: [String; 6]| {
        let [room, rest @ ..] = cells;
        let rest: String = rest.iter().map(|cell| format!("{cell:>10}")).collect();
        format!("  {room:<14}{rest}")
    };
    let head = row(["room", "tried", "caught", "survived", "timed out", "unviable"].map(str::to_owned));
    let rows = counts.iter().map(|count| {
        let [tried, caught, missed, timeout, unviable] =
            [count.tried, count.caught, count.missed, count.timeout, count.unviable].map(|number| number.to_string());
        row([count.room.clone(), tried, caught, missed, timeout, unviable])
    });
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_room_gets_the_dependencies_it_names_and_no_others() {
        let host = "[lib]\npath = \"x\"\n[dependencies]\n# Why.\nhttp-body = \"1\"\nbytes = \"1\"\nwasm = \"9\"\n\
            [dev-dependencies]\nproptest = \"1\"\n[lints]\nworkspace = true\n";
        let package = package(host, "use http_body::Body;\nuse proptest::prelude::*;\nlet _ = my_bytes::new();");
        let (_, dependencies) = package.split_once("[dependencies]").expect("a table");
        assert_eq!(dependencies, "\nhttp-body = \"1\"\n\n[dev-dependencies]\nproptest = \"1\"\n");
    }

    #[test]
    fn a_path_within_the_code_is_no_crate() {
        assert!(names("use bytes::Bytes;", "bytes") && names("(bytes::Bytes)", "bytes"));
        assert!(!names("super::bytes::Bytes", "bytes") && !names("my_bytes::x; bytes;", "bytes"));
    }

    #[test]
    fn what_cargo_mutants_tells_becomes_a_row_and_its_survivors() {
        let outcome =
            |summary: &str, name: &str| json!({ "summary": summary, "scenario": { "Mutant": { "name": name } } });
        let told = json!({
            "outcomes": [
                { "summary": "Success", "scenario": "Baseline" },
                outcome("CaughtMutant", "a.rs:1: x"), outcome("MissedMutant", "b.rs:2: replace f with ()"),
            ],
            "total_mutants": 5, "caught": 2, "missed": 1, "timeout": 1, "unviable": 1,
        });
        let count = Count::of("net", &told).expect("the form of cargo-mutants");
        assert_eq!(count.survivors, ["b.rs:2: replace f with ()"]);
        let table = table(&[count]);
        let row: Vec<&str> = table.lines().last().expect("a row").split_whitespace().collect();
        assert_eq!(row, ["net", "5", "2", "1", "1", "1"]);
        assert_eq!(Count::of("net", &json!({ "outcomes": [] })), None);
    }

    #[test]
    fn each_room_is_where_it_is_looked_for() {
        let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host");
        for room in ROOMS {
            assert!(room.sources.contains(&room.name) && host.join("src").join(room.name).is_dir(), "{}", room.name);
            room.sources.iter().for_each(|source| assert!(host.join("src").join(source).exists(), "{source}"));
        }
        assert!(host.join(TRACES).is_dir());
    }
}
