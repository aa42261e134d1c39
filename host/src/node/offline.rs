//! What can be done about releases where no node runs: on a bad day there is none to ask.

use std::path::Path;

use super::assemble::lock_error;
use super::error::StartError;
use super::journal;
use super::life::declared;
use super::show;
use super::view::{UpgradeReport, UpgradeResult};
use crate::release::{Manifest, Row, StateDir};
use crate::runtime::Clock;

/// Goes back, in this state directory, to the version before or to that of an earlier revision: the next node that
/// starts the application in `app` on it runs that. A dry run changes nothing.
///
/// # Errors
/// A host uses the state directory, there is no way back, or it could not be recorded.
pub fn rollback_recorded(
    app: &Path,
    state: &Path,
    behaviour: Option<&str>,
    revision: Option<u64>,
    dry_run: bool,
) -> Result<UpgradeReport, StartError> {
    let system = |why: String| StartError::System(why);
    let manifest = Manifest::load(app).map_err(|error| StartError::Config(error.to_string()))?;
    let state = StateDir::lock(state).map_err(lock_error)?;
    let (mut records, _) = journal::records(&state, journal::read(&state)?.as_ref())?;
    let history = records.history();
    let runs = |name: &str| history.current(name).map(|current| current.digest);
    let way = history.way_back(behaviour, revision, runs).map_err(|no_way| StartError::Config(no_way.why))?;
    let unknown = || StartError::Config(format!("{} has no component for `{}`", manifest.file.display(), way.0));
    let declared = declared(std::slice::from_ref(&manifest), &way.0).ok_or_else(unknown)?;
    if dry_run {
        return Ok(planned(records.way_back_row(&way, &declared, None).map_err(system)?));
    }
    records.go_back(&way, &declared, None, Clock::wall_ms()).map(show::row).map_err(system)
}

fn planned(row: Row) -> UpgradeReport {
    UpgradeReport { result: UpgradeResult::Planned, ..show::row(row) }
}
