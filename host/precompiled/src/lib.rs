//! What a compiler in another process says: text, or machine code that this process will run.
//!
//! An engine that takes compiled code believes every byte of it, so wasmtime calls that `unsafe`. This
//! crate is where tomte does it, and nowhere else. What makes it sound is a capability and not a
//! signature: the code is written into a [`Sheet`], a file without a name that this process has made for
//! one order and shown to one other process, and it is read from a [`Sealed`] one, which nobody can
//! change any more. What a host keeps on disk for its next start comes back into such a file only if it has the
//! host's own mark, see [`Keeper`].

mod keeper;

pub use keeper::{Keeper, open_kept};

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::fd::AsRawFd as _;
use std::process::Stdio;

use rustix::fs::{MemfdFlags, SealFlags};
use wasmtime::component::Component;

/// A file in memory, without a name, that goes to another process to be read or written.
#[derive(Debug)]
pub struct Sheet(File);

/// A [`Sheet`] that nobody can change any more, nor make longer or shorter.
#[derive(Debug)]
pub struct Sealed(File);

impl Sheet {
    /// An empty sheet.
    ///
    /// # Errors
    /// The system has no file left for it.
    pub fn new() -> io::Result<Sheet> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        Ok(Sheet(File::from(rustix::fs::memfd_create("tomte", flags)?)))
    }

    /// A sheet that says this, to be read from its beginning.
    ///
    /// # Errors
    /// The system has no file or no memory left for it.
    pub fn of(bytes: &[u8]) -> io::Result<Sheet> {
        let mut sheet = Sheet::new()?;
        sheet.0.write_all(bytes)?;
        sheet.0.seek(SeekFrom::Start(0))?;
        Ok(sheet)
    }

    /// It as the input or an output of another process.
    ///
    /// # Errors
    /// The system has no descriptor left for it.
    pub fn stdio(&self) -> io::Result<Stdio> {
        Ok(Stdio::from(self.0.try_clone()?))
    }

    /// Makes it what nobody changes any more; whoever was shown it may still read.
    ///
    /// # Errors
    /// Somebody has it mapped for writing.
    pub fn seal(self) -> io::Result<Sealed> {
        let all = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        rustix::fs::fcntl_add_seals(&self.0, all)?;
        Ok(Sealed(self.0))
    }
}

impl Sealed {
    /// The first bytes of what it says, so many at most.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, most: u64) -> io::Result<Vec<u8>> {
        // The place where it was written last is shared with whoever wrote.
        let mut from_the_beginning = File::open(self.path())?.take(most);
        let mut bytes = vec![];
        from_the_beginning.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// What it says as a component. Its pages are those of the sheet; they are not copied.
    ///
    /// Only for a sheet that was shown to nobody but a compiler, of which it is known that it has ended well, or for
    /// what a [`Keeper`] has unpacked.
    ///
    /// # Errors
    /// It is not code of this version of the engine for this machine with these settings, or it does not fit
    /// the engine's pool.
    #[expect(unsafe_code, reason = "compiled code can only be believed; see below why it is")]
    pub fn component(&self, engine: &wasmtime::Engine) -> wasmtime::Result<Component> {
        // SAFETY: what is asked for is that the file is what `Component::serialize` gave, and that it does not
        // change while it is mapped. The file has no name. It was made by `Sheet::new` in this process, and the
        // only other process that ever had it is the one it was handed to, a compiler that has ended. That
        // process is this very program, so the version and the settings are its own; wasmtime compares both. Or it
        // was filled by `Keeper::unpack` with such bytes: their mark is made with a key that only this user's hosts
        // can read, over what such a compiler gave.
        // The seals keep everybody, this process too, from changing it.
        unsafe { Component::deserialize_file(engine, self.path()) }
    }

    fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.0.as_raw_fd())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_and_never_changed() {
        let mut sheet = Sheet::of(b"first, ").expect("a sheet");
        let mut other = sheet.0.try_clone().expect("another descriptor");
        other.seek(SeekFrom::End(0)).expect("at its end");
        sheet.0.write_all(b"second").expect("written");
        let sealed = sheet.seal().expect("sealed");
        assert_eq!(sealed.read(100).expect("read"), b"first, second");
        assert_eq!(sealed.read(5).expect("read"), b"first");
        for at in [0, 100] {
            other.seek(SeekFrom::Start(at)).expect("a place");
            assert!(other.write(b"x").is_err(), "at {at}");
        }
        assert!(other.set_len(0).is_err());
        assert_eq!(sealed.read(100).expect("read"), b"first, second");
    }

    #[test]
    fn what_is_no_code_of_this_engine_is_an_error() {
        let engine = wasmtime::Engine::default();
        for bytes in [&b""[..], b"\0asm", &[0x7f; 5000]] {
            let sealed = Sheet::of(bytes).and_then(Sheet::seal).expect("sealed");
            assert!(sealed.component(&engine).is_err(), "{} bytes", bytes.len());
        }
    }
}
