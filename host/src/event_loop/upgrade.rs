//! Releases, one at a time: compiled off the loops, planned, prepared by every shard, committed or
//! aborted, recorded, told.
//!
//! Invariants: until every shard is ready nothing running has changed; success is told only after
//! every state has moved and the row is on disk.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::candidate::{Asked, Candidate, Compiled, Fit, Misfit, Parts, ReleasesSetup, Told, compile};
use super::control::ControlEvent;
use super::event::{Command, Committed, Swap};
use super::threads::Clock;
use crate::base::{Nanos, SavedState, Version};
use crate::release::{Direction, NewComponent, Plan, PlanRefusal, Row, RowResult, Sighting, States, Target, plan};

/// What to do, in the order it came.
enum Work {
    Upgrade(Candidate, Option<oneshot::Sender<Told>>),
    Rollback { target: Target, behaviour: String, via: String, dry_run: bool, done: oneshot::Sender<Told> },
}

/// The release under way.
struct Job {
    id: u64,
    candidate: Candidate,
    /// Going back: the states of the swap that brought the version that is left.
    back: Option<Arc<Vec<(crate::base::Name, SavedState)>>>,
    direction: Direction,
    done: Option<oneshot::Sender<Told>>,
    stage: Stage,
}

enum Stage {
    Compiling,
    Preparing { fit: Fit, plan: Plan, waiting: usize, carried: States },
    Committing { fit: Fit, plan: Plan, waiting: usize, carried: States, done: Committed },
}

type Shards = [mpsc::UnboundedSender<Command>];

/// The machine of releases.
pub struct Releases {
    setup: ReleasesSetup,
    shards: usize,
    events: mpsc::UnboundedSender<ControlEvent>,
    work: VecDeque<Work>,
    job: Option<Job>,
    ids: u64,
    next_scan: Nanos,
    rearm: bool,
}

impl Releases {
    /// A machine for this many shards, with nothing under way.
    pub fn new(setup: ReleasesSetup, shards: usize, events: mpsc::UnboundedSender<ControlEvent>) -> Releases {
        Releases { setup, shards, events, work: VecDeque::new(), job: None, ids: 0, next_scan: 0, rearm: false }
    }

    /// When [`Releases::tick`] wants to be called.
    pub fn wake_at(&self) -> Option<Nanos> {
        Some(self.setup.folder.next_look().map_or(self.next_scan, |look| look.min(self.next_scan)))
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Nanos) {
        if self.wake_at().is_some_and(|at| at <= now) {
            self.look(now);
        }
    }

    /// Looks into the watched folder.
    pub fn look(&mut self, now: Nanos) {
        self.next_scan = now.saturating_add(u64::try_from(self.setup.rescan.as_nanos()).unwrap_or(u64::MAX));
        for sighting in self.setup.folder.scan(now) {
            match sighting {
                Sighting::Dropped(dropped) => {
                    tracing::info!(file = %dropped.path.display(), digest = dropped.digest.short(), "dropped");
                    self.work.push_back(Work::Upgrade(dropped.into(), None));
                }
                Sighting::Refused { path, reason } => {
                    tracing::warn!(file = %path.display(), "refused: {reason}");
                    self.mark(&path, false, &reason);
                }
                Sighting::Gone(why) => tracing::warn!("the watched folder cannot be read: {why}"),
                Sighting::Back => {
                    self.rearm = true;
                    tracing::info!("the watched folder is there");
                }
                Sighting::Crowded => tracing::warn!("too many files in the watched folder; the rest is not looked at"),
            }
        }
        self.start_next();
    }

    /// Whether what watches the folder must be armed anew; says so once.
    pub fn take_rearm(&mut self) -> bool {
        std::mem::take(&mut self.rearm)
    }

