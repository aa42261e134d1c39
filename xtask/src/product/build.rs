//! Everything the story needs, built.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::cargo::cargo;
use crate::guests;
use crate::out::Out;

/// Builds the guests and the host; the host's binary comes back.
///
/// # Errors
/// Something cannot be built.
pub(crate) fn build(out: &Out) -> Result<PathBuf> {
    guests::build(out)?;
    // Cargo puts the binaries of one profile side by side, whatever the target folder is called.
    let program = std::env::current_exe().context("where is this program?")?.with_file_name("tomte");
    if !program.is_file() {
        out.line("  building the host: about seven minutes on two cores the first time, since it holds a compiler");
    }
    let start = Instant::now();
    cargo(out, ".", &["build", "--quiet", "--locked", "--package", "tomte"], &[])?;
    ensure!(program.is_file(), "cargo built no {}\ntry: cargo build --package tomte", program.display());
    out.line(&format!("  the host is built ({:.1} s)", start.elapsed().as_secs_f64()));
    Ok(program)
}
