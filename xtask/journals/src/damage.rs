//! What a rival makes of damage. Rot in what was acknowledged must be told; a write that the power cut tore, which was
//! never acknowledged, must keep nobody from starting.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::rivals::{self, RECORD, Readable};

/// Groups that are acknowledged before the damage.
const GROUPS: u64 = 100;

/// Records in each.
const GROUP: u64 = 10;

/// The record that rots: the first of its group, so that what stands before its group rots too.
const ROTTEN: u64 = GROUPS / 2 * GROUP;

/// Bytes that rot before it and after it.
const AROUND: usize = 64;

/// The files of a folder at one moment, by their paths in it.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// How a rival came back.
#[derive(Debug)]
enum Back {
    /// It did not start.
    Refused,
    /// It started with so many of the records that it had acknowledged, and so many others.
    Started { right: u64, wrong: u64 },
}

/// What this rival makes of rot and of a torn write, in words.
pub(crate) fn told(folder: &Path, name: &str) -> Result<[String; 2]> {
    let scratch = tempfile::tempdir_in(folder)?;
    let mut rival = rivals::open(name, scratch.path())?;
    let mut commit = |group: u64| {
        let records: Vec<_> = (group * GROUP..).take(GROUP as usize).map(rivals::record).collect();
        rival.commit(group * GROUP, &records)
    };
    (0..GROUPS).try_for_each(&mut commit)?;
    let acknowledged = read(scratch.path(), scratch.path())?;
    commit(GROUPS)?;
    let written = read(scratch.path(), scratch.path())?;
    Ok([of_rot(folder, name, &acknowledged)?, of_tear(folder, name, &acknowledged, &written)?])
}

/// One bit of each byte in and around a record is flipped, one after the other.
fn of_rot(folder: &Path, name: &str, files: &Files) -> Result<String> {
    let (mut flips, mut refused, mut served, mut silent) = (0, 0, 0, 0);
    for (path, bytes) in files {
        for at in memchr::memmem::find_iter(bytes, &rivals::record(ROTTEN)) {
            for place in at.saturating_sub(AROUND)..(at + RECORD + AROUND).min(bytes.len()) {
                let mut files = files.clone();
                let bytes = files.get_mut(path).context("it is one of them")?;
                bytes[place] ^= 1 << (place % 8);
                flips += 1;
                match back(folder, name, &files)? {
                    Back::Refused => refused += 1,
                    Back::Started { right, wrong: 0 } if right == GROUPS * GROUP => served += 1,
                    Back::Started { .. } => silent += 1,
                }
            }
        }
    }
    ensure!(flips > 0, "the record is in no file");
    Ok(format!("of {flips} flips {refused} refused, {served} harmless, {silent} lost or changed records silently"))
}

/// Of what the last write changed the first half arrived.
fn of_tear(folder: &Path, name: &str, before: &Files, after: &Files) -> Result<String> {
    let mut torn = after.clone();
    for (path, bytes) in &mut torn {
        let empty = vec![];
        let old = before.get(path).unwrap_or(&empty);
        let was = |at: usize| old.get(at).copied().unwrap_or(0);
        let changed: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] != was(at)).collect();
        changed[changed.len() / 2..].iter().for_each(|&at| bytes[at] = was(at));
    }
    Ok(match back(folder, name, &torn)? {
        Back::Refused => "refuses to start".to_owned(),
        Back::Started { right, wrong: 0 } if right == GROUPS * GROUP => "starts, nothing lost".to_owned(),
        back => format!("{back:?} of {}", GROUPS * GROUP),
    })
}

/// Starts a rival on these files.
fn back(folder: &Path, name: &str, files: &Files) -> Result<Back> {
    let scratch = tempfile::tempdir_in(folder)?;
    for (path, bytes) in files {
        let path = scratch.path().join(path);
        fs::create_dir_all(path.parent().context("it has a parent")?)?;
        fs::write(path, bytes)?;
    }
    // Some panic instead of refusing: then they do not start either.
    let came = std::panic::catch_unwind(|| rivals::reopen(name, scratch.path()).map(|rival| counted(rival.as_ref())));
    Ok(came.ok().and_then(Result::ok).unwrap_or(Back::Refused))
}

fn counted(rival: &dyn Readable) -> Back {
    let (mut right, mut wrong) = (0, 0);
    for number in 0..GROUPS * GROUP {
        match rival.read(number) {
            Ok(Some(found)) if found == rivals::record(number) => right += 1,
            Ok(Some(_)) => wrong += 1,
            Ok(None) => {}
            Err(_) => return Back::Refused,
        }
    }
    Back::Started { right, wrong }
}

/// All files below a folder.
fn read(root: &Path, folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => files.append(&mut read(root, &entry.path())?),
            false => drop(files.insert(entry.path().strip_prefix(root)?.to_owned(), fs::read(entry.path())?)),
        }
    }
    Ok(files)
}
