//! What came of a release: recorded, written beside the dropped file, told to whoever waits.

use super::candidate::{Fit, Told};
use super::event::Committed;
use super::job::Job;
use super::threads::Clock;
use super::upgrade::Releases;
use crate::base::Version;
use crate::release::{Plan, Row, RowResult, StateError, States};

impl Releases {
    /// Every worker runs the new version: remembered, recorded, told.
    pub(super) fn changed(&mut self, job: Job, fit: Fit, plan: &Plan, carried: &States, done: Committed) {
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
                let reason =
                    format!("it runs, but could not be recorded: a restart comes back to {}: {error}", plan.from);
                tracing::error!("{reason}");
                Row { reason, ..row }
            }
        };
        tracing::info!(
            behaviour = %fit.behaviour, from = %plan.from, to = %fit.version, workers = done.workers,
            pause_us = row.pause_us, via = %row.via, "upgraded"
        );
        let text = format!("{} {} runs since revision {}\n", fit.behaviour, fit.version, row.revision);
        self.tell(job, Told { row, planned: false, plan: vec![] }, true, &text);
    }

    fn record(&mut self, job: &Job, row: Row, carried: &States) -> Result<Row, StateError> {
        self.setup.components.put(&job.candidate.bytes)?;
        self.setup.swaps.save(self.setup.history.next_revision(), carried)?;
        self.setup.history.append(row).cloned()
    }

    pub(super) fn refused(&mut self, job: Job, behaviour: Option<String>, version: Option<Version>, why: String) {
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
        tracing::warn!(behaviour = %row.behaviour, via = %row.via, "refused: {why}");
        let row =
            if job.candidate.dry_run { row } else { self.setup.history.append(row.clone()).cloned().unwrap_or(row) };
        self.tell(job, Told { row, planned: false, plan: vec![] }, false, &format!("{why}\n"));
    }

    pub(super) fn already(&mut self, job: Job, fit: &Fit, why: &str) {
        let row = Row {
            to: Some(fit.version),
            digest: Some(job.candidate.digest),
            via: job.candidate.via.clone(),
            ..self.blank(fit.behaviour.to_string(), RowResult::AlreadyRunning, why.to_owned())
        };
        tracing::info!("{why}");
        self.tell(job, Told { row, planned: false, plan: vec![] }, true, &format!("{why}\n"));
    }

    pub(super) fn planned(&mut self, job: Job, plan: &Plan) {
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

    pub(super) fn mark(&mut self, path: &std::path::Path, accepted: bool, text: &str) {
        let folder = &mut self.setup.folder;
        let marked = if accepted { folder.accept(path, text) } else { folder.refuse(path, text) };
        if let Err(error) = marked {
            tracing::warn!(file = %path.display(), "the outcome could not be written beside the file: {error}");
        }
    }

    pub(super) fn blank(&self, behaviour: String, result: RowResult, reason: String) -> Row {
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
