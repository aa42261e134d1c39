//! The code that a shard's workers run, by behaviour.

use std::collections::HashMap;

use crate::base::{Digest, Name};
use crate::wasm::Component;

/// The components of a shard.
#[derive(Debug)]
pub(crate) struct Code {
    current: HashMap<Name, Component>,
    /// The revisions of the releases that have brought them, where one has.
    releases: HashMap<Name, u64>,
    /// Those that durable workers were recorded with, and step again with.
    recorded: Vec<Component>,
}

impl Code {
    pub(crate) fn new(current: HashMap<Name, Component>, recorded: Vec<Component>) -> Code {
        Code { current, releases: HashMap::new(), recorded }
    }

    /// The component with this digest.
    pub(crate) fn with_digest(&self, digest: Digest) -> Option<Component> {
        self.current.values().chain(&self.recorded).find(|component| component.digest() == digest).cloned()
    }

    /// A durable worker was recorded with this.
    pub(crate) fn keep(&mut self, component: Component) {
        if self.with_digest(component.digest()).is_none() {
            self.recorded.push(component);
        }
    }

    /// What workers of this behaviour run.
    pub(crate) fn get(&self, behaviour: &Name) -> Option<Component> {
        self.current.get(behaviour).cloned()
    }

    /// The name of a behaviour, if there is one of this name.
    pub(crate) fn name(&self, behaviour: &str) -> Option<Name> {
        self.current.get_key_value(behaviour).map(|(name, _)| name.clone())
    }

    /// The revision of the release that has brought what workers of this behaviour run; 0 if the host began with it.
    pub(crate) fn release(&self, behaviour: &Name) -> u64 {
        self.releases.get(behaviour).copied().unwrap_or_default()
    }

    /// Workers of this behaviour run this from now on, by the release of this revision; gives what they ran before.
    pub(crate) fn replace(&mut self, behaviour: Name, component: Component, revision: u64) -> Option<Component> {
        self.releases.insert(behaviour.clone(), revision);
        self.current.insert(behaviour, component)
    }
}
