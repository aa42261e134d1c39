//! One `[child.NAME]` table, for a child that is added while the application runs.

use std::path::Path;

use toml::Spanned;

use super::super::document::{ManifestError, Report, Table, parse};
use super::children::{Child, children};
use super::{Manifest, unbuilt};
use crate::base::{ChildKind, ChildSpec, Name};

/// What the text is called in messages.
const FILE: &str = "the specification of the child";

impl Manifest {
    /// Reads the specification of a worker that is to be added under a supervisor, as the manifest
    /// would have it: `[child.NAME]` with its keys. `under` may be left out.
    ///
    /// # Errors
    /// It is wrong, names another supervisor or a behaviour that the application has not, or asks for
    /// what is not built yet; every problem that was found is in the error.
    pub fn one_child(&self, text: &str, under: &Name) -> Result<ChildSpec, ManifestError> {
        let file = Path::new(FILE);
        let (spec, unbuilt) =
            parse(text, file, |root, report| Some((self.only(root, report, under)?, unbuilt::unbuilt(root, report))))?;
        if unbuilt.is_empty() { Ok(spec) } else { Err(ManifestError { file: file.to_owned(), problems: unbuilt }) }
    }

    fn only(&self, root: &Table<'_>, report: &Report<'_>, under: &Name) -> Option<ChildSpec> {
        let managers = self.tree.supervisors.iter().filter(|(_, spec)| spec.manager.is_some());
        let managers = managers.map(|(name, _)| name.clone()).collect();
        let mut all = children(root, report, &self.application.config, &managers);
        let (Some(child), true) = (all.pop(), all.is_empty()) else {
            let fix = "write one table [child.NAME] with a line `behaviour = \"NAME\"`".to_owned();
            report.say(&(0..0), "this is not one child".to_owned(), "children are added one by one", fix);
            return None;
        };
        self.check(&child, report, under);
        Some(child.spec)
    }

    fn check(&self, child: &Child, report: &Report<'_>, under: &Name) {
        let told = |name: &Spanned<Name>| name.span() != child.name.span();
        if told(&child.under) && child.under.get_ref() != under {
            let what = format!("`{}` stands under `{}`", child.name.get_ref(), child.under.get_ref());
            report.say(&child.under.span(), what, "it was asked for elsewhere", format!("write `under = \"{under}\"`"));
        }
        if let Some(after) = child.after.first() {
            let why = "a child that is added starts last of all";
            report.say(&after.span(), "`after` has no meaning here".to_owned(), why, "take it out".to_owned());
        }
        match &child.spec.kind {
            ChildKind::Worker(name) if !self.behaviours.contains_key(name) => {
                report.unknown(&child.is, "behaviour", self.behaviours.keys().map(Name::as_str));
            }
            ChildKind::Worker(_) => {}
            ChildKind::Supervisor(_) => {
                let why = "only workers are added while the application runs";
                let fix = "declare it in tomte.toml and restart the host".to_owned();
                report.say(&child.is.span(), "this child is a supervisor".to_owned(), why, fix);
            }
        }
    }
}
