//! What a run needs on disk: the release builds, the guests, and a folder that goes away with it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// The programs and guests of a run.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// The host.
    pub(crate) tomte: PathBuf,
    /// Rivals in Rust, and tomte measured in process.
    pub(crate) bench: PathBuf,
    /// The folder of the built guests.
    pub(crate) guests: PathBuf,
}

impl Programs {
    /// Builds the host and the rivals in release mode.
    ///
    /// # Errors
    /// Cargo fails, or the guests are not built.
    pub(crate) fn build(root: &Path) -> Result<Programs> {
        Programs::build_from(root, &target(root), &root.join("guests/dist"))
    }

    /// The same of these sources, into this target folder and for these guests.
    ///
    /// # Errors
    /// Cargo fails, or the guests are not built.
    pub(crate) fn build_from(sources: &Path, target: &Path, guests: &Path) -> Result<Programs> {
        for guest in ["echo-0.1.0.wasm", "counter-0.1.0.wasm", "counter-0.2.0.wasm"] {
            let guest = guests.join(guest);
            ensure!(guest.is_file(), "{} is missing; run: cargo xtask guests", guest.display());
        }
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let packages = ["--package", "tomte", "--package", "tomte-bench"];
        let status = Command::new(cargo)
            .current_dir(sources)
            .args(["build", "--release", "--quiet", "--bins"])
            .args(packages)
            .env("CARGO_TARGET_DIR", std::path::absolute(target)?)
            .status();
        let status = status.context("cannot run cargo")?;
        ensure!(status.success(), "cargo build --release failed: {status}");
        let release = target.join("release");
        Ok(Programs { tomte: release.join("tomte"), bench: release.join("tomte-bench"), guests: guests.to_owned() })
    }
}

/// Where cargo puts what it builds of `root`.
pub(crate) fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// A folder of the run's own among the system's temporary ones, removed when dropped.
///
/// # Errors
/// It cannot be made.
pub(crate) fn scratch() -> Result<TempDir> {
    let made = tempfile::Builder::new().prefix("tomte-bench-").tempdir();
    made.with_context(|| format!("cannot make a folder in {}", env::temp_dir().display()))
}
