//! Taking an order back while it is carried out.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};

/// Takes an order back when it is dropped.
#[derive(Debug)]
pub struct CallOff {
    /// The other side notices when it is closed.
    _open: Option<PipeWriter>,
}

/// Whether an order was taken back.
#[derive(Debug)]
pub struct CalledOff(Option<PipeReader>);

impl CalledOff {
    /// An order that nobody takes back.
    pub fn never() -> CalledOff {
        CalledOff(None)
    }

    /// Something that can be waited for: it becomes readable when the order is taken back.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(AsFd::as_fd)
    }
}

impl CallOff {
    /// An order that can be taken back; where the system has no descriptor left, one that cannot.
    pub fn new() -> (CallOff, CalledOff) {
        match io::pipe() {
            Ok((reader, writer)) => (CallOff { _open: Some(writer) }, CalledOff(Some(reader))),
            Err(_) => (CallOff { _open: None }, CalledOff::never()),
        }
    }
}