    /// Somebody asks.
    pub fn asked(&mut self, asked: Asked) {
        match asked {
            // Askers may have gone; then nobody needs the answer.
            Asked::Running(done) => drop(done.send(self.setup.running.clone())),
            Asked::History(done) => drop(done.send(self.setup.history.rows().to_vec())),
            Asked::Upgrade(candidate, done) => self.work.push_back(Work::Upgrade(candidate, Some(done))),
            Asked::Rollback { behaviour, revision, dry_run, done } => {
                match self.target(behaviour, revision) {
                    Ok((behaviour, target)) => {
                        let via = "rollback".to_owned();
                        self.work.push_back(Work::Rollback { target, behaviour, via, dry_run, done });
                    }
                    Err((behaviour, why)) => {
                        let row = self.blank(behaviour, RowResult::Refused, why);
                        // The asker may have gone.
                        let _ = done.send(Told { row, planned: false, plan: vec![] });
                    }
                }
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
            let why = "nothing was upgraded yet, so there is no version to go back to; see `tomte history`";
            return Err((behaviour.unwrap_or_default(), why.to_owned()));
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

    fn start_next(&mut self) {
        while self.job.is_none() {
            let Some(work) = self.work.pop_front() else { return };
            self.ids += 1;
            match work {
                Work::Upgrade(candidate, done) => {
                    self.job = Some(Job {
                        id: self.ids,
                        candidate,
                        back: None,
                        direction: Direction::Up,
                        done,
                        stage: Stage::Compiling,
                    });
                }
                Work::Rollback { target, behaviour, via, dry_run, done } => match self.going_back(target, behaviour, via, dry_run) {
                    Ok((candidate, back)) => {
                        let direction = Direction::Down;
                        let done = Some(done);
                        self.job = Some(Job { id: self.ids, candidate, back, direction, done, stage: Stage::Compiling });
                    }
                    Err((behaviour, why)) => {
                        let row = self.blank(behaviour, RowResult::Refused, why);
                        // The asker may have gone.
                        let _ = done.send(Told { row, planned: false, plan: vec![] });
                        continue;
                    }
                },
            }
            self.compile();
        }
    }

    #[expect(clippy::type_complexity, reason = "used once, between two neighbours")]
    fn going_back(
        &self,
        target: Target,
        behaviour: String,
        via: String,
        dry_run: bool,
    ) -> Result<(Candidate, Option<Arc<Vec<(crate::base::Name, SavedState)>>>), (String, String)> {
        let bytes = self.setup.components.get(&target.digest).map_err(|error| (behaviour.clone(), error.to_string()))?;
        let file_name = format!("{behaviour}-{}.wasm", target.version);
        let candidate = Candidate::new(bytes, file_name, via, dry_run);
        let states = match target.swap {
            Some(revision) => self.setup.swaps.load(revision).map_err(|error| (behaviour, error.to_string()))?,
            None => None,
        };
        Ok((candidate, states.map(|states| Arc::new(states.into_iter().collect()))))
    }

    /// Hands the candidate to a thread that serves nobody.
    fn compile(&self) {
        let Some(job) = &self.job else { return };
        let (id, engine, limits) = (job.id, self.setup.engine.clone(), self.setup.limits.clone());
        let candidate = &job.candidate;
        let parts = Parts {
            bytes: Arc::clone(&candidate.bytes),
            name_hint: candidate.name_hint.clone(),
            version_hint: candidate.version_hint,
        };
        let events = self.events.clone();
        let run = move || {
            let result = compile(&engine, &limits, &parts);
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
            Err(misfit) => return self.refused(job, misfit.behaviour.map(|name| name.to_string()), misfit.version, misfit.why),
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
            Err(refusal) => return self.refused(job, Some(fit.behaviour.to_string()), Some(fit.version), refusal.to_string()),
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
    pub fn prepared(&mut self, id: u64, result: Result<Vec<(crate::base::Name, SavedState)>, String>, shards: &Shards) {
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

    /// Every worker runs the new version: remembered, recorded, told.
    fn changed(&mut self, job: Job, fit: Fit, plan: &Plan, carried: &States, done: Committed) {
        if let Some(running) = self.setup.running.iter_mut().find(|running| running.plan.behaviour == fit.behaviour) {
            running.plan.version = fit.version;
            running.plan.digest = job.candidate.digest;
            running.plan.saves_state = fit.saves_state;
        }
        let row = Row {
            from: Some(plan.from),
            from_digest: Some(plan.from_digest),
            to: Some(fit.version),
            digest: Some(job.candidate.digest),
            via: job.candidate.via.clone(),
            workers: done.workers,
            pause_us: done.pause / 1000,
            ..self.blank(fit.behaviour.to_string(), RowResult::Permanent, String::new())
        };
        let row = match self.record(&job, row.clone(), carried) {
            Ok(row) => row,
            Err(error) => {
                let reason = format!("it runs, but could not be recorded: a restart comes back to {}: {error}", plan.from);
                tracing::error!("{reason}");
                Row { reason, ..row }
            }
        };
        tracing::info!(
            behaviour = %fit.behaviour, from = %plan.from, to = %fit.version, workers = done.workers,
            pause_us = row.pause_us, via = row.via, "upgraded"
        );
        let text = format!("{} {} runs since revision {}\n", fit.behaviour, fit.version, row.revision);
        self.tell(job, Told { row, planned: false, plan: vec![] }, true, &text);
    }

    fn record(&mut self, job: &Job, row: Row, carried: &States) -> Result<Row, crate::release::StateError> {
        self.setup.components.put(&job.candidate.bytes)?;
        self.setup.swaps.save(self.setup.history.next_revision(), carried)?;
        self.setup.history.append(row).cloned()
    }

    fn refused(&mut self, job: Job, behaviour: Option<String>, version: Option<Version>, why: String) {
        let behaviour = behaviour.unwrap_or_else(|| job.candidate.file_name.clone());
        let running = self.setup.running.iter().find(|running| running.plan.behaviour.as_str() == behaviour);
        let row = Row {
            from: running.map(|running| running.plan.version),
            from_digest: running.map(|running| running.plan.digest),
            to: version,
            digest: Some(job.candidate.digest),
            via: job.candidate.via.clone(),
            ..self.blank(behaviour, RowResult::Refused, why.clone())
        };
        tracing::warn!(behaviour = row.behaviour, via = row.via, "refused: {why}");
        let row = if job.candidate.dry_run { row } else { self.setup.history.append(row.clone()).cloned().unwrap_or(row) };
        self.tell(job, Told { row, planned: false, plan: vec![] }, false, &format!("{why}\n"));
    }

    fn already(&mut self, job: Job, fit: &Fit, why: &str) {
        let row = Row {
            to: Some(fit.version),
            digest: Some(job.candidate.digest),
            via: job.candidate.via.clone(),
            ..self.blank(fit.behaviour.to_string(), RowResult::AlreadyRunning, why.to_owned())
        };
        tracing::info!("{why}");
        self.tell(job, Told { row, planned: false, plan: vec![] }, true, &format!("{why}\n"));
    }

    fn planned(&mut self, job: Job, plan: &Plan) {
        let row = Row {
            from: Some(plan.from),
            from_digest: Some(plan.from_digest),
            to: Some(plan.to),
            digest: Some(plan.digest),
            via: job.candidate.via.clone(),
            workers: plan.workers.len(),
            ..self.blank(plan.behaviour.to_string(), RowResult::Permanent, String::new())
        };
        let plan = plan.instructions.iter().map(ToString::to_string).collect();
        self.tell(job, Told { row, planned: true, plan }, true, "");
    }

    /// Tells whoever waits, marks the dropped file, and goes on with the next release.
    fn tell(&mut self, job: Job, told: Told, accepted: bool, text: &str) {
        if let Some(path) = &job.candidate.dropped {
            self.mark(path, accepted, text);
        }
        if let Some(done) = job.done {
            // The asker may have gone.
            let _ = done.send(told);
        }
        self.start_next();
    }

    fn mark(&mut self, path: &std::path::Path, accepted: bool, text: &str) {
        let folder = &mut self.setup.folder;
        let marked = if accepted { folder.accept(path, text) } else { folder.refuse(path, text) };
        if let Err(error) = marked {
            tracing::warn!(file = %path.display(), "the outcome could not be written beside the file: {error}");
        }
    }

    fn blank(&self, behaviour: String, result: RowResult, reason: String) -> Row {
        Row {
            revision: 0,
            at_ms: Clock::wall_ms(),
            behaviour,
            from: None,
            from_digest: None,
            to: None,
            digest: None,
            result,
            via: String::new(),
            workers: 0,
            pause_us: 0,
            reason,
        }
    }
}

fn send_all(shards: &Shards, command: impl Fn() -> Command) {
    for shard in shards {
        // A shard that is gone has ended with the node.
        let _ = shard.send(command());
    }
}
