//! Looking at an application without running it.

use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::guests::{allowances, may_be_durable, starts};
use super::show;
use super::view::UpgradeReport;
use crate::base::Name;
use crate::base::limits::{COMPONENT_BYTES_MAX, LOAD_STACK_BYTES};
use crate::release::{Applications, History, HostSettings, Manifest, alone, digest};
use crate::runtime::Clock;
use crate::supervisor::Tree;
use crate::wasm::{Allowance, Cache, CompileLimits, Compiler, Engine, EngineOptions, Trial, TrialStart, encode};

/// What a component is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentReport {
    /// The name written into it.
    pub name: Option<String>,
    /// The version written into it.
    pub version: Option<String>,
    /// Its SHA-256.
    pub digest: String,
    /// Its bytes.
    pub size: usize,
    /// Whether its state can be saved, and so carried through an upgrade.
    pub saves_state: bool,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// What is odd but no reason to refuse it.
    pub notes: Vec<String>,
}

/// What an application is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationReport {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its behaviours and their components.
    pub behaviours: Vec<(String, ComponentReport)>,
    /// How many workers it starts.
    pub workers: usize,
    /// Its behaviours that may read its assets.
    pub assets_for: Vec<String>,
    /// Its listeners, one line each.
    pub listeners: Vec<String>,
}

/// What a manifest says about building.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestView {
    /// The application's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its behaviours.
    pub behaviours: Vec<BehaviourView>,
}

/// What a manifest says about one behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BehaviourView {
    /// Its name.
    pub name: String,
    /// Its version, if the manifest says.
    pub version: Option<String>,
    /// Where its component is, or is put by the build.
    pub component: PathBuf,
    /// How it is built, if the manifest says.
    pub build: Option<BuildView>,
}

/// How a behaviour is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildView {
    /// The command.
    pub command: String,
    /// Where it runs.
    pub dir: PathBuf,
}

/// What is wrong with an application; its text says where, why and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl ConfigError {
    pub(super) fn new(error: impl std::fmt::Display) -> ConfigError {
        ConfigError(error.to_string())
    }
}

/// Checks a component: does it fit the contract, does this host have all it imports, does the engine take it, and
/// can an instance without any configuration be saved? It is compiled as a node with this compiler does, see
/// [`Options::compiler`](super::Options::compiler).
///
/// # Errors
/// Why not, for people.
pub fn check_component(bytes: &[u8], compiler: Option<&Path>) -> Result<ComponentReport, String> {
    let settings = HostSettings::defaults(Path::new("."));
    let anybody = Name::new("worker").map_err(|error| error.to_string())?;
    let checker = Checker::new(self::compiler(compiler.map(Path::to_owned), &settings, None))?;
    checker.report(bytes, Allowance::default(), &[(anybody, b"{}"[..].into())])
}

/// Makes a component of what a compiler left: a core module, or the text of one. A component stays as it is.
///
/// # Errors
/// It is nothing of the kind, or does not fit the contract.
pub fn component_of(bytes: &[u8]) -> Result<Vec<u8>, String> {
    encode(bytes).map_err(|error| error.to_string())
}

/// The compiler of a host with these settings.
pub(super) fn compiler(program: Option<PathBuf>, settings: &HostSettings, cache: Option<Cache>) -> Compiler {
    let limits = CompileLimits { time: settings.compile_time, memory: settings.compile_memory };
    let cache = cache.map(Arc::new);
    program.map_or(Compiler::Here, |program| Compiler::Process { program, limits, cache })
}

/// What components are checked with: an engine that serves nobody.
struct Checker(Engine);

impl Checker {
    fn new(compiler: Compiler) -> Result<Checker, String> {
        Engine::new(&EngineOptions { instances: 0, compiler }).map(Checker).map_err(|error| error.to_string())
    }

