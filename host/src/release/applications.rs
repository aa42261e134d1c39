//! Several applications in one host: their start order and their one tree. Pure.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::document::{ManifestError, Place, Problem, did_you_mean};
use super::environment::{Environment, assignment};
use super::manifest::{Manifest, order};
use crate::base::limits::APPLICATIONS_MAX;
use crate::base::{
    AutoShutdown, Backoff, ChildKind, ChildSpec, Intensity, Name, QueueSpec, Restart, Shutdown, Strategy,
    SupervisorSpec, TreeSpec,
};

/// Applications that fit together.
#[derive(Clone, Debug)]
pub struct Applications {
    /// In start order. Where there are several, the root of each is called `APPLICATION/root`.
    pub manifests: Vec<Manifest>,
    /// For each, the places in that order of those it depends on. All are smaller than its own.
    pub after: Vec<Vec<usize>>,
    /// For each, in that order, what its workers are configured with.
    pub environments: Vec<Environment>,
}

/// What the host's settings say to each application, by its name.
pub type Configs = BTreeMap<String, Map<String, Value>>;

impl Applications {
    /// Puts applications into start order: each after those it depends on, and else as they were
    /// named.
    ///
    /// # Errors
    /// There are none or too many, two have one name, one depends on another that is not here or on
    /// itself, or two use one name or address. The problems are those of the first file that has any.
    pub fn new(manifests: Vec<Manifest>) -> Result<Applications, ManifestError> {
        let Some(first) = manifests.first() else {
            return Err(ManifestError::one(Path::new("."), nothing()));
        };
        if manifests.len() > APPLICATIONS_MAX {
            return Err(ManifestError::one(&first.file, too_many()));
        }
        let mut clashes = Clashes::default();
        manifests.iter().try_for_each(|manifest| clashes.add(manifest))?;
        let after = depended(&manifests)?;
        let order = order(&after).map_err(|stuck| cycle(&manifests, &after, stuck))?;
        let place_of: HashMap<usize, usize> = order.iter().enumerate().map(|(place, at)| (*at, place)).collect();
        let placed = order.iter().map(|at| after[*at].iter().map(|first| place_of[first]).collect()).collect();
        let many = manifests.len() > 1;
        let mut manifests: Vec<Option<Manifest>> = manifests.into_iter().map(Some).collect();
        let mut ordered: Vec<Manifest> = order.into_iter().filter_map(|at| manifests[at].take()).collect();
        if many {
            ordered.iter_mut().for_each(name_root);
        }
        let plain = |manifest: &Manifest| Environment::new(manifest, Map::new(), Map::new());
        let environments = ordered.iter().map(plain).collect();
        Ok(Applications { manifests: ordered, after: placed, environments })
    }

    /// With what the host's settings and the command line (`APPLICATION.KEY=JSON`) say to their workers.
    ///
    /// # Errors
    /// An assignment is none, or names no application that is to run, in words for people.
    pub fn configured(mut self, settings: &Configs, line: &[String]) -> Result<Applications, String> {
        let mut lines = Configs::new();
        for text in line {
            let names = self.manifests.iter().map(|manifest| &manifest.application.name);
            let (name, key, value) = assignment(text, names)?;
            lines.entry(name.to_string()).or_default().insert(key, value);
        }
        for (manifest, environment) in self.manifests.iter_mut().zip(&mut self.environments) {
            let of = |configs: &Configs| configs.get(manifest.application.name.as_str()).cloned().unwrap_or_default();
            *environment = Environment::new(manifest, of(settings), of(&lines));
            configure(manifest, environment);
        }
        Ok(self)
    }

    /// The place of an application in start order.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.manifests.iter().position(|manifest| manifest.application.name.as_str() == name)
    }

    /// The one tree: above the roots stands the host's own supervisor.
    pub fn tree(&self) -> TreeSpec {
        let mut tree = TreeSpec { supervisors: vec![(Name::host(), host())], children: vec![] };
        for manifest in &self.manifests {
            tree.children.push(root_entry(manifest.root().clone()));
            tree.supervisors.extend(manifest.tree.supervisors.iter().cloned());
            tree.children.extend(manifest.tree.children.iter().cloned());
        }
        tree
    }
}

