//! [`Releases`]: whose turn it is, and how far the release is that has it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::candidate::{Candidate, Running};
use super::compile::{Compiled, Compiler, Misfit};
use super::drops::Drops;
use super::event::{Event, Moment, Want};
use super::rollback::{Rollback, way_back};
use super::run::{Executed, Run};
use super::verdict::{Verdict, already_row, blank, refused_row};
use super::work::{Job, Work};
use crate::base::{Millis, Name, Nanos, Version, limits};
use crate::protocol::{SwapRefusal, SwapStep, SwapStepped};
use crate::release::{self, Direction, Folder, NoWay, Plan, PlanRefusal, ROLLBACK, Records, Row, RowResult};
use crate::wasm::{Allowance, CallOff, Engine, TrialStart};
use tokio::sync::oneshot;

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
    /// What was tried so far, and what is kept of it.
    pub records: Records,
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
    pub(super) records: Records,
    drops: Drops,
    pub(super) queue: VecDeque<Work>,
    pub(super) under_way: Option<UnderWay>,
    /// How many releases have had their turn; the number of the last one.
    last: u64,
    shards: usize,
    /// The node stops, and no release begins.
    closed: bool,
    /// When what is handled now happened.
    pub(super) moment: Moment,
    wants: Vec<Want>,
}

/// The release that has its turn.
#[derive(Debug)]
pub(super) enum UnderWay {
    Compiling(u64, Box<Job>, CallOff),
    Running(Box<Run>),
}

