//! A segment that is ready before it is needed.

use std::io;

use crate::disk::{Disk, Storage};
use crate::segment::{self, NEW, READY};

/// Zeros that are written at once.
const CHUNK: usize = 1 << 20;

/// A segment that is to be made ready, once.
#[derive(Debug)]
pub struct Preparation {
    pub(super) length: u64,
}

/// A file of zeros that is on disk.
#[derive(Debug)]
pub struct Prepared<F> {
    pub(super) file: F,
    pub(super) length: u64,
}

impl Preparation {
    /// Makes it ready.
    ///
    /// # Errors
    /// The system's; there may be no room. What was begun is taken away again.
    pub fn run<D: Disk>(self, disk: &D) -> io::Result<Prepared<D::Storage>> {
        let file = zeros(disk, READY, self.length, |_| Ok(()))?;
        Ok(Prepared { file, length: self.length })
    }
}

/// The segment with this number, made on the way.
pub(super) fn made<D: Disk>(disk: &D, number: u64, length: u64) -> io::Result<Prepared<D::Storage>> {
    let file = zeros(disk, NEW, length, |_| Ok(()))?;
    named(disk, NEW, number)?;
    Ok(Prepared { file, length })
}

/// A file of zeros, on disk. Whatever is to stand in it from the beginning is written before it is synced.
pub(super) fn zeros<D: Disk>(
    disk: &D,
    name: &str,
    length: u64,
    begin: impl FnOnce(&D::Storage) -> io::Result<()>,
) -> io::Result<D::Storage> {
    let made = filled(disk, name, length, begin);
    if made.is_err() {
        // If it stays, the next start removes it, and the next one of its name takes its place.
        let _ = disk.remove(name);
    }
    made
}

fn filled<D: Disk>(
    disk: &D,
    name: &str,
    length: u64,
    begin: impl FnOnce(&D::Storage) -> io::Result<()>,
) -> io::Result<D::Storage> {
    let file = disk.create(name)?;
    let zeros = vec![0; usize::try_from(length).map_or(CHUNK, |length| length.min(CHUNK))];
    let mut at = 0;
    while at < length {
        let piece = usize::try_from(length - at).map_or(CHUNK, |left| left.min(CHUNK));
        file.write(&zeros[..piece], at)?;
        at += piece as u64;
    }
    begin(&file)?;
    file.sync()?;
    Ok(file)
}

/// Gives a file the name of the segment with this number, for good.
pub(super) fn named<D: Disk>(disk: &D, from: &str, number: u64) -> io::Result<()> {
    disk.rename(from, &segment::name(number))?;
    disk.sync()
}
