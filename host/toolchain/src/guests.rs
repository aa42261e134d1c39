//! All guests of a workspace in one cargo run, stamped, as `NAME-VERSION.wasm`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::guest::run;
use crate::package::Workspace;
use crate::{BuildError, Invocation, RealSystem, System, TARGET, Toolchain, files, stamp};

/// A built guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestFile {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The stamped component.
    pub path: PathBuf,
    /// Whether this build changed it.
    pub changed: bool,
}

/// Builds every package of the workspace in `guests` that makes a component, and puts the stamped
/// components into `out`. Quick when nothing changed; unchanged files keep their times.
///
/// # Errors
/// The build fails, or `out` cannot be written.
pub fn build_guests(toolchain: &Toolchain, guests: &Path, out: &Path) -> Result<Vec<GuestFile>, BuildError> {
    build_guests_with(&RealSystem, toolchain, guests, out)
}

pub(crate) fn build_guests_with(
    system: &dyn System,
    toolchain: &Toolchain,
    guests: &Path,
    out: &Path,
) -> Result<Vec<GuestFile>, BuildError> {
    if !guests.is_dir() {
        return Err(BuildError::NoFolder(guests.to_owned()));
    }
    let environment = toolchain.command_env();
    let mut invocation = Invocation::new("cargo", &["build", "--quiet", "--locked", "--release", "--target", TARGET]);
    (invocation.dir, invocation.environment, invocation.show) = (Some(guests.to_owned()), environment.clone(), true);
    run(system, &invocation, "cargo build --release --target wasm32-wasip2")?;
    let workspace = Workspace::read(system, guests, &environment)?;
    let built = workspace.target.join(TARGET).join("release");
    fs::create_dir_all(out).map_err(|source| BuildError::File { path: out.to_owned(), source })?;
    let packages = workspace.packages.iter();
    packages.map(|package| finish(&built.join(&package.file), &package.name, &package.version, out)).collect()
}

fn finish(built: &Path, name: &str, version: &str, out: &Path) -> Result<GuestFile, BuildError> {
    let path = out.join(format!("{name}-{version}.wasm"));
    let stamped = stamp(&files::read(built)?, name, version)?;
    let changed = files::write_if_changed(&path, &stamped)?;
    Ok(GuestFile { name: name.to_owned(), version: version.to_owned(), path, changed })
}
