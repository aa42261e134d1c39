//! One project: made by `tomte new`, tested as its page says, built by `tomte build`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::language::Language;
use super::tools::{PLACE, path};
use crate::out::Out;
use crate::product::settle;

/// What a project is called here; a host's clients ask for the worker of this name.
const NAME: &str = "counter";

/// What the trial adds to the manifest of a template, whose last table but the listeners is the child's.
const LINES: &str = "\n[[listen]]\nprotocol = \"lines\"\naddress = \"127.0.0.1:7002\"\nto = \"counter\"\n";

/// How long a worker of the trial is idle before it hibernates.
const IDLE: &str = "behaviour = \"counter\"\nhibernate_after = \"300ms\"\n";

/// A project in a folder of its own.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) dir: PathBuf,
    language: Language,
    program: PathBuf,
}

impl Project {
    /// Makes it anew, with this `tomte`.
    ///
    /// # Errors
    /// `tomte new` fails.
    pub(super) fn new(out: &Out, program: &Path, language: Language) -> Result<Project> {
        let parent = Path::new(PLACE).join(language.name());
        let dir = parent.join(NAME);
        if dir.exists() {
            fs::remove_dir_all(&dir).with_context(|| format!("cannot remove {}", dir.display()))?;
        }
        fs::create_dir_all(&parent)?;
        let program = fs::canonicalize(program)?;
        let project = Project { dir, language, program };
        let words = ["new", NAME, "--lang", language.name()];
        out.command(&format!("tomte {}", words.join(" ")));
        project.done(Command::new(&project.program).args(words).current_dir(&parent))?;
        Ok(project)
    }

    /// Runs its test.
    ///
    /// # Errors
    /// It fails.
    pub(super) fn test(&self, out: &Out) -> Result<()> {
        out.command(self.language.test());
        self.done(Command::new("sh").args(["-c", self.language.test()]).current_dir(&self.dir))
    }

    /// Builds it as this version; how long that took, and the component.
    ///
    /// # Errors
    /// It cannot be built.
    pub(super) fn build(&self, out: &Out, version: &str) -> Result<(Duration, Vec<u8>)> {
        self.set_version(version)?;
        out.command("tomte build");
        let start = Instant::now();
        self.done(Command::new(&self.program).arg("build").current_dir(&self.dir))?;
        let took = start.elapsed();
        Ok((took, fs::read(self.component())?))
    }

    /// Where its manifest has its component.
    pub(super) fn component(&self) -> PathBuf {
        self.dir.join("counter.wasm")
    }

    /// Has it listen on free ports and hibernate soon; the manifest comes back.
    ///
    /// # Errors
    /// The template's manifest is not as it was.
    pub(super) fn prepare(&self) -> Result<String> {
        let file = self.dir.join("tomte.toml");
        let template = fs::read_to_string(&file)?;
        let idle = template.replacen("behaviour = \"counter\"\n", IDLE, 1);
        ensure!(idle != template, "{} has no child that runs counter", file.display());
        let (manifest, _) = settle(&(idle + LINES))?;
        fs::write(&file, &manifest)?;
        Ok(manifest)
    }

    /// Raises the version where the language has it.
    fn set_version(&self, version: &str) -> Result<()> {
        for (name, before) in
            [("package.json", "  \"version\": \""), ("pyproject.toml", "version = \""), ("tomte.toml", "version = \"")]
        {
            let file = self.dir.join(name);
            let Ok(text) = fs::read_to_string(&file) else { continue };
            // A manifest's own version is the application's; a behaviour's comes after its component.
            let from = if name == "tomte.toml" { text.find("component =") } else { Some(0) };
            fs::write(&file, set(&text, from.unwrap_or_default(), before, version))?;
        }
        Ok(())
    }

    fn done(&self, command: &mut Command) -> Result<()> {
        // What somebody has set for a program of theirs is not for these.
        command.env("PATH", path()?).env_remove("TOMTE_HOST").stdin(Stdio::null());
        let output = command.output().with_context(|| format!("cannot run {:?}", command.get_program()))?;
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        ensure!(output.status.success(), "it ended with {} in {}:\n{}", output.status, self.dir.display(), told.trim());
        Ok(())
    }
}

/// The text with the first version after `from` replaced, if there is one before the next table.
fn set(text: &str, from: usize, before: &str, version: &str) -> String {
    let rest = &text[from..];
    let table = rest.find("\n[").unwrap_or(rest.len());
    let Some(start) = rest[..table].find(before).map(|at| from + at + before.len()) else { return text.to_owned() };
    let end = text[start..].find('"').map_or(text.len(), |length| start + length);
    format!("{}{version}{}", &text[..start], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_raised_where_it_stands_and_nowhere_else() {
        let manifest = "[application]\nversion = \"1.0.0\"\n[behaviour.a]\ncomponent = \"a.wasm\"\nversion = \"1.0.0\"\n\n[child.a]\n";
        let from = manifest.find("component").unwrap_or_default();
        let raised = set(manifest, from, "version = \"", "2.0.0");
        assert_eq!(raised.matches("1.0.0").count(), 1);
        assert!(raised.contains("a.wasm\"\nversion = \"2.0.0\"\n\n[child.a]"));
        let without = "component = \"a.wasm\"\n\n[child.a]\nversion = \"1.0.0\"\n";
        assert_eq!(set(without, 0, "version = \"", "2.0.0"), without);
        assert_eq!(set("  \"version\": \"1\",\n", 0, "  \"version\": \"", "2"), "  \"version\": \"2\",\n");
    }
}
