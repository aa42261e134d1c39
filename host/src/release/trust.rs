//! Whom files are believed to come from, as `sshd` decides it with StrictModes (`sshd_config(5)`), but for groups:
//! which group may write is the operator's own choice, and often that of the umask.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::geteuid;

/// Why what was found must not be believed, with a way out; nothing if it may be. It must belong to whom this
/// process runs for, to root, or to `another`, and not everybody may write it.
pub(super) fn distrust(found: &Metadata, another: Option<u32>) -> Option<String> {
    let (owner, own) = (found.uid(), geteuid().as_raw());
    if ![0, own].contains(&owner) && another != Some(owner) {
        return Some(format!("it belongs to the user {owner}, and this host runs for {own}; chown it"));
    }
    let everybody = 0o002;
    (found.mode() & everybody != 0).then(|| "everybody may write it; chmod o-w".to_owned())
}

/// Opens a file as these options say. A link is not followed, and a pipe that took its place is not waited for.
pub(super) fn open_itself(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    options.custom_flags(flags.cast_signed()).open(path)
}

/// Opens a file of our own as these options say. Links are not followed, and what is no regular file is an
/// error, however it came there: a pipe in its place would never be done reading.
pub(super) fn open_own(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = open_itself(path, options)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    match distrust(&found, None) {
        Some(why) => Err(io::Error::new(io::ErrorKind::PermissionDenied, why)),
        None => Ok(file),
    }
}

/// Reads a file of our own, so many bytes at most.
pub(super) fn read_own(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    open_own(path, OpenOptions::new().read(true))?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_of_ours_is_a_regular_file_that_not_everybody_writes() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("file");
        let read = || read_own(&path, 100).map_err(|error| error.to_string());
        fs::write(&path, "mine").expect("written");
        assert_eq!(read(), Ok(b"mine".to_vec()));
        fs::set_permissions(&path, Permissions::from_mode(0o666)).expect("set");
        assert!(read().expect_err("not believed").contains("chmod o-w"));
        fs::rename(&path, dir.path().join("elsewhere")).expect("moved");
        symlink(dir.path().join("elsewhere"), &path).expect("linked");
        assert!(read().is_err(), "a link is not followed");
        fs::remove_file(&path).expect("removed");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
            .expect("a pipe");
        assert!(read().expect_err("a pipe").contains("not a regular file"));
    }

    #[test]
    fn only_we_and_root_and_who_is_named_are_believed() {
        let own = tempfile::NamedTempFile::new().expect("a file").as_file().metadata().expect("there");
        assert_eq!(distrust(&own, None), None);
        let root = fs::metadata("/").expect("there");
        assert_eq!(distrust(&root, None), None);
        assert_eq!(distrust(&own, Some(own.uid())), None);
    }
}
