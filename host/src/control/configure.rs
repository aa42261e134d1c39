//! What is declared of children, and what they are configured with, changes while they run.

use std::collections::HashMap;
use std::sync::Arc;

use super::ask::{Changes, Configured, Reloading, Surroundings};
use super::control::Control;
use crate::base::{ChildSpec, Failure, Kind, Name, Strategy, SupervisorSpec};
use crate::protocol::{Command, order_failure};
use crate::supervisor::{Change, ChildError, ChildId, Status, Tree};

type Configs = HashMap<Name, Arc<[u8]>>;

impl<S: Surroundings> Control<S> {
    /// Changes the tree, then the configurations, under what settings, command line and operators have
    /// said; whoever has another one now is told. With an error nothing has changed.
    pub(super) fn reload(&mut self, reloading: Reloading) -> Result<(), Failure> {
        let mut environments = vec![];
        for manifest in &reloading.manifests {
            let name = &manifest.application.name;
            environments.push((name, self.applications.environment(name)?.reread(manifest)));
        }
        let configs: Configs = environments.iter().flat_map(|(_, environment)| environment.configs()).collect();
        self.change_tree(reloading.supervisors, &configs).map_err(|error| order_failure(&error))?;
        for (name, environment) in environments {
            *self.applications.environment(name)? = environment;
        }
        self.configure(&configs);
        Ok(())
    }

    fn change_tree(
        &self,
        supervisors: Vec<(Name, SupervisorSpec, Vec<ChildSpec>)>,
        configs: &Configs,
    ) -> Result<(), ChildError> {
        let mut tree = self.supervision.tree();
        let changes = supervisors.into_iter().map(|changed| change(&tree, changed, configs));
        let changes = changes.collect::<Result<_, _>>()?;
        tree.change(changes).map(drop)
    }

    /// Changes what the workers of an application are configured with, or only shows it.
    pub(super) fn change_config(&mut self, name: &Name, changes: Changes) -> Result<Configured, Failure> {
        let environment = self.applications.environment(name)?;
        *environment = environment.changed(changes).map_err(|text| Failure::new(Kind::BadRequest, text))?;
        let (settings, configs) = (environment.settings(), environment.configs());
        Ok((settings, self.configure(&configs.into_iter().collect())))
    }

    /// Gives workers other configurations, where they are other ones; says how many run and so were told.
    fn configure(&mut self, configs: &Configs) -> usize {
        let (changed, told) = {
            let mut tree = self.supervision.tree();
            let changed = tree.configure(configs);
            let told = changed.iter().filter(|child| tree.status(**child) == Status::Running).count();
            let changed: Vec<_> = changed.into_iter().map(|child| (child, Arc::clone(tree.config(child)))).collect();
            (changed, told)
        };
        for (child, config) in changed {
            self.command(child, Command::Configure(child, config));
        }
        told
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
