//! Whether the last release is to blame for how the hosts ended that ran it. Pure.
//!
//! One release is gone back from at most once, and only to the version before it: what a rollback brought, whoever
//! ordered it, is no release, so whatever happens on it changes nothing any more. Neither is a component that the
//! manifest has brought: its operator has declared it.

use std::fmt;
use std::time::Duration;

use super::{End, Life};
use crate::base::Millis;
use crate::base::limits::{RELEASE_FRESH_TIME, SILENT_ENDS_MAX};

/// Why a host that starts does not run the last release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// A host ended so, this long after it came.
    Ended(End, Duration),
    /// So many hosts in a row have left no word.
    Silent(usize),
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, after) = match self {
            Blame::Silent(count) => {
                let minutes = RELEASE_FRESH_TIME.as_secs() / 60;
                return write!(
                    f,
                    "{count} hosts that ran it were killed or aborted within its first {minutes} minutes"
                );
            }
            Blame::Ended(End::GaveUp, after) => ("a root supervisor gave up", after),
            Blame::Ended(End::NotUp, after) => ("the tree could not be started", after),
            Blame::Ended(_, after) => ("a thread of the host broke down", after),
        };
        write!(f, "{what} {:.0?} after it came", Duration::from_secs(after.as_secs()))
    }
}

/// Whether the release of this revision, which came then, is to blame for how one of these hosts ended, the oldest
/// first.
pub fn blame(revision: u64, came_ms: Millis, lives: &[Life]) -> Option<Blame> {
    let mut silent = 0;
    for life in lives {
        let Some((ended_ms, how)) = life.ended else { continue };
        // A clock may have been set back since, but a host that started on it has run it.
        let has_run_it = life.revision >= revision || ended_ms >= came_ms;
        let after = Duration::from_millis(ended_ms.saturating_sub(came_ms));
        if !has_run_it || after > RELEASE_FRESH_TIME {
            continue;
        }
        match how {
            End::GaveUp | End::NotUp | End::Broke => {
                return Some(Blame::Ended(how, after));
            }
            End::Silent => silent += 1,
            End::Stopped => {}
        }
    }
    (silent >= SILENT_ENDS_MAX).then_some(Blame::Silent(silent))
}
