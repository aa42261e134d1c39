//! The project that `tomte new` writes, and the contract and SDK it builds with: all inside this
//! binary, so that a new project needs nothing but cargo's registry.

/// The mark that stands for the project's name in the project's own files.
const NAME: &str = "{{name}}";

/// Files of the repository with the place each has in a project.
macro_rules! embedded {
    ($($place:literal <- $file:literal),* $(,)?) => {
        &[$(($place, include_str!(concat!("../../../", $file)))),*]
    };
}

/// The project's own files; [`NAME`] is replaced in them.
const PROJECT: &[(&str, &str)] = embedded! {
    ".gitignore" <- "guests/template/.gitignore",
    "Cargo.toml" <- "guests/template/Cargo.toml",
    "README.md" <- "guests/template/README.md",
    "src/lib.rs" <- "guests/template/src/lib.rs",
    "tomte.toml" <- "guests/template/tomte.toml",
};

/// The contract and the SDK, as they are. The SDK looks for the contract two folders up.
const VENDORED: &[(&str, &str)] = embedded! {
    "vendor/tomte-guest/Cargo.toml" <- "guests/sdk/Cargo.toml",
    "vendor/tomte-guest/src/behaviour.rs" <- "guests/sdk/src/behaviour.rs",
    "vendor/tomte-guest/src/bindings.rs" <- "guests/sdk/src/bindings.rs",
    "vendor/tomte-guest/src/codec.rs" <- "guests/sdk/src/codec.rs",
    "vendor/tomte-guest/src/component.rs" <- "guests/sdk/src/component.rs",
    "vendor/tomte-guest/src/context.rs" <- "guests/sdk/src/context.rs",
    "vendor/tomte-guest/src/failure.rs" <- "guests/sdk/src/failure.rs",
    "vendor/tomte-guest/src/handler.rs" <- "guests/sdk/src/handler.rs",
    "vendor/tomte-guest/src/lib.rs" <- "guests/sdk/src/lib.rs",
    "vendor/tomte-guest/src/log.rs" <- "guests/sdk/src/log.rs",
    "vendor/tomte-guest/src/requests.rs" <- "guests/sdk/src/requests.rs",
    "vendor/tomte-guest/src/run.rs" <- "guests/sdk/src/run.rs",
    "vendor/tomte-guest/src/server.rs" <- "guests/sdk/src/server.rs",
    "vendor/tomte-guest/src/statem.rs" <- "guests/sdk/src/statem.rs",
    "vendor/tomte-guest/src/tests.rs" <- "guests/sdk/src/tests.rs",
    "vendor/tomte-guest/src/tests/handler.rs" <- "guests/sdk/src/tests/handler.rs",
    "vendor/tomte-guest/src/tests/statem.rs" <- "guests/sdk/src/tests/statem.rs",
    "wit/callbacks.wit" <- "wit/callbacks.wit",
    "wit/fault.wit" <- "wit/fault.wit",
    "wit/log.wit" <- "wit/log.wit",
    "wit/state.wit" <- "wit/state.wit",
    "wit/types.wit" <- "wit/types.wit",
    "wit/world.wit" <- "wit/world.wit",
};

/// The files of a project of this name: path below its directory, and content.
pub(super) fn files(name: &str) -> impl Iterator<Item = (&'static str, String)> {
    let own = PROJECT.iter().map(move |(path, content)| (*path, content.replace(NAME, name)));
    own.chain(VENDORED.iter().map(|(path, content)| (*path, (*content).to_owned())))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// The files below a folder whose content is in neither table.
    fn forgotten(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                forgotten(&path, found)?;
                continue;
            }
            let content = std::fs::read_to_string(&path)?;
            if !PROJECT.iter().chain(VENDORED).any(|(_, embedded)| *embedded == content) {
                found.push(path);
            }
        }
        Ok(())
    }

    #[test]
    fn no_file_of_the_repository_is_forgotten() -> std::io::Result<()> {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = vec![];
        for folder in ["wit", "guests/sdk", "guests/template"] {
            forgotten(&repository.join(folder), &mut found)?;
        }
        assert!(found.is_empty(), "{found:?}: add these files to their table");
        Ok(())
    }
}
