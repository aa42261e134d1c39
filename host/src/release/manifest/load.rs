//! From a file to a checked manifest.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::super::document::{ManifestError, Problem, Report, Table, parse, read};
use super::types::Places;
use super::{Manifest, application, behaviours, rest, tree, unbuilt};
use crate::base::Name;
use crate::base::limits::MANIFEST_BYTES_MAX;

/// What a manifest's file is called.
pub const MANIFEST_FILE: &str = "tomte.toml";

impl Manifest {
    /// Reads and checks `tomte.toml` in a directory.
    ///
    /// # Errors
    /// The file cannot be read, is larger than a manifest may be, or is wrong; every problem that
    /// was found is in the error.
    pub fn load(dir: &Path) -> Result<Manifest, ManifestError> {
        let file = dir.join(MANIFEST_FILE);
        let text = read_text(&file, "start one with `tomte new NAME`, or name the directory that holds it")?;
        Manifest::parse(&text, &file)
    }

    /// Checks the text of a manifest. `file` is named in messages, and its directory is where
    /// relative paths start; nothing is read.
    ///
    /// # Errors
    /// Something is wrong; every problem that was found is in the error.
    pub fn parse(text: &str, file: &Path) -> Result<Manifest, ManifestError> {
        parse(text, file, |root, report| manifest(root, report, file))
    }

    /// The supervisor at the top of its tree.
    pub fn root(&self) -> &Name {
        &self.tree.supervisors[0].0
    }

    /// Whether this version of tomte honours everything the manifest asks for.
    ///
    /// # Errors
    /// It asks for something that is not built yet; each such key is in the error.
    pub fn unsupported(&self) -> Result<(), ManifestError> {
        if self.unbuilt.is_empty() {
            return Ok(());
        }
        Err(ManifestError { file: self.file.clone(), problems: self.unbuilt.clone() })
    }

    /// Whether every component's and every page's file is there, and the directory of the assets.
    ///
    /// # Errors
    /// A file is missing or is not a regular file, or the directory cannot be read; each of them is
    /// in the error.
    pub fn check_files(&self) -> Result<(), ManifestError> {
        let components = self.behaviours.iter().filter_map(|(name, behaviour)| {
            missing(&behaviour.component).map(|why| Problem {
                what: format!("behaviour `{name}` has no component"),
                at: self.places.behaviours.get(name).cloned(),
                why,
                fix: "build it with `tomte build`, or correct the path".to_owned(),
            })
        });
        let pages = self.listens.iter().filter_map(|listen| {
            missing(listen.http.page.as_ref()?).map(|why| Problem {
                what: format!("the listener on {} has no page", listen.address),
                at: None,
                why,
                fix: "correct the path after `page`; it counts from the manifest".to_owned(),
            })
        });
        let problems: Vec<Problem> = components.chain(pages).chain(self.check_assets()).collect();
        if problems.is_empty() { Ok(()) } else { Err(ManifestError { file: self.file.clone(), problems }) }
    }

    fn check_assets(&self) -> Option<Problem> {
        let dir = self.application.assets.as_ref()?;
        let error = std::fs::read_dir(dir).err()?;
        Some(Problem {
            what: "the directory of the assets cannot be read".to_owned(),
            at: self.places.assets.clone(),
            why: format!("{}: {error}", dir.display()),
            fix: "make it, or correct the path after `assets`; it counts from the manifest".to_owned(),
        })
    }
}

/// Why there is no regular file at this path, if there is none.
fn missing(path: &Path) -> Option<String> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => None,
        Ok(_) => Some(format!("{} is not a regular file", path.display())),
        Err(error) => Some(format!("{}: {error}", path.display())),
    }
}

/// Reads a file that a person wrote, up to the bound of a manifest.
pub(in crate::release) fn read_text(file: &Path, if_missing: &str) -> Result<String, ManifestError> {
    let wrong = |what: String, why: String, fix: &str| {
        ManifestError::one(file, Problem { what, at: None, why, fix: fix.to_owned() })
    };
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|opened| opened.take(MANIFEST_BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                wrong(format!("there is no {}", file.display()), error.to_string(), if_missing)
            }
            std::io::ErrorKind::InvalidData => {
                wrong("the file is not text".to_owned(), error.to_string(), "save it as UTF-8")
            }
            _ => wrong("the file cannot be read".to_owned(), error.to_string(), "look at its permissions"),
        })?;
    if text.len() as u64 > MANIFEST_BYTES_MAX {
        let why = format!("it has more than {MANIFEST_BYTES_MAX} bytes");
        return Err(wrong("the file is too large".to_owned(), why, "is it really a manifest?"));
    }
    Ok(text)
}

fn manifest(root: &Table<'_>, report: &Report<'_>, file: &Path) -> Option<Manifest> {
    // A manifest of another version follows other rules; judging it by these would only mislead.
    root.need("manifest_version", read::whole(1..=1))?;
    let base = base_of(file);
    let mut places = Places::default();
    let declared = application::application(root, report, &base, &mut places);
    let (behaviours, behaviour_places) = behaviours::behaviours(root, report, &base);
    places.behaviours = behaviour_places;
    behaviours::check_grants(root, report);
    let config = declared.application.as_ref().map(|application| application.config.clone()).unwrap_or_default();
    let tree = tree::tree(root, report, &behaviours, &config, &mut places);
    application::check_callback(&declared, report, &tree);
    let listens = rest::listens(root, report, &tree, &base);
    let upgrade = rest::upgrade(root);
    let unbuilt = unbuilt::unbuilt(root, report);
    let file = file.to_owned();
    Some(Manifest { file, application: declared.application?, behaviours, tree, listens, upgrade, places, unbuilt })
}

fn base_of(file: &Path) -> PathBuf {
    let dir = file.parent().unwrap_or(Path::new(""));
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    // Only fails where there is no current directory; relative paths then stay relative.
    std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned())
}
