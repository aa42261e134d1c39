//! A copy of a state directory, also of one whose host runs and writes.
//!
//! Nobody is asked to stand still. What is only added to is copied in an order in which it does not matter that it
//! grows: of the journal the newest block first, so that a block is never there without all that was written before it.
//! What goes between being listed and being opened makes the copy begin anew. Whoever copies looks into the copy
//! afterwards: it is whole, or it is none.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::super::trust::{distrust, open_own};
use super::super::whole_file::is_draft;

/// What a host has for itself, or makes again.
const LEFT_OUT: [&str; 4] = [LOCK, "host.sock", "compiled", "lives.json"];

/// The folder of the journal, and the mark that says what must be in it.
const JOURNAL: &str = "journal";
const MARK: &str = "journal.mark";

/// What whoever holds a state directory leaves in it.
const LOCK: &str = "lock";

/// What the name of a segment ends in.
const SEGMENT: &str = "journal";

/// A write to a disk is as large, and as aligned, as this: of one block all is old or all is new.
const BLOCK: usize = 4096;

/// How often a copy begins anew because something went meanwhile.
const TRIES: u32 = 100;

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Files.
    pub files: u64,
    /// Bytes of them that are not zero blocks of a journal.
    pub bytes: u64,
}

/// A copy that is not at its place yet. Dropped, nothing of it is left.
#[derive(Debug)]
pub struct Backup {
    part: PathBuf,
    to: PathBuf,
    copied: Copied,
    kept: bool,
}

impl Backup {
    /// Copies the state directory `from` to a place beside `to`, which is not there or empty.
    ///
    /// # Errors
    /// There is no state directory of this user's, `to` is in use, or the system's.
    pub fn copy(from: &Path, to: &Path) -> io::Result<Backup> {
        if let Some(why) = distrust(&from.metadata()?, None) {
            return Err(io::Error::new(ErrorKind::PermissionDenied, format!("{}: {why}", from.display())));
        }
        if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(io::Error::new(ErrorKind::AlreadyExists, format!("{} is not empty", to.display())));
        }
        let name = to.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy();
        let part = to.with_file_name(format!("{name}.part"));
        for _ in 0..TRIES {
            make_part(&part)?;
            let mut backup = Backup { part: part.clone(), to: to.to_owned(), copied: Copied::default(), kept: false };
            match backup.copy_all(from) {
                // Dropped, it is removed, and begins anew.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(backup),
            }
        }
        Err(io::Error::new(ErrorKind::TimedOut, format!("{} changes faster than it can be copied", from.display())))
    }

    /// Where the copy stands until it is kept.
    pub fn path(&self) -> &Path {
        &self.part
    }

    /// Puts it at its place. On return it is there, also after a power cut.
    ///
    /// # Errors
    /// The system's.
    pub fn keep(mut self) -> io::Result<Copied> {
        // Whoever has looked into it had to hold it.
        fs::remove_file(self.part.join(LOCK)).or_else(not_there)?;
        if self.to.exists() {
            fs::remove_dir(&self.to)?;
        }
        fs::rename(&self.part, &self.to)?;
        self.kept = true;
        let above = self.to.parent().filter(|above| !above.as_os_str().is_empty());
        File::open(above.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(self.copied)
    }

    fn copy_all(&mut self, from: &Path) -> io::Result<()> {
        let segments = self.open_journal(from)?;
        // A release that ends between the two is in the second, and the code that the journal needs in one of both.
        self.copy_others(from, &self.part.clone())?;
        self.copy_journal(&segments)?;
        self.copy_others(from, &self.part.clone())?;
        File::open(&self.part)?.sync_all()
    }

    /// All segments, open, and the mark: what it asks for is in them, as none has come since they were opened.
    fn open_journal(&mut self, from: &Path) -> io::Result<BTreeMap<PathBuf, File>> {
        for _ in 0..TRIES {
            let segments = open_segments(&from.join(JOURNAL))?;
            self.copy_whole(&from.join(MARK), &self.part.join(MARK)).or_else(not_there)?;
            if self::segments(&from.join(JOURNAL))?.iter().all(|name| segments.contains_key(name)) {
                return Ok(segments);
            }
        }
        Err(ErrorKind::TimedOut.into())
    }

    fn copy_others(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            if is_left_out(&path, &name) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                make_dir(&to.join(&name))?;
                self.copy_others(&path, &to.join(&name))?;
                File::open(to.join(&name))?.sync_all()?;
            } else if kind.is_file() {
                self.copy_whole(&path, &to.join(&name))?;
            }
        }
        Ok(())
    }

    fn copy_whole(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let mut bytes = vec![];
        open_own(from, OpenOptions::new().read(true))?.read_to_end(&mut bytes)?;
        if fs::read(to).is_ok_and(|copied| copied == bytes) {
            return Ok(());
        }
        let file = created(to)?;
        file.write_all_at(&bytes, 0)?;
        self.done(&file, bytes.len() as u64)
    }

    fn copy_journal(&mut self, segments: &BTreeMap<PathBuf, File>) -> io::Result<()> {
        if segments.is_empty() {
            return Ok(());
        }
        let to = self.part.join(JOURNAL);
        make_dir(&to)?;
        for (name, segment) in segments.iter().rev() {
            self.copy_backwards(segment, &to.join(name))?;
        }
        File::open(&to)?.sync_all()
    }

    /// The last block first, one by one: whoever writes on meanwhile adds at the end alone.
    fn copy_backwards(&mut self, source: &File, to: &Path) -> io::Result<()> {
        let (length, file) = (source.metadata()?.len(), created(to)?);
        file.set_len(length)?;
        let (mut block, mut bytes) = ([0; BLOCK], 0);
        for number in (0..length.div_ceil(BLOCK as u64)).rev() {
            let at = number * BLOCK as u64;
            let wanted = BLOCK.min(usize::try_from(length - at).unwrap_or(BLOCK));
            let block = &mut block[..wanted];
            source.read_exact_at(block, at)?;
            if block.iter().any(|byte| *byte != 0) {
                file.write_all_at(block, at)?;
                bytes += block.len() as u64;
            }
        }
        self.done(&file, bytes)
    }

    fn done(&mut self, file: &File, bytes: u64) -> io::Result<()> {
        self.copied.files += 1;
        self.copied.bytes += bytes;
        file.sync_all()
    }
}

