//! What lies in the watched folder and is no component.

use super::bench::Bench;
use crate::release::{Row, RowResult};

/// A bench with a watched folder, and that folder.
fn bench() -> (Bench, std::path::PathBuf) {
    let mut bench = Bench::new();
    bench.boot();
    let folder = bench.dir.path().join("releases");
    std::fs::create_dir(&folder).expect("made");
    (bench, folder)
}

fn link(folder: &std::path::Path, name: &str) {
    std::os::unix::fs::symlink("elsewhere", folder.join(name)).expect("linked");
}

/// The folder is looked into until whatever lies there has settled.
fn look(bench: &mut Bench) {
    bench.pass(5000);
    bench.pass(300);
}

#[test]
fn a_file_that_cannot_be_taken_is_one_row_with_its_reason() {
    let (mut bench, folder) = bench();
    link(&folder, "counter-0.2.0.wasm");
    look(&mut bench);
    let [row] = &bench.history()[..] else { panic!("{:?}", bench.history()) };
    let Row { behaviour, result, digest, revision, reason, via, .. } = row;
    assert_eq!((behaviour.as_str(), *result, *digest, *revision), ("counter-0.2.0.wasm", RowResult::Refused, None, 1));
    assert!(reason.starts_with("a symbolic link") && via.starts_with("folder "), "{row:?}");
    assert!(folder.join("counter-0.2.0.wasm.refused").exists());
    look(&mut bench);
    assert_eq!(bench.history().len(), 1, "once");

    std::fs::write(folder.join("a-0.1.0.wasm"), "").expect("written");
    std::fs::create_dir(folder.join("b-0.1.0.wasm")).expect("made");
    look(&mut bench);
    let rows = bench.history();
    let told: Vec<_> = rows[1..].iter().map(|row| (row.behaviour.as_str(), row.reason.as_str())).collect();
    let [(dir, a_directory), (empty, is_empty)] = told[..] else { panic!("{told:?}") };
    assert_eq!((dir, empty), ("b-0.1.0.wasm", "a-0.1.0.wasm"), "an empty file may still be copied for a while");
    assert!(a_directory.starts_with("a directory") && is_empty.starts_with("the file is empty"), "{told:?}");
    assert_eq!(bench.restart().0.history().rows(), rows, "they are on disk");
}

#[test]
fn thousands_of_links_are_one_row_and_a_marker_each() {
    const LINKS: usize = 2000;
    let (mut bench, folder) = bench();
    (0..LINKS).for_each(|at| link(&folder, &format!("junk-0.0.{at}.wasm")));
    look(&mut bench);
    let [row] = &bench.history()[..] else { panic!("{:?}", bench.history()) };
    assert_eq!(row.behaviour, "junk-0.0.0.wasm and 1999 more");
    assert!(
        row.reason.starts_with("2000 files cannot be taken, and beside each stands why. junk-0.0.0.wasm: a symbolic")
    );
    assert!(row.reason.contains("; junk-0.0.7.wasm: ") && row.reason.ends_with("; and 1992 more"), "{}", row.reason);
    assert_eq!(std::fs::read_dir(&folder).expect("read").count(), 2 * LINKS);
}

#[test]
fn what_cannot_be_taken_while_a_release_runs_is_recorded_after_it() {
    let (mut bench, folder) = bench();
    let mut verdict = bench.upgrade("0.2.0", false);
    bench.compiled("0.2.0", true);
    let id = bench.go_to("suspend");
    for name in ["a-0.1.0.wasm", "b-0.1.0.wasm"] {
        link(&folder, name);
        bench.pass(5000);
    }
    assert_eq!(bench.history().len(), 1, "the release has room for its own end");
    assert_eq!(bench.word(), Some("give up"));
    bench.tell(id, Err("`a` is busy"));
    assert_eq!(verdict.try_recv().expect("told").row.revision, 1);
    let rows = bench.history();
    let named: Vec<_> = rows.iter().map(|row| (row.revision, row.behaviour.as_str())).collect();
    assert_eq!(named, [(1, "counter"), (2, "a-0.1.0.wasm and 1 more")]);
}
