//! The history's file: one row per line, appended and on disk before anybody is told. A release that
//! changes something has two lines: its intent, and what came of it, which takes the intent's place.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::super::disk::Disk;
use super::super::trust::{open_own, read_own};
use super::super::whole_file::Draft;
use super::line;
use super::memory::Memory;
use super::{Ledger, Row, RowResult, StateDir, StateError};
use crate::base::limits;

/// What the file is called, in a state directory.
const FILE_NAME: &str = "history.jsonl";

/// How the line of a [`Memory`] begins.
const MEMORY: &[u8] = br#"{"through":"#;

/// Why a release whose intent stands alone is rolled back.
const UNFINISHED: &str = "the host ended before it was complete";

/// What is worth knowing of a release whose intent stands alone, and whose workers had changed all the same.
const SETTLED: &str = "the host ended before this was recorded; the journal of its durable workers has it";

/// The most bytes that JSON makes of one.
const ESCAPED: usize = 6;

/// What numbers may add to a row between its intent and its completion.
const NUMBERS: usize = 64;

/// Every release this host was given, in order.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    file: File,
    disk: Arc<dyn Disk>,
    /// The bytes of the file that are whole lines.
    length: u64,
    ledger: Ledger,
    broken: bool,
}

impl History {
    /// Reads the history of a state directory; it starts empty. The note says what a host that ended too
    /// soon has left: a last line that is unfinished is cut off (its row had not been reported to
    /// anybody), and an intent that stands alone is completed: as permanent if its workers `changed` all the same,
    /// which only durable ones can have, else as rolled back.
    ///
    /// # Errors
    /// It cannot be read or written, or is damaged anywhere else.
    pub fn open(state: &StateDir, changed: &dyn Fn(&Row) -> usize) -> Result<(History, Option<String>), StateError> {
        let path = state.path().join(FILE_NAME);
        let failed = StateError::io(&path);
        let mut file = open(&path).map_err(&failed)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(&failed)?;
        let whole = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut notes = vec![];
        if whole < content.len() {
            if !line::is_torn(&content[whole..]) {
                return Err(StateError::damaged(&path, "its last line does not end"));
            }
            let torn = content.len() - whole;
            notes.push(format!("the last line of {} was unfinished; its {torn} bytes are cut off", path.display()));
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(&failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(&failed)?;
        let (memory, rows) = parse(&content[..whole], &path)?;
        let (disk, length, ledger) = (state.disk(), whole as u64, Ledger::default());
        let mut history = History { path: path.clone(), file, disk, length, ledger, broken: false };
        let (rows, unfinished) = history.settle_unfinished(rows, changed);
        notes.extend(unfinished);
        history.ledger = Ledger::of(memory, rows);
        if history.ledger.forget_old() {
            history.shorten()?;
        }
        Ok((history, (!notes.is_empty()).then(|| notes.join("; "))))
    }

    /// The rows of a state directory that no host need hold, the oldest first; none if nothing was recorded there.
    /// Nothing is changed: an unfinished last line is left out, and an intent that stands alone is shown as it is.
    ///
    /// # Errors
    /// They cannot be read, or are damaged.
    pub fn read(state: &Path) -> Result<Vec<Row>, StateError> {
        let path = state.join(FILE_NAME);
        let content = match read_own(&path, u64::MAX) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
            read => read.map_err(StateError::io(&path))?,
        };
        let whole = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        parse(&content[..whole], &path).map(|(_, rows)| rows)
    }

    /// Its rows, and what follows from them.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Appends a row with the next number; on return it is on disk. A long reason is cut.
    ///
    /// # Errors
    /// It could not be written. If it could not be taken back or synced either, every further row fails:
    /// what is on disk is not certain then.
    pub fn append(&mut self, row: Row) -> Result<&Row, StateError> {
        self.push(row, 0)
    }

    /// Appends the intent of a release with the next number. On return it is on disk, and so is the room
    /// for the row that will complete it.
    ///
    /// # Errors
    /// As for [`History::append`]; nothing may be changed then.
    pub fn begin(&mut self, mut row: Row) -> Result<&Row, StateError> {
        row.result = RowResult::Begun;
        self.push(row, limits::HISTORY_REASON_BYTES_MAX * ESCAPED + NUMBERS)
    }

    /// Puts this row in the place of the intent with its number; on return it is on disk.
    ///
    /// # Errors
    /// There is no such intent, or the row could not be written although there was room.
    pub fn complete(&mut self, row: Row) -> Result<&Row, StateError> {
        let row = cut(row);
        let missing = || StateError::damaged(&self.path, format!("revision {} was not begun", row.revision));
        self.ledger.begun(row.revision).ok_or_else(missing)?;
        self.write(&written(&row, &self.path)?, 0)?;
        let revision = row.revision;
        self.enter(row);
        self.ledger.row(revision).ok_or(StateError::Broken)
    }

    /// Whether the file is still the one in its place: a row in one that was removed would be gone with it.
    ///
    /// # Errors
    /// It is not.
    pub fn in_place(&self) -> Result<(), StateError> {
        let place = |found: &std::fs::Metadata| (found.dev(), found.ino());
        let there = std::fs::symlink_metadata(&self.path).map(|found| place(&found)).ok();
        let ours = self.file.metadata().map_err(StateError::io(&self.path))?;
        if there == Some(place(&ours)) { Ok(()) } else { Err(StateError::Gone(self.path.clone())) }
    }

    /// Refuses every further row.
    pub(super) fn close(&mut self) {
        self.broken = true;
    }

    /// What has begun and was not completed has not happened, and the version before serves; unless a worker has
    /// changed and has left word of it. Gives the rows as they are then, and what people are told of them.
    fn settle_unfinished(&mut self, mut rows: Vec<Row>, changed: &dyn Fn(&Row) -> usize) -> (Vec<Row>, Vec<String>) {
        let mut notes = vec![];
        for row in rows.iter_mut().filter(|row| row.result == RowResult::Begun) {
            row.workers = changed(row);
            let (result, reason, serves) = match row.workers {
                0 => (RowResult::RolledBack, UNFINISHED, "the version before serves"),
                _ => (RowResult::Permanent, SETTLED, "its durable workers had changed, and it is now"),
            };
            row.result = result;
            row.reason = reason.to_owned();
            let told = written(row, &self.path).and_then(|line| self.write(&line, 0));
            // If it could not be written, the next start tries again.
            let more = told.err().map_or_else(String::new, |error| format!(" ({error})"));
            let what = format!("the release of {} (revision {}) was not complete", row.behaviour, row.revision);
            notes.push(format!("{what} when the host ended; {serves}{more}"));
        }
        (rows, notes)
    }

    /// Appends a row and keeps room for so many bytes behind its line, plus those of the line itself.
    fn push(&mut self, row: Row, spare: usize) -> Result<&Row, StateError> {
        let row = cut(Row { revision: self.next_revision()?, ..row });
        let line = written(&row, &self.path)?;
        self.write(&line, if spare == 0 { 0 } else { spare + line.len() })?;
        self.enter(row);
        self.ledger.rows().last().ok_or(StateError::Broken)
    }

    /// This row is on disk. If others are forgotten for it, the file is written anew without them; if it cannot be, it
    /// stays as it is until there are too many again.
    fn enter(&mut self, row: Row) {
        let before = self.ledger.rows().len();
        self.ledger.enter(row);
        if self.ledger.rows().len() < before {
            let _ = self.shorten();
        }
    }

    /// Writes a line and syncs it. Of one that finds the disk full nothing stays.
    fn write(&mut self, line: &[u8], spare: usize) -> Result<(), StateError> {
        if self.broken {
            return Err(StateError::Broken);
        }
        self.in_place()?;
        let whole = (line.len() + spare) as u64;
        let room = if spare == 0 { Ok(()) } else { self.disk.reserve(&self.path, &self.file, self.length, whole) };
        if let Err(error) = room.and_then(|()| self.disk.write(&self.path, &mut self.file, line)) {
            self.broken = self.take_back().is_err();
            return Err(StateError::io(&self.path)(error));
        }
        if let Err(error) = self.disk.sync(&self.path, &self.file) {
            // Whether it is on disk is not certain any more; most likely it is not after this.
            let _ = self.take_back();
            self.broken = true;
            return Err(StateError::io(&self.path)(error));
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Cuts off what stands behind the last whole line.
    fn take_back(&mut self) -> std::io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::Start(self.length)).map(drop)
    }

    fn next_revision(&self) -> Result<u64, StateError> {
        let none = || StateError::damaged(&self.path, "there is no revision after its last one");
        self.ledger.last_revision().checked_add(1).ok_or_else(none)
    }

    /// Writes the file anew, with the rows that are left and what is known of the others.
    fn shorten(&mut self) -> Result<(), StateError> {
        let mut lines = vec![written(self.ledger.memory(), &self.path)?];
        for row in self.ledger.rows() {
            lines.push(written(row, &self.path)?);
        }
        let parts: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let failed = StateError::io(&self.path);
        let draft = Draft::write(&*self.disk, &self.path, 0o600, &parts);
        draft.and_then(|draft| draft.keep(&*self.disk)).map_err(&failed)?;
        self.file = open(&self.path).map_err(&failed)?;
        self.length = self.file.seek(SeekFrom::End(0)).map_err(&failed)?;
        Ok(())
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    open_own(path, OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600))
}

fn cut(mut row: Row) -> Row {
    row.reason.truncate(row.reason.floor_char_boundary(limits::HISTORY_REASON_BYTES_MAX));
    row
}

fn written(line: &impl Serialize, path: &Path) -> Result<Vec<u8>, StateError> {
    line::write(line).map_err(|why| StateError::damaged(path, why))
}

/// What the first line says of rows that are forgotten, if it does, and the rows.
fn parse(content: &[u8], path: &Path) -> Result<(Memory, Vec<Row>), StateError> {
    let mut memory = Memory::default();
    let mut rows: Vec<Row> = Vec::new();
    let lines = content.strip_suffix(b"\n").map(|lines| lines.split(|byte| *byte == b'\n'));
    for (index, line) in lines.into_iter().flatten().enumerate() {
        let damaged = |why: String| StateError::damaged(path, format!("line {}: {why}", index + 1));
        if index == 0 && line.starts_with(MEMORY) {
            memory = line::read(line).map_err(damaged)?;
            continue;
        }
        let row: Row = line::read(line).map_err(damaged)?;
        if row.revision > rows.last().map_or(0, |last| last.revision) {
            rows.push(row);
            continue;
        }
        let known = rows.iter_mut().rev().find(|known| known.revision == row.revision);
        match known.filter(|known| known.result == RowResult::Begun && row.result != RowResult::Begun) {
            Some(intent) => *intent = row,
            None => return Err(damaged(format!("revision {} is out of order", row.revision))),
        }
    }
    Ok((memory, rows))
}
