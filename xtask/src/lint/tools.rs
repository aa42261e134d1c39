//! The programs that lint runs beside cargo, each at one version: found where they are, or brought
//! to `target/tools`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::cargo::cargo;
use crate::out::Out;

/// Which versions, and what their files hash to; pip reads it as it is.
const LIST: &str = include_str!("tools.txt");
const LIST_PATH: &str = "xtask/src/lint/tools.txt";
/// What PyPI's names have before those of crates.io.
const PUBLISHER: &str = "astral-dev-toolchain-";
/// Where they are brought to.
const HOME: &str = "target/tools";

/// Programs ready to run.
#[derive(Debug)]
pub(super) struct Tools {
    /// Judges licences, bans, sources and advisories.
    pub(super) deny: PathBuf,
    /// Finds dependencies that nothing uses.
    pub(super) shear: PathBuf,
}

impl Tools {
    /// Those that are here already, or new ones.
    ///
    /// # Errors
    /// They are neither here nor to be had.
    pub(super) fn ready(out: &Out) -> Result<Tools> {
        if let Some(found) = Tools::find() {
            return Ok(found);
        }
        if !pip_brings_them(out) {
            out.line("  PyPI has none for this machine, or pip is missing: compiling them takes some minutes");
            for (name, version) in wanted(LIST) {
                let which = format!("{name}@{version}");
                cargo(out, ".", &["install", "--locked", "--quiet", "--root", HOME, &which], &[])?;
            }
        }
        let names: Vec<String> = wanted(LIST).map(|(name, version)| format!("{name}@{version}")).collect();
        Tools::find()
            .with_context(|| format!("what lint needs does not run; try: cargo install --locked {}", names.join(" ")))
    }

    fn find() -> Option<Tools> {
        let of = |wanted_name: &str| {
            let (name, version) = wanted(LIST).find(|(name, _)| *name == wanted_name)?;
            let own = std::path::absolute(Path::new(HOME).join("bin").join(name)).ok();
            [own, Some(name.into())].into_iter().flatten().find(|program| runs(program, version))
        };
        Some(Tools { deny: of("cargo-deny")?, shear: of("cargo-shear")? })
    }
}

fn runs(program: &Path, version: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    asked.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).split_whitespace().any(|word| word == version))
}

/// Wheels hold the programs themselves, so that seconds do what would compile for minutes.
fn pip_brings_them(out: &Out) -> bool {
    let words = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", "--no-deps"];
    let only = ["--only-binary", ":all:", "--require-hashes", "--upgrade", "--target", HOME, "--requirement"];
    out.command(&format!("python3 -m pip install --target {HOME} --requirement {LIST_PATH}"));
    let mut pip = Command::new("python3");
    pip.args(words).args(only).arg(LIST_PATH).stdin(Stdio::null());
    pip.status().is_ok_and(|status| status.success())
}

/// Names as on crates.io, with their versions.
fn wanted(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.lines().filter_map(|line| line.strip_prefix(PUBLISHER)?.split_whitespace().next()?.split_once("=="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_both_programs_and_a_hash_for_each_platform() {
        let names: Vec<&str> = wanted(LIST).map(|(name, _)| name).collect();
        assert_eq!(names, ["cargo-deny", "cargo-shear"]);
        assert!(wanted(LIST).all(|(_, version)| version.split('.').count() == 3));
        assert_eq!(LIST.matches("--hash=sha256:").count(), 8);
    }

    #[test]
    fn a_program_of_another_version_is_not_the_one_wanted() {
        assert!(!runs(Path::new("no-such-program-anywhere"), "1.0.0"));
        let said = Command::new("git").arg("--version").output().expect("git");
        let version = String::from_utf8_lossy(&said.stdout).split_whitespace().nth(2).expect("a version").to_owned();
        assert!(runs(Path::new("git"), &version));
        assert!(!runs(Path::new("git"), "0.0.1"));
    }
}
