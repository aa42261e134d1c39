//! Releases, one at a time: compiled off the loops, planned, prepared by every shard, committed or
//! aborted, recorded, told.
//!
//! Invariants: until every shard is ready nothing running has changed; success is told only after
//! every state has moved and the row is on disk.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::candidate::{Asked, Candidate, Compiled, Misfit, Parts, ReleasesSetup, Told, compile};
use super::control::ControlEvent;
use super::event::{Command, Committed, Swap};
use super::job::{Job, Stage, StatesBefore, Work};
use crate::base::{Name, Nanos, SavedState, nanos};
use crate::release::{Direction, NewComponent, PlanRefusal, Row, RowResult, Sighting, Target, Watch, plan};

type Shards = [mpsc::UnboundedSender<Command>];

/// The machine of releases.
pub struct Releases {
    pub(super) setup: ReleasesSetup,
    shards: usize,
    events: mpsc::UnboundedSender<ControlEvent>,
    work: VecDeque<Work>,
    job: Option<Job>,
    ids: u64,
    next_scan: Nanos,
    watch: Option<Watch>,
    closed: bool,
}

impl Releases {
    /// A machine for this many shards, with nothing under way.
    pub fn new(setup: ReleasesSetup, shards: usize, events: mpsc::UnboundedSender<ControlEvent>) -> Releases {
        let (work, job, ids, next_scan) = (VecDeque::new(), None, 0, 0);
        Releases { setup, shards, events, work, job, ids, next_scan, watch: None, closed: false }
    }

    /// When [`Releases::tick`] wants to be called.
    pub fn wake_at(&self) -> Option<Nanos> {
        let look = self.setup.folder.next_look().map_or(self.next_scan, |look| look.min(self.next_scan));
        (!self.closed).then_some(look)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Nanos) {
        if self.wake_at().is_some_and(|at| at <= now) {
            self.look(now);
        }
    }

    /// From now on this tells when to look. Looks at once.
    pub fn watch(&mut self, watch: Watch, now: Nanos) {
        self.watch = Some(watch);
        self.look(now);
    }

    /// The node stops: nothing new begins; only a swap under way is brought to its end, since
    /// workers wait for it.
    pub fn close(&mut self) {
        self.closed = true;
        self.work.clear();
        self.job.take_if(|job| matches!(job.stage, Stage::Compiling));
    }

    /// Looks into the watched folder.
    pub fn look(&mut self, now: Nanos) {
        if self.closed {
            return;
        }
        self.next_scan = now.saturating_add(nanos(self.setup.rescan));
        for sighting in self.setup.folder.scan(now) {
            match sighting {
                Sighting::Dropped(dropped) => {
                    tracing::info!(file = %dropped.path.display(), digest = %dropped.digest.short(), "dropped");
                    self.work.push_back(Work::Upgrade(dropped.into(), None));
                }
                Sighting::Refused { path, reason } => {
                    tracing::warn!(file = %path.display(), "refused: {reason}");
                    self.mark(&path, false, &reason);
                }
                Sighting::Absent => {
                    let folder = self.setup.folder.dir().display();
                    tracing::info!("there is no folder {folder} yet; it is watched as soon as there is");
                }
                Sighting::Gone(why) => tracing::warn!("the watched folder cannot be read: {why}"),
                Sighting::Back => {
                    self.rearm();
                    tracing::info!("{} is there and watched", self.setup.folder.dir().display());
                }
                Sighting::Crowded => tracing::warn!("too many files in the watched folder; the rest is not looked at"),
            }
        }
        self.start_next();
    }

    /// A watch on a folder that was made anew is dead.
    fn rearm(&mut self) {
        if let Some(note) = self.watch.as_mut().and_then(Watch::arm) {
            tracing::info!("{note}");
        }
    }

    /// Somebody asks.
    pub fn asked(&mut self, asked: Asked) {
        match asked {
            // Askers may have gone; then nobody needs the answer.
            Asked::Running(done) => drop(done.send(self.setup.running.clone())),
            Asked::History(done) => drop(done.send(self.setup.history.rows().to_vec())),
            // An asker whose question is dropped hears that the node has stopped.
            Asked::Upgrade(..) | Asked::Rollback { .. } if self.closed => {}
            Asked::Upgrade(candidate, done) => self.work.push_back(Work::Upgrade(candidate, Some(done))),
            Asked::Rollback { behaviour, revision, dry_run, done } => {
                self.work.push_back(Work::Rollback { behaviour, revision, dry_run, done });
            }
        }
        self.start_next();
    }

