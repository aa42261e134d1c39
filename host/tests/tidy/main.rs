//! The rules of the house, as tests: which room may import which, how long a file may be, that every
//! file and every item of the contract says what it is for, and that the docs' links resolve.

mod graph;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use graph::{Graph, name};
use source::{Source, Sources};

/// What each room may import of ours. Read `node` as: the whole front.
const ROOMS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("worker", &["base"]),
    ("journal", &["base", "worker"]),
    ("supervisor", &["base"]),
    ("release", &["base"]),
    ("wasm", &["base"]),
    ("net", &["base"]),
    ("protocol", &["base", "worker", "journal", "supervisor", "wasm"]),
    ("shard", &["base", "worker", "journal", "supervisor", "wasm", "net", "protocol"]),
    ("control", &["base", "supervisor", "release", "wasm", "protocol"]),
    ("runtime", &["base", "journal", "net", "protocol", "shard", "control"]),
    ("node", &["base", "journal", "supervisor", "release", "wasm", "net", "protocol", "shard", "control", "runtime"]),
    ("admin", &["base", "node"]),
    ("cli", &["base", "node", "admin"]),
];

/// Libraries that only some rooms may name.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("wasmtime", &["wasm"]),
    ("wasmtime_wasi", &["wasm"]),
    ("wit_component", &["wasm"]),
    ("tomte_journal", &["journal", "runtime", "node"]),
    ("hyper", &["net", "admin"]),
    ("axum", &["admin"]),
    ("notify", &["release"]),
    ("clap", &["cli"]),
];

