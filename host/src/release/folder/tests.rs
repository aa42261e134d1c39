//! The completeness rule, case by case. Time is a number here; files are real.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod again;

use super::{Dropped, Folder, Sighting};
use crate::base::limits::COMPONENT_BYTES_MAX;
use crate::base::{Digest, Nanos};

const SETTLE: Nanos = 300;
const SETTLE_MAX: Nanos = 30_000;

struct Inbox {
    dir: tempfile::TempDir,
    folder: Folder,
    now: Nanos,
    /// Bytes that may be read in one scan.
    room: u64,
    /// What has run on this host.
    ran: Vec<Digest>,
}

impl Inbox {
    fn new() -> Inbox {
        let dir = tempfile::tempdir().expect("a directory");
        let folder = start(dir.path());
        Inbox { dir, folder, now: 0, room: COMPONENT_BYTES_MAX, ran: vec![] }
    }

    /// The host starts anew; the files stay.
    fn restart(&mut self) {
        self.folder = start(self.dir.path());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("written");
        path
    }

    fn scan(&mut self) -> Vec<Sighting> {
        self.folder.scan(self.now, self.room, &|digest| self.ran.contains(digest))
    }

    /// What a settled folder yields: one scan to see it, one after the settling time.
    fn settle(&mut self) -> Vec<Sighting> {
        let mut found = self.scan();
        self.now += SETTLE;
        found.extend(self.scan());
        found
    }

    fn settle_one(&mut self) -> Dropped {
        match self.settle().as_slice() {
            [Sighting::Dropped(dropped)] => dropped.clone(),
            other => panic!("not one drop: {other:?}"),
        }
    }

    fn settle_refused(&mut self) -> String {
        match self.settle().as_slice() {
            [Sighting::Refused { path, reason }] => {
                self.folder.refuse(path, reason).expect("a marker");
                reason.clone()
            }
            other => panic!("not one refusal: {other:?}"),
        }
    }
}

fn start(dir: &Path) -> Folder {
    Folder::new(dir.to_owned(), Duration::from_nanos(SETTLE), Duration::from_nanos(SETTLE_MAX))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn a_complete_file_is_told_once_and_its_outcome_stands_beside_it() {
    let mut inbox = Inbox::new();
    let path = inbox.write("counter-0.2.0.wasm", "bytes");
    assert_eq!(inbox.scan(), [], "not before it has settled");
    assert_eq!(inbox.folder.next_look(), Some(SETTLE));
    inbox.now = SETTLE;
    let found = inbox.scan();
    let [Sighting::Dropped(dropped)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((dropped.bytes.as_slice(), dropped.file_name.as_str()), (&b"bytes"[..], "counter-0.2.0.wasm"));
    assert_eq!(dropped.version_hint.map(|version| version.to_string()).as_deref(), Some("0.2.0"));
    assert!(dropped.digest.to_string().starts_with("277089d91c0bdf4f"), "the SHA-256 of the bytes: {}", dropped.digest);
    assert_eq!(inbox.settle(), [], "not again while the outcome is owed");
    inbox.folder.accept(&path, "counter 0.2.0 runs").expect("a marker");
    assert_eq!(read(inbox.path("counter-0.2.0.wasm.accepted")), format!("counter 0.2.0 runs\n{:?}\n", dropped.digest));
    assert_eq!(inbox.settle(), []);
    assert_eq!((read(&path).as_str(), inbox.folder.next_look()), ("bytes", None));
}

#[test]
fn a_half_written_file_is_not_read() {
    let mut inbox = Inbox::new();
    inbox.write("a.wasm", "ha");
    inbox.scan();
    inbox.now += SETTLE - 1;
    inbox.write("a.wasm", "half");
    assert_eq!(inbox.scan(), []);
    inbox.now += SETTLE - 1;
    assert_eq!(inbox.scan(), [], "settling began anew with the last change");
    inbox.now += 1;
    assert!(matches!(inbox.scan().as_slice(), [Sighting::Dropped(dropped)] if dropped.bytes == b"half"));
}

#[test]
fn a_change_that_keeps_the_size_is_a_change() {
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "aaaa");
    inbox.scan();
    inbox.now += SETTLE;
    let later = fs::metadata(&path).and_then(|found| found.modified()).expect("a time") + Duration::from_secs(1);
    let file = fs::File::options().write(true).open(&path).expect("opened");
    file.set_times(fs::FileTimes::new().set_modified(later)).expect("touched");
    assert_eq!(inbox.scan(), []);
}

#[test]
fn a_file_that_never_rests_is_refused_once_and_taken_when_it_does() {
    let mut inbox = Inbox::new();
    let mut told = Vec::new();
    for step in 1..=400_usize {
        inbox.write("a.wasm", &"x".repeat(step));
        for sighting in inbox.scan() {
            let Sighting::Refused { path, reason } = sighting else { panic!("{sighting:?}") };
            inbox.folder.refuse(&path, &reason).expect("a marker");
            told.push(reason);
        }
        inbox.now += SETTLE - 1;
    }
    assert!(told.len() == 1 && told[0].contains("still being written"), "{told:?}");
    assert_eq!(inbox.settle_one().bytes.len(), 400);
}

#[test]
fn what_is_no_regular_file_is_refused_with_its_own_reason() {
    let mut inbox = Inbox::new();
    let elsewhere = tempfile::NamedTempFile::new().expect("a file");
    fs::write(elsewhere.path(), "real").expect("written");
    std::os::unix::fs::symlink(elsewhere.path(), inbox.path("a.wasm")).expect("linked");
    assert!(inbox.settle_refused().contains("symbolic link"));
    fs::create_dir(inbox.path("b.wasm")).expect("made");
    assert!(inbox.settle_refused().contains("a directory"));
    fs::create_dir(inbox.path("shop-1.3.0")).expect("made");
    assert!(inbox.settle_refused().contains("several components are not built yet"));
    let _socket = std::os::unix::net::UnixListener::bind(inbox.path("c.wasm")).expect("a socket");
    assert!(inbox.settle_refused().contains("not a regular file"));
    inbox.write("d.wasm", "");
    assert!(inbox.settle_refused().contains("empty"));
    let huge = fs::File::create(inbox.path("e.wasm")).expect("made");
    huge.set_len((64 << 20) + 1).expect("a sparse file");
    assert!(inbox.settle_refused().contains("larger than 64 MiB"));
    assert!(read(inbox.path("a.wasm.refused")).contains("symbolic link"));
    assert_eq!(inbox.settle(), []);
    inbox.restart();
    assert_eq!(inbox.settle(), [], "what is written beside them already is not told again");
}

#[test]
fn what_is_not_for_the_host_is_left_alone() {
    let mut inbox = Inbox::new();
    for name in [".a.wasm", "a.wasm~", "a.wasm.tmp", "a.wasm.part", "a.wasm.swp", "4913", "README.md"] {
        inbox.write(name, "x");
    }
    fs::create_dir(inbox.path("notes")).expect("made");
    assert_eq!(inbox.settle(), []);
}

#[test]
fn a_rename_into_place_is_seen() {
    let mut inbox = Inbox::new();
    let part = inbox.write("a.wasm.part", "whole");
    assert_eq!(inbox.settle(), []);
    fs::rename(part, inbox.path("a.wasm")).expect("renamed");
    assert_eq!(inbox.settle_one().bytes, b"whole");
}

#[test]
fn a_refused_file_is_tried_again_when_it_changes_or_its_marker_goes() {
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "bad");
    inbox.settle_one();
    inbox.folder.refuse(&path, "no").expect("a marker");
    let marker = inbox.path("a.wasm.refused");
    inbox.restart();
    assert_eq!(inbox.settle(), [], "a host that starts knows it from the marker");
    fs::remove_file(&path).and_then(|()| fs::write(&path, "bad")).expect("the same bytes again");
    assert_eq!(inbox.settle(), [], "the same bytes are still refused");
    fs::remove_file(&marker).expect("cleared");
    inbox.settle_one();
    inbox.folder.refuse(&path, "still no").expect("a marker");
    inbox.write("a.wasm", "good bytes");
    inbox.settle_one();
    inbox.folder.accept(&path, "yes").expect("a marker");
    assert!(!marker.exists() && read(inbox.path("a.wasm.accepted")).starts_with("yes\n"));
}