    fn target(&self, behaviour: Option<String>, revision: Option<u64>) -> Result<(String, Target), (String, String)> {
        let history = &self.setup.history;
        let row = match revision {
            Some(revision) => history.row(revision),
            None => history.rows().iter().rev().find(|row| {
                row.result == RowResult::Permanent && behaviour.as_ref().is_none_or(|name| *name == row.behaviour)
            }),
        };
        let Some(row) = row else {
            let why = match (revision, &behaviour) {
                (Some(revision), _) => format!("there is no revision {revision}; see `tomte history`"),
                (None, Some(name)) => format!("`{name}` was not upgraded yet; see `tomte history`"),
                (None, None) => "nothing was upgraded yet, so there is no version to go back to".to_owned(),
            };
            return Err((behaviour.unwrap_or_default(), why));
        };
        let name = row.behaviour.clone();
        let running = self.setup.running.iter().find(|running| running.plan.behaviour.as_str() == name);
        let Some(running) = running else { return Err((name, "no such behaviour runs here".to_owned())) };
        let target = match revision {
            Some(revision) => history.back_to(revision, &running.plan.digest),
            None => history.previous(&name, &running.plan.digest),
        };
        target.map(|target| (name.clone(), target)).ok_or_else(|| {
            (name, "the history knows no version before the one that runs; see `tomte history`".to_owned())
        })
    }

    pub(super) fn start_next(&mut self) {
        while self.job.is_none() {
            let Some(work) = self.work.pop_front() else { return };
            self.ids += 1;
            let (id, stage) = (self.ids, Stage::Compiling);
            match work {
                Work::Upgrade(candidate, done) => {
                    self.job = Some(Job { id, candidate, back: None, direction: Direction::Up, done, stage });
                }
                Work::Rollback { behaviour, revision, dry_run, done } => {
                    match self.going_back(behaviour, revision, dry_run) {
                        Ok((candidate, back)) => {
                            let (direction, done) = (Direction::Down, Some(done));
                            self.job = Some(Job { id, candidate, back, direction, done, stage });
                        }
                        Err((behaviour, why)) => {
                            let blank = self.blank(behaviour, RowResult::Refused, why);
                            let row = Row { via: "rollback".to_owned(), ..blank };
                            // The asker may have gone.
                            let _ = done.send(Told { row, planned: false, plan: vec![] });
                        }
                    }
                }
            }
            self.compile();
        }
    }

    /// What a rollback needs; else the behaviour and why it cannot be.
    fn going_back(
        &self,
        behaviour: Option<String>,
        revision: Option<u64>,
        dry_run: bool,
    ) -> Result<(Candidate, Option<StatesBefore>), (String, String)> {
        let (behaviour, target) = self.target(behaviour, revision)?;
        let bytes =
            self.setup.components.get(&target.digest).map_err(|error| (behaviour.clone(), error.to_string()))?;
        let file_name = format!("{behaviour}-{}.wasm", target.version);
        let candidate = Candidate::new(bytes, file_name, "rollback".to_owned(), dry_run);
        let states = match target.swap {
            Some(revision) => self.setup.swaps.load(revision).map_err(|error| (behaviour, error.to_string()))?,
            None => None,
        };
        Ok((candidate, states.map(|states| Arc::new(states.into_iter().collect()))))
    }

