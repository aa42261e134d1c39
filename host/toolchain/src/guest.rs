//! One behaviour's build: the command of its manifest, run with the toolchain's environment.

use std::path::{Path, PathBuf};

use crate::package::Workspace;
use crate::{BuildError, Invocation, RealSystem, System, TARGET, Toolchain};

/// A `build` of a manifest.
#[derive(Clone, Debug)]
pub struct GuestBuild {
    /// Where the command runs.
    pub dir: PathBuf,
    /// The command, for a shell.
    pub command: String,
    /// Where cargo builds; the package's own choice if `None`.
    pub target_dir: Option<PathBuf>,
    /// What the command finds in its environment beside.
    pub variables: Vec<(&'static str, PathBuf)>,
}

/// What a cargo build made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The component as cargo left it, without a stamp.
    pub path: PathBuf,
    /// What it is to be called.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Whether a folder is built by cargo, and so needs a [`Toolchain`].
pub fn is_cargo_package(dir: &Path) -> bool {
    dir.join("Cargo.toml").is_file()
}

/// Runs the build command with its output on standard error. In a cargo package it then says
/// where the component is; any other command (`None`) writes it where the manifest says.
///
/// # Errors
/// No folder, no shell, a command that fails, a package without a component.
pub fn build_guest(toolchain: &Toolchain, build: &GuestBuild) -> Result<Option<Artifact>, BuildError> {
    build_guest_with(&RealSystem, toolchain, build)
}

pub(crate) fn build_guest_with(
    system: &dyn System,
    toolchain: &Toolchain,
    build: &GuestBuild,
) -> Result<Option<Artifact>, BuildError> {
    if !build.dir.is_dir() {
        return Err(BuildError::NoFolder(build.dir.clone()));
    }
    let mut environment = toolchain.command_env();
    if let Some(dir) = &build.target_dir {
        environment = environment.with("CARGO_TARGET_DIR", dir.display().to_string());
    }
    for (name, value) in &build.variables {
        environment = environment.with(name, value.display().to_string());
    }
    let mut invocation = Invocation::new("sh", &["-c", &build.command]);
    (invocation.dir, invocation.environment, invocation.show) = (Some(build.dir.clone()), environment.clone(), true);
    run(system, &invocation, &build.command)?;
    if !is_cargo_package(&build.dir) {
        return Ok(None);
    }
    let workspace = Workspace::read(system, &build.dir, &environment)?;
    let package = workspace.package(&build.dir)?;
    let path = workspace.target.join(TARGET).join(profile(&build.command)).join(&package.file);
    if !path.is_file() {
        return Err(BuildError::NoArtifact(path));
    }
    Ok(Some(Artifact { path, name: package.name.clone(), version: package.version.clone() }))
}

pub(crate) fn run(system: &dyn System, invocation: &Invocation, command: &str) -> Result<(), BuildError> {
    let start = |source| BuildError::Start { program: invocation.program.clone(), source };
    if system.run(invocation).map_err(start)?.success {
        return Ok(());
    }
    let dir = invocation.dir.clone().unwrap_or_default();
    Err(BuildError::Command { command: command.to_owned(), dir })
}

/// The folder of the profile that a cargo command asks for.
fn profile(command: &str) -> &str {
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "--release" | "-r" => return "release",
            "--profile" => return words.next().map_or("debug", folder),
            _ => {}
        }
        if let Some(name) = word.strip_prefix("--profile=") {
            return folder(name);
        }
    }
    "debug"
}

fn folder(profile: &str) -> &str {
    if profile == "dev" { "debug" } else { profile }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(dir: &Path, command: &str) -> Result<Option<Artifact>, BuildError> {
        build_guest(
            &Toolchain::default(),
            &GuestBuild { dir: dir.to_owned(), command: command.to_owned(), target_dir: None, variables: vec![] },
        )
    }

    #[test]
    fn a_command_that_is_not_cargos_writes_its_own_component() -> Result<(), Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        assert_eq!(build(dir.path(), "echo made > it.wasm")?, None);
        assert_eq!(std::fs::read(dir.path().join("it.wasm"))?, b"made\n");
        Ok(())
    }

    #[test]
    fn a_failing_command_is_told_with_its_folder() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let told = build(dir.path(), "exit 3").map_err(|error| error.to_string());
        assert_eq!(told, Err(format!("the build command failed in {}: exit 3", dir.path().display())));
        assert!(matches!(build(&dir.path().join("no"), "true"), Err(BuildError::NoFolder(_))));
        Ok(())
    }

    #[test]
    fn the_component_of_a_package_is_found_or_missed() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        std::fs::create_dir(dir.path().join("src"))?;
        std::fs::write(dir.path().join("src/lib.rs"), "")?;
        let manifest = "[package]\nname = \"a-b\"\nversion = \"1.2.3\"\nedition = \"2024\"\n[workspace]\n";
        std::fs::write(dir.path().join("Cargo.toml"), manifest)?;
        assert!(matches!(build(dir.path(), "true"), Err(BuildError::Package { .. })));
        let library = "[lib]\ncrate-type = [\"cdylib\"]\n[package.metadata.tomte]\nname = \"it\"\n";
        std::fs::write(dir.path().join("Cargo.toml"), format!("{manifest}{library}"))?;
        let left = build(dir.path(), "true --release");
        assert!(matches!(left, Err(BuildError::NoArtifact(path)) if path.ends_with("wasm32-wasip2/release/a_b.wasm")));
        let made = "mkdir -p target/wasm32-wasip2/release; : > target/wasm32-wasip2/release/a_b.wasm; true --release";
        let artifact = build(dir.path(), made).map_err(std::io::Error::other)?.map(|made| (made.name, made.version));
        assert_eq!(artifact, Some(("it".to_owned(), "1.2.3".to_owned())));
        assert_eq!(crate::package_name_version(dir.path()).ok(), Some(("it".to_owned(), "1.2.3".to_owned())));
        Ok(())
    }

    #[test]
    fn the_profile_of_a_command_is_found() {
        assert_eq!(profile("cargo build --release --target wasm32-wasip2"), "release");
        assert_eq!(profile("cargo build --target wasm32-wasip2"), "debug");
        assert_eq!(profile("cargo build --profile=small"), "small");
        assert_eq!(profile("cargo build --profile dev"), "debug");
    }
}
