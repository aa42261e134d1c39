//! Which files are the segments of a journal.

use super::unread;
use crate::disk::{Disk, Storage};
use crate::error::RecoveryError;
use crate::segment::{self, Found, Header};

/// Bytes that are read at once where many are looked at.
const CHUNK: usize = 1 << 20;

/// One segment.
pub(super) struct Segment<F> {
    pub(super) name: String,
    pub(super) header: Header,
    pub(super) file: F,
}

/// The segments that follow each other up to the newest.
pub(super) struct Run<F> {
    pub(super) segments: Vec<Segment<F>>,
    /// Files that are of no use: older ones beyond a gap, which had been removed, one that was made ready and never
    /// begun, and one that was never made ready.
    pub(super) left_over: Vec<String>,
}

impl<F: Storage> Run<F> {
    /// Finds them; those that end before the record `from` may be damaged.
    pub(super) fn find<D: Disk<Storage = F>>(disk: &D, from: u64) -> Result<Run<F>, RecoveryError> {
        let names = disk.list().map_err(unread("the folder of the journal"))?;
        let (mut numbers, mut left_over) = (vec![], vec![]);
        for name in names {
            match segment::number(&name) {
                Some(number) => numbers.push(number),
                None if name == segment::NEW || name == segment::READY => left_over.push(name),
                None => {}
            }
        }
        numbers.sort_unstable();
        let mut run = Run { segments: vec![], left_over };
        let newest = numbers.last().copied();
        for number in numbers.into_iter().rev() {
            let name = segment::name(number);
            let later = run.segments.last().map(|later: &Segment<F>| &later.header);
            // Beyond a gap nothing is looked at: it was removed, and the system was slow to do it.
            if later.is_some_and(|later| later.number != number + 1) {
                run.left_over.push(name);
                continue;
            }
            let file = disk.open(&name).map_err(unread(&name))?;
            match header(&name, &file, Some(number) == newest) {
                Ok(Some(header)) => run.segments.push(Segment { name, header, file }),
                Ok(None) => run.left_over.push(name),
                Err(RecoveryError::Header { .. }) if later.is_some_and(|later| later.first_record <= from) => break,
                Err(error) => return Err(error),
            }
        }
        run.segments.reverse();
        run.check()?;
        Ok(run)
    }

    /// All of them are of one journal, and are what their names say.
    fn check(&self) -> Result<(), RecoveryError> {
        for segment in &self.segments {
            let wrong = |why| RecoveryError::Misplaced { file: segment.name.clone(), why };
            let header = &segment.header;
            if segment::name(header.number) != segment.name {
                return Err(wrong("its header has another number"));
            }
            if header.journal != self.segments[0].header.journal {
                return Err(wrong("it is of another journal"));
            }
            if segment.file.length().map_err(unread(&segment.name))? != header.length {
                return Err(wrong("its length is not what its header says"));
            }
        }
        Ok(())
    }
}

/// The header of a segment; none if it was made ready and never begun, as only the newest may be.
fn header(name: &str, file: &impl Storage, is_newest: bool) -> Result<Option<Header>, RecoveryError> {
    match Header::read(file).map_err(unread(name))? {
        Found::Header(header) => Ok(Some(header)),
        Found::Version(version) => Err(RecoveryError::Version { file: name.to_owned(), version }),
        Found::Nothing if is_newest && is_unused(name, file)? => Ok(None),
        Found::Nothing => Err(RecoveryError::Header { file: name.to_owned() }),
    }
}

/// Whether no batch was ever written to a segment: headers come first, and nothing else before they are on disk.
fn is_unused(name: &str, file: &impl Storage) -> Result<bool, RecoveryError> {
    let length = file.length().map_err(unread(name))?;
    Ok(length > segment::BATCHES_FROM && is_zero(name, file, segment::BATCHES_FROM, length)?)
}

/// Whether there are only zeros in this stretch of a file.
pub(super) fn is_zero(name: &str, file: &impl Storage, from: u64, to: u64) -> Result<bool, RecoveryError> {
    let mut buffer = vec![0; CHUNK];
    let mut at = from;
    while at < to {
        let length = usize::try_from(to - at).map_or(CHUNK, |left| left.min(CHUNK));
        file.read(&mut buffer[..length], at).map_err(unread(name))?;
        if buffer[..length].iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += length as u64;
    }
    Ok(true)
}
