//! What the tests stand on: applications in directories of their own, the command, running hosts, and
//! clients of the sockets.

mod application;
mod client;
mod command;
mod component;
mod host;
#[path = "../../support/prerequisite.rs"]
mod prerequisite;
#[path = "../../support/client.rs"]
mod shared;

pub(crate) use application::{Application, manifest};
pub(crate) use command::{Ran, tomte, tomte_fed};
pub(crate) use component::{core_module, guest, loops, needy, nested_types, saving_loops, stranger};
pub(crate) use host::Host;
pub(crate) use prerequisite::missing;

use std::time::Duration;

/// Long enough for the slowest machine; a passing test does not wait for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a test fails with when the machine does.
pub(crate) type Tested = Result<(), Box<dyn std::error::Error>>;

/// Asserts that a text holds each of these words.
#[track_caller]
pub(crate) fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not said in:\n{text}");
    }
}

/// Waits until this is so.
#[track_caller]
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "still not so: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
