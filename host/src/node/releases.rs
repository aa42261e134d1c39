//! Releases in the hands of any thread: upgrades, rollbacks, what waits, and what has been.

use super::handle::Handle;
use super::show;
use super::view::{CancelView, UpgradeReport};
use crate::base::{Failure, Kind};
use crate::control::{Ask, Candidate, Rollback};

/// A component somebody wants to run.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The component.
    pub bytes: Vec<u8>,
    /// Where it came from; tells name and version when the component itself does not.
    pub file_name: String,
    /// For the history: who asked, for example `cli`.
    pub via: String,
    /// Only tell what would be done.
    pub dry_run: bool,
}

impl From<Upload> for Candidate {
    fn from(upload: Upload) -> Candidate {
        Candidate::new(upload.bytes, upload.file_name, upload.via, upload.dry_run)
    }
}

impl Handle {
    /// Upgrades a behaviour to this component, exactly as a drop into the watched folder does.
    ///
    /// # Errors
    /// The node has stopped. A refusal is a report.
    pub async fn upgrade(&self, upload: Upload) -> Result<UpgradeReport, Failure> {
        let verdict = self.ask(|done| Ask::Upgrade(upload.into(), done)).await?;
        Ok(show::report(verdict))
    }

    /// Goes back to the version before, or to that of an earlier revision.
    ///
    /// # Errors
    /// The node has stopped. A refusal is a report.
    pub async fn rollback(
        &self,
        behaviour: Option<String>,
        revision: Option<u64>,
        dry_run: bool,
    ) -> Result<UpgradeReport, Failure> {
        let rollback = Rollback { behaviour, revision, dry_run };
        let verdict = self.ask(|done| Ask::Rollback(rollback, done)).await?;
        Ok(show::report(verdict))
    }

    /// Every release tried so far, oldest first, and those that wait or are under way.
    ///
    /// # Errors
    /// The node has stopped.
    pub async fn history(&self) -> Result<Vec<UpgradeReport>, Failure> {
        let mut reports: Vec<UpgradeReport> = self.ask(Ask::History).await?.into_iter().map(show::row).collect();
        for pending in self.ask(Ask::Pending).await?.into_iter().map(show::pending) {
            match reports.iter_mut().find(|report| pending.revision > 0 && report.revision == pending.revision) {
                // Its intent is a row already.
                Some(report) => *report = pending,
                None => reports.push(pending),
            }
        }
        Ok(reports)
    }

    /// Takes back the releases that wait, and the one that is under way before its point of no return: all of them,
    /// or those of the file of this name.
    ///
    /// # Errors
    /// There was none, or none that could still be taken back.
    pub async fn cancel(&self, file: Option<String>) -> Result<CancelView, Failure> {
        let of = file.as_ref().map_or_else(String::new, |file| format!(" of {file}"));
        let cancelled = self.ask(|done| Ask::Cancel(file, done)).await?;
        if cancelled.taken_back.is_empty() {
            return Err(Failure::new(
                Kind::Refused,
                match cancelled.kept {
                    Some(why) => {
                        format!("it cannot be taken back any more: {why}; `tomte rollback` goes back when it is done")
                    }
                    None => format!("no release{of} waits or is under way, so nothing was taken back"),
                },
            ));
        }
        Ok(CancelView { taken_back: cancelled.taken_back.into_iter().map(show::row).collect(), kept: cancelled.kept })
    }
}
