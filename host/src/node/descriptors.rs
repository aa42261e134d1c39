//! How many connections each listener of a node may have: descriptors are few, and clients must not be able to take
//! those that the operator's door, the watched folder and a release need.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::base::limits::DESCRIPTORS_RESERVED;
use crate::net::NetLimits;

/// The bounds of each of so many listeners. The process takes as many descriptors as it may have.
pub(super) fn bounds(listeners: usize) -> NetLimits {
    let descriptors = raised();
    let bounds = share(descriptors, listeners);
    let usual = NetLimits::default().connections;
    if let Some(descriptors) = descriptors
        && bounds.connections < usual
    {
        let connections = bounds.connections;
        tracing::warn!(
            descriptors,
            "each listener takes {connections} connections at most instead of {usual}; raise the limit of open files (ulimit -n)"
        );
    }
    bounds
}

/// The limit of this process, raised as far as the system lets it; `None` is none.
fn raised() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Whoever may not raise it has what there is.
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(_) => current,
    }
}

/// A fair share of what is left: three quarters for those that are served, the rest for those that are told that
/// there is no place.
fn share(descriptors: Option<u64>, listeners: usize) -> NetLimits {
    let usual = NetLimits::default();
    let Some(descriptors) = descriptors else { return usual };
    let left = usize::try_from(descriptors.saturating_sub(DESCRIPTORS_RESERVED)).unwrap_or(usize::MAX);
    let each = left / listeners.max(1);
    NetLimits {
        connections: (each - each / 4).clamp(1, usual.connections),
        turned_away: (each / 4).min(usual.turned_away),
        ..usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_listeners_together_leave_the_reserve() {
        for listeners in 1..100 {
            for descriptors in [512, 1024, 4096, 1 << 20] {
                let NetLimits { connections, turned_away, .. } = share(Some(descriptors), listeners);
                let all = (connections + turned_away) * listeners;
                assert!(all as u64 + DESCRIPTORS_RESERVED <= descriptors, "{listeners} of {descriptors}: {all}");
            }
        }
        assert_eq!(share(Some(1 << 20), 3), NetLimits::default());
        assert_eq!(share(None, 3), NetLimits::default());
        assert_eq!(share(Some(1024), 3).connections, 192);
        assert_eq!(share(Some(10), 3).connections, 1, "a listener serves somebody");
    }
}
