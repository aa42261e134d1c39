//! Files that are there whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::BuildError;

/// Replaces a file in one step, and only if its bytes differ: watchers and caches look at times.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool, BuildError> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    replace(path, bytes).map_err(|source| BuildError::File { path: path.to_owned(), source })?;
    Ok(true)
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As public as any other file that is built; temporary ones begin closed to others.
    let mut temporary = tempfile::Builder::new()
        .prefix(".")
        .suffix(".tmp")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)?;
    temporary.write_all(bytes)?;
    temporary.persist(path)?;
    Ok(())
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    fs::read(path).map_err(|source| BuildError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_only_if_it_differs_and_readable_as_others_are() -> Result<(), Box<dyn std::error::Error>>
    {
        let dir = tempfile::tempdir()?;
        let (path, other) = (dir.path().join("a.wasm"), dir.path().join("b"));
        assert!(write_if_changed(&path, b"one")?);
        assert!(!write_if_changed(&path, b"one")?);
        assert!(write_if_changed(&path, b"two")?);
        assert_eq!(read(&path)?, b"two");
        fs::write(&other, b"")?;
        assert_eq!(fs::metadata(&path)?.permissions(), fs::metadata(&other)?.permissions());
        assert_eq!(fs::read_dir(dir.path())?.count(), 2, "nothing else stays behind");
        let told = write_if_changed(&dir.path().join("no/a.wasm"), b"").map_err(|error| error.to_string());
        assert!(told.is_err_and(|text| text.contains("no/a.wasm")));
        Ok(())
    }
}
