//! A look at one file of the folder: whether it may be a component, and whether it may be believed.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::super::trust::distrust;
use super::file_name::{Promise, promise};
use super::reader::Stamp;
use super::reason;

/// What a look at one file said.
pub(super) enum Look {
    Nothing,
    Candidate(Stamp),
    Refuse(Stamp, String),
}

/// Who may put files into the folder, beside root and whom the host runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// Its owner.
    Owner(u32),
    /// Whoever is in a group that may write it.
    Group,
    /// Nobody.
    Nobody,
}

impl Others {
    /// Those of this folder.
    pub(super) fn who_write(folder: &Path) -> Others {
        let group = 0o020;
        match folder.metadata() {
            Ok(found) if found.mode() & group != 0 => Others::Group,
            Ok(found) => Others::Owner(found.uid()),
            Err(_) => Others::Nobody,
        }
    }
}

/// Looks at a file without opening it.
pub(super) fn look(path: &Path, others: Others) -> Look {
    let Ok(found) = path.symlink_metadata() else { return Look::Nothing };
    let (stamp, kind) = (Stamp::of(&found), found.file_type());
    let refuse = |reason: &str| Look::Refuse(stamp, reason.to_owned());
    let is_component = promise(path) == Promise::Component;
    let another = match others {
        Others::Owner(owner) => Some(owner),
        Others::Group => Some(found.uid()),
        Others::Nobody => None,
    };
    match is_component {
        _ if kind.is_symlink() => refuse(reason::SYMLINK),
        true if kind.is_file() => match distrust(&found, another) {
            Some(why) => refuse(&format!("not to be trusted: {why}")),
            None => Look::Candidate(stamp),
        },
        true if kind.is_dir() => refuse(reason::DIRECTORY),
        true => refuse(reason::IRREGULAR),
        false if kind.is_dir() => refuse(reason::RELEASE),
        false => Look::Nothing,
    }
}
