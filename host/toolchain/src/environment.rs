//! The environment of a guest's build: its own compiler, and nothing of the build it runs inside.

use std::process::Command;

/// What an outer cargo, or a person for the host's build, may have set. Any of it would compile
/// guests with the host's compiler, flags or folder.
const OUTER: &[&str] = &[
    "CARGO",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_CRATE_NAME",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_PRIMARY_PACKAGE",
    "RUSTC",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

const OUTER_PREFIXES: &[&str] = &["CARGO_BIN_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PROFILE_", "CARGO_TARGET_"];

/// Variables to remove and to set, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Removed.
    pub unset: Vec<String>,
    /// Set.
    pub set: Vec<(String, String)>,
}

impl Environment {
    /// Removes from these variables what belongs to an outer build.
    pub(crate) fn without_outer(names: impl Iterator<Item = String>) -> Environment {
        let mut unset: Vec<String> = names.filter(|name| is_outer(name)).collect();
        unset.sort();
        Environment { unset, set: Vec::new() }
    }

    /// Sets one more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Environment {
        self.set.push((name.to_owned(), value.into()));
        self
    }

    /// Changes the environment of a command.
    pub fn apply(&self, command: &mut Command) {
        for name in &self.unset {
            command.env_remove(name);
        }
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
    }
}

/// The names of this process's variables; odd ones that are not UTF-8 cannot be cargo's.
pub(crate) fn own_names() -> impl Iterator<Item = String> {
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())
}

fn is_outer(name: &str) -> bool {
    OUTER.contains(&name) || OUTER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_outer_build_set_is_removed_and_the_rest_stays() {
        let names = ["RUSTC", "CARGO_PKG_NAME", "CARGO_TARGET_DIR", "CARGO_HOME", "RUSTUP_TOOLCHAIN", "PATH"];
        let environment = Environment::without_outer(names.into_iter().map(str::to_owned));
        assert_eq!(environment.unset, ["CARGO_PKG_NAME", "CARGO_TARGET_DIR", "RUSTC"]);
    }
}
