//! `cargo xtask lint`: what a reader would object to, found by machines.

use anyhow::Result;

use crate::cargo::{cargo, has};
use crate::guests::SOURCES;
use crate::out::Out;

/// Format, clippy, docs, licences and advisories; of the host's workspace and of the guests'.
///
/// # Errors
/// There is something to object to.
pub(crate) fn run(out: &Out) -> Result<()> {
    out.section("Lint: format");
    cargo(out, ".", &["fmt", "--all", "--check"], &[])?;
    cargo(out, SOURCES, &["fmt", "--all", "--check"], &[])?;
    out.section("Lint: clippy");
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo(out, ".", &clippy, &[])?;
    cargo(out, SOURCES, &clippy, &[])?;
    out.section("Lint: docs");
    let doc = ["doc", "--locked", "--workspace", "--no-deps"];
    cargo(out, ".", &doc, &[("RUSTDOCFLAGS", "-D warnings")])?;
    cargo(out, SOURCES, &doc, &[("RUSTDOCFLAGS", "-D warnings")])?;
    out.section("Lint: licences, advisories, sources");
    if has("deny") {
        return cargo(out, ".", &["deny", "check"], &[]);
    }
    out.line("  skipped: cargo-deny is not installed; try: cargo install --locked cargo-deny");
    Ok(())
}