    /// Compiles a component and tries to save instances that are started so. Code that is deeply nested needs a
    /// deep stack.
    fn report(&self, bytes: &[u8], allowance: Allowance, starts: &[TrialStart]) -> Result<ComponentReport, String> {
        let report = || self.report_here(bytes, allowance, starts);
        std::thread::scope(|scope| {
            let deep = std::thread::Builder::new().stack_size(LOAD_STACK_BYTES);
            let thread = deep.spawn_scoped(scope, report).map_err(|error| format!("cannot start a thread: {error}"))?;
            thread.join().unwrap_or_else(|_| Err("the check broke down on it; this is a bug, report it".to_owned()))
        })
    }

    fn report_here(
        &self,
        bytes: &[u8],
        allowance: Allowance,
        starts: &[TrialStart],
    ) -> Result<ComponentReport, String> {
        let component = self.0.compile(bytes, allowance).map_err(|error| error.to_string())?;
        let checked = component.checked().clone();
        let mut notes = checked.notes;
        match component.try_saving(starts, Clock::wall_ms()) {
            fails @ Trial::Fails(..) => return Err(format!("{fails}; mend its `save`, or export no `state`")),
            unknown @ Trial::Unknown(_) if checked.saves_state => notes.push(unknown.to_string()),
            Trial::Saves | Trial::Unknown(_) => {}
        }
        Ok(ComponentReport {
            name: checked.name,
            version: checked.version.map(|version| version.to_string()),
            digest: digest(bytes).to_string(),
            size: checked.size,
            saves_state: checked.saves_state,
            imports: checked.imports,
            notes,
        })
    }
}

/// Checks the application in this directory: its manifest and every component, each as [`check_component`] does, but
/// within the limits of its `host.toml` and with the configuration of its workers.
///
/// # Errors
/// What is wrong.
pub fn check_application(dir: &Path, compiler: Option<&Path>) -> Result<ApplicationReport, ConfigError> {
    let manifest = manifest(dir)?;
    let settings = HostSettings::load(dir).map_err(ConfigError::new)?;
    let checker = Checker::new(self::compiler(compiler.map(Path::to_owned), &settings, None)).map_err(ConfigError)?;
    let configured = [alone(manifest.clone(), &settings.config)];
    let starts = starts(&configured);
    let allowances = allowances(&configured).map_err(ConfigError::new)?;
    let mut behaviours = vec![];
    for (name, behaviour) in &manifest.behaviours {
        let bytes = read_component(&behaviour.component)?;
        let allowance = allowances.get(name).cloned().unwrap_or_default();
        let mut report = checker
            .report(&bytes, allowance, starts.get(name).map_or(&[], Vec::as_slice))
            .and_then(|report| may_be_durable(&configured, name, report.saves_state).map(|()| report))
            .map_err(|why| ConfigError(format!("{}: {why}", behaviour.component.display())))?;
        if let Some(own) = report.name.as_ref().filter(|own| *own != name.as_str()) {
            report.notes.push(format!(
                "the component calls itself `{own}`: a newer version of it would upgrade `{own}`, not `{name}`"
            ));
        }
        behaviours.push((name.to_string(), report));
    }
    let workers = manifest.tree.children.iter().filter(|child| matches!(child.kind, crate::base::ChildKind::Worker(_)));
    let readers = manifest.behaviours.iter().filter(|(_, behaviour)| behaviour.grants.assets);
    Ok(ApplicationReport {
        name: manifest.application.name.to_string(),
        version: manifest.application.version.to_string(),
        behaviours,
        workers: workers.count(),
        assets_for: readers.map(|(name, _)| name.to_string()).collect(),
        listeners: manifest.listens.iter().map(listener).collect(),
    })
}

/// Checks the manifest in this directory alone: its text, and that it asks for nothing that is not built.
///
/// # Errors
/// What is wrong with it.
pub fn check_manifest(dir: &Path) -> Result<(), ConfigError> {
    Manifest::load(dir).and_then(|manifest| manifest.unsupported()).map_err(ConfigError::new)
}

