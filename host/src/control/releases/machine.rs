//! [`Releases`]: whose turn it is, and how far the release is that has it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::candidate::{Candidate, Running};
use super::compile::{Compiled, Compiler, Misfit};
use super::disk::{DiskDone, DiskJob, Done, Order};
use super::drops::Drops;
use super::event::{Event, Moment, Want};
use super::rollback::{Rollback, way_back};
use super::run::Run;
use super::verdict::{Verdict, already_row, blank};
use super::work::{Ending, Job, Work, answer};
use crate::base::{Millis, Name, Nanos, Version, limits};
use crate::release::{
    self, Direction, Folder, Ledger, NoWay, PlanRefusal, ROLLBACK, Row, RowResult, StateError, States,
};
use crate::wasm::{Allowance, CallOff, Engine, TrialStart};

/// What the machine of releases starts with.
#[derive(Debug)]
pub struct ReleasesSetup {
    /// Compiles.
    pub engine: Engine,
    /// What the instances of each behaviour may use and reach.
    pub allowances: HashMap<Name, Allowance>,
    /// Whom a trial of each behaviour starts.
    pub starts: HashMap<Name, Vec<TrialStart>>,
    /// What runs.
    pub running: Vec<Running>,
    /// What was tried so far.
    pub ledger: Ledger,
    /// The watched folder.
    pub folder: Folder,
    /// How often it is scanned although nothing was heard of it.
    pub rescan: Duration,
}

/// The machine of releases. At most one of them is under way.
#[derive(Debug)]
pub(in crate::control) struct Releases {
    compiler: Compiler,
    pub(super) running: Vec<Running>,
    /// What is on disk, as far as that was told.
    pub(super) ledger: Ledger,
    pub(super) drops: Drops,
    pub(super) queue: VecDeque<Work>,
    pub(super) under_way: Option<UnderWay>,
    /// How many releases have had their turn; the number of the last one.
    last: u64,
    pub(super) shards: usize,
    /// How much is on its way to the disk.
    pub(super) writing: usize,
    /// The node stops, and no release begins.
    closed: bool,
    /// When what is handled now happened.
    pub(super) moment: Moment,
    pub(super) wants: Vec<Want>,
}

/// The release that has its turn.
#[derive(Debug)]
pub(super) enum UnderWay {
    /// A rollback, whose component is read.
    Fetching(u64, Box<Job>),
    Compiling(u64, Box<Job>, CallOff),
    Running(Box<Run>),
    /// It came to nothing.
    Ending(Box<Ending>),
}

impl Releases {
    /// A machine for this many shards, with nothing under way.
    pub(in crate::control) fn new(setup: ReleasesSetup, shards: usize) -> Releases {
        let ReleasesSetup { engine, allowances, starts, running, ledger, folder, rescan } = setup;
        Releases {
            compiler: Compiler { engine, allowances, starts },
            running,
            ledger,
            drops: Drops::new(folder, rescan),
            queue: VecDeque::new(),
            under_way: None,
            last: 0,
            shards,
            writing: 0,
            closed: false,
            moment: Moment::default(),
            wants: vec![],
        }
    }

    /// Every behaviour as it runs.
    pub(in crate::control) fn running(&self) -> &[Running] {
        &self.running
    }

    /// Every release that was tried.
    pub(in crate::control) fn history(&self) -> &[Row] {
        self.ledger.rows()
    }

    /// When [`Event::Tick`] wants to be told.
    pub(in crate::control) fn wake_at(&self) -> Option<Nanos> {
        let look = (!self.closed && self.room() > 0).then(|| self.drops.look_at());
        let give_up = match &self.under_way {
            Some(UnderWay::Running(run)) => run.deadline(),
            _ => None,
        };
        look.into_iter().chain(give_up).min()
    }

    /// Whether something is on its way to the disk, of which somebody is to be told.
    pub(in crate::control) fn is_writing(&self) -> bool {
        self.writing > 0
    }

    /// The node stops: nothing new begins. A change of code that has begun is brought to its end, since
    /// workers wait for it.
    pub(in crate::control) fn close(&mut self) {
        self.closed = true;
        self.queue.clear();
        match &self.under_way {
            Some(UnderWay::Fetching(..) | UnderWay::Compiling(..)) => self.under_way = None,
            Some(UnderWay::Running(run)) => tracing::info!("the node stops while {run}"),
            Some(UnderWay::Ending(_)) | None => {}
        }
    }

