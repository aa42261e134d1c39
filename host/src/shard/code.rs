//! The code that a shard's workers run, by behaviour.

use std::collections::HashMap;

use crate::base::Name;
use crate::wasm::Component;

/// The components of a shard.
#[derive(Debug)]
pub(crate) struct Code(HashMap<Name, Component>);

impl Code {
    pub(crate) fn new(components: HashMap<Name, Component>) -> Code {
        Code(components)
    }

    /// What workers of this behaviour run.
    pub(crate) fn get(&self, behaviour: &Name) -> Option<Component> {
        self.0.get(behaviour).cloned()
    }

    /// The name of a behaviour, if there is one of this name.
    pub(crate) fn name(&self, behaviour: &str) -> Option<Name> {
        self.0.get_key_value(behaviour).map(|(name, _)| name.clone())
    }

    /// Workers of this behaviour run this from now on; gives what they ran before.
    pub(crate) fn replace(&mut self, behaviour: Name, component: Component) -> Option<Component> {
        self.0.insert(behaviour, component)
    }
}
