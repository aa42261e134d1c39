//! What is declared of applications changes while they run.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::{ChildSpec, Failure, Name, Strategy, SupervisorSpec};
use crate::event_loop::control::{Control, Surroundings};
use crate::event_loop::orders::order_failure;
use crate::event_loop::shard::lock;
use crate::release::Manifest;
use crate::supervisor::{Change, ChildError, ChildId, Tree};

/// What is declared now.
#[derive(Clone, Debug)]
pub struct Reloading {
    /// The manifests of the applications, as they are now.
    pub manifests: Vec<Manifest>,
    /// Supervisors with another declaration: their flags and all their child specs, in start order.
    pub supervisors: Vec<(Name, SupervisorSpec, Vec<ChildSpec>)>,
}

type Configs = HashMap<Name, Arc<[u8]>>;

impl<S: Surroundings> Control<S> {
    /// Changes the tree, then the configurations, under what settings, command line and operators have
    /// said; whoever has another one now is told. With an error nothing has changed.
    pub(in crate::event_loop) fn reload(&mut self, reloading: Reloading) -> Result<(), Failure> {
        let mut environments = vec![];
        for manifest in &reloading.manifests {
            let name = &manifest.application.name;
            environments.push((name, self.applications.environment(name)?.reread(manifest)));
        }
        let configs: Configs = environments.iter().flat_map(|(_, environment)| environment.configs()).collect();
        {
            let mut tree = lock(&self.tree);
            let changes = reloading.supervisors.into_iter().map(|changed| change(&tree, changed, &configs));
            let changes = changes.collect::<Result<_, _>>();
            changes.and_then(|changes| tree.change(changes)).map_err(|error| order_failure(&error))?;
        }
        for (name, environment) in environments {
            *self.applications.environment(name)? = environment;
        }
        self.configure(&configs);
        Ok(())
    }
}

/// A configuration that changes does so afterwards, so that its worker is told: see [`Tree::configure`].
fn change(
    tree: &Tree,
    (name, flags, mut children): (Name, SupervisorSpec, Vec<ChildSpec>),
    configs: &Configs,
) -> Result<Change, ChildError> {
    let supervisor = tree.id(name.as_str()).ok_or_else(|| ChildError::NoSupervisor(name.to_string()))?;
    for child in &mut children {
        if let Some(config) = present(tree, supervisor, &flags, child).or_else(|| configs.get(&child.name).cloned()) {
            child.config = config;
        }
    }
    Ok(Change { supervisor, flags, children })
}

/// What a child is configured with now.
fn present(tree: &Tree, supervisor: ChildId, flags: &SupervisorSpec, child: &ChildSpec) -> Option<Arc<[u8]>> {
    if flags.strategy == Strategy::SimpleOneForOne {
        return tree.template(supervisor).map(|template| Arc::clone(&template.config));
    }
    tree.child_named(supervisor, child.name.as_str()).map(|id| Arc::clone(tree.config(id)))
}
