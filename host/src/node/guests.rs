//! What the guests of applications may use and reach, and what they are started with.

use std::collections::HashMap;

use super::error::StartError;
use crate::base::{ChildKind, ChildSpec, Name};
use crate::release::Manifest;
use crate::wasm::{Allowance, Assets, TrialStart};

/// What the instances of every behaviour may use and reach. One directory is opened once.
pub(super) fn allowances(manifests: &[Manifest]) -> Result<HashMap<Name, Allowance>, StartError> {
    let mut all = HashMap::new();
    for manifest in manifests {
        let granted = manifest.behaviours.values().any(|behaviour| behaviour.grants.assets);
        let dir = manifest.application.assets.as_ref().filter(|_| granted);
        let assets = dir.map(|dir| {
            let cannot = |why| StartError::Config(format!("{}: the assets cannot be read: {why}", dir.display()));
            Assets::open(dir).map_err(cannot)
        });
        let assets = assets.transpose()?;
        for (name, behaviour) in &manifest.behaviours {
            let assets = assets.clone().filter(|_| behaviour.grants.assets);
            all.insert(name.clone(), Allowance { limits: behaviour.limits, assets });
        }
    }
    Ok(all)
}

/// Whether a component may be of this behaviour: durable workers need one that can save their state, and must not read
/// what may be another when they step again.
///
/// # Errors
/// It may not, in words for people.
pub(super) fn may_be_durable(manifests: &[Manifest], behaviour: &Name, saves_state: bool) -> Result<(), String> {
    let mut children = manifests.iter().flat_map(|manifest| &manifest.tree.children);
    let is_durable = |child: &&ChildSpec| child.durable && child.kind == ChildKind::Worker(behaviour.clone());
    let Some(ChildSpec { name, .. }) = children.find(is_durable) else { return Ok(()) };
    if !saves_state {
        return Err(format!(
            "`{name}` is durable, and its component cannot save a state: it would step all of its life again at every \
             start; export `state`, or take the line `durable` out"
        ));
    }
    let mut behaviours = manifests.iter().filter_map(|manifest| manifest.behaviours.get(behaviour));
    if behaviours.any(|behaviour| behaviour.grants.assets) {
        return Err(format!(
            "`{name}` is durable, and `{behaviour}` reads assets, which may be others when it steps again what it has \
             stepped; have a worker read them that is not durable, or take one of the lines `durable` and `grants` out"
        ));
    }
    Ok(())
}

/// Whom a trial of each behaviour starts: every worker that is declared, as it is configured.
pub(super) fn starts(manifests: &[Manifest]) -> HashMap<Name, Vec<TrialStart>> {
    let behaviours = manifests.iter().flat_map(|manifest| manifest.behaviours.keys());
    let mut all: HashMap<Name, Vec<TrialStart>> = behaviours.map(|name| (name.clone(), vec![])).collect();
    for manifest in manifests {
        for child in &manifest.tree.children {
            if let ChildKind::Worker(behaviour) = &child.kind {
                let start = (manifest.tree.address(child), child.config.clone());
                all.entry(behaviour.clone()).or_default().push(start);
            }
        }
    }
    all
}
