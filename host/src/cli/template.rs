//! The projects that `tomte new` writes, one for each language: all inside this binary, so that a new project needs
//! nothing but the registries of its language.

use clap::ValueEnum;

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
    /// JavaScript, on QuickJS.
    Js,
    /// Python, as componentize-py has it.
    Python,
    /// C without a library.
    C,
    /// C++ with its library.
    Cpp,
    /// Zig.
    Zig,
    /// Go.
    Go,
    /// AssemblyScript.
    #[value(name = "assemblyscript")]
    AssemblyScript,
    /// The text of WebAssembly, by hand.
    Wat,
}

impl Language {
    /// The project's own files; [`NAME`] is replaced in them.
    fn own(self) -> &'static [File] {
        match self {
            Language::Rust => {
                template!["rust": ".gitignore", "Cargo.toml", "README.md", "src/lib.rs", "tomte.toml"]
            }
            Language::Js => {
                template!["js":
                    ".gitignore", "README.md", "package.json", "src/component.js", "src/counter.js",
                    "src/tomte/behaviours.js", "src/tomte/component.js", "src/tomte/context.js",
                    "src/tomte/event.js", "src/tomte/failure.js", "src/tomte/index.js", "src/tomte/json.js",
                    "src/tomte/log.js", "src/tomte/random.js", "src/tomte/testing.js", "test/counter.test.js",
                    "tomte.toml",
                ]
            }
            Language::Python => {
                template!["python":
                    ".gitignore", "README.md", "app.py", "counter.py", "pyproject.toml", "tests/__init__.py",
                    "tests/test_counter.py", "tomte.toml", "tomte/__init__.py", "tomte/behaviours.py",
                    "tomte/codec.py", "tomte/component.py", "tomte/context.py", "tomte/event.py",
                    "tomte/failure.py", "tomte/instance.py", "tomte/testing.py",
                ]
            }
            Language::C => {
                template!["c":
                    ".gitignore", "README.md", "counter.c", "counter_test.c", "tomte.h", "tomte.toml",
                    "tomte_test.h",
                ]
            }
            Language::Cpp => {
                template!["cpp":
                    ".gitignore", "README.md", "counter.cpp", "counter_test.cpp", "tomte.hpp", "tomte.toml",
                ]
            }
            Language::Zig => {
                template!["zig":
                    ".gitignore", "README.md", "src/abi.zig", "src/counter.zig", "src/tomte.zig", "tomte.toml",
                ]
            }
            Language::Go => {
                template!["go":
                    ".gitignore", "README.md", "counter.go", "counter_test.go", "go.mod", "main.go", "tomte.toml",
                    "tomte/border_native.go", "tomte/border_wasip1.go", "tomte/context.go", "tomte/effect.go",
                    "tomte/event.go", "tomte/record.go", "tomte/test.go", "tomte/tomte.go",
                ]
            }
            Language::AssemblyScript => {
                template!["assemblyscript":
                    ".gitignore", "README.md", "assembly/abi.ts", "assembly/component.ts", "assembly/counter.ts",
                    "assembly/index.ts", "assembly/testing.ts", "assembly/tomte.ts", "assembly/tsconfig.json",
                    "package.json", "tests/counter.test.js", "tests/instance.js", "tomte.toml",
                ]
            }
            Language::Wat => {
                template!["wat":
                    ".gitignore", "README.md", "counter.test.js", "counter.wat", "package.json", "tomte.toml",
                ]
            }
        }
    }

    /// What comes beside, as it is: the SDK that a project builds itself, a header that two languages share.
    fn vendored(self) -> &'static [File] {
        match self {
            Language::Rust => SDK,
            Language::Cpp => template!["c": "tomte.h", "tomte_test.h"],
            _ => &[],
        }
    }
}

/// The Rust SDK.
const SDK: &[File] = embedded! {
    "vendor/tomte-guest/Cargo.toml" <- "guests/sdk/Cargo.toml",
    "vendor/tomte-guest/src/behaviour.rs" <- "guests/sdk/src/behaviour.rs",
    "vendor/tomte-guest/src/bindings.inc" <- "guests/sdk/src/bindings.inc",
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
    "vendor/tomte-guest/src/runtime.rs" <- "guests/sdk/src/runtime.rs",
    "vendor/tomte-guest/src/server.rs" <- "guests/sdk/src/server.rs",
    "vendor/tomte-guest/src/statem.rs" <- "guests/sdk/src/statem.rs",
    "vendor/tomte-guest/src/tests.rs" <- "guests/sdk/src/tests.rs",
    "vendor/tomte-guest/src/tests/handler.rs" <- "guests/sdk/src/tests/handler.rs",
    "vendor/tomte-guest/src/tests/statem.rs" <- "guests/sdk/src/tests/statem.rs",
};

/// The files of a project of this name: path below its directory, and content.
pub(super) fn files(language: Language, name: &str) -> impl Iterator<Item = (&'static str, String)> {
    let own = language.own().iter().map(move |(path, content)| (*path, content.replace(NAME, name)));
    let vendored = language.vendored().iter().map(|(path, content)| (*path, (*content).to_owned()));
    own.chain(vendored)
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