#[test]
fn an_accepted_file_is_taken_again_only_if_it_is_dropped_again() {
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "good");
    let dropped = inbox.settle_one();
    inbox.folder.accept(&path, "yes").expect("a marker");
    inbox.ran.push(dropped.digest);
    inbox.restart();
    assert_eq!(inbox.settle(), [], "not because the host starts");
    fs::remove_file(&path).and_then(|()| fs::write(inbox.path("new"), "good")).expect("written");
    fs::rename(inbox.path("new"), &path).expect("the same bytes under a new inode");
    assert_eq!(inbox.settle_one().bytes, b"good");
}

#[test]
fn a_change_while_the_outcome_is_owed_is_told_after_it() {
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "one");
    let one = inbox.settle_one().digest;
    inbox.write("a.wasm", "other");
    assert_eq!(inbox.settle(), []);
    inbox.folder.accept(&path, "yes").expect("a marker");
    assert!(read(inbox.path("a.wasm.accepted")).contains(&one.to_string()), "the marker is about what was told");
    assert_eq!(inbox.settle_one().bytes, b"other");
}

#[test]
fn versions_of_one_behaviour_come_in_ascending_order() {
    let mut inbox = Inbox::new();
    for version in ["0.10.0", "0.9.0", "0.2.0"] {
        inbox.write(&format!("counter-{version}.wasm"), version);
    }
    let names = |found: Vec<Sighting>| -> Vec<String> {
        let name = |sighting| match sighting {
            Sighting::Dropped(dropped) => String::from_utf8_lossy(&dropped.bytes).into_owned(),
            other => panic!("{other:?}"),
        };
        found.into_iter().map(name).collect()
    };
    assert_eq!(names(inbox.settle()), ["0.2.0", "0.9.0", "0.10.0"]);
}

#[test]
fn a_folder_that_is_not_there_yet_is_not_one_that_went() {
    let mut inbox = Inbox::new();
    fs::remove_dir_all(inbox.dir.path()).expect("removed");
    assert_eq!(inbox.scan(), [Sighting::Absent]);
    assert_eq!(inbox.scan(), [], "told once");
    fs::create_dir(inbox.dir.path()).expect("made");
    assert_eq!(inbox.scan(), [Sighting::Back]);
}

#[test]
fn a_folder_that_goes_and_comes_back_is_noticed() {
    let mut inbox = Inbox::new();
    inbox.write("a.wasm", "a");
    assert_eq!(inbox.scan(), []);
    fs::remove_dir_all(inbox.dir.path()).expect("removed");
    assert!(matches!(inbox.scan().as_slice(), [Sighting::Gone(_)]));
    assert_eq!(inbox.scan(), [], "told once");
    fs::create_dir(inbox.dir.path()).expect("made anew");
    inbox.write("a.wasm", "a");
    assert_eq!(inbox.scan(), [Sighting::Back]);
    inbox.now += SETTLE;
    assert!(matches!(inbox.scan().as_slice(), [Sighting::Dropped(_)]));
}
