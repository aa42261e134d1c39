//! The socket: mode 0600 in a directory of mode 0700, open to its owner and to root.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as Probe;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};

use super::address::Address;

/// The bits of a mode that let anybody but the owner in.
const OTHERS: u32 = 0o077;

/// Why the admin socket could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// A host answers on it.
    #[error("a host already answers on {}", .0.display())]
    Live(PathBuf),
    /// Something else lies at its path.
    #[error("{} exists and is not a socket", .0.display())]
    NotASocket(PathBuf),
    /// Its directory lets others in.
    #[error("{} may be opened by others (mode {mode:03o})", directory.display())]
    Open {
        /// The directory.
        directory: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The system said no.
    #[error("cannot open the admin socket {}: {source}", path.display())]
    System {
        /// The path of the socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes a directory that only its owner can open, or closes an existing one to others.
///
/// # Errors
/// It cannot be made, or it belongs to somebody else.
pub fn private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let found = fs::metadata(path)?;
    if found.uid() != rustix::process::geteuid().as_raw() {
        let why = format!("it belongs to the user {}; chown it, or choose another", found.uid());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    if found.mode() & OTHERS == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(0o700))
}

/// The listening socket. Its file is removed when it is dropped.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
    inode: u64,
}

impl Socket {
    /// Listens at this path, whose directory must be closed to others (see
    /// [`private_directory`]; it is made if missing). The file of a dead host is replaced.
    /// Needs a tokio runtime.
    ///
    /// # Errors
    /// A host answers there, the directory is open to others, or the system says no.
    pub fn bind(path: &Path) -> Result<Socket, SocketError> {
        let system = |source| SocketError::System { path: path.to_owned(), source };
        let owner = closed_directory(path)?;
        remove_stale(path)?;
        let listener = UnixListener::bind(Address::of(path).path()).map_err(system)?;
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(system)?;
        let inode = fs::symlink_metadata(path).map_err(system)?.ino();
        Ok(Socket { listener, path: path.to_owned(), owner, inode })
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next connection of the owner or of root; others are turned away.
    pub(super) async fn accept(&self) -> UnixStream {
        loop {
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors: others must close some before trying again can help.
                    tracing::warn!(%error, "the admin socket cannot accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            match stream.peer_cred() {
                Ok(peer) if is_admitted(peer.uid(), self.owner) => return stream,
                Ok(peer) => tracing::warn!(uid = peer.uid(), "admin connection turned away"),
                Err(error) => tracing::warn!(%error, "admin connection of an unknown user"),
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Another host may have replaced the file since: only our own is ours to remove.
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode);
        if ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the admin socket's file stays behind");
        }
    }
}

/// Answers the owner of the directory, who is the owner of the host.
fn closed_directory(path: &Path) -> Result<u32, SocketError> {
    let system = |source| SocketError::System { path: path.to_owned(), source };
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !directory.exists() {
        private_directory(directory).map_err(system)?;
    }
    let found = fs::metadata(directory).map_err(system)?;
    let mode = found.mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(SocketError::Open { directory: directory.to_owned(), mode });
    }
    Ok(found.uid())
}

fn remove_stale(path: &Path) -> Result<(), SocketError> {
    let system = |source| SocketError::System { path: path.to_owned(), source };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(system(error)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(SocketError::NotASocket(path.to_owned()));
        }
        Ok(_) => {}
    }
    match Probe::connect(Address::of(path).path()) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path).map_err(system),
        Err(error) => Err(system(error)),
        Ok(_) => Err(SocketError::Live(path.to_owned())),
    }
}

fn is_admitted(peer: u32, owner: u32) -> bool {
    peer == owner || peer == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn closed() -> io::Result<tempfile::TempDir> {
        let root = tempfile::tempdir()?;
        private_directory(root.path())?;
        Ok(root)
    }

    #[test]
    fn only_the_owner_and_root_are_admitted() {
        assert!(is_admitted(1000, 1000) && is_admitted(0, 1000));
        assert!(!is_admitted(1001, 1000) && !is_admitted(1000, 0));
    }

    #[tokio::test]
    async fn the_socket_and_its_directory_are_closed_to_others() -> Tested {
        let root = tempfile::tempdir()?;
        let path = root.path().join("made/host.sock");
        let socket = Socket::bind(&path)?;
        assert_eq!(fs::metadata(&path)?.mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(root.path().join("made"))?.mode() & 0o777, 0o700);
        drop(socket);
        assert!(!path.exists());
        Ok(())
    }

    #[tokio::test]
    async fn a_socket_stands_and_is_reached_in_a_directory_of_any_depth() -> Tested {
        let root = closed()?;
        let deep = (0..5).fold(root.path().to_owned(), |path, _| path.join("d".repeat(60)));
        let path = deep.join("host.sock");
        let socket = Socket::bind(&path)?;
        assert_eq!(fs::metadata(&path)?.mode() & 0o777, 0o600);
        UnixStream::connect(Address::of(&path).path()).await?;
        assert!(matches!(Socket::bind(&path), Err(SocketError::Live(live)) if live == path));
        drop(socket);
        assert!(!path.exists());
        Ok(())
    }

    #[tokio::test]
    async fn a_directory_open_to_others_is_refused_until_it_is_made_private() -> Tested {
        let root = tempfile::tempdir()?;
        fs::set_permissions(root.path(), Permissions::from_mode(0o755))?;
        let path = root.path().join("host.sock");
        let refused = Socket::bind(&path);
        assert!(matches!(refused, Err(SocketError::Open { mode: 0o755, .. })), "{refused:?}");
        private_directory(root.path())?;
        Socket::bind(&path)?;
        Ok(())
    }

    #[tokio::test]
    async fn the_socket_of_a_dead_host_is_replaced_and_a_live_one_is_not() -> Tested {
        let root = closed()?;
        let path = root.path().join("host.sock");
        drop(std::os::unix::net::UnixListener::bind(&path)?);
        assert!(path.exists(), "the file outlives its listener");
        let live = Socket::bind(&path)?;
        assert!(matches!(Socket::bind(&path), Err(SocketError::Live(_))));
        assert!(Probe::connect(&path).is_ok(), "the live socket still listens");
        drop(live);
        Ok(())
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_left_alone() -> Tested {
        let root = closed()?;
        let path = root.path().join("host.sock");
        fs::write(&path, "precious")?;
        assert!(matches!(Socket::bind(&path), Err(SocketError::NotASocket(_))));
        assert_eq!(fs::read(&path)?, b"precious");
        Ok(())
    }

    #[tokio::test]
    async fn dropping_a_socket_leaves_the_file_of_its_successor() -> Tested {
        let root = closed()?;
        let path = root.path().join("host.sock");
        let first = Socket::bind(&path)?;
        fs::rename(&path, root.path().join("moved"))?;
        let second = Socket::bind(&path)?;
        drop(first);
        assert!(path.exists());
        drop(second);
        assert!(!path.exists());
        Ok(())
    }
}
