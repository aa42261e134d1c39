//! The journal's thread: writes what the shards hand in, tells them how far it is on disk, and lets go of what nobody
//! needs any more.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tomte_journal::{CommitError, Committer, Disk, Prepared, Records, Writer};

use crate::journal::{Life, Record};
use crate::protocol::{HandedIn, OnDisk};

/// How long the journal is idle before it says on disk that all before is there.
const IDLE: Duration = Duration::from_millis(5);

/// How long a journal that gets no new segment waits before it tries again.
const NO_ROOM: Duration = Duration::from_millis(100);

/// Segments that a journal may have however little of them is needed: one that is written, one before it, and one that
/// is being left.
const SEGMENTS_MIN: u64 = 3;

/// What reaches the journal's thread, and where it tells what is on disk.
#[derive(Debug)]
pub struct JournalLanes {
    /// From the shards, each with its number.
    pub handed_in: Receiver<(usize, HandedIn)>,
    /// To the shards, each with the position before which it needs nothing.
    pub shards: Vec<(watch::Sender<OnDisk>, u64)>,
}

/// What the next host is to know before it reads a journal: nothing before this record is needed, and this batch was on
/// disk.
pub(crate) type Mark<'a> = &'a mut dyn FnMut(u64, u64) -> io::Result<()>;

struct Journal<D: Disk> {
    committer: Committer<D>,
    shards: Vec<Shard>,
    /// Nothing before this record is there any more.
    from: u64,
    preparing: Option<Receiver<io::Result<Prepared<D::Storage>>>>,
    /// When there was no room for the next segment. What is left of the present one is for what has been promised.
    full: Option<Instant>,
    /// What was handed in has no place.
    is_stuck: bool,
}

/// What is known of a shard.
struct Shard {
    told: OnDisk,
    teller: watch::Sender<OnDisk>,
    /// Its records so far.
    count: u64,
    /// What it needs once so many of its records are on disk: it counts on those.
    needs: VecDeque<(u64, u64)>,
    needed: u64,
    bytes: u64,
}