/// With what this says to the workers of an application.
fn configure(manifest: &mut Manifest, environment: &Environment) {
    let configs: HashMap<Name, Arc<[u8]>> = environment.configs().into_iter().collect();
    let tree = &manifest.tree;
    let addresses: Vec<Name> = tree.children.iter().map(|child| tree.address(child)).collect();
    for (child, address) in manifest.tree.children.iter_mut().zip(&addresses) {
        if let Some(config) = configs.get(address) {
            child.config = Arc::clone(config);
        }
    }
}

/// One application as it is with the host's settings, whether those it needs are there or not.
pub fn alone(mut manifest: Manifest, settings: &Configs) -> Manifest {
    let settings = settings.get(manifest.application.name.as_str()).cloned().unwrap_or_default();
    let environment = Environment::new(&manifest, settings, Map::new());
    configure(&mut manifest, &environment);
    manifest
}

/// OTP's applications are not restarted, so its restarts are never counted.
fn host() -> SupervisorSpec {
    SupervisorSpec {
        strategy: Strategy::OneForOne,
        intensity: Intensity::default(),
        auto_shutdown: AutoShutdown::Never,
        manager: None,
    }
}

/// A supervisor that has ended has ended cleanly, so a transient one stays down and may be started again.
fn root_entry(root: Name) -> ChildSpec {
    ChildSpec {
        name: root.clone(),
        under: Name::host(),
        kind: ChildKind::Supervisor(root),
        restart: Restart::Transient,
        backoff: Backoff::default(),
        shutdown: Shutdown::Infinity,
        significant: false,
        queue: QueueSpec::default(),
        hibernate_after: None,
        config: b"{}"[..].into(),
        durable: false,
        redact: false,
        terminate_after_crash: false,
    }
}

/// Every application has a supervisor `root`; beside others it is called after its application.
fn name_root(manifest: &mut Manifest) {
    let old = manifest.root().clone();
    let new = Name::address(&manifest.application.name, &old);
    for child in manifest.tree.children.iter_mut().filter(|child| child.under == old) {
        child.under = new.clone();
    }
    if let Some((root, _)) = manifest.tree.supervisors.first_mut() {
        *root = new;
    }
}

/// What the names and addresses so far belong to.
#[derive(Default)]
struct Clashes<'m> {
    applications: HashMap<&'m Name, &'m Manifest>,
    behaviours: HashMap<&'m Name, &'m Manifest>,
    names: HashMap<&'m Name, &'m Manifest>,
    addresses: BTreeMap<std::net::SocketAddr, &'m Manifest>,
}

