//! `tomte new`: a project that builds and runs as it stands.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::base::Name;
use crate::cli::arguments::NewArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::cli::template::{self, Language};

/// Names that cargo gives no package, or that would shadow what every Rust program uses.
const RESERVED: [&str; 12] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc_macro",
    "self",
    "std",
    "super",
    "test",
    "crate",
];

pub(super) fn run(context: &Context, arguments: &NewArguments) -> Result<Exit, Problem> {
    let name = &arguments.name;
    if let Some(fault) = fault(name) {
        return Err(Problem::new(Exit::USAGE, format!("{name:?} cannot be a name: {fault}"))
            .fix(format!("tomte new {}", suggestion(name))));
    }
    let directory = Path::new(name);
    if fs::symlink_metadata(directory).is_ok() && !is_empty(directory) {
        let text = format!("{name} exists already and is not an empty directory");
        let fix = format!("choose another name, or remove it: tomte new {name}-2");
        return Err(Problem::new(Exit::FAILED, text).fix(fix));
    }
    write(directory, name, arguments.lang).with_context(|| format!("the project {name} is not complete")).map_err(
        |error| {
            let again = format!("rm -rf {name} && tomte new {name}, where you may write and there is room");
            Problem::from(error).fix(again)
        },
    )?;
    context.output.say(&format!("created {name}/"));
    context.output.next(&format!("cd {name} && tomte build && tomte run"));
    Ok(Exit::DONE)
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none())
}

fn write(directory: &Path, name: &str, language: Language) -> anyhow::Result<()> {
    for (path, content) in template::files(language, name) {
        let path = directory.join(path);
        let parent = path.parent().unwrap_or(directory);
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Why a text cannot name a project: it names a directory, a package and a worker at once.
fn fault(name: &str) -> Option<String> {
    if let Err(error) = Name::new(name) {
        return Some(error.to_string());
    }
    let wrong = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '_'));
    if let Some(wrong) = wrong {
        return Some(format!("small letters, digits, '-' and '_' make a package's name, not {wrong:?}"));
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Some("it must begin with a letter".to_owned());
    }
    RESERVED.contains(&name).then(|| "the Rust toolchain uses it itself".to_owned())
}

/// The nearest name that will do.
fn suggestion(name: &str) -> String {
    let plain: String = name
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, 'a'..='z' | '0'..='9' | '_') { c } else { '-' })
        .take(40)
        .collect();
    let plain = plain.trim_matches(|c| matches!(c, '-' | '_'));
    match plain.chars().next() {
        None => "hello".to_owned(),
        Some(first) if !first.is_ascii_lowercase() => format!("app-{plain}"),
        Some(_) if RESERVED.contains(&plain) => format!("{plain}-app"),
        Some(_) => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wrong_names_come_with_a_right_one() {
        let cases = [
            ("Hello", "hello"),
            ("my app", "my-app"),
            ("../x", "x"),
            ("2fast", "app-2fast"),
            ("-", "hello"),
            ("test", "test-app"),
            ("größe", "gr--e"),
        ];
        for (wrong, right) in cases {
            assert!(fault(wrong).is_some(), "{wrong}");
            assert_eq!(suggestion(wrong), right);
        }
        assert_eq!(fault("order-book_2"), None);
    }

    proptest! {
        #[test]
        fn every_suggestion_is_a_name(text in ".{0,60}") {
            prop_assert_eq!(fault(&suggestion(&text)), None);
        }
    }

    #[test]
    fn a_project_of_every_language_has_a_manifest_and_no_mark_is_left() -> Result<(), Box<dyn std::error::Error>> {
        for language in Language::value_variants() {
            let root = tempfile::tempdir()?;
            let directory = root.path().join("hello");
            write(&directory, "hello", *language)?;
            let manifest = fs::read_to_string(directory.join("tomte.toml"))?;
            assert!(manifest.contains("[behaviour.hello]"), "{manifest}");
            let marked = template::files(*language, "hello")
                .find(|(path, content)| !path.starts_with("vendor/") && content.contains("{{name}}"));
            assert_eq!(marked, None);
        }
        Ok(())
    }
}
