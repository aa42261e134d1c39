//! Which form a state directory has: a mark in it that says so, for versions that do not know that form yet.

use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::disk::Disk;
use super::super::trust::read_own;
use super::super::whole_file;
use super::LockError;

/// The form that this version writes. One more with each change that the versions before cannot read.
const FORMAT: u32 = 1;

/// What the mark is called.
const FILE_NAME: &str = "format.json";

/// Bytes of a mark.
const BYTES_MAX: u64 = 256;

#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    format: u32,
    /// The version that has written it first in this form.
    tomte: String,
}

/// Makes sure that this version knows what stands in this state directory, and leaves its mark where there is none: all
/// directories without one have the first form. So nobody waits for the disk to have it: a mark that could not be
/// written, or that a power cut has emptied, is written by the next start.
///
/// # Errors
/// A later version has written there, or the mark is none.
pub(super) fn check(dir: &Path, disk: &dyn Disk) -> Result<(), LockError> {
    let path = dir.join(FILE_NAME);
    match read_own(&path, BYTES_MAX) {
        Ok(bytes) if bytes.iter().any(|byte| *byte != 0) => known(dir, serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() != ErrorKind::NotFound => Err(LockError::Io { path: dir.to_owned(), error }),
        Ok(_) | Err(_) => {
            let mark = Mark { format: FORMAT, tomte: env!("CARGO_PKG_VERSION").to_owned() };
            let _ = whole_file::write(disk, &path, 0o600, &[&serde_json::to_vec(&mark).unwrap_or_default()]);
            Ok(())
        }
    }
}

fn known(dir: &Path, mark: Option<Mark>) -> Result<(), LockError> {
    match mark {
        Some(Mark { format: 1..=FORMAT, .. }) => Ok(()),
        Some(Mark { tomte, .. }) => Err(LockError::Newer { path: dir.to_owned(), tomte }),
        None => Err(LockError::Io {
            path: dir.to_owned(),
            error: std::io::Error::new(ErrorKind::InvalidData, format!("its {FILE_NAME} is damaged")),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::StateDir;
    use super::*;

    #[test]
    fn a_state_directory_is_marked_once_and_known_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let state = dir.path().join("state");
        drop(StateDir::lock(&state).expect("a new one"));
        let mark = fs::read_to_string(state.join(FILE_NAME)).expect("a mark");
        assert_eq!(mark, format!("{{\"format\":1,\"tomte\":\"{}\"}}", env!("CARGO_PKG_VERSION")));
        drop(StateDir::lock(&state).expect("the same again"));
        assert_eq!(fs::read_to_string(state.join(FILE_NAME)).expect("a mark"), mark);
        fs::remove_file(state.join(FILE_NAME)).expect("removed");
        drop(StateDir::lock(&state).expect("one from before there were marks"));
        assert_eq!(fs::read_to_string(state.join(FILE_NAME)).expect("a mark"), mark);
        fs::write(state.join(FILE_NAME), "").expect("emptied");
        drop(StateDir::lock(&state).expect("one that lost its power"));
        assert_eq!(fs::read_to_string(state.join(FILE_NAME)).expect("a mark"), mark);
    }

    #[test]
    fn what_a_later_version_has_written_is_left_alone_and_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let state = dir.path().join("state");
        drop(StateDir::lock(&state).expect("a new one"));
        for (mark, said) in [
            ("{\"format\":2,\"tomte\":\"9.9.9\"}", "was written by tomte 9.9.9"),
            ("{\"format\":0,\"tomte\":\"9.9.9\"}", "was written by tomte 9.9.9"),
            ("{\"format\":1", "format.json is damaged"),
        ] {
            fs::write(state.join(FILE_NAME), mark).expect("written");
            let error = StateDir::lock(&state).expect_err("refused").to_string();
            assert!(error.contains(said) && error.contains("--state DIR"), "{error}");
            assert_eq!(fs::read_to_string(state.join(FILE_NAME)).expect("a mark"), mark);
        }
    }
}
