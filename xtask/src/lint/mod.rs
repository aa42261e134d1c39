//! `cargo xtask lint`: what a reader would object to, found by machines.

mod tools;

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use self::tools::Tools;
use crate::bombs::{SMITH, SMITH_TARGET};
use crate::cargo::{cargo, program};
use crate::guests::SOURCES;
use crate::measure::JOURNALS;
use crate::out::Out;

/// What a component of `guests/` is made from has fewer licences than the host may have.
const FEWER_LICENCES: [&str; 2] = ["--allow", "license-not-encountered"];

/// Format, clippy, docs, unused dependencies, licences and advisories; of the host's workspace and
/// of the guests'.
///
/// # Errors
/// There is something to object to, or a program that would find it is not to be had.
pub(crate) fn run(out: &Out) -> Result<()> {
    out.section("Lint: format");
    cargo(out, ".", &["fmt", "--all", "--check"], &[])?;
    cargo(out, SOURCES, &["fmt", "--all", "--check"], &[])?;
    cargo(out, SMITH, &["fmt", "--check"], &[])?;
    cargo(out, JOURNALS, &["fmt", "--check"], &[])?;
    out.section("Lint: clippy");
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo(out, ".", &clippy, &[])?;
    cargo(out, SOURCES, &clippy, &[])?;
    cargo(out, SMITH, &clippy, &[("CARGO_TARGET_DIR", SMITH_TARGET)])?;
    out.section("Lint: docs");
    let doc = ["doc", "--locked", "--workspace", "--no-deps"];
    cargo(out, ".", &doc, &[("RUSTDOCFLAGS", "-D warnings")])?;
    cargo(out, SOURCES, &doc, &[("RUSTDOCFLAGS", "-D warnings")])?;
    dependencies(out)
}

fn dependencies(out: &Out) -> Result<()> {
    out.section("Lint: dependencies that nothing uses");
    let tools = Tools::ready(out)?;
    let shear = ["--locked", "--deny-warnings"];
    program(out, ".", &tools.shear, &shear)?;
    program(out, SOURCES, &tools.shear, &shear)?;
    out.section("Lint: licences, bans, sources");
    let deny = ["--locked", "--config", "deny.toml", "check", "licenses", "bans", "sources"];
    program(out, ".", &tools.deny, &deny)?;
    let deny = ["--locked", "--config", "../deny.toml", "check"];
    program(out, SOURCES, &tools.deny, &[&deny[..], &FEWER_LICENCES, &["licenses", "bans", "sources"]].concat())?;
    out.section("Lint: advisories");
    if let Some(why) = unreachable(&tools)? {
        out.line(&format!("  skipped: the database of advisories is out of reach ({why})"));
        return Ok(());
    }
    program(out, ".", &tools.deny, &["--locked", "--config", "deny.toml", "check", "advisories"])?;
    program(out, SOURCES, &tools.deny, &["--locked", "--config", "../deny.toml", "check", "advisories"])
}

/// Why the database of advisories cannot be fetched, the one thing here that no package registry has.
fn unreachable(tools: &Tools) -> Result<Option<String>> {
    let mut fetch = Command::new(&tools.deny);
    fetch.args(["--config", "deny.toml", "fetch", "db"]).stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0");
    let output = fetch.output().with_context(|| format!("cannot run {}", tools.deny.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    Ok((!output.status.success()).then(|| last.unwrap_or("it does not say why").to_owned()))
}
