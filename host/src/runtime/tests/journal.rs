//! The journal's thread on a real disk: what shards are told is there, and what nobody needs goes.

use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::watch;
use tomte_journal::{Expected, Folder, Options, Recovered, RecoveryError, SEGMENT_BYTES_MIN, Writer, recover};

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
    let options = Options { segment, first: segment, fingerprint: [0; 16], seed: [from as u8; 32] };
    let writer = Writer::open(folder(dir), recovered, options).expect("a writer");
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
        let mut records = Records::default();
        assert!(records.push(bytes));
        self.handed_in.send((0, HandedIn { records, needed, bytes: 0 })).expect("it runs");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let told = runtime.block_on(self.on_disk.wait_for(|on_disk| on_disk.through >= through));
        *told.expect("it tells")
    }

    fn end(self) -> Vec<(u64, u64)> {
        drop(self.handed_in);
        self.thread.join().expect("no panic").expect("no fault");
        self.marks.try_iter().collect()
    }
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
