//! The guests that are measured and what they are asked.

use std::path::{Path, PathBuf};

/// One guest and the request whose answer is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// The scenario of its steps.
    pub(crate) scenario: &'static str,
    /// Its file.
    pub(crate) file: &'static str,
    /// The request.
    pub(crate) body: &'static [u8],
}

impl Asked {
    /// Its path.
    pub(crate) fn path(&self, guests: &Path) -> PathBuf {
        guests.join(self.file)
    }
}

/// Answers with what it was asked: the price of the host without a behaviour's work.
pub(crate) const ECHO: Asked = Asked { scenario: "step", file: "echo-0.1.0.wasm", body: &[b'x'; 64] };

/// Parses JSON, counts, and writes JSON.
pub(crate) const COUNTER: Asked =
    Asked { scenario: "step, counter (JSON)", file: "counter-0.1.0.wasm", body: INCREMENT };

/// One more.
pub(crate) const INCREMENT: &[u8] = b"\"Increment\"";
/// Reads the count.
pub(crate) const READ: &[u8] = b"\"Read\"";
/// Crashes the counter while it stands at zero.
pub(crate) const RESET: &[u8] = b"\"Reset\"";
