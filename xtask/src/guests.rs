//! `cargo xtask guests`: the components that examples, tests and benchmarks run.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use tomte_toolchain::{GuestFile, build_guests};

use crate::out::Out;
use crate::toolchain;

/// Where their sources are.
pub(crate) const SOURCES: &str = "guests";
/// Where the components end up.
pub(crate) const DIST: &str = "guests/dist";

/// Builds them all. Quick when nothing changed.
///
/// # Errors
/// There is no toolchain, or the build fails.
pub(crate) fn build(out: &Out) -> Result<Vec<GuestFile>> {
    let toolchain = toolchain::ensure(out)?;
    out.line(&format!("  building the components of {SOURCES}/ into {DIST}/"));
    let start = Instant::now();
    let guests = build_guests(&toolchain, Path::new(SOURCES), Path::new(DIST))?;
    let changed = guests.iter().filter(|guest| guest.changed).count();
    let (count, seconds) = (guests.len(), start.elapsed().as_secs_f64());
    out.line(&format!("  {count} components, {changed} of them changed ({seconds:.1} s)"));
    Ok(guests)
}
