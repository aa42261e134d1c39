//! The manifest is read again while its application runs.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::check;
use super::handle::Handle;
use super::view::ReloadView;
use crate::base::{Failure, Kind, Name};
use crate::control::{Ask, Reloading};
use crate::release::{self, Reload};

impl Handle {
    /// Reads the manifests again and changes what is declared of supervisors and children, as OTP's
    /// code change of a supervisor does: children that run go on, and what is new of them holds from
    /// their next start; new children are added and not started; those that are missing go on until
    /// their supervisor ends. Workers with another configuration are told at once. All of it or, with an
    /// error, nothing.
    ///
    /// # Errors
    /// A manifest is wrong, with every problem in the text; or a supervisor is busy or would take a
    /// name that is taken.
    pub async fn reload(&self) -> Result<ReloadView, Failure> {
        let running = self.manifests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let dirs: Vec<PathBuf> = running.iter().map(|manifest| dir(&manifest.file)).collect();
        let refused = |text: String| Failure::new(Kind::Refused, text);
        let read = check::applications(&dirs).map_err(|error| refused(error.to_string()))?;
        let (mut all, mut declared_now) = (Reload::default(), vec![]);
        for old in &running {
            let name = &old.application.name;
            let gone = || refused(format!("application `{name}` is no longer in {}", old.file.display()));
            let new = read.place(name.as_str()).map(|place| &read.manifests[place]).ok_or_else(gone)?;
            let (one, becomes) = release::reload(old, new);
            all.extend(one);
            declared_now.push(becomes);
        }
        all.supervisors
            .iter()
            .flat_map(|(.., children)| children)
            .try_for_each(|spec| self.may_start(spec))
            .map_err(|failure| refused(failure.text))?;
        let reloading =
            Reloading { manifests: declared_now.clone(), supervisors: std::mem::take(&mut all.supervisors) };
        self.ask(|done| Ask::Reload(Box::new(reloading), done)).await??;
        *self.manifests.lock().unwrap_or_else(PoisonError::into_inner) = declared_now;
        Ok(view(all))
    }
}

fn dir(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

fn view(reload: Reload) -> ReloadView {
    let texts = |names: Vec<Name>| names.iter().map(Name::to_string).collect();
    ReloadView {
        flags: texts(reload.flags),
        changed: texts(reload.changed),
        added: texts(reload.added),
        kept: texts(reload.kept),
        not_applied: reload.not_applied,
    }
}