impl Drop for Backup {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed says by its name what it is.
            let _ = fs::remove_dir_all(&self.part);
        }
    }
}

/// All that are there. One that nobody needs any more goes, and can still be read.
fn open_segments(folder: &Path) -> io::Result<BTreeMap<PathBuf, File>> {
    let open = |name: PathBuf| {
        let segment = open_own(&folder.join(&name), OpenOptions::new().read(true))?;
        Ok((name, segment))
    };
    segments(folder)?.into_iter().map(open).collect()
}

/// Their names.
fn segments(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        entries => entries?,
    };
    let names = entries.map(|entry| Ok(PathBuf::from(entry?.file_name())));
    let names: io::Result<Vec<PathBuf>> = names.collect();
    Ok(names?.into_iter().filter(|name| is_segment(name)).collect())
}

fn is_segment(name: &Path) -> bool {
    let stem = name.file_stem().and_then(OsStr::to_str).unwrap_or_default();
    name.extension() == Some(OsStr::new(SEGMENT)) && !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_digit())
}

fn is_left_out(path: &Path, name: &OsStr) -> bool {
    name == JOURNAL || name == MARK || LEFT_OUT.iter().any(|known| name == *known) || is_draft(path)
}

fn not_there(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn make_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the directory of a copy that is not whole yet.
fn make_part(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            let text = format!("{} is left of a backup that did not come to its end; remove it", path.display());
            io::Error::new(ErrorKind::AlreadyExists, text)
        }
        _ => error,
    })
}

fn created(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}
