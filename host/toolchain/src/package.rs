//! What cargo knows of a guest: its name, version and where its component will be.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::environment::{Environment, own_names};
use crate::toolchain::said;
use crate::{BuildError, Invocation, RealSystem, System};

/// A package that makes a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// What the component is called: `name` of `[package.metadata.tomte]`, else the package's.
    pub(crate) name: String,
    pub(crate) version: String,
    /// The component's file name.
    pub(crate) file: String,
    /// Its `Cargo.toml`.
    manifest: PathBuf,
}

/// A workspace's packages, and where it builds.
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo about the workspace this folder is in.
    pub(crate) fn read(system: &dyn System, dir: &Path, environment: &Environment) -> Result<Workspace, BuildError> {
        let mut invocation = Invocation::new("cargo", &["metadata", "--no-deps", "--format-version", "1"]);
        invocation.dir = Some(dir.to_owned());
        invocation.environment = environment.clone();
        let error = |why: String| BuildError::Package { dir: dir.to_owned(), why };
        let text = said(system, &invocation).map_err(error)?;
        let value: Value = serde_json::from_str(&text).map_err(|parse| error(parse.to_string()))?;
        parse(&value).ok_or_else(|| error("cargo metadata has another form than expected".to_owned()))
    }

    /// The package of this folder.
    pub(crate) fn package(&self, dir: &Path) -> Result<&Package, BuildError> {
        let manifest = dir.join("Cargo.toml");
        let manifest = manifest.canonicalize().unwrap_or(manifest);
        let found = self.packages.iter().find(|package| package.manifest == manifest);
        let why = || "it makes no component: neither a cdylib nor a program".to_owned();
        found.ok_or_else(|| BuildError::Package { dir: dir.to_owned(), why: why() })
    }
}

/// The name and version of the component that the package in this folder makes.
///
/// # Errors
/// cargo cannot read it, or it makes none.
pub fn package_name_version(dir: &Path) -> Result<(String, String), BuildError> {
    let workspace = Workspace::read(&RealSystem, dir, &Environment::without_outer(own_names()))?;
    workspace.package(dir).map(|package| (package.name.clone(), package.version.clone()))
}

fn parse(value: &Value) -> Option<Workspace> {
    let target = PathBuf::from(value["target_directory"].as_str()?);
    let packages = value["packages"].as_array()?.iter().filter_map(package).collect();
    Some(Workspace { packages, target })
}

fn package(value: &Value) -> Option<Package> {
    let stamped = value["metadata"]["tomte"]["name"].as_str();
    Some(Package {
        name: stamped.or_else(|| value["name"].as_str())?.to_owned(),
        version: value["version"].as_str()?.to_owned(),
        file: format!("{}.wasm", component_target(value)?),
        manifest: value["manifest_path"].as_str()?.into(),
    })
}

/// cargo calls a library's file by its name with underscores, and a program's by its bare name.
fn component_target(package: &Value) -> Option<String> {
    let targets = package["targets"].as_array()?;
    let of_type = |wanted: &str| targets.iter().find(|target| holds(&target["crate_types"], wanted));
    let library = of_type("cdylib").and_then(|target| target["name"].as_str()).map(|name| name.replace('-', "_"));
    let program = || of_type("bin").and_then(|target| target["name"].as_str()).map(str::to_owned);
    library.or_else(program)
}

fn holds(list: &Value, wanted: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|item| item == wanted))
}
