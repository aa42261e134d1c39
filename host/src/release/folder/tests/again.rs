//! Which files are asked for again, which are waited for, and who may take them.

use std::fs;
use std::time::Duration;

use super::{Inbox, SETTLE, read, start};
use crate::release::folder::Sighting;

#[test]
fn an_accepted_file_that_went_is_taken_when_it_is_put_there_again() {
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "good");
    let digest = inbox.settle_one().digest;
    inbox.folder.accept(&path, "yes").expect("a marker");
    inbox.ran.push(digest);
    fs::remove_file(&path).expect("removed");
    assert_eq!(inbox.settle(), []);
    inbox.write("a.wasm", "good");
    assert_eq!(inbox.settle_one().digest, digest);
}

#[test]
fn a_marker_that_came_with_its_file_from_elsewhere_says_nothing() {
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "good");
    inbox.settle_one();
    inbox.folder.accept(&path, "yes").expect("a marker");
    inbox.restart();
    assert_eq!(inbox.settle_one().bytes, b"good", "nothing of it ever ran here");
}

#[test]
fn a_file_that_was_put_there_while_no_host_ran_is_taken() {
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "good");
    let digest = inbox.settle_one().digest;
    inbox.folder.accept(&path, "yes").expect("a marker");
    inbox.ran.push(digest);
    let marked = fs::metadata(inbox.path("a.wasm.accepted")).and_then(|found| found.modified()).expect("a time");
    inbox.restart();
    // The marker is older than the file, as if the file had come later.
    let marker = fs::File::options().write(true).open(inbox.path("a.wasm.accepted")).expect("opened");
    let before = fs::FileTimes::new().set_modified(marked - Duration::from_secs(60));
    marker.set_times(before).expect("made older");
    assert_eq!(inbox.settle_one().digest, digest);
}

#[test]
fn other_bytes_of_the_same_size_and_time_are_seen_and_a_mere_touch_by_the_system_is_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "good");
    let times = fs::metadata(&path).expect("it is there");
    inbox.settle_one();
    inbox.folder.accept(&path, "yes").expect("a marker");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
    fs::hard_link(&path, inbox.path("kept")).expect("linked");
    assert_eq!(inbox.settle(), [], "the same bytes, by another name and with other permissions");
    let file = fs::File::options().write(true).open(&path).expect("opened");
    fs::write(&path, "evil").expect("written over it");
    file.set_times(fs::FileTimes::new().set_modified(times.modified().expect("a time"))).expect("as it was");
    assert_eq!(inbox.settle_one().bytes, b"evil");
}

#[test]
fn a_copy_that_pauses_is_waited_for_and_refused_when_it_never_goes_on() {
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "ha");
    inbox.settle_one();
    inbox.folder.await_rest(&path, "it ends too early");
    assert_eq!(inbox.settle(), [], "not told again, and not refused");
    assert!(!inbox.path("a.wasm.refused").exists());
    inbox.write("a.wasm", "half");
    assert_eq!(inbox.settle_one().bytes, b"half");
    inbox.folder.await_rest(&path, "it ends too early");
    let at = inbox.folder.next_look().expect("it is waited for");
    inbox.now = at - 1;
    assert_eq!(inbox.scan(), []);
    inbox.now = at;
    assert_eq!(inbox.settle_refused(), "it ends too early");
    assert_eq!(inbox.settle(), []);
}

#[test]
fn files_are_read_while_there_is_room_for_them() {
    let mut inbox = Inbox::new();
    for name in ["a", "b", "c"] {
        inbox.write(&format!("{name}.wasm"), name);
    }
    inbox.room = 2;
    assert_eq!(inbox.settle().len(), 2);
    inbox.room = 0;
    assert_eq!(inbox.settle(), []);
    inbox.room = 1;
    assert_eq!(inbox.settle_one().bytes, b"c");
}

#[test]
fn whatever_is_no_component_does_not_count() {
    let mut inbox = Inbox::new();
    for number in 0..20_000 {
        inbox.write(&format!("README-{number}"), "");
    }
    inbox.write("a.wasm", "a");
    assert_eq!(inbox.settle_one().bytes, b"a");
}

#[test]
fn one_host_at_a_time_takes_what_is_dropped() {
    let mut inbox = Inbox::new();
    inbox.write("a.wasm", "a");
    let mut other = start(inbox.dir.path());
    assert_eq!(other.claim(), Ok(()));
    assert_eq!(inbox.scan(), [Sighting::Taken]);
    assert_eq!(inbox.settle(), [], "told once");
    assert!(inbox.folder.claim().is_err());
    drop(other);
    assert_eq!(inbox.scan(), [Sighting::Back]);
    inbox.now += SETTLE;
    assert!(matches!(inbox.scan().as_slice(), [Sighting::Dropped(_)]));
}

#[test]
fn a_marker_that_cannot_be_written_is_written_later() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "a");
    inbox.settle_one();
    // A directory in its place stops everybody, root too.
    let marker = inbox.path("a.wasm.accepted");
    fs::create_dir(&marker).expect("made");
    fs::write(marker.join("x"), "").expect("not empty");
    assert!(inbox.folder.accept(&path, "yes").is_err());
    assert_eq!(inbox.settle(), []);
    fs::remove_dir_all(&marker).expect("removed");
    assert_eq!(inbox.settle(), []);
    assert!(read(&marker).starts_with("yes\n"));
    assert_eq!(fs::metadata(&marker).expect("there").permissions().mode() & 0o777, 0o644);
}

#[test]
fn what_everybody_may_write_is_not_taken_until_that_is_mended() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut inbox = Inbox::new();
    let path = inbox.write("a.wasm", "a");
    let mode = |of: &std::path::Path, mode| fs::set_permissions(of, fs::Permissions::from_mode(mode)).expect("set");
    mode(&path, 0o666);
    assert!(inbox.settle_refused().contains("everybody may write it; chmod o-w"));
    mode(&path, 0o664);
    assert_eq!(inbox.settle_one().bytes, b"a", "a group is the operator's choice");
    inbox.folder.accept(&path, "yes").expect("a marker");
    let folder = inbox.dir.path().to_owned();
    mode(&folder, 0o777);
    assert!(matches!(inbox.scan().as_slice(), [Sighting::Gone(why)] if why.contains("chmod o-w")));
    assert!(inbox.folder.claim().is_err());
    mode(&folder, 0o775);
    assert_eq!(inbox.scan(), [Sighting::Back]);
}

#[test]
fn what_a_killed_host_was_writing_is_cleared_away() {
    let mut inbox = Inbox::new();
    let left = inbox.write(".tomte-Xy12.tmp", "half a marker");
    let theirs = inbox.write(".upload.tmp", "half an upload");
    assert_eq!(inbox.settle(), []);
    assert!(!left.exists() && theirs.exists());
}
