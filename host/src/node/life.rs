//! What a node leaves word of for the next one: how it ended. And what the last ones left: whether the release they
//! ran is run again.

use std::sync::{Arc, Mutex, PoisonError};

use super::check::read_component;
use crate::base::{Digest, Name};
use crate::release::{self, Blame, End, Lives, Manifest, Records, Row, StateDir, blame};
use crate::runtime::Clock;

/// The life of this node, from its start on. Its first word about its end counts. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Life(Arc<Mutex<Lives>>);

impl Life {
    /// A node starts on this state directory. If the hosts before it ended badly soon after the last release, the
    /// version before that one is what runs now.
    pub(super) fn begin(state: &StateDir, records: &mut Records, manifests: &[Manifest]) -> Life {
        let now = Clock::wall_ms();
        let mut lives = Lives::open(state, now);
        go_back_if_to_blame(&lives, records, manifests);
        let revision = records.history().rows().last().map_or(0, |row| row.revision);
        if let Err(error) = lives.begin(revision, now) {
            tracing::warn!("that this host has started is not recorded: {error}");
        }
        Life(Arc::new(Mutex::new(lives)))
    }

    /// It ends so.
    pub(super) fn end(&self, how: End) {
        let mut lives = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = lives.end(how, Clock::wall_ms()) {
            tracing::warn!("how this host ends is not recorded: {error}");
        }
    }
}

fn go_back_if_to_blame(lives: &Lives, records: &mut Records, manifests: &[Manifest]) {
    let Some(release) = records.history().last_release().cloned() else { return };
    let Some(blame) = blame(release.revision, release.at_ms, lives.all()) else { return };
    let (behaviour, revision) = (&release.behaviour, release.revision);
    match go_back(&release, &blame, records, manifests) {
        Ok(Some(row)) => {
            let [from, to] = [row.from, row.to].map(Option::unwrap_or_default);
            tracing::warn!(
                %behaviour, %from, %to,
                "revision {revision} is not run again: {blame}; this start runs the version before, and `tomte upgrade` tries the other again"
            );
        }
        // The manifest has another component now, which has the word.
        Ok(None) => {}
        Err(why) => {
            tracing::error!(%behaviour, "{blame}, and yet revision {revision} is run again, since there is no way back: {why}");
        }
    }
}

/// Goes back from this release, if it would run now.
fn go_back(release: &Row, blame: &Blame, records: &mut Records, manifests: &[Manifest]) -> Result<Option<Row>, String> {
    let Some(declared) = declared(manifests, &release.behaviour) else { return Ok(None) };
    let boots = records.history().boot(&release.behaviour, &declared).map(|boots| boots.digest);
    if boots.is_none() || boots != release.digest {
        return Ok(None);
    }
    let way = records.history().way_back(Some(&release.behaviour), None, |_| release.digest);
    let way = way.map_err(|no_way| no_way.why)?;
    records.go_back(&way, &declared, Some(blame), Clock::wall_ms()).map(Some)
}

/// The component that a manifest has for this behaviour.
pub(super) fn declared(manifests: &[Manifest], behaviour: &str) -> Option<Digest> {
    let name = Name::new(behaviour).ok()?;
    let found = manifests.iter().find_map(|manifest| manifest.behaviours.get(&name))?;
    Some(release::digest(&read_component(&found.component).ok()?))
}