impl Releases {
    /// A machine for this many shards, with nothing under way.
    pub(in crate::control) fn new(setup: ReleasesSetup, shards: usize) -> Releases {
        let ReleasesSetup { engine, allowances, starts, running, records, folder, rescan } = setup;
        Releases {
            compiler: Compiler { engine, allowances, starts },
            running,
            records,
            drops: Drops::new(folder, rescan),
            queue: VecDeque::new(),
            under_way: None,
            last: 0,
            shards,
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
        self.records.history().rows()
    }

    /// When [`Event::Tick`] wants to be told.
    pub(in crate::control) fn wake_at(&self) -> Option<Nanos> {
        let look = (!self.closed && self.room() > 0).then(|| self.drops.look_at());
        let give_up = match &self.under_way {
            Some(UnderWay::Running(run)) => run.deadline(),
            Some(UnderWay::Compiling(..)) | None => None,
        };
        look.into_iter().chain(give_up).min()
    }

    /// The node stops: nothing new begins. A change of code that has begun is brought to its end, since
    /// workers wait for it.
    pub(in crate::control) fn close(&mut self) {
        self.closed = true;
        self.queue.clear();
        match &self.under_way {
            Some(UnderWay::Compiling(..)) => self.under_way = None,
            Some(UnderWay::Running(run)) => tracing::info!("the node stops while {run}"),
            None => {}
        }
    }

    /// Something happened at this moment; gives what is to be done.
    pub(in crate::control) fn handle(&mut self, event: Event, moment: Moment) -> Vec<Want> {
        self.moment = moment;
        self.give_up_in_time();
        match event {
            Event::Compiled(compiled) => self.compiled(compiled),
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
            // The asker may have gone.
            Event::Cancel(file, done) => drop(done.send(self.cancel(file.as_deref()))),
        }
        self.begin_next();
        std::mem::take(&mut self.wants)
    }

    /// The shards have been told what to do for this change of code, now. What the disk took before that is not
    /// their time.
    pub(in crate::control) fn told(&mut self, id: u64, now: Nanos) {
        if let Some(UnderWay::Running(run)) = &mut self.under_way
            && run.id == id
        {
            run.told(now);
        }
    }

    /// A worker that does not come to a step boundary must not hold up its siblings for ever.
    fn give_up_in_time(&mut self) {
        if let Some(UnderWay::Running(run)) = &mut self.under_way
            && run.gives_up(self.moment.now)
        {
            self.wants.push(Want::Step(run.id, SwapStep::GiveUp));
        }
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
        let (room, history) = (self.room(), self.records.history());
        let dropped = self.drops.look(self.moment.now, room, &|digest| history.ran(digest));
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

    /// Gives the next release its turn, unless one has it.
    fn begin_next(&mut self) {
        while self.under_way.is_none()
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

    fn go_back(&mut self, rollback: &Rollback, done: oneshot::Sender<Verdict>, at_ms: Millis) {
        match way_back(rollback, &self.running, &self.records) {
            Ok((candidate, back)) => {
                let candidate = Candidate { at_ms, ..candidate };
                self.compile(Job { candidate, direction: Direction::Down, back, done: Some(done) });
            }
            Err(NoWay { behaviour, why }) => {
                let blank = blank(self.moment.wall_ms, behaviour, RowResult::Refused, why);
                // The asker may have gone.
                let _ = done.send(Verdict::of(Row { via: ROLLBACK.to_owned(), ..blank }));
            }
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
                self.tell(job, verdict, true, "");
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
        self.tell(job, Verdict::of(row), true, &format!("{why}\n"));
    }

    /// What runs, as the planner sees it.
    fn plans(&self) -> Vec<release::Running> {
        self.running.iter().map(|running| running.plan.clone()).collect()
    }

    /// Executes the plan until a shard has to be waited for.
    fn advance(&mut self, mut run: Run) {
        while !run.is_waiting() {
            match run.execute(self.shards, &mut self.records, self.moment.wall_ms) {
                Ok(Executed::Done) => {}
                Ok(Executed::ByShards(step)) => self.wants.push(Want::Step(run.id, step)),
                Ok(Executed::Recorded(row)) => self.runs(&mut run, row),
                Ok(Executed::Finished) => return,
                Err(why) => return self.undo(run, why.into()),
            }
        }
        self.under_way = Some(UnderWay::Running(Box::new(run)));
    }

    /// A shard has done its part of the instruction under way, or refuses to. What comes late, of a change
    /// of code that is over, is nobody's.
    fn stepped(&mut self, id: u64, result: Result<SwapStepped, SwapRefusal>) {
        let is_it = |under_way: &mut UnderWay| matches!(under_way, UnderWay::Running(run) if run.id == id);
        let Some(UnderWay::Running(mut run)) = self.under_way.take_if(is_it) else { return };
        match result {
            Ok(part) => run.hear(part),
            Err(refusal) if run.can_be_undone() => return self.undo(*run, refusal),
            Err(SwapRefusal { why, .. }) => {
                tracing::error!("a shard refuses what cannot be refused, which is a bug of the host: {why}");
                run.hear(SwapStepped::default());
            }
        }
        self.advance(*run);
    }

    /// No worker has another version: the old instances go on. One that crashed meanwhile comes back as after any
    /// crash, so that it was more than a refusal.
    pub(super) fn undo(&mut self, run: Run, refusal: SwapRefusal) {
        self.wants.push(Want::Step(run.id, SwapStep::Undo));
        let result = if refusal.crashed { RowResult::RolledBack } else { RowResult::Refused };
        self.end(run.job, Some(run.fit.plan.behaviour), Some(run.fit.plan.to), result, refusal.why);
    }

    /// Every worker runs the new version, and that is recorded as far as it can be.
    fn runs(&mut self, run: &mut Run, row: Row) {
        let Plan { behaviour, from, to, digest, .. } = &run.fit.plan;
        if let Some(running) = self.running.iter_mut().find(|running| running.plan.behaviour == *behaviour) {
            running.plan.version = *to;
            running.plan.digest = *digest;
            running.plan.saves_state = run.fit.saves_state;
        }
        let Row { revision, workers, pause_us, via, .. } = &row;
        tracing::info!(%behaviour, %from, %to, workers, pause_us, %via, "upgraded");
        let text = match &*row.reason {
            "" => format!("{behaviour} {to} runs since revision {revision}\n"),
            reason => format!("{behaviour} {to}: {reason}\n"),
        };
        self.mark(&run.job.candidate, true, &text);
        answer(run.job.done.take(), Verdict::of(row));
    }

    pub(super) fn refuse(&mut self, job: Job, behaviour: Option<Name>, version: Option<Version>, why: String) {
        self.end(job, behaviour, version, RowResult::Refused, why);
    }

    fn end(&mut self, job: Job, behaviour: Option<Name>, version: Option<Version>, result: RowResult, why: String) {
        let text = format!("{why}\n");
        let refused = refused_row(&job.candidate, &self.running, behaviour, version, why, self.moment.wall_ms);
        let row = Row { result, ..refused };
        tracing::warn!(behaviour = %row.behaviour, via = %row.via, "refused: {}", row.reason);
        let row = if job.candidate.dry_run { row } else { self.records.refuse(row) };
        self.tell(job, Verdict::of(row), false, &text);
    }

    pub(super) fn tell(&mut self, job: Job, verdict: Verdict, accepted: bool, text: &str) {
        self.mark(&job.candidate, accepted, text);
        answer(job.done, verdict);
    }

    fn mark(&mut self, candidate: &Candidate, accepted: bool, text: &str) {
        if let Some(path) = &candidate.dropped {
            self.drops.mark(path, accepted, text);
        }
    }
}

fn answer(done: Option<oneshot::Sender<Verdict>>, verdict: Verdict) {
    if let Some(done) = done {
        // The asker may have gone.
        let _ = done.send(verdict);
    }
}
