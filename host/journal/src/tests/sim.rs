//! A disk that may lose what was not synced, tear it, fill up, fail, and stop at any operation.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use fastrand::Rng;

use crate::disk::{Disk, Storage};

/// Bytes that a disk writes whole or not at all, at least.
const SECTOR: usize = 512;

/// One disk, which every clone is a handle of.
#[derive(Clone, Debug)]
pub(super) struct Sim(Rc<RefCell<State>>);

/// One file of it.
#[derive(Clone, Debug)]
pub(super) struct SimFile(Rc<RefCell<State>>, usize);

#[derive(Debug)]
struct State {
    rng: Rng,
    files: Vec<File>,
    /// Names as programs see them, and as they are on disk.
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Changes of names that are not on disk.
    unsynced_names: Vec<(String, Option<usize>)>,
    /// Operations that are done before the power goes.
    left: Option<u32>,
    /// Syncs that are done before one fails.
    syncs: Option<u32>,
    /// Bytes that files may have together.
    room: usize,
    unreadable: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct File {
    live: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<(usize, Vec<u8>)>,
}

impl Sim {
    pub(super) fn new(seed: u64) -> Sim {
        Sim(Rc::new(RefCell::new(State {
            rng: Rng::with_seed(seed),
            files: vec![],
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            unsynced_names: vec![],
            left: None,
            syncs: None,
            room: usize::MAX,
            unreadable: None,
        })))
    }

    /// The power goes after so many more operations.
    pub(super) fn cut_after(&self, operations: Option<u32>) {
        self.0.borrow_mut().left = operations;
    }

    /// Whether it has not stopped.
    pub(super) fn has_power(&self) -> bool {
        self.0.borrow().left != Some(0)
    }

    /// A sync fails after so many more that do not.
    pub(super) fn fail_sync_after(&self, syncs: Option<u32>) {
        self.0.borrow_mut().syncs = syncs;
    }

    /// The disk has room for this many bytes.
    pub(super) fn with_room(&self, bytes: usize) {
        self.0.borrow_mut().room = bytes;
    }

    /// Nobody can read this file.
    pub(super) fn unreadable(&self, name: &str) {
        self.0.borrow_mut().unreadable = Some(name.to_owned());
    }

    /// The power goes and comes back: each write that was not synced is there, is not, or is in part.
    pub(super) fn power_cut(&self) {
        let mut state = self.0.borrow_mut();
        let State { rng, files, names, durable_names, unsynced_names, left, syncs, .. } = &mut *state;
        (*left, *syncs) = (None, None);
        for file in files.iter_mut() {
            for (offset, bytes) in std::mem::take(&mut file.unsynced) {
                torn(rng, &mut file.durable, offset, &bytes);
            }
            file.live.clone_from(&file.durable);
        }
        // A file system that keeps their order, or one that does not.
        let (in_order, kept) = (rng.bool(), rng.usize(..=unsynced_names.len()));
        for (at, (name, file)) in unsynced_names.drain(..).enumerate() {
            if if in_order { at < kept } else { rng.bool() } {
                set(durable_names, name, file);
            }
        }
        names.clone_from(durable_names);
    }

    /// The names of its files.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.borrow().names.keys().cloned().collect()
    }

    /// The bytes of a file.
    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.0.borrow();
        state.files[state.names[name]].live.clone()
    }

    /// Changes a file behind everybody's back.
    pub(super) fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.0.borrow_mut();
        let at = state.names[name];
        let file = &mut state.files[at];
        change(&mut file.live);
        file.durable.clone_from(&file.live);
    }
}

/// What of a write arrives when the power goes during it.
fn torn(rng: &mut Rng, durable: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    let kind = rng.u8(..4);
    if kind == 0 {
        return;
    }
    if durable.len() < end {
        durable.resize(end, 0);
    }
    let prefix = rng.usize(..=bytes.len() / SECTOR);
    for (sector, piece) in bytes.chunks(SECTOR).enumerate() {
        let arrives = match kind {
            1 => true,
            2 => sector < prefix,
            _ => rng.bool(),
        };
        if arrives {
            let at = offset + sector * SECTOR;
            durable[at..at + piece.len()].copy_from_slice(piece);
        }
    }
}

fn set(names: &mut BTreeMap<String, usize>, name: String, file: Option<usize>) {
    match file {
        Some(file) => drop(names.insert(name, file)),
        None => drop(names.remove(&name)),
    }
}

impl State {
    /// One more operation, if there is power.
    fn step(&mut self) -> io::Result<()> {
        match &mut self.left {
            Some(0) => return Err(io::Error::other("the power is gone")),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }

    /// A sync that fails takes the changes for written, as kernels do.
    fn sync(&mut self) -> io::Result<bool> {
        self.step()?;
        match &mut self.syncs {
            Some(0) => {
                self.syncs = None;
                return Ok(false);
            }
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(true)
    }

    fn rename(&mut self, name: &str, file: Option<usize>) {
        set(&mut self.names, name.to_owned(), file);
        self.unsynced_names.push((name.to_owned(), file));
    }

    fn used(&self) -> usize {
        self.names.values().map(|file| self.files[*file].live.len()).sum()
    }
}

fn missing(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, name.to_owned())
}

impl Disk for Sim {
    type Storage = SimFile;

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.names())
    }

    fn open(&self, name: &str) -> io::Result<SimFile> {
        let state = self.0.borrow();
        if state.unreadable.as_deref() == Some(name) {
            return Err(io::Error::other("a bad sector"));
        }
        let file = *state.names.get(name).ok_or_else(|| missing(name))?;
        Ok(SimFile(Rc::clone(&self.0), file))
    }

    fn create(&self, name: &str) -> io::Result<SimFile> {
        let mut state = self.0.borrow_mut();
        state.step()?;
        state.files.push(File::default());
        let file = state.files.len() - 1;
        state.rename(name, Some(file));
        Ok(SimFile(Rc::clone(&self.0), file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.step()?;
        let file = *state.names.get(from).ok_or_else(|| missing(from))?;
        state.rename(to, Some(file));
        state.rename(from, None);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.step()?;
        state.names.get(name).ok_or_else(|| missing(name))?;
        state.rename(name, None);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        let works = state.sync()?;
        let changes = std::mem::take(&mut state.unsynced_names);
        if !works {
            return Err(io::Error::other("the folder could not be synced"));
        }
        changes.into_iter().for_each(|(name, file)| set(&mut state.durable_names, name, file));
        Ok(())
    }
}

impl Storage for SimFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.0.borrow().files[self.1].live.len() as u64)
    }

    fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let state = self.0.borrow();
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = state.files[self.1].live.get(from..).and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.step()?;
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let grows = (from + bytes.len()).saturating_sub(state.files[self.1].live.len());
        if state.used() + grows > state.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let file = &mut state.files[self.1];
        file.live.resize(file.live.len() + grows, 0);
        file.live[from..from + bytes.len()].copy_from_slice(bytes);
        file.unsynced.push((from, bytes.to_vec()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        let works = state.sync()?;
        let file = &mut state.files[self.1];
        let unsynced = std::mem::take(&mut file.unsynced);
        if !works {
            return Err(io::Error::other("the file could not be synced"));
        }
        for (offset, bytes) in unsynced {
            file.durable.resize(file.durable.len().max(offset + bytes.len()), 0);
            file.durable[offset..offset + bytes.len()].copy_from_slice(&bytes);
        }
        Ok(())
    }
}