/// Rooms that decide and never act.
const PURE: &[&str] = &["base", "worker", "journal", "supervisor"];
const ACTS: &[&[&str]] = &[
    &["std", "fs"],
    &["std", "net"],
    &["std", "thread"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["tokio"],
    &["tracing"],
];

const LINES_MAX: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(under: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(under) else { return vec![] };
    let mut found = vec![];
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let skipped = name.starts_with('.') || ["target", "node_modules", "dist"].contains(&name.as_str());
        if path.is_dir() && !skipped {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) && !path.is_symlink() {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Where the library's sources are.
fn sources_dir() -> PathBuf {
    root().join("host/src")
}

fn sources() -> Sources {
    Sources::read(&sources_dir())
}

fn room(source: &Source) -> &str {
    source.module.first().map_or("lib", String::as_str)
}

/// For whoever asks what was found.
#[expect(clippy::print_stdout, reason = "`cargo xtask imports` shows it to people")]
fn show(text: &str) {
    println!("{text}");
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn rooms_import_one_way() {
    let sources = sources();
    let mut faults = vec![];
    for source in sources.all() {
        let room = room(source);
        let may = ROOMS.iter().find(|(known, _)| *known == room).map_or(&[][..], |(_, may)| may);
        let others = source.named.iter().filter(|path| path.first().is_some_and(|first| first == "crate"));
        for other in others.filter_map(|path| path.get(1)).filter(|other| *other != room) {
            let is_room = ROOMS.iter().any(|(known, _)| known == other);
            if is_room && room != "lib" && !may.contains(&other.as_str()) {
                faults.push(format!("{}: `{room}` may not import `{other}`", source.file.display()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn no_file_imports_in_a_circle_but_a_module_and_its_children() {
    let sources = sources();
    let graph = Graph::of(&sources);
    if std::env::var_os("SHOW_IMPORTS").is_some() {
        show(&graph.text());
    }
    let circles = graph.circles();
    let (files, imports) = graph.size();
    show(&format!("{files} files, {imports} imports, {} circles", circles.len()));
    assert!(files > 150 && imports > 300, "{files} files and {imports} imports are not all there are");
    let told = |circle: &Vec<&[String]>| circle.iter().map(|module| name(module)).collect::<Vec<_>>().join(", ");
    assert_none(&circles.iter().map(|circle| format!("a circle: {}", told(circle))).collect::<Vec<_>>());
}

#[test]
fn every_room_of_the_library_is_in_the_table() {
    let sources = sources();
    let declared: Vec<&Source> = sources.all().filter(|source| source.module.len() == 1).collect();
    assert!(declared.len() >= 8, "only {} rooms", declared.len());
    let unknown = declared.iter().map(|source| room(source));
    let unknown = unknown.filter(|name| !ROOMS.iter().any(|(room, _)| room == name));
    assert_none(&unknown.map(|name| format!("room `{name}` has no line in ROOMS")).collect::<Vec<_>>());
}

#[test]
fn libraries_stay_in_their_rooms() {
    let sources = sources();
    let mut faults = vec![];
    for source in sources.all() {
        for (library, rooms) in LIBRARIES.iter().filter(|(_, rooms)| !rooms.contains(&room(source))) {
            if source.named.iter().any(|path| path.first().is_some_and(|first| first == library)) {
                faults.push(format!("{}: only {rooms:?} may name `{library}`", source.file.display()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn pure_rooms_never_act() {
    let sources = sources();
    let mut faults = vec![];
    for source in sources.all().filter(|source| PURE.contains(&room(source))) {
        for act in ACTS.iter().filter(|act| source.named.iter().any(|path| names(path, act))) {
            let (file, act) = (source.file.display(), act.join("::"));
            faults.push(format!("{file}: `{}` is pure and may not name `{act}`", room(source)));
        }
    }
    assert_none(&faults);
}

fn names(path: &[String], act: &[&str]) -> bool {
    path.len() >= act.len() && path.iter().zip(act).all(|(one, other)| one == other)
}

#[test]
fn an_import_is_seen_however_it_is_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| fs::write(dir.path().join(name), text).expect("written");
    fs::create_dir(dir.path().join("inner")).expect("made");
    file("lib.rs", "mod inner; mod other;");
    file("inner/mod.rs", "mod deep; pub use deep::Deep;");
    file("inner/deep.rs", "use std::{fs, io}; pub struct Deep; fn f() { println!(\"{}\", crate::other::G); }");
    file("other.rs", "use crate::inner::Deep; pub const G: u8 = 0; #[cfg(test)] mod tests { use tokio::net; }");
    let sources = Sources::read(dir.path());
    let all: Vec<String> = sources.all().flat_map(|source| &source.named).map(|path| path.join("::")).collect();
    for seen in ["std::fs", "std::io", "crate::other::G", "crate::inner::Deep"] {
        assert!(all.iter().any(|path| path == seen), "{seen} is not in {all:?}");
    }
    assert!(!all.iter().any(|path| path.starts_with("tokio")), "tests do not count");
    let circles = Graph::of(&sources).circles();
    let circle: Vec<String> = circles.iter().flatten().map(|module| name(module)).collect();
    assert_eq!(circle, ["inner::deep", "other"], "handing a name on does not hide who imports whom");
}

#[test]
fn files_say_what_they_are_for_and_stay_small() {
    let mut faults = vec![];
    for top in ["host", "xtask", "guests"] {
        for path in files(&root().join(top), ".rs") {
            let text = read(&path);
            if !text.starts_with("//!") {
                faults.push(format!("{}: does not open with `//!`", path.display()));
            }
            let lines = text.lines().count();
            if lines > LINES_MAX {
                faults.push(format!("{}: {lines} lines, at most {LINES_MAX}", path.display()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn one_call_is_unsafe_and_every_crate_but_its_own_forbids_it() {
    let mut faults = vec![];
    let manifests = ["host", "xtask"].iter().flat_map(|top| files(&root().join(top), "Cargo.toml"));
    for manifest in manifests.filter(|manifest| !manifest.ends_with("precompiled/Cargo.toml")) {
        if !read(&manifest).contains("[lints]\nworkspace = true\n") {
            faults.push(format!("{}: has not the lints of the workspace", manifest.display()));
        }
    }
    let calls =
        files(&root().join("host/precompiled"), ".rs").into_iter().map(|path| read(&path).matches("unsafe {").count());
    if calls.sum::<usize>() != 1 {
        faults.push("host/precompiled: one call is unsafe, no more".to_owned());
    }
    assert_none(&faults);
}

#[test]
fn every_item_of_the_contract_is_documented() {
    let mut faults = vec![];
    let starts = ["interface ", "world ", "record ", "variant ", "enum ", "type "];
    for path in files(&root().join("wit"), ".wit") {
        let text = read(&path);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            let item = starts.iter().any(|start| line.starts_with(start)) || line.contains(": func(");
            let documented = at > 0 && lines[at - 1].starts_with("///");
            if item && !documented {
                faults.push(format!("{}:{}: `{line}` has no `///`", path.display(), at + 1));
            }
        }
    }
    assert_none(&faults);
}

/// The steps of the walks in ARCHITECTURE.md: under which heading, in which file, through which functions.
fn walks() -> Vec<(String, String, Vec<String>)> {
    let (mut heading, mut steps) = (String::new(), vec![]);
    for line in read(&root().join("ARCHITECTURE.md")).replace("\n   ", " ").lines() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title.to_owned();
        }
        let step = line.split_once(". `").filter(|(number, _)| number.parse::<u8>().is_ok());
        let Some((file, rest)) = step.and_then(|(_, rest)| rest.split_once("`: ")) else { continue };
        let named = rest.split(". ").next().unwrap_or_default();
        let functions = named.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        steps.push((heading.clone(), file.to_owned(), functions));
    }
    steps
}

#[test]
fn the_walks_of_the_map_are_in_the_code_and_short() {
    let steps = walks();
    let mut faults = vec![];
    for (heading, file, functions) in &steps {
        let code = fs::read_to_string(sources_dir().join(file)).unwrap_or_default();
        let missing = functions
            .iter()
            .filter(|name| !code.contains(&format!("fn {name}(")) && !code.contains(&format!("fn {name}<")));
        faults.extend(missing.map(|name| format!("{heading}: {file} has no function `{name}`")));
    }
    for (walk, most) in [("One input", 14), ("One crash", 20), ("One upgrade", 15)] {
        let count = steps.iter().filter(|(heading, ..)| heading.starts_with(walk)).count();
        show(&format!("{walk}: {} hops", count.saturating_sub(1)));
        if !(5..=most).contains(&count) {
            faults.push(format!("{walk} has {count} steps, at most {most}"));
        }
    }
    assert_none(&faults);
}

#[test]
fn links_in_the_docs_resolve() {
    let mut faults = vec![];
    let mut links = 0;
    for path in files(&root(), ".md") {
        let text = read(&path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            links += 1;
            let target = path.parent().map(|parent| parent.join(file)).unwrap_or_default();
            if !target.exists() {
                faults.push(format!("{}: {link} leads nowhere", path.display()));
            }
        }
    }
    assert!(links > 5, "only {links} links were found");
    assert_none(&faults);
}

/// The ids in the first cell of a row of a table, and the tests that the row names.
fn row(line: &str) -> (Vec<String>, Vec<&str>) {
    let ids = line.split('|').nth(1).unwrap_or_default();
    let names = line.split('`').skip(1).step_by(2).filter(|name| name.contains('_') && !name.contains([' ', '-', '.']));
    (ids.split(',').map(|id| id.trim().to_lowercase()).collect(), names.collect())
}

#[test]
fn tests_that_the_docs_name_are_there_and_carry_the_ids_of_their_rows() {
    let sources: String = files(&root(), ".rs").iter().map(|path| read(path)).collect();
    let mut wrong = vec![];
    for page in ["docs/faults.md", "docs/determinism.md"] {
        let text = read(&root().join(page));
        for line in text.lines().filter(|line| line.starts_with("| ")) {
            let (ids, names) = row(line);
            wrong.extend(
                names
                    .iter()
                    .filter(|name| !sources.contains(&format!("fn {name}(")))
                    .map(|name| format!("{page}: no {name}")),
            );
            let carries = |id: &String| names.iter().any(|name| format!("_{name}").contains(&format!("_{id}_")));
            let is_fault = page == "docs/faults.md" && !names.is_empty();
            wrong
                .extend(ids.iter().filter(|id| is_fault && !carries(id)).map(|id| format!("{page}: no name has {id}")));
        }
    }
    assert_none(&wrong);
}
