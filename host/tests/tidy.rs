//! The rules of the house, as tests: which room may import which, how long a file may be, that every
//! file and every item of the contract says what it is for, and that the docs' links resolve.

use std::fs;
use std::path::{Path, PathBuf};

/// What each room may import of ours. Read `node` as: the whole front.
const ROOMS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("worker", &["base"]),
    ("supervisor", &["base"]),
    ("release", &["base"]),
    ("wasm", &["base"]),
    ("net", &["base"]),
    ("event_loop", &["base", "worker", "supervisor", "release", "wasm", "net"]),
    ("node", &["base", "supervisor", "release", "wasm", "net", "event_loop"]),
    ("admin", &["base", "node"]),
    ("cli", &["base", "node", "admin"]),
];

/// Libraries that only some rooms may name.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("wasmtime", &["wasm"]),
    ("wasmtime_wasi", &["wasm"]),
    ("wit_component", &["wasm"]),
    ("hyper", &["net", "admin"]),
    ("axum", &["admin"]),
    ("notify", &["release"]),
    ("clap", &["cli"]),
];

/// Rooms that decide and never act.
const PURE: &[&str] = &["base", "worker", "supervisor"];
const ACTS: &[&str] = &["std::fs", "std::net", "std::thread", "Instant::now", "SystemTime", "tokio", "tracing"];

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

fn room_files(room: &str) -> Vec<PathBuf> {
    let mut found = files(&root().join("host/src").join(room), ".rs");
    let single = root().join("host/src").join(format!("{room}.rs"));
    found.extend(single.exists().then_some(single));
    found
}

/// The code of a file without its comments, so that prose may name anything.
fn code(path: &Path) -> String {
    read(path).lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn rooms_import_one_way() {
    let mut faults = vec![];
    for (room, may) in ROOMS {
        for path in room_files(room) {
            let code = code(&path);
            for (other, _) in ROOMS.iter().filter(|(other, _)| other != room && !may.contains(other)) {
                if code.contains(&format!("crate::{other}::")) {
                    faults.push(format!("{}: `{room}` may not import `{other}`", path.display()));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_room_of_the_library_is_in_the_table() {
    let lib = code(&root().join("host/src/lib.rs")) + &code(&root().join("host/src/main.rs"));
    let declared: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    assert!(declared.len() >= 8, "{declared:?}");
    let unknown: Vec<String> = declared
        .iter()
        .filter(|name| !ROOMS.iter().any(|(room, _)| room == *name))
        .map(|name| format!("room `{name}` has no line in ROOMS"))
        .collect();
    assert_none(&unknown);
}

#[test]
fn libraries_stay_in_their_rooms() {
    let mut faults = vec![];
    for (room, _) in ROOMS {
        for path in room_files(room) {
            let code = code(&path);
            for (library, rooms) in LIBRARIES.iter().filter(|(_, rooms)| !rooms.contains(room)) {
                let named = [format!("use {library}::"), format!(" {library}::"), format!("<{library}::")];
                if named.iter().any(|text| code.contains(text.as_str())) {
                    faults.push(format!("{}: only {rooms:?} may name `{library}`", path.display()));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn pure_rooms_never_act() {
    let mut faults = vec![];
    for room in PURE {
        for path in room_files(room) {
            let code = code(&path);
            faults.extend(
                ACTS.iter()
                    .filter(|act| code.contains(**act))
                    .map(|act| format!("{}: `{room}` is pure and may not name `{act}`", path.display())),
            );
        }
    }
    assert_none(&faults);
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
