//! The history's file: one row per line, appended and on disk before anybody is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::super::whole_file;
use super::chain::Chain;
use super::{Current, Row, RowResult, StateDir, StateError, Target};
use crate::base::{Digest, limits};

/// Every release this host was given, in order.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    file: File,
    rows: Vec<Row>,
    chains: BTreeMap<String, Chain>,
    broken: bool,
}

impl History {
    /// Reads the history of a state directory; it starts empty. A last line that a power cut left
    /// unfinished is cut off, and the note says so: its row had not been reported to anybody.
    ///
    /// # Errors
    /// It cannot be read or written, or is damaged anywhere else.
    pub fn open(state: &StateDir) -> Result<(History, Option<String>), StateError> {
        let path = state.path().join("history.jsonl");
        let failed = StateError::io(&path);
        let mut file = open(&path).map_err(&failed)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(&failed)?;
        let whole = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let note = (whole < content.len()).then(|| {
            let torn = content.len() - whole;
            format!("the last line of {} was unfinished; its {torn} bytes are cut off", path.display())
        });
        if note.is_some() {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(&failed)?;
        }
        file.seek(std::io::SeekFrom::End(0)).map_err(&failed)?;
        let rows = parse(&content[..whole], &path)?;
        let mut history = History { path: path.clone(), file, rows, chains: BTreeMap::new(), broken: false };
        history.forget_old()?;
        history.rows.iter().for_each(|row| follow(&mut history.chains, row));
        Ok((history, note))
    }

    /// Every row, the oldest first.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The number the next row will have.
    pub fn next_revision(&self) -> u64 {
        self.rows.last().map_or(1, |row| row.revision + 1)
    }

    /// Appends a row with the next number; on return it is on disk. A long reason is cut.
    ///
    /// # Errors
    /// It could not be written. From then on every append fails: what is on disk is not certain.
    pub fn append(&mut self, mut row: Row) -> Result<&Row, StateError> {
        if self.broken {
            return Err(StateError::Broken);
        }
        row.revision = self.next_revision();
        row.reason.truncate(row.reason.floor_char_boundary(limits::HISTORY_REASON_BYTES_MAX));
        let line = line(&row, &self.path)?;
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            self.broken = true;
            StateError::io(&self.path)(error)
        })?;
        follow(&mut self.chains, &row);
        self.rows.push(row);
        self.rows.last().ok_or(StateError::Broken)
    }

    /// What runs by the history: the last release of a behaviour that became permanent.
    pub fn current(&self, behaviour: &str) -> Option<Current> {
        self.chains.get(behaviour)?.current()
    }

    /// What a host that starts shall run instead of the manifest's component: [`History::current`],
    /// if that chain started with this very component. A manifest with another one has the word.
    pub fn boot(&self, behaviour: &str, manifest: &Digest) -> Option<Current> {
        self.current(behaviour).filter(|serving| serving.base == *manifest && serving.digest != *manifest)
    }

    /// Where a rollback of a behaviour goes: to the version before the one that runs, if the history
    /// knows how `running` came to run.
    pub fn previous(&self, behaviour: &str, running: &Digest) -> Option<Target> {
        self.chain(behaviour, running)?.before()
    }

    /// The row of a revision.
    pub fn row(&self, revision: u64) -> Option<&Row> {
        self.rows.iter().find(|row| row.revision == revision)
    }

    /// Where a rollback to a revision goes: to the version it made permanent; `None` if it made none.
    pub fn back_to(&self, revision: u64, running: &Digest) -> Option<Target> {
        let row = self.row(revision).filter(|row| row.result == RowResult::Permanent)?;
        let (version, digest) = (row.to?, row.digest?);
        let known = self.chain(&row.behaviour, running).and_then(|chain| chain.back_to(&digest));
        Some(known.unwrap_or(Target { version, digest, swap: None }))
    }

    /// Every component that a start or a rollback by one may ask for, and a few more.
    pub fn needed(&self) -> BTreeSet<Digest> {
        self.chains.values().flat_map(Chain::digests).collect()
    }

    fn chain(&self, behaviour: &str, running: &Digest) -> Option<&Chain> {
        self.chains.get(behaviour).filter(|chain| chain.ends_with(running))
    }

    fn forget_old(&mut self) -> Result<(), StateError> {
        let mut excess = self.rows.len().saturating_sub(limits::HISTORY_ROWS_MAX);
        if excess == 0 {
            return Ok(());
        }
        // Room for a while, so that not every start writes the file anew.
        excess += limits::HISTORY_ROWS_MAX / 2;
        let last = self.next_revision() - 1;
        self.rows.retain(|row| {
            let keep = excess == 0 || row.result == RowResult::Permanent || row.revision == last;
            excess -= usize::from(!keep);
            keep
        });
        let lines: Vec<Vec<u8>> = self.rows.iter().map(|row| line(row, &self.path)).collect::<Result<_, _>>()?;
        let parts: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let failed = StateError::io(&self.path);
        whole_file::write(&self.path, 0o600, &parts).map_err(&failed)?;
        self.file = open(&self.path).map_err(&failed)?;
        self.file.seek(std::io::SeekFrom::End(0)).map_err(&failed)?;
        Ok(())
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn follow(chains: &mut BTreeMap<String, Chain>, row: &Row) {
    chains.entry(row.behaviour.clone()).or_default().follow(row);
}

fn line(row: &Row, path: &Path) -> Result<Vec<u8>, StateError> {
    let mut line = serde_json::to_vec(row).map_err(|error| StateError::damaged(path, error))?;
    line.push(b'\n');
    Ok(line)
}

fn parse(content: &[u8], path: &Path) -> Result<Vec<Row>, StateError> {
    let mut rows: Vec<Row> = Vec::new();
    let lines = content.split_inclusive(|byte| *byte == b'\n');
    for (index, line) in lines.enumerate() {
        let damaged = |why: String| StateError::damaged(path, format!("line {}: {why}", index + 1));
        let row: Row = serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?;
        if rows.last().map_or(0, |last| last.revision) >= row.revision {
            return Err(damaged(format!("revision {} is out of order", row.revision)));
        }
        rows.push(row);
    }
    Ok(rows)
}