/// What the manifest in this directory says about building.
///
/// # Errors
/// What is wrong with it.
pub fn load_manifest(dir: &Path) -> Result<ManifestView, ConfigError> {
    let manifest = Manifest::load(dir).map_err(ConfigError::new)?;
    let behaviours = manifest.behaviours.into_iter().map(|(name, behaviour)| BehaviourView {
        name: name.to_string(),
        version: behaviour.version.map(|version| version.to_string()),
        component: behaviour.component,
        build: behaviour.build.map(|build| BuildView { command: build.command, dir: build.dir }),
    });
    Ok(ManifestView {
        name: manifest.application.name.to_string(),
        version: manifest.application.version.to_string(),
        behaviours: behaviours.collect(),
    })
}

/// What the history in this state directory says, the oldest first, whether a host runs there or not.
///
/// # Errors
/// It cannot be read, or is damaged.
pub fn recorded_history(state: &Path) -> Result<Vec<UpgradeReport>, ConfigError> {
    let rows = History::read(state).map_err(ConfigError::new)?;
    Ok(rows.into_iter().map(show::row).collect())
}

/// The admin socket that `host.toml` in this directory names, if it names one.
///
/// # Errors
/// What is wrong with `host.toml`.
pub fn admin_socket(dir: &Path) -> Result<Option<PathBuf>, ConfigError> {
    HostSettings::load(dir).map(|settings| settings.admin_socket).map_err(ConfigError::new)
}

/// Checks whether these applications fit into one host with the settings of the first, whether their tree can
/// stand, and in which order they would start: their names in that order. Their components are not looked into;
/// see [`check_application`].
///
/// # Errors
/// What is wrong with one of them, or why they do not fit together.
pub fn check_applications(dirs: &[PathBuf]) -> Result<Vec<String>, ConfigError> {
    let manifests: Result<Vec<_>, _> = dirs.iter().map(|dir| Manifest::load(dir).map_err(ConfigError::new)).collect();
    let applications = Applications::new(manifests?).map_err(ConfigError::new)?;
    let home = dirs.first().map_or(Path::new("."), PathBuf::as_path);
    let settings = HostSettings::load(home).map_err(ConfigError::new)?;
    let applications = applications.configured(&settings.config, &[]).map_err(ConfigError)?;
    Tree::new(applications.tree()).map_err(ConfigError::new)?;
    Ok(applications.manifests.iter().map(|manifest| manifest.application.name.to_string()).collect())
}

/// Applications that are to run now, in start order.
pub(super) fn applications(dirs: &[PathBuf]) -> Result<Applications, ConfigError> {
    let manifests: Result<Vec<_>, _> = dirs.iter().map(|dir| manifest(dir)).collect();
    Applications::new(manifests?).map_err(ConfigError::new)
}

/// The manifest of an application that is to run now.
pub(super) fn manifest(dir: &Path) -> Result<Manifest, ConfigError> {
    let manifest = Manifest::load(dir).map_err(ConfigError::new)?;
    manifest.unsupported().map_err(ConfigError::new)?;
    manifest.check_files().map_err(ConfigError::new)?;
    Ok(manifest)
}

/// A component's bytes, within their bound.
pub(super) fn read_component(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let fail = |error: std::io::Error| ConfigError(format!("{}: cannot be read: {error}", path.display()));
    let mut bytes = vec![];
    // One byte more than the bound, so that the check can tell that there are too many.
    let file = std::fs::File::open(path).map_err(fail)?.take(COMPONENT_BYTES_MAX + 1);
    BufReader::new(file).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

fn listener(listen: &crate::release::Listen) -> String {
    let to = listen.to.as_ref().map_or_else(String::new, |to| format!(" -> {to}"));
    format!("{} {}{to}", listen.protocol.word(), listen.address)
}