    /// Something happened at this moment; gives what is to be done.
    pub(in crate::control) fn handle(&mut self, event: Event, moment: Moment) -> Vec<Want> {
        self.moment = moment;
        self.give_up_in_time();
        match event {
            Event::Compiled(compiled) => self.compiled(compiled),
            Event::Disk(done) => self.disk_done(done),
            Event::Stepped(id, result) => self.stepped(id, result),
            _ if self.closed => {}
            // What waits is dealt with first; then there is room to look.
            Event::Tick | Event::Look if self.room() == 0 => {}
            Event::Tick if self.drops.look_at() > moment.now => {}
            Event::Tick | Event::Look => self.look(),
            Event::Watch(watch) => {
                self.drops.watch(watch);
                self.look();
            }
            Event::Upgrade(candidate, done) => {
                let candidate = Candidate { at_ms: moment.wall_ms, ..candidate };
                self.order(Work::Upgrade(candidate, Some(done)));
            }
            Event::Rollback(rollback, done) => self.order(Work::Rollback(rollback, done, moment.wall_ms)),
            Event::Cancel(file, done) => self.cancel(file.as_deref(), done),
        }
        self.begin_next();
        std::mem::take(&mut self.wants)
    }

    /// What an operator orders goes before what lies in the folder, however much that is. A dropped file that is
    /// being compiled is called off and waits for another turn; nothing has been changed for it.
    fn order(&mut self, work: Work) {
        let is_dropped = |under_way: &mut UnderWay| matches!(under_way, UnderWay::Compiling(_, job, _) if job.candidate.is_dropped());
        if let Some(UnderWay::Compiling(_, job, _)) = self.under_way.take_if(is_dropped) {
            let Job { candidate, done, .. } = *job;
            self.queue.push_front(Work::Upgrade(candidate, done));
        }
        let first_drop = self.queue.iter().position(Work::is_dropped).unwrap_or(self.queue.len());
        self.queue.insert(first_drop, work);
    }

    fn look(&mut self) {
        let (room, ledger) = (self.room(), &self.ledger);
        let dropped = self.drops.look(self.moment.now, room, &|digest| ledger.ran(digest));
        self.queue.extend(dropped.into_iter().map(|dropped| {
            let candidate = Candidate { at_ms: self.moment.wall_ms, ..dropped.into() };
            Work::Upgrade(candidate, None)
        }));
    }

    /// Bytes of dropped components that may still be read.
    fn room(&self) -> u64 {
        let waiting: u64 = self.queue.iter().map(Work::dropped_bytes).sum();
        limits::DROPS_BYTES_MAX.saturating_sub(waiting)
    }

    /// Gives the next release its turn, unless one has it. What came of those before it is recorded first.
    fn begin_next(&mut self) {
        self.record_untaken();
        while self.under_way.is_none()
            && self.writing == 0
            && let Some(work) = self.queue.pop_front()
        {
            match work {
                Work::Upgrade(candidate, done) => {
                    self.compile(Job { candidate, direction: Direction::Up, back: None, done });
                }
                Work::Rollback(rollback, done, at_ms) => self.go_back(&rollback, done, at_ms),
            }
        }
    }

    /// Records what could not be taken from the folder; not while a release is under way, which has room on the disk
    /// for its own end.
    fn record_untaken(&mut self) {
        if self.under_way.is_none()
            && self.writing == 0
            && let Some(row) = self.drops.untaken(self.moment.wall_ms)
        {
            self.send_to_disk(Order::Refuse(row));
        }
    }

    fn go_back(&mut self, rollback: &Rollback, done: oneshot::Sender<Verdict>, at_ms: Millis) {
        match way_back(rollback, &self.running, &self.ledger) {
            Ok((candidate, target)) => {
                let candidate = Candidate { at_ms, ..candidate };
                let job = Job { candidate, direction: Direction::Down, back: None, done: Some(done) };
                self.last += 1;
                self.under_way = Some(UnderWay::Fetching(self.last, Box::new(job)));
                self.send_to_disk(Order::Fetch(self.last, target));
            }
            Err(no_way) => self.no_way(no_way, Some(done)),
        }
    }

