//! What a test needs of the machine and may not find there.

use std::io::{self, Write as _};

/// Fails the test where changes are judged, which is where `CI` is set; elsewhere says so past the
/// harness, which keeps what a test that succeeds prints to itself. In one write, since others write at
/// the same time.
#[track_caller]
pub(crate) fn missing(test: &str, program: &str, package: &str) {
    let line = format!("skipped {test}: there is no `{program}` here; on Debian: apt-get install {package}\n");
    assert!(!judges(std::env::var("CI").ok().as_deref()), "{line}");
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Whether a value of the variable `CI` says that this run judges a change.
fn judges(value: Option<&str>) -> bool {
    value.is_some_and(|value| !matches!(value, "" | "0" | "false"))
}

#[test]
fn only_a_run_that_judges_may_not_skip() {
    assert!(judges(Some("true")) && judges(Some("1")));
    assert!(!judges(None) && !judges(Some("")) && !judges(Some("false")) && !judges(Some("0")));
}
