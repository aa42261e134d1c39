//! What a guest writes: lines of `log.log`, stdout and stderr, buffered within a bound.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::limits::{LOG_BYTES_MAX, REASON_BYTES_MAX};

/// How important a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is odd. Lines of stderr have this level.
    Warn,
    /// Worth knowing. Lines of stdout have this level.
    Info,
    /// For whoever wrote the behaviour.
    Debug,
    /// In every detail.
    Trace,
}

impl Level {
    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        }
    }
}

/// One line a guest wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its level.
    pub level: Level,
    /// Its text, without the line break.
    pub text: String,
}

/// Which of the two standard streams is written to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// The log of one instance, shared with its standard streams.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Buffer>>);

/// Of what a function writes to stderr, so much of its end is kept: where an error is told with the way that led to
/// it, the error itself comes last, or first in the last few lines.
const LAST_WORDS_BYTES: usize = 8 * REASON_BYTES_MAX;

/// What one line weighs besides its text, so that empty lines are bounded as well.
const LINE_BYTES: usize = size_of::<LogLine>();

#[derive(Default)]
struct Buffer {
    lines: Vec<LogLine>,
    bytes: usize,
    dropped: u64,
    /// Beginnings of lines not ended yet.
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// What the current function wrote to stderr: the words of a panic.
    last_words: VecDeque<u8>,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a line, cut to what there is room for.
    pub(super) fn line(&self, level: Level, text: &str) {
        self.lock().push(level, text);
    }

    /// Takes bytes written to a standard stream; whole lines become log lines.
    pub(super) fn write(&self, stream: Stream, bytes: &[u8]) {
        let mut buffer = self.lock();
        if stream == Stream::Stderr {
            buffer.last_words.extend(bytes.iter().skip(bytes.len().saturating_sub(LAST_WORDS_BYTES)));
            let over = buffer.last_words.len().saturating_sub(LAST_WORDS_BYTES);
            buffer.last_words.drain(..over);
        }
        bytes.split_inclusive(|byte| *byte == b'\n').for_each(|piece| buffer.piece(stream, piece));
    }

    /// A guest function begins: the last words of the one before are forgotten.
    pub(super) fn begin(&self) {
        self.lock().last_words.clear();
    }

    /// What the current function wrote to stderr last.
    pub(super) fn last_words(&self) -> String {
        String::from_utf8_lossy(self.lock().last_words.make_contiguous()).into_owned()
    }

    /// Takes the lines. The last one tells how many were dropped, if any were.
    pub(super) fn take(&self) -> Vec<LogLine> {
        let mut buffer = self.lock();
        for stream in [Stream::Stdout, Stream::Stderr] {
            buffer.end_line(stream);
        }
        let mut lines = std::mem::take(&mut buffer.lines);
        if buffer.dropped > 0 {
            let text = format!("{} more lines were dropped (limit {LOG_BYTES_MAX} bytes)", buffer.dropped);
            lines.push(LogLine { level: Level::Warn, text });
        }
        (buffer.bytes, buffer.dropped) = (0, 0);
        lines
    }
}

impl Buffer {
    fn push(&mut self, level: Level, text: &str) {
        let room = LOG_BYTES_MAX.saturating_sub(self.bytes);
        if room <= LINE_BYTES {
            self.dropped += 1;
            return;
        }
        let text = &text[..text.floor_char_boundary(room - LINE_BYTES)];
        self.bytes += text.len() + LINE_BYTES;
        self.lines.push(LogLine { level, text: text.to_owned() });
    }

    fn piece(&mut self, stream: Stream, piece: &[u8]) {
        let (text, ended) = piece.strip_suffix(b"\n").map_or((piece, false), |text| (text, true));
        let begun = self.begun(stream);
        let room = LOG_BYTES_MAX.saturating_sub(begun.len());
        begun.extend_from_slice(&text[..text.len().min(room)]);
        if ended {
            let line = std::mem::take(self.begun(stream));
            self.push(level(stream), &String::from_utf8_lossy(&line));
        }
    }

    fn end_line(&mut self, stream: Stream) {
        if !self.begun(stream).is_empty() {
            self.piece(stream, b"\n");
        }
    }

    fn begun(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }
}

fn level(stream: Stream) -> Level {
    match stream {
        Stream::Stdout => Level::Info,
        Stream::Stderr => Level::Warn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_line_become_one_line() {
        let log = Log::default();
        log.write(Stream::Stdout, b"a");
        log.write(Stream::Stdout, b"b\n\nc");
        let lines: Vec<String> = log.take().into_iter().map(|line| line.text).collect();
        assert_eq!(lines, ["ab", "", "c"]);
    }

    #[test]
    fn lines_beyond_the_bound_are_dropped_and_counted() {
        let log = Log::default();
        (0..LOG_BYTES_MAX).for_each(|_| log.line(Level::Info, ""));
        log.line(Level::Info, &"x".repeat(LOG_BYTES_MAX));
        log.write(Stream::Stderr, &vec![b'x'; 3 * LOG_BYTES_MAX]);
        let lines = log.take();
        let bytes: usize = lines.iter().map(|line| line.text.len() + LINE_BYTES).sum();
        assert!(bytes <= LOG_BYTES_MAX + 2 * LINE_BYTES + 80, "{bytes}");
        assert!(lines.last().is_some_and(|line| line.text.contains("lines were dropped")));
        log.line(Level::Info, "again");
        assert_eq!(log.take().len(), 1);
    }
}
