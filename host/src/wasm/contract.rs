//! The contract this host speaks, read from the files it ships.

use std::sync::LazyLock;

use wit_parser::{InterfaceId, PackageName, Resolve, SourceMap, WorldId};

/// The interface of every behaviour.
pub(super) const CALLBACKS: &str = "callbacks";
/// The interface of those whose state can be saved.
pub(super) const STATE: &str = "state";

/// The files of `wit/`: name and text of each.
pub const CONTRACT_FILES: [(&str, &str); 6] = [
    ("callbacks.wit", include_str!("../../../wit/callbacks.wit")),
    ("fault.wit", include_str!("../../../wit/fault.wit")),
    ("log.wit", include_str!("../../../wit/log.wit")),
    ("state.wit", include_str!("../../../wit/state.wit")),
    ("types.wit", include_str!("../../../wit/types.wit")),
    ("world.wit", include_str!("../../../wit/world.wit")),
];

/// The contract this host speaks.
pub(super) struct Contract {
    pub(super) resolve: Resolve,
    package: PackageName,
}

static CONTRACT: LazyLock<Result<Contract, String>> = LazyLock::new(|| {
    let mut files = SourceMap::default();
    CONTRACT_FILES.into_iter().for_each(|(name, text)| files.push_str(name, text));
    let broken = |error: String| format!("this host's own contract is broken: {error}");
    let group = files.parse().map_err(|(_, error)| broken(error.to_string()))?;
    let mut resolve = Resolve::default();
    let package = resolve.push_group(group).map_err(|error| broken(error.to_string()))?;
    let package = resolve.packages[package].name.clone();
    Ok(Contract { resolve, package })
});

/// The contract.
///
/// # Errors
/// A file of `wit/` is wrong.
pub(super) fn contract() -> Result<&'static Contract, &'static str> {
    CONTRACT.as_ref().map_err(String::as_str)
}

impl Contract {
    /// The full name of one of its interfaces, as in `tomte:behaviour/callbacks@0.1.0`.
    pub(super) fn full_name(&self, interface: &str) -> String {
        self.package.interface_id(interface)
    }

    /// The text all its full names begin with, whatever their version.
    pub(super) fn prefix(&self) -> String {
        format!("{}:{}/", self.package.namespace, self.package.name)
    }

    /// Its world of workers whose state can be saved, or of any worker.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn world(&self, saves: bool) -> Result<WorldId, String> {
        let name = if saves { "durable-worker" } else { "worker" };
        let found = self.resolve.worlds.iter().find(|(_, world)| world.name == name);
        found.map(|(id, _)| id).ok_or_else(|| format!("this host's own contract has no world `{name}`"))
    }

    pub(super) fn interface(&self, full_name: &str) -> Option<InterfaceId> {
        self.resolve
            .interfaces
            .iter()
            .map(|(id, _)| id)
            .find(|id| self.resolve.id_of(*id).as_deref() == Some(full_name))
    }
}
