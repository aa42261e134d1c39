//! What a run needs on disk: the release builds, the guests, and a folder that goes away with it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

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
        let guests = root.join("guests/dist");
        for guest in ["echo-0.1.0.wasm", "counter-0.1.0.wasm", "counter-0.2.0.wasm"] {
            let guest = guests.join(guest);
            ensure!(guest.is_file(), "{} is missing; run: cargo xtask guests", guest.display());
        }
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let packages = ["--package", "tomte", "--package", "tomte-bench"];
        let status = Command::new(cargo)
            .current_dir(root)
            .args(["build", "--release", "--quiet", "--bins"])
            .args(packages)
            .status();
        let status = status.context("cannot run cargo")?;
        ensure!(status.success(), "cargo build --release failed: {status}");
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let release = target.join("release");
        Ok(Programs { tomte: release.join("tomte"), bench: release.join("tomte-bench"), guests })
    }
}

/// A folder of the run's own, removed when dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A new folder among the system's temporary ones.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn new() -> Result<Scratch> {
        let path = env::temp_dir().join(format!("tomte-bench-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Scratch(path))
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder left among temporary files does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}
