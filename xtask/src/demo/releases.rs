//! The watched folder, from the side of whoever drops into it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::product::{Outcome, drop_in, gone, outcome, take_away};

/// How long the host may take to say what came of a drop: it settles, compiles and swaps.
const OUTCOME_TIME: Duration = Duration::from_secs(60);
/// The folder, where drops come from, and a note of what was dropped.
#[derive(Debug)]
pub(super) struct Releases {
    dir: PathBuf,
    dist: PathBuf,
    note: PathBuf,
}

impl Releases {
    /// The folder `dir`, filled from `dist`; `note` outlives a run and names what it dropped.
    pub(super) fn new(dir: &Path, dist: &Path, note: &Path) -> Releases {
        Releases { dir: dir.to_owned(), dist: dist.to_owned(), note: note.to_owned() }
    }

    /// The folder's path.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Removes what earlier runs dropped, and what is one of `dist`'s components anyway.
    ///
    /// # Errors
    /// Somebody else's component is there: the host would take it in the middle of the story.
    pub(super) fn clear(&self) -> Result<()> {
        let noted = fs::read_to_string(&self.note).unwrap_or_default();
        for file in components(&self.dir)? {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let ours = noted.lines().any(|line| line == name) || same(&file, &self.dist.join(&name));
            ensure!(
                ours,
                "{} is not the demo's, and the host would take it in the middle of the story\n\
                 try: mv {0} somewhere else and run the demo again",
                file.display()
            );
            take_away(&self.dir, &name)?;
        }
        gone(&self.note)
    }

    /// Copies a component in under a hidden name and renames it, as an operator should.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn drop_in(&self, name: &str) -> Result<()> {
        self.drop_from(&self.dist.join(name), name)
    }

    /// The same with a component from elsewhere.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub(super) fn drop_from(&self, file: &Path, name: &str) -> Result<()> {
        let noted = fs::read_to_string(&self.note).unwrap_or_default();
        fs::write(&self.note, format!("{noted}{name}\n"))?;
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        drop_in(&self.dir, name, &bytes)
    }

    /// Waits for what the host says of a drop.
    ///
    /// # Errors
    /// It says nothing.
    pub(super) fn outcome(&self, name: &str) -> Result<Outcome> {
        outcome(&self.dir, name, OUTCOME_TIME)
    }
}

/// The components that a host would see.
fn components(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).with_context(|| format!("there is no folder {}", dir.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    let seen = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".wasm") && !name.starts_with('.')
    };
    Ok(paths.into_iter().filter(seen).collect())
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Disk {
        root: tempfile::TempDir,
        releases: Releases,
    }

    fn disk() -> Result<Disk> {
        let root = tempfile::tempdir()?;
        let [dir, dist] = ["releases", "dist"].map(|name| root.path().join(name));
        fs::create_dir(&dir)?;
        fs::create_dir(&dist)?;
        fs::write(dist.join("a-1.0.0.wasm"), "a")?;
        fs::write(dir.join("README.md"), "read me")?;
        let releases = Releases::new(&dir, &dist, &root.path().join("note"));
        Ok(Disk { root, releases })
    }

    fn names(disk: &Disk) -> Result<Vec<String>> {
        let entries = fs::read_dir(disk.releases.dir())?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut names = names.collect::<io::Result<Vec<String>>>()?;
        names.sort();
        Ok(names)
    }

    #[test]
    fn what_was_dropped_is_removed_with_its_markers_also_when_it_was_built_anew() -> Result<()> {
        let disk = disk()?;
        disk.releases.drop_in("a-1.0.0.wasm")?;
        assert_eq!(names(&disk)?, ["README.md", "a-1.0.0.wasm"]);
        fs::write(disk.releases.dir().join("a-1.0.0.wasm.accepted"), "good\n")?;
        fs::write(disk.root.path().join("dist/a-1.0.0.wasm"), "built anew")?;
        disk.releases.clear()?;
        assert_eq!(names(&disk)?, ["README.md"]);
        Ok(())
    }

    #[test]
    fn a_lost_note_does_not_lock_the_demo_out() -> Result<()> {
        let disk = disk()?;
        disk.releases.drop_in("a-1.0.0.wasm")?;
        fs::remove_file(disk.root.path().join("note"))?;
        disk.releases.clear()?;
        assert_eq!(names(&disk)?, ["README.md"]);
        Ok(())
    }

    #[test]
    fn somebody_elses_component_is_left_alone_and_told() -> Result<()> {
        let disk = disk()?;
        fs::write(disk.releases.dir().join("a-1.0.0.wasm"), "another")?;
        let told = disk.releases.clear().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains("try: mv ") && told.contains("a-1.0.0.wasm"), "{told}");
        assert_eq!(names(&disk)?, ["README.md", "a-1.0.0.wasm"]);
        Ok(())
    }

    #[test]
    fn the_outcome_is_the_first_line_of_what_the_host_wrote() -> Result<()> {
        let disk = disk()?;
        fs::write(disk.releases.dir().join("a-1.0.0.wasm.refused"), "no\nsha256:1\n")?;
        assert_eq!(disk.releases.outcome("a-1.0.0.wasm")?, Outcome::Refused("no".into()));
        Ok(())
    }
}
