//! The manifest is read again while its application runs.

use std::path::Path;
use std::sync::PoisonError;

use super::check;
use super::handle::Handle;
use super::view::ReloadView;
use crate::base::{Failure, Kind, Name};
use crate::event_loop::{lock, order_failure};
use crate::release::{self, Reload};
use crate::supervisor::{Change, ChildError};

impl Handle {
    /// Reads the manifest again and changes what is declared of supervisors and children, as OTP's
    /// code change of a supervisor does: children that run go on, and what is new of them holds from
    /// their next start; new children are added and not started; those that are missing go on until
    /// their supervisor ends. All of it or, with an error, nothing.
    ///
    /// # Errors
    /// The manifest is wrong, with every problem in the text; or a supervisor is busy or would take a
    /// name that is taken.
    pub fn reload(&self) -> Result<ReloadView, Failure> {
        let mut running = self.manifest.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = running.file.parent().unwrap_or(Path::new("")).to_owned();
        let new = check::manifest(&dir).map_err(|error| Failure::new(Kind::Refused, error.to_string()))?;
        let (reload, becomes) = release::reload(&running, &new);
        self.apply(&reload)?;
        *running = becomes;
        Ok(view(reload))
    }

    fn apply(&self, reload: &Reload) -> Result<(), Failure> {
        let mut tree = lock(&self.tree);
        let mut changes = vec![];
        for (name, flags, children) in reload.supervisors.clone() {
            let none = || order_failure(&ChildError::NoSupervisor(name.to_string()));
            let supervisor = tree.id(name.as_str()).ok_or_else(none)?;
            changes.push(Change { supervisor, flags, children });
        }
        tree.change(changes).map(drop).map_err(|error| order_failure(&error))
    }
}

fn view(reload: Reload) -> ReloadView {
    let texts = |names: Vec<Name>| names.iter().map(Name::to_string).collect();
    ReloadView {
        changed: texts(reload.changed),
        added: texts(reload.added),
        kept: texts(reload.kept),
        not_applied: reload.not_applied,
    }
}