impl<'m> Clashes<'m> {
    fn add(&mut self, manifest: &'m Manifest) -> Result<(), ManifestError> {
        let mut problems = vec![];
        let places = &manifest.places;
        let name = &manifest.application.name;
        if let Some(other) = self.applications.insert(name, manifest) {
            problems.push(clash(&format!("application `{name}`"), places.name.as_ref(), other));
        }
        for name in manifest.behaviours.keys() {
            if let Some(other) = self.behaviours.insert(name, manifest) {
                problems.push(clash(&format!("behaviour `{name}`"), places.behaviours.get(name), other));
            }
        }
        for name in names(manifest) {
            let known = self.names.insert(name, manifest);
            if let Some(other) = known.filter(|other| !std::ptr::eq(*other, manifest)) {
                problems.push(clash(&format!("`{name}`"), places.tree.get(name), other));
            }
        }
        for address in manifest.listens.iter().map(|listen| listen.address).filter(|address| address.port() != 0) {
            if let Some(other) = self.addresses.insert(address, manifest) {
                problems.push(clash(&format!("the listener on {address}"), None, other));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(ManifestError { file: manifest.file.clone(), problems }) }
    }
}

/// The names of children and supervisors, but that of the root.
fn names(manifest: &Manifest) -> impl Iterator<Item = &Name> {
    let supervisors = manifest.tree.supervisors.iter().skip(1).map(|(name, _)| name);
    supervisors.chain(manifest.tree.children.iter().map(|child| &child.name))
}

fn clash(what: &str, at: Option<&Place>, other: &Manifest) -> Problem {
    Problem {
        what: format!("{what} is also in {}", other.file.display()),
        at: at.cloned(),
        why: "names and addresses belong to the host, and its applications share them".to_owned(),
        fix: "rename one of the two, or run each application in a host of its own".to_owned(),
    }
}

/// For each application, which of the others it depends on. One that is optional and missing is left out.
fn depended(manifests: &[Manifest]) -> Result<Vec<Vec<usize>>, ManifestError> {
    let find = |name: &Name| manifests.iter().position(|manifest| manifest.application.name == *name);
    let each = |manifest: &Manifest| {
        let wanted = manifest.application.start_after.iter();
        let missing = wanted.clone().enumerate().filter(|(_, name)| find(name).is_none());
        let problems: Vec<Problem> = missing.map(|(at, name)| absent(manifests, manifest, at, name)).collect();
        if problems.is_empty() {
            let optional = &manifest.application.start_after_if_present;
            return Ok(wanted.chain(optional).filter_map(find).collect());
        }
        Err(ManifestError { file: manifest.file.clone(), problems })
    };
    manifests.iter().map(each).collect()
}

fn absent(manifests: &[Manifest], manifest: &Manifest, at: usize, name: &Name) -> Problem {
    let known = manifests.iter().map(|manifest| manifest.application.name.as_str());
    let fix = did_you_mean(name.as_str(), known).map_or_else(
        || format!("name the directory of `{name}` too: tomte run DIR DIR"),
        |near| format!("did you mean `{near}`?"),
    );
    Problem {
        what: format!(
            "`{}` needs the application `{name}`, which is not there (not_started)",
            manifest.application.name
        ),
        at: manifest.places.start_after.get(at).cloned(),
        why: "what it needs must run before it".to_owned(),
        fix,
    }
}

fn cycle(manifests: &[Manifest], after: &[Vec<usize>], stuck: usize) -> ManifestError {
    let manifest = &manifests[stuck];
    // The circle itself, for people: from here along the first dependency that does not come free.
    let mut seen = vec![stuck];
    while let Some(next) = after[seen[seen.len() - 1]].iter().copied().find(|next| leads_to(after, *next, *next)) {
        if seen.contains(&next) {
            break;
        }
        seen.push(next);
    }
    let names: Vec<&str> = seen.iter().map(|at| manifests[*at].application.name.as_str()).collect();
    let problem = Problem {
        what: format!("`{}` would have to start before itself", manifest.application.name),
        at: first_place(manifest).cloned(),
        why: format!("following `start_after` leads in a circle: {}", names.join(", ")),
        fix: "take one name of the circle out of its list".to_owned(),
    };
    ManifestError::one(&manifest.file, problem)
}

fn first_place(manifest: &Manifest) -> Option<&Place> {
    let places = &manifest.places;
    places.start_after.iter().chain(&places.start_after_if_present).next()
}

/// Whether following dependencies from one application leads to another.
fn leads_to(after: &[Vec<usize>], from: usize, to: usize) -> bool {
    let (mut look, mut seen) = (after[from].clone(), vec![false; after.len()]);
    while let Some(at) = look.pop() {
        if at == to {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            look.extend(&after[at]);
        }
    }
    false
}

fn nothing() -> Problem {
    Problem {
        what: "there is no application to run".to_owned(),
        at: None,
        why: "no directory was named".to_owned(),
        fix: "name the directory of one: tomte run DIR".to_owned(),
    }
}

fn too_many() -> Problem {
    Problem {
        what: "too many applications for one host".to_owned(),
        at: None,
        why: format!("there may be {APPLICATIONS_MAX}"),
        fix: "run the others in a host of their own".to_owned(),
    }
}

#[cfg(test)]
mod tests;