    fn no_way(&self, NoWay { behaviour, why }: NoWay, done: Option<oneshot::Sender<Verdict>>) {
        let blank = blank(self.moment.wall_ms, behaviour, RowResult::Refused, why);
        answer(done, Verdict::of(Row { via: ROLLBACK.to_owned(), ..blank }));
    }

    /// What a rollback needs was read, or could not be.
    fn fetched(&mut self, id: u64, fetched: Result<(Vec<u8>, Option<States>), StateError>) {
        let is_it = |under_way: &mut UnderWay| matches!(under_way, UnderWay::Fetching(of, _) if *of == id);
        let Some(UnderWay::Fetching(_, mut job)) = self.under_way.take_if(is_it) else { return };
        match fetched {
            Ok((bytes, states)) => {
                job.candidate.bytes = bytes.into();
                job.back = states.map(|states| Arc::new(states.into_iter().collect()));
                self.compile(*job);
            }
            Err(error) => {
                let behaviour = job.candidate.name_hint.map_or_else(String::new, |name| name.to_string());
                self.no_way(NoWay { behaviour, why: error.to_string() }, job.done);
            }
        }
    }

    /// Has this done to the disk, after whatever is on its way there.
    pub(super) fn send_to_disk(&mut self, order: Order) {
        self.writing += 1;
        self.wants.push(Want::Disk(DiskJob(order)));
    }

    /// What was first on its way to the disk is done.
    fn disk_done(&mut self, DiskDone(done): DiskDone) {
        self.writing = self.writing.saturating_sub(1);
        match done {
            Done::Fetched(id, fetched) => self.fetched(id, fetched),
            Done::Begun(id, begun) => self.begun(id, begun),
            Done::StatesWritten(id, written) => self.states_written(id, written),
            Done::Completed(id, completed) => self.completed(id, completed),
            Done::Refused(entry) => self.ended(entry),
            Done::Noted(entries, taken) => self.noted(entries, taken),
        }
    }

    fn compile(&mut self, job: Job) {
        self.last += 1;
        let (plans, at_ms) = (self.plans(), self.moment.wall_ms);
        let (compile, call_off) = self.compiler.job(self.last, &job.candidate, plans, job.direction, at_ms);
        self.wants.push(Want::Compile(Box::new(compile)));
        self.under_way = Some(UnderWay::Compiling(self.last, Box::new(job), call_off));
    }

    /// The release under way was compiled, or is no component: it is planned, and begins to run.
    fn compiled(&mut self, compiled: Compiled) {
        let is_it = |under_way: &mut UnderWay| matches!(under_way, UnderWay::Compiling(id, ..) if *id == compiled.id);
        let Some(UnderWay::Compiling(id, job, _)) = self.under_way.take_if(is_it) else { return };
        let job = *job;
        match compiled.result {
            Ok(fit) if job.candidate.dry_run => {
                let verdict = Verdict::planned(&fit.plan, &job.candidate.via, self.moment.wall_ms);
                self.tell(job.asker(), verdict, true, "");
            }
            Ok(fit) => self.advance(Run::new(id, job, fit)),
            Err(Misfit::Partial { why }) => self.partial(job, why),
            Err(Misfit::Bad { behaviour, version, why }) => self.refuse(job, behaviour, version, why),
            Err(Misfit::Unwanted { behaviour, version, refusal }) => self.unwanted(job, behaviour, version, &refusal),
        }
    }

    /// It ends too early: a dropped file may still be copied.
    fn partial(&mut self, job: Job, why: String) {
        match &job.candidate.dropped {
            Some(path) => self.drops.await_rest(path, &why),
            None => {
                let (name, version) = (job.candidate.name_hint.clone(), job.candidate.version_hint);
                self.refuse(job, name, version, why);
            }
        }
    }

    /// It could run, but is not to.
    fn unwanted(&mut self, job: Job, behaviour: Name, version: Version, refusal: &PlanRefusal) {
        let why = refusal.to_string();
        if !matches!(refusal, PlanRefusal::AlreadyRunning { .. }) {
            return self.refuse(job, Some(behaviour), Some(version), why);
        }
        tracing::info!("{why}");
        let row = already_row(&job.candidate, &behaviour, version, &why, self.moment.wall_ms);
        self.tell(job.asker(), Verdict::of(row), true, &format!("{why}\n"));
    }

    /// What runs, as the planner sees it.
    fn plans(&self) -> Vec<release::Running> {
        self.running.iter().map(|running| running.plan.clone()).collect()
    }
}