/// Writes until nobody hands in any more. `from` is where the journal begins, `life` what the clocks say now.
///
/// # Errors
/// The disk has failed: what was handed in last may be there or not, and nothing more can be.
pub fn run_journal<D>(writer: Writer<D>, from: u64, life: Life, lanes: JournalLanes, mark: Mark<'_>) -> io::Result<()>
where
    D: Disk + Clone + Send + 'static,
    D::Storage: Send,
{
    let JournalLanes { handed_in, shards } = lanes;
    let shard = |(teller, needed)| Shard {
        told: OnDisk::default(),
        teller,
        count: 0,
        needs: VecDeque::new(),
        needed,
        bytes: 0,
    };
    let shards: Vec<Shard> = shards.into_iter().map(shard).collect();
    // The last sender is this thread itself.
    let mut committer = Committer::new(writer, shards.len() + 1);
    let mut own = Records::default();
    own.push(&Record::Life(life).encode());
    committer.hand(shards.len(), own);
    let mut journal = Journal { committer, shards, from, preparing: None, full: None, is_stuck: false };
    while journal.hear(&handed_in)? {
        journal.prepare();
        journal.commit()?;
        journal.tidy(mark)?;
    }
    match journal.committer.close() {
        Err(CommitError::NoSegment(error)) => {
            tracing::warn!(%error, "the journal ends without what it has no room for, which nobody was told of");
            Ok(())
        }
        closed => closed.map_err(io::Error::other),
    }
}

impl<D> Journal<D>
where
    D: Disk + Clone + Send + 'static,
    D::Storage: Send,
{
    /// Takes what was handed in, and waits for it if there is nothing to write. Whether there will ever be more.
    fn hear(&mut self, lane: &Receiver<(usize, HandedIn)>) -> io::Result<bool> {
        let waits = self.committer.is_idle() || self.is_stuck;
        if waits && self.full.is_some() {
            // Room is looked for even if nobody hands in more.
            match lane.recv_timeout(NO_ROOM) {
                Ok(more) => self.take(more),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(false),
            }
        } else if waits {
            let first = match lane.recv_timeout(IDLE) {
                Err(RecvTimeoutError::Timeout) => {
                    self.sealed()?;
                    lane.recv().ok()
                }
                heard => heard.ok(),
            };
            let Some(first) = first else { return Ok(false) };
            self.take(first);
        }
        lane.try_iter().for_each(|more| self.take(more));
        Ok(true)
    }

    fn take(&mut self, (shard, handed_in): (usize, HandedIn)) {
        let HandedIn { records, needed, bytes } = handed_in;
        let from = &mut self.shards[shard];
        from.count += u64::from(records.count());
        from.needs.push_back((from.count, needed));
        from.bytes = bytes;
        self.committer.hand(shard, records);
    }

    fn sealed(&mut self) -> io::Result<()> {
        match self.committer.writer().seal() {
            // It is only sooner known that the last batch is there.
            Ok(()) | Err(CommitError::NoSegment(_)) => Ok(()),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn commit(&mut self) -> io::Result<()> {
        let written = match self.committer.commit() {
            Ok(written) => written,
            Err(CommitError::NoSegment(error)) => {
                self.is_stuck = true;
                self.has_no_room(&error);
                return Ok(());
            }
            Err(error) => return Err(io::Error::other(error)),
        };
        self.is_stuck = false;
        let position = self.committer.writer().committed().next_record;
        for durable in written {
            if let Some(shard) = self.shards.get_mut(durable.sender) {
                while let Some((_, needed)) = shard.needs.pop_front_if(|(count, _)| *count <= durable.through) {
                    shard.needed = needed;
                }
                shard.tell(OnDisk { through: durable.through, position, ..shard.told });
            }
        }
        Ok(())
    }

    /// Lets go of what nobody needs, and has what is needed of the oldest segment recorded again where there is too much
    /// beside it.
    fn tidy(&mut self, mark: Mark<'_>) -> io::Result<()> {
        let Some(oldest_ends) = self.committer.writer().oldest_ends() else { return Ok(()) };
        let needed = self.shards.iter().map(|shard| shard.needed).min().unwrap_or(0).max(self.from);
        let bytes: u64 = self.shards.iter().map(|shard| shard.bytes).sum();
        if oldest_ends <= needed {
            self.from = needed;
            mark(needed, self.committer.writer().committed().batch)?;
            if let Err(error) = self.committer.writer().trim(needed) {
                tracing::warn!(%error, "an old segment of the journal stays; it is tried again");
            }
            return Ok(());
        }
        let writer = self.committer.writer();
        if writer.segments() > SEGMENTS_MIN + 2 * bytes / writer.segment() {
            for shard in self.shards.iter_mut().filter(|shard| shard.needed < oldest_ends) {
                shard.tell(OnDisk { leave: oldest_ends, ..shard.told });
            }
        }
        Ok(())
    }

    /// There is no room for the next segment.
    fn has_no_room(&mut self, error: &io::Error) {
        if self.full.replace(Instant::now()).is_none() {
            tracing::error!(%error, "the disk has no room for the journal: durable workers take nothing new until it has");
            self.tell_full(true);
        }
    }

    /// The next segment is ready.
    fn has_room(&mut self) {
        if self.full.take().is_some() {
            tracing::info!("the disk has room for the journal again");
            self.tell_full(false);
        }
    }

    fn tell_full(&mut self, full: bool) {
        self.shards.iter_mut().for_each(|shard| shard.tell(OnDisk { full, ..shard.told }));
    }

    /// Has the next segment made ready on another thread.
    fn prepare(&mut self) {
        if let Some(done) = self.preparing.as_ref().and_then(|preparing| preparing.try_recv().ok()) {
            self.preparing = None;
            match self.committer.writer().take(done) {
                Ok(()) => self.has_room(),
                Err(error) => self.has_no_room(&error),
            }
        }
        if self.preparing.is_some() || self.full.is_some_and(|since| since.elapsed() < NO_ROOM) {
            return;
        }
        let Some(preparation) = self.committer.writer().preparation() else { return };
        let (disk, (done, preparing)) = (self.committer.writer().disk().clone(), channel());
        // A node that has ended needs no further segment; without a thread it is made when it is needed.
        let run = move || drop(done.send(preparation.run(&disk)));
        if std::thread::Builder::new().name("segment".to_owned()).spawn(run).is_ok() {
            self.preparing = Some(preparing);
        }
    }
}

impl Shard {
    fn tell(&mut self, on_disk: OnDisk) {
        if self.told != on_disk {
            self.told = on_disk;
            // A shard that is gone has ended with the node.
            let _ = self.teller.send(on_disk);
        }
    }
}
