//! Compiled code that is kept on disk between two lives of a host, and believed again only if this host kept it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{Sealed, Sheet};

const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 32;

/// A key that only this host has, with which it knows again what it has kept.
pub struct Keeper([u8; KEY_BYTES]);

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keeper")
    }
}

impl Keeper {
    /// The keeper with the key in this file. A file that is not there, or that somebody else owns, may read or write,
    /// is made anew with another key: what was kept with the old one is then unknown.
    ///
    /// # Errors
    /// The file cannot be read or made.
    pub fn open(path: &Path) -> io::Result<Keeper> {
        match Keeper::read(path)? {
            Some(keeper) => Ok(keeper),
            None => Keeper::make(path),
        }
    }

    fn read(path: &Path) -> io::Result<Option<Keeper>> {
        let mut file = match open_kept(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) if path.is_symlink() => return Ok(None),
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        let is_ours = metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o077 == 0;
        let mut key = [0; KEY_BYTES];
        let is_whole = metadata.len() == KEY_BYTES as u64 && metadata.is_file();
        Ok((is_ours && is_whole && file.read_exact(&mut key).is_ok()).then_some(Keeper(key)))
    }

    fn make(path: &Path) -> io::Result<Keeper> {
        let mut key = [0; KEY_BYTES];
        File::open("/dev/urandom")?.read_exact(&mut key)?;
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(&key)?;
        Ok(Keeper(key))
    }

    /// What is to be written to a file so that [`Keeper::unpack`] knows it again under this name.
    ///
    /// # Errors
    /// The sheet cannot be read.
    pub fn pack(&self, name: &str, sealed: &Sealed, most: u64) -> io::Result<Vec<u8>> {
        let said = sealed.read(most)?;
        let mut packed = self.mac(name, &said).finalize().into_bytes().to_vec();
        packed.extend_from_slice(&said);
        Ok(packed)
    }

    /// What was packed under this name by this very keeper; nothing, if that is not what these bytes are.
    pub fn unpack(&self, name: &str, packed: &[u8]) -> Option<Sealed> {
        let (mac, said) = packed.split_at_checked(MAC_BYTES)?;
        self.mac(name, said).verify_slice(mac).ok()?;
        Sheet::of(said).and_then(Sheet::seal).ok()
    }

    fn mac(&self, name: &str, said: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| unreachable!("a key of any length will do"));
        // The length comes first, so that no name can run into what is said.
        mac.update(&(name.len() as u64).to_be_bytes());
        mac.update(name.as_bytes());
        mac.update(said);
        mac
    }
}

/// Opens a key or what was kept, to be read: never what a link leads to, and a pipe does not make a host wait.
///
/// # Errors
/// It is a link, or cannot be read.
pub fn open_kept(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(FLAGS).open(path)
}

const FLAGS: i32 = rustix::fs::OFlags::NOFOLLOW.union(rustix::fs::OFlags::NONBLOCK).bits() as i32;

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn sealed(text: &[u8]) -> Sealed {
        Sheet::of(text).and_then(Sheet::seal).expect("sealed")
    }

    #[test]
    fn what_was_packed_is_known_again_under_its_name_by_its_keeper_alone() {
        let folder = folder();
        let keeper = Keeper::open(&folder.path().join("key")).expect("a key");
        let packed = keeper.pack("a", &sealed(b"code"), 100).expect("packed");
        let again = Keeper::open(&folder.path().join("key")).expect("the same key");
        let unpacked = again.unpack("a", &packed).expect("known");
        assert_eq!(unpacked.read(100).expect("read"), b"code");
        assert!(again.unpack("b", &packed).is_none(), "another name");
        let other = Keeper::open(&folder.path().join("other")).expect("another key");
        assert!(other.unpack("a", &packed).is_none(), "another host's");
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 1;
            assert!(again.unpack("a", &damaged).is_none(), "bit flipped at {at}");
            assert!(again.unpack("a", &packed[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn a_key_that_others_may_read_or_that_is_no_file_of_ours_is_made_anew() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        let path = folder.path().join("key");
        let packed = Keeper::open(&path).expect("a key").pack("a", &sealed(b"code"), 100).expect("packed");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("opened to others");
        assert!(Keeper::open(&path).expect("a new key").unpack("a", &packed).is_none());
        std::fs::write(&path, b"short").expect("damaged");
        assert!(Keeper::open(&path).is_ok());
        std::fs::remove_file(&path).expect("removed");
        let pipe = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &path, pipe, rustix::fs::Mode::RUSR, 0).expect("a pipe");
        assert!(Keeper::open(&path).is_ok() && path.is_file(), "nobody waits for a writer");
        std::fs::remove_file(&path).expect("removed");
        let elsewhere = folder.path().join("elsewhere");
        std::fs::write(&elsewhere, [7; KEY_BYTES]).expect("a file");
        std::os::unix::fs::symlink(&elsewhere, &path).expect("a link");
        assert!(Keeper::open(&path).is_ok() && !path.is_symlink());
        assert_eq!(std::fs::read(&elsewhere).expect("untouched"), [7; KEY_BYTES]);
    }
}
