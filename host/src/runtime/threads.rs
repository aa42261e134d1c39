//! The real driver: clocks, chance and channels between threads.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::lane::LaneSender;
use crate::base::limits::LOAD_STACK_BYTES;
use crate::base::{Chance, Millis, Nanos, Pulse, nanos};
use crate::control::{CompileJob, Compiled, ControlEvent, DiskJob, Surroundings};
use crate::journal::Life;
use crate::protocol::{Driver, HandedIn, Mail, Notice};
use tokio::sync::mpsc;

/// The node's clocks. All loops share one zero.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    /// What it showed when it was started.
    from: Nanos,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Clock {
        Clock { started: Instant::now(), from: 0 }
    }

    /// A clock that goes on where another host's stood, with the time that has passed since by the clock that guests
    /// are shown, which may have been set back: then none has.
    pub fn after(stood: Life) -> Clock {
        let passed = Duration::from_millis(Clock::wall_ms().saturating_sub(stood.now_ms));
        Clock { started: Instant::now(), from: stood.now.saturating_add(nanos(passed)) }
    }

    /// Nanoseconds since the clock was started.
    pub fn now(&self) -> Nanos {
        self.from.saturating_add(nanos(self.started.elapsed()))
    }

    /// The instant at this time of the clock.
    pub fn instant(&self, at: Nanos) -> Instant {
        self.started + Duration::from_nanos(at.saturating_sub(self.from))
    }

    /// Milliseconds since the Unix epoch.
    pub fn wall_ms() -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A generator that the system seeds. Seeds guests and jitters waits.
impl Default for Chance {
    fn default() -> Chance {
        Chance::seeded(RandomState::new().build_hasher().finish())
    }
}

/// The way from a shard to control. What control must hear goes one way, bounded by the number of
/// workers; what is only for the log goes another, bounded by its length.
#[derive(Clone, Debug)]
pub struct ToControl {
    /// What must not be lost.
    pub events: mpsc::UnboundedSender<ControlEvent>,
    /// What may be.
    pub talk: mpsc::Sender<ControlEvent>,
}

/// The driver of one shard's thread.
#[derive(Debug)]
pub struct ThreadDriver {
    /// The node's clock.
    pub clock: Clock,
    /// What the engine beats while guests run.
    pub pulse: Pulse,
    /// Its own generator.
    pub chance: Chance,
    /// The mail lanes of all shards.
    pub peers: Vec<LaneSender>,
    /// The way to control.
    pub control: ToControl,
    /// The way to the journal, and the number under which this shard is known there.
    pub journal: std::sync::mpsc::Sender<(usize, HandedIn)>,
    /// This shard's number.
    pub index: usize,
    /// Lines that were lost on it and not told of yet.
    pub lost: u64,
}

impl Driver for ThreadDriver {
    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn beats(&self) -> u64 {
        self.pulse.beats()
    }

    fn wall_ms(&self) -> Millis {
        Clock::wall_ms()
    }

    fn random(&mut self) -> u64 {
        self.chance.next()
    }

    fn post(&mut self, shard: usize, mail: Mail) -> Result<(), Mail> {
        use mpsc::error::TrySendError::{Closed, Full};
        match self.peers[shard].try_send(mail) {
            // A shard that is gone has ended with the node; nobody needs its mail.
            Ok(()) | Err(Closed(_)) => Ok(()),
            Err(Full(mail)) => Err(mail),
        }
    }

    fn hand_in(&mut self, handed_in: HandedIn) {
        // A journal that is gone has ended the node.
        let _ = self.journal.send((self.index, handed_in));
    }

    fn notify(&mut self, notice: Notice) {
        if notice.is_talk() {
            self.talk(notice);
        } else {
            // Control ends last, so it is there.
            let _ = self.control.events.send(ControlEvent::Notice(notice));
        }
    }
}

impl ThreadDriver {
    /// Too many lines are lost rather than kept, and counted; what must not be lost overtakes them.
    fn talk(&mut self, notice: Notice) {
        match self.control.talk.try_reserve() {
            Ok(place) => {
                place.send(ControlEvent::Notice(notice));
                if self.lost > 0 {
                    tracing::warn!(
                        lost = std::mem::take(&mut self.lost),
                        "lines of workers were lost: too many at once"
                    );
                }
            }
            Err(_) if notice.may_be_lost() => self.lost += 1,
            Err(_) => drop(self.control.events.send(ControlEvent::Notice(notice))),
        }
    }
}

/// What surrounds the control loop in a real node.
#[derive(Debug)]
pub struct ThreadSurroundings {
    /// The node's clock.
    pub clock: Clock,
    /// Its own generator.
    pub chance: Chance,
    /// The way back for what is done on other threads.
    pub events: mpsc::UnboundedSender<ControlEvent>,
    /// The way to the thread that has the state directory. Control bounds how much is on it.
    pub disk: std::sync::mpsc::Sender<DiskJob>,
}

impl Surroundings for ThreadSurroundings {
    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn wall_ms(&self) -> Millis {
        Clock::wall_ms()
    }

    fn random(&mut self) -> u64 {
        self.chance.next()
    }

    fn compile(&mut self, job: CompileJob) {
        let (id, events) = (job.id(), self.events.clone());
        // A node that has ended needs no more code.
        let send = |events: &mpsc::UnboundedSender<ControlEvent>, compiled| {
            drop(events.send(ControlEvent::Compiled(Box::new(compiled))));
        };
        let run = move || send(&events, job.run());
        let thread = std::thread::Builder::new().name("compile".to_owned()).stack_size(LOAD_STACK_BYTES);
        if let Err(error) = thread.spawn(run) {
            send(&self.events, Compiled::not_done(id, format!("no thread to compile it on: {error}")));
        }
    }
    fn disk(&mut self, job: DiskJob) {
        // That thread is gone only when it has panicked, and then the node ends.
        let _ = self.disk.send(job);
    }
}
