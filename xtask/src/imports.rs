//! `cargo xtask imports`: who imports whom in the host, as the test sees it that forbids circles.

use anyhow::Result;

use crate::cargo::cargo;
use crate::out::Out;

/// The test that reads the sources.
const TEST: &str = "no_file_imports_in_a_circle_but_a_module_and_its_children";

/// Prints one line per file, then how many there are.
///
/// # Errors
/// There is a circle, or the test cannot be built.
pub(crate) fn run(out: &Out) -> Result<()> {
    let arguments = ["test", "--locked", "--package", "tomte", "--test", "tidy", TEST, "--", "--nocapture"];
    cargo(out, ".", &arguments, &[("SHOW_IMPORTS", "1")])
}
