//! The journal's thread on a real disk: what shards are told is there, and what nobody needs goes.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::watch;
use tomte_journal::{Disk, Expected, Folder, Options, Recovered, RecoveryError, SEGMENT_BYTES_MIN, Writer, recover};

use crate::journal::{Life, Records};
use crate::protocol::{HandedIn, OnDisk};
use crate::runtime::run_journal::{JournalLanes, run_journal};

struct Running {
    handed_in: Sender<(usize, HandedIn)>,
    on_disk: watch::Receiver<OnDisk>,
    thread: JoinHandle<std::io::Result<()>>,
    marks: std::sync::mpsc::Receiver<(u64, u64)>,
}

fn folder(dir: &tempfile::TempDir) -> Folder {
    Folder::new(dir.path())
}

fn run(dir: &tempfile::TempDir, recovered: Recovered, from: u64) -> Running {
    run_with(dir, recovered, from, SEGMENT_BYTES_MIN)
}

fn run_with(dir: &tempfile::TempDir, recovered: Recovered, from: u64, segment: u64) -> Running {
    run_on(folder(dir), recovered, from, segment)
}

fn run_on<D>(disk: D, recovered: Recovered, from: u64, segment: u64) -> Running
where
    D: Disk + Clone + Send + 'static,
    D::Storage: Send,
{
    let options = Options { segment, first: segment, fingerprint: [0; 16], seed: [from as u8; 32] };
    let writer = Writer::open(disk, recovered, options).expect("a writer");
    let ((handed_in, heard), (marked, marks)) = (channel(), channel());
    let (teller, on_disk) = watch::channel(OnDisk::default());
    let lanes = JournalLanes { handed_in: heard, shards: vec![(teller, u64::MAX)] };
    let thread = std::thread::spawn(move || {
        run_journal(writer, from, Life { now: 1, now_ms: 2 }, lanes, &mut |needed, batch| {
            // A test that needs no marks does not listen.
            let _ = marked.send((needed, batch));
            Ok(())
        })
    });
    Running { handed_in, on_disk, thread, marks }
}

impl Running {
    /// Hands this in, and waits until so many are on disk.
    fn hand_in(&mut self, bytes: &[u8], needed: u64, through: u64) -> OnDisk {
        self.send(bytes, needed);
        self.is_told(|on_disk| on_disk.through >= through)
    }

    fn send(&self, bytes: &[u8], needed: u64) {
        let mut records = Records::default();
        assert!(records.push(bytes));
        self.handed_in.send((0, HandedIn { records, needed, bytes: 0 })).expect("it runs");
    }

    /// Waits until its shard is told this.
    fn is_told(&mut self, so: impl FnMut(&OnDisk) -> bool) -> OnDisk {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        *runtime.block_on(self.on_disk.wait_for(so)).expect("it tells")
    }

    fn end(self) -> Vec<(u64, u64)> {
        drop(self.handed_in);
        self.thread.join().expect("no panic").expect("no fault");
        self.marks.try_iter().collect()
    }
}

/// A disk that has no room for new files while it is full.
#[derive(Clone, Debug)]
struct Narrow(Folder, Arc<AtomicBool>);

impl Disk for Narrow {
    type Storage = File;

    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn open(&self, name: &str) -> io::Result<File> {
        self.0.open(name)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        if self.1.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { self.0.create(name) }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }
}

#[test]
fn a16_a_journal_without_room_for_its_next_segment_says_so_and_when_it_has_room_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let (recovered, _) = read(&dir, Expected::default()).expect("nothing yet");
    let full = Arc::new(AtomicBool::new(false));
    let mut running = run_on(Narrow(folder(&dir), Arc::clone(&full)), recovered, 0, SEGMENT_BYTES_MIN);
    assert!(!running.hand_in(&[7; 100], 0, 1).full);
    full.store(true, Ordering::SeqCst);
    let mut through = 1;
    while !running.on_disk.borrow().full {
        through += 1;
        assert!(through < 100, "nobody is told");
        running.send(&[7; 2000], 0);
        running.is_told(|on_disk| on_disk.full || on_disk.through >= through);
    }
    full.store(false, Ordering::SeqCst);
    running.is_told(|on_disk| !on_disk.full && on_disk.through >= through);
    assert_eq!(running.hand_in(&[7; 2000], 0, through + 1).through, through + 1);
    running.end();
    let (_, records) = read(&dir, Expected::default()).expect("a journal");
    assert_eq!(records.len() as u64, through + 2, "nothing is lost, and the host's own record comes first");
}

