//! Whether a language's SDK says the same to the host as all others, and understands the same.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::language::Language;
use super::project::Project;
use super::tools::PLACE;
use crate::cargo::program;
use crate::out::Out;

/// The tests of the SDKs.
const TESTS: &str = "guests/sdk-tests";

/// Runs the SDK's own tests, then builds `every` in place of the counter and compares.
///
/// # Errors
/// A test fails, or the SDK differs from the others.
pub(super) fn run(out: &Out, tomte: &Path, language: Language) -> Result<()> {
    if let Some(test) = language.sdk_test() {
        program(out, ".", Path::new("sh"), &["-c", test])?;
        out.held("its SDK's own tests pass");
    }
    let Some((source, target)) = language.every() else { return Ok(()) };
    let project = Project::new(out, tomte, language)?;
    let source = Path::new(TESTS).join(source);
    fs::copy(&source, project.dir.join(target)).with_context(|| format!("cannot copy {}", source.display()))?;
    if language == Language::Go {
        // Go's package is a folder of the project: its tests stand in it.
        let tests = Path::new(TESTS).join("go/sdk_test.go");
        fs::copy(&tests, project.dir.join("counter_test.go"))
            .with_context(|| format!("cannot copy {}", tests.display()))?;
        project.test(out)?;
        out.held("its SDK's own tests pass");
    }
    project.build(out, "0.1.0")?;
    let python: PathBuf = [PLACE, "venv/bin/python"].iter().collect();
    let component = project.component().display().to_string();
    program(out, ".", &python, &[&format!("{TESTS}/compare.py"), &component])?;
    out.held("every effect and every input is as in all languages");
    Ok(())
}
