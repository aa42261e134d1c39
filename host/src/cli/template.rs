//! The projects that `tomte new` writes, one for each language: all inside this binary, so that a new project needs
//! nothing but the registries of its language.

use clap::ValueEnum;

use crate::node::CONTRACT_FILES;

/// The mark that stands for the project's name in the project's own files.
const NAME: &str = "{{name}}";

/// A file of a project: its place below the project's directory, and its content.
type File = (&'static str, &'static str);

/// Files of the repository with the place each has in a project.
macro_rules! embedded {
    ($($place:literal <- $file:literal),* $(,)?) => {
        &[$(($place, include_str!(concat!("../../../", $file)))),*]
    };
}

/// Files of a template, each at its own place.
macro_rules! template {
    ($language:literal: $($place:literal),* $(,)?) => {
        &[$(($place, include_str!(concat!("../../../guests/templates/", $language, "/", $place)))),*]
    };
}

/// A language that behaviours can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// With the crate `tomte-guest`.
    Rust,
}

impl Language {
    /// The project's own files; [`NAME`] is replaced in them.
    fn own(self) -> &'static [File] {
        match self {
            Language::Rust => {
                template!["rust": ".gitignore", "Cargo.toml", "README.md", "src/lib.rs", "tomte.toml"]
            }
        }
    }

    /// The SDK, as it is, where the project builds it itself.
    fn vendored(self) -> &'static [File] {
        match self {
            Language::Rust => SDK,
        }
    }
}

/// The Rust SDK. It looks for the contract two folders up.
const SDK: &[File] = embedded! {
    "vendor/tomte-guest/Cargo.toml" <- "guests/sdk/Cargo.toml",
    "vendor/tomte-guest/src/behaviour.rs" <- "guests/sdk/src/behaviour.rs",
    "vendor/tomte-guest/src/bindings.rs" <- "guests/sdk/src/bindings.rs",
    "vendor/tomte-guest/src/codec.rs" <- "guests/sdk/src/codec.rs",
    "vendor/tomte-guest/src/component.rs" <- "guests/sdk/src/component.rs",
    "vendor/tomte-guest/src/context.rs" <- "guests/sdk/src/context.rs",
    "vendor/tomte-guest/src/failure.rs" <- "guests/sdk/src/failure.rs",
    "vendor/tomte-guest/src/handler.rs" <- "guests/sdk/src/handler.rs",
    "vendor/tomte-guest/src/http.rs" <- "guests/sdk/src/http.rs",
    "vendor/tomte-guest/src/lib.rs" <- "guests/sdk/src/lib.rs",
    "vendor/tomte-guest/src/log.rs" <- "guests/sdk/src/log.rs",
    "vendor/tomte-guest/src/requests.rs" <- "guests/sdk/src/requests.rs",
    "vendor/tomte-guest/src/run.rs" <- "guests/sdk/src/run.rs",
    "vendor/tomte-guest/src/server.rs" <- "guests/sdk/src/server.rs",
    "vendor/tomte-guest/src/statem.rs" <- "guests/sdk/src/statem.rs",
    "vendor/tomte-guest/src/tests.rs" <- "guests/sdk/src/tests.rs",
    "vendor/tomte-guest/src/tests/handler.rs" <- "guests/sdk/src/tests/handler.rs",
    "vendor/tomte-guest/src/tests/statem.rs" <- "guests/sdk/src/tests/statem.rs",
};

/// The files of a project of this name: path below its directory, and content.
pub(super) fn files(language: Language, name: &str) -> impl Iterator<Item = (String, String)> {
    let own = language.own().iter().map(move |(path, content)| ((*path).to_owned(), content.replace(NAME, name)));
    let vendored = language.vendored().iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned()));
    let contract = CONTRACT_FILES.iter().filter(move |_| language == Language::Rust);
    own.chain(vendored).chain(contract.map(|(path, content)| (format!("wit/{path}"), (*content).to_owned())))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use super::*;

    /// The files of these folders that git knows or would take.
    fn tracked(folders: &[&str]) -> Vec<PathBuf> {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let listed = Command::new("git")
            .current_dir(&repository)
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "--"])
            .args(folders)
            .output()
            .expect("git lists files");
        let text = String::from_utf8(listed.stdout).expect("paths are text");
        text.lines().map(|path| repository.join(path)).filter(|path| path.is_file()).collect()
    }

    #[test]
    fn no_file_of_the_repository_is_forgotten() {
        let all: Vec<File> =
            Language::value_variants().iter().flat_map(|it| it.own().iter().chain(it.vendored())).copied().collect();
        let is_known = |path: &PathBuf| {
            let content = std::fs::read_to_string(path).unwrap_or_default();
            all.iter().any(|(_, embedded)| *embedded == content)
        };
        let found: Vec<PathBuf> =
            tracked(&["guests/sdk", "guests/templates"]).into_iter().filter(|path| !is_known(path)).collect();
        assert!(found.is_empty(), "{found:?}: add these files to their table");
        assert!(all.len() > 20, "git listed them");
    }
}