#[test]
fn a_host_that_ends_while_its_journal_has_no_room_leaves_what_it_has_told_of() {
    let dir = tempfile::tempdir().expect("a directory");
    let (recovered, _) = read(&dir, Expected::default()).expect("nothing yet");
    let full = Arc::new(AtomicBool::new(false));
    let mut running = run_on(Narrow(folder(&dir), Arc::clone(&full)), recovered, 0, SEGMENT_BYTES_MIN);
    full.store(true, Ordering::SeqCst);
    let mut records = Records::default();
    (0..40).for_each(|_| assert!(records.push(&[7; 2000])));
    running.handed_in.send((0, HandedIn { records, needed: 0, bytes: 0 })).expect("it runs");
    let told = running.is_told(|on_disk| on_disk.full);
    running.end();
    let (_, records) = read(&dir, Expected::default()).expect("a journal");
    assert!(records.len() as u64 >= told.through, "{} of {}", records.len(), told.through);
}

fn read(dir: &tempfile::TempDir, expected: Expected) -> Result<(Recovered, Vec<Vec<u8>>), RecoveryError> {
    let mut records = vec![];
    let recovered = recover(&folder(dir), expected, |entry| records.push(entry.record.to_vec()))?;
    Ok((recovered, records))
}

#[test]
fn what_a_shard_is_told_of_is_read_back_by_the_next_host() {
    let dir = tempfile::tempdir().expect("a directory");
    let (recovered, _) = read(&dir, Expected::default()).expect("nothing yet");
    let mut running = run_with(&dir, recovered, 0, 1 << 20);
    for through in 1..=20_u64 {
        let told = running.hand_in(&through.to_le_bytes(), 0, through);
        assert_eq!((told.through, told.leave), (through, 0));
        assert!(told.position > through, "the host's own record comes before");
    }
    assert!(running.end().is_empty(), "all of it is needed");
    let (recovered, records) = read(&dir, Expected::default()).expect("a journal");
    assert!(recovered.closed);
    let handed: Vec<Vec<u8>> = (1..=20_u64).map(|number| number.to_le_bytes().to_vec()).collect();
    assert_eq!(records[1..], handed);
}

#[test]
fn what_nobody_needs_goes_once_that_is_marked_and_is_missed_by_whoever_needs_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let (recovered, _) = read(&dir, Expected::default()).expect("nothing yet");
    let mut running = run(&dir, recovered, 0);
    let mut told = OnDisk::default();
    for through in 1..=60 {
        told = running.hand_in(&[7; 2000], told.position, through);
    }
    let marks = running.end();
    let (needed, batch) = *marks.last().expect("segments have gone");
    assert!(marks.is_sorted() && needed > 20, "{marks:?}");
    assert!(matches!(read(&dir, Expected::default()), Err(RecoveryError::Missing { .. })));
    let (recovered, records) = read(&dir, Expected { from: needed, durable: batch }).expect("what is needed");
    assert!(records.len() < 40, "{} records are left", records.len());
    let mut running = run(&dir, recovered, needed);
    assert!(running.hand_in(&[1], told.position, 1).position > told.position, "positions go on");
    running.end();
}

#[test]
fn a_shard_is_asked_to_leave_the_oldest_part_where_little_of_it_is_needed() {
    let dir = tempfile::tempdir().expect("a directory");
    let (recovered, _) = read(&dir, Expected::default()).expect("nothing yet");
    let mut running = run(&dir, recovered, 0);
    let mut through = 0;
    let asked = loop {
        through += 1;
        assert!(through < 200, "nobody is asked");
        let told = running.hand_in(&[7; 2000], 0, through);
        if told.leave > 0 {
            break told;
        }
    };
    assert!(asked.leave <= asked.position);
    let next = running.hand_in(&[7; 2000], asked.leave, through + 1);
    running.hand_in(&[7; 2000], next.position, through + 2);
    assert!(!running.end().is_empty(), "it has left, so the oldest segments go");
}
