//! The way of log lines to standard error: whoever logs never waits and never fails.
//!
//! Lines wait in a lane that is bounded in bytes, and one thread writes them. A line that finds no place,
//! or that cannot be written, is lost and counted; the count is logged when lines flow again. Lines of
//! guests may take half of the lane, so that a flood of theirs leaves room for the host's own.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use crate::base::limits::LOG_LANE_BYTES;

/// The target of guests' lines.
pub(super) const GUEST: &str = "guest";
/// The target of what the lane says of itself.
const ITSELF: &str = "tomte::log";

/// What a line counts for beside its bytes, so that empty ones have a bound too.
const LINE_BYTES: usize = size_of::<Vec<u8>>();

/// How long standard error rests that takes nothing now and cannot be waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// The lane. All clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<Lines>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Lines {
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    /// One has been taken and is being written.
    writing: bool,
    lost: u64,
}

impl Lines {
    /// Lets a line wait if that keeps the lane within so many bytes.
    fn push(&mut self, line: &[u8], bound: usize) {
        if self.bytes + line.len() + LINE_BYTES > bound {
            self.lost += 1;
            return;
        }
        self.bytes += line.len() + LINE_BYTES;
        self.waiting.push_back(line.to_vec());
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let line = self.waiting.pop_front()?;
        self.bytes -= line.len() + LINE_BYTES;
        Some(line)
    }

    /// How many were lost, once there is room again to say so.
    fn lost_before(&mut self) -> Option<u64> {
        let flows = self.lost > 0 && self.bytes <= LOG_LANE_BYTES / 2;
        flows.then(|| std::mem::take(&mut self.lost))
    }
}

impl Lane {
    /// A lane whose lines one thread writes to standard error. The stream is written past the lock of
    /// `std`, which whoever has last words to say would wait for.
    ///
    /// # Errors
    /// There is no further descriptor, or no thread.
    pub(super) fn to_stderr() -> io::Result<Lane> {
        let lane = Lane::default();
        // Closed, all that is logged is lost, as it would be without a lane.
        let stderr = io::stderr().as_fd().try_clone_to_owned().map(File::from).ok();
        let writer = lane.clone();
        let write = move || writer.write_all_to(stderr);
        thread::Builder::new().name("log".to_owned()).spawn(write)?;
        Ok(lane)
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets lines of the host's own wait, though they are no event.
    pub(super) fn say(&self, text: &str) {
        self.push(format!("{text}\n").as_bytes(), LOG_LANE_BYTES);
    }

    fn push(&self, line: &[u8], bound: usize) {
        self.lock().push(line, bound);
        self.0.changed.notify_all();
    }

    /// Waits until every line is written, or for this long.
    pub(super) fn drain(&self, time: Duration) {
        let is_busy = |lines: &mut Lines| lines.writing || !lines.waiting.is_empty();
        drop(self.0.changed.wait_timeout_while(self.lock(), time, is_busy));
    }

    fn write_all_to(&self, mut stream: Option<File>) {
        loop {
            let line = self.next();
            let written = stream.as_mut().is_some_and(|stream| write_line(stream, &line).is_ok());
            let lost = self.written(written);
            if let Some(lost) = lost {
                tracing::warn!(target: ITSELF, lost, "lines of the log were lost: they could not be written in time");
            }
        }
    }

    /// The next line, as soon as there is one.
    fn next(&self) -> Vec<u8> {
        let mut lines = self.lock();
        loop {
            if let Some(line) = lines.take() {
                lines.writing = true;
                return line;
            }
            lines = self.0.changed.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A line was written, or lost; how many were lost before one that was written.
    fn written(&self, written: bool) -> Option<u64> {
        let mut lines = self.lock();
        lines.writing = false;
        lines.lost += u64::from(!written);
        let lost = written.then(|| lines.lost_before()).flatten();
        drop(lines);
        self.0.changed.notify_all();
        lost
    }
}

/// Writes a line, also to a stream that does not block. Of one that cannot be written whole, the rest of
/// the stream's last line may be left.
fn write_line(stream: &mut impl Write, mut line: &[u8]) -> io::Result<()> {
    while !line.is_empty() {
        match stream.write(line) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => line = &line[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Where the formatter writes one event.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    lane: &'a Lane,
    bound: usize,
}

impl Write for Entry<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.lane.push(line, self.bound);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lane {
    type Writer = Entry<'a>;

    fn make_writer(&'a self) -> Entry<'a> {
        Entry { lane: self, bound: LOG_LANE_BYTES }
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Entry<'a> {
        let bound = match event.target() {
            GUEST => LOG_LANE_BYTES / 2,
            // It is said once, when there is room, and must not count as lost itself.
            ITSELF => usize::MAX,
            _ => LOG_LANE_BYTES,
        };
        Entry { lane: self, bound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_lost_and_counted_and_told_when_there_is_room() {
        let mut lines = Lines::default();
        let line = vec![b'x'; LOG_LANE_BYTES / 8];
        (0..10).for_each(|_| lines.push(&line, LOG_LANE_BYTES));
        assert_eq!((lines.waiting.len(), lines.lost, lines.lost_before()), (7, 3, None));
        while lines.bytes > LOG_LANE_BYTES / 2 {
            assert!(lines.take().is_some());
        }
        assert_eq!((lines.lost_before(), lines.lost_before()), (Some(3), None));
    }

    #[test]
    fn empty_lines_have_a_bound_too() {
        let mut lines = Lines::default();
        (0..=LOG_LANE_BYTES).for_each(|_| lines.push(b"", LOG_LANE_BYTES));
        assert_eq!(lines.waiting.len(), LOG_LANE_BYTES / LINE_BYTES);
    }

    #[test]
    fn a_flood_of_guests_leaves_room_for_the_host() {
        let mut lines = Lines::default();
        let line = vec![b'x'; LOG_LANE_BYTES / 8];
        (0..10).for_each(|_| lines.push(&line, LOG_LANE_BYTES / 2));
        assert_eq!((lines.waiting.len(), lines.lost), (3, 7));
        lines.push(&line, LOG_LANE_BYTES);
        assert_eq!((lines.waiting.len(), lines.lost), (4, 7));
    }

    /// Takes a few bytes at a time, between them nothing.
    struct Slow(Vec<u8>, bool);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.0.extend_from_slice(&bytes[..bytes.len().min(3)]);
            Ok(bytes.len().min(3))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_does_not_block_gets_the_whole_line() {
        let mut slow = Slow(vec![], false);
        write_line(&mut slow, b"twelve bytes").expect("written");
        assert_eq!(slow.0, b"twelve bytes");
    }
}