    /// Hands the candidate to a thread that serves nobody.
    fn compile(&self) {
        let Some(job) = &self.job else { return };
        let (id, engine, allowances) = (job.id, self.setup.engine.clone(), self.setup.allowances.clone());
        let candidate = &job.candidate;
        let parts = Parts {
            bytes: Arc::clone(&candidate.bytes),
            name_hint: candidate.name_hint.clone(),
            version_hint: candidate.version_hint,
        };
        let events = self.events.clone();
        let run = move || {
            // A compiler that panics must not hold up the releases behind this one.
            let result =
                catch_unwind(AssertUnwindSafe(|| compile(&engine, &allowances, &parts))).unwrap_or_else(|_| {
                    let why = "the compiler broke down on it; this is a bug of the host".to_owned();
                    Err(Misfit { behaviour: None, version: None, why })
                });
            // A node that has ended needs no more code.
            let _ = events.send(ControlEvent::Compiled(Box::new(Compiled { id, result })));
        };
        if let Err(error) = std::thread::Builder::new().name("compile".to_owned()).spawn(run) {
            let why = format!("no thread to compile it on: {error}");
            let misfit = Misfit { behaviour: None, version: None, why };
            // Control ends last, so it is there.
            let _ = self.events.send(ControlEvent::Compiled(Box::new(Compiled { id, result: Err(misfit) })));
        }
    }

    /// The candidate was compiled, or refused: planned and sent to every shard, or told.
    pub fn compiled(&mut self, compiled: Compiled, shards: &Shards) {
        let Some(mut job) = self.job.take_if(|job| job.id == compiled.id) else { return };
        let fit = match compiled.result {
            Ok(fit) => fit,
            Err(misfit) => {
                return self.refused(job, misfit.behaviour.map(|name| name.to_string()), misfit.version, misfit.why);
            }
        };
        let new = NewComponent {
            behaviour: fit.behaviour.clone(),
            version: fit.version,
            digest: job.candidate.digest,
            saves_state: fit.saves_state,
        };
        let running: Vec<_> = self.setup.running.iter().map(|running| running.plan.clone()).collect();
        let plan = match plan(&running, &new, job.direction) {
            Ok(plan) => plan,
            Err(refusal @ PlanRefusal::AlreadyRunning { .. }) => return self.already(job, &fit, &refusal.to_string()),
            Err(refusal) => {
                return self.refused(job, Some(fit.behaviour.to_string()), Some(fit.version), refusal.to_string());
            }
        };
        if job.candidate.dry_run {
            return self.planned(job, &plan);
        }
        let swap = Swap {
            id: job.id,
            behaviour: fit.behaviour.clone(),
            component: fit.component.clone(),
            back: job.back.clone(),
        };
        job.stage = Stage::Preparing { fit, plan, waiting: self.shards, carried: BTreeMap::new() };
        self.job = Some(job);
        send_all(shards, || Command::Prepare(swap.clone()));
    }

    /// A shard is ready for the change, or says why it cannot be.
    pub fn prepared(&mut self, id: u64, result: Result<Vec<(Name, SavedState)>, String>, shards: &Shards) {
        let Some(mut job) = self.job.take_if(|job| job.id == id) else { return };
        let Stage::Preparing { fit, plan, waiting, mut carried } = job.stage else {
            self.job = Some(job);
            return;
        };
        match result {
            Err(why) => {
                send_all(shards, || Command::Abort(id));
                job.stage = Stage::Compiling;
                return self.refused(job, Some(fit.behaviour.to_string()), Some(fit.version), why);
            }
            Ok(states) => carried.extend(states),
        }
        let waiting = waiting - 1;
        if waiting > 0 {
            job.stage = Stage::Preparing { fit, plan, waiting, carried };
            self.job = Some(job);
            return;
        }
        send_all(shards, || Command::Commit(id));
        job.stage = Stage::Committing { fit, plan, waiting: self.shards, carried, done: Committed::default() };
        self.job = Some(job);
    }

    /// A shard has changed.
    pub fn committed(&mut self, id: u64, part: Committed) {
        let Some(mut job) = self.job.take_if(|job| job.id == id) else { return };
        let Stage::Committing { fit, plan, waiting, carried, mut done } = job.stage else {
            self.job = Some(job);
            return;
        };
        done.workers += part.workers;
        done.pause = done.pause.max(part.pause);
        let waiting = waiting - 1;
        if waiting > 0 {
            job.stage = Stage::Committing { fit, plan, waiting, carried, done };
            self.job = Some(job);
            return;
        }
        job.stage = Stage::Compiling;
        self.changed(job, fit, &plan, &carried, done);
    }
}

fn send_all(shards: &Shards, command: impl Fn() -> Command) {
    for shard in shards {
        // A shard that is gone has ended with the node.
        let _ = shard.send(command());
    }
}
