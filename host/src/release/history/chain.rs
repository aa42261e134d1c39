//! What ran before what. Pure.
//!
//! A chain starts with the component of the manifest and grows with every release that became
//! permanent, and with every start on another component of the manifest; a rollback cuts it back. So rolling back twice goes back twice, and the version that
//! was left is not in the way of the next one.

use serde::{Deserialize, Serialize};

use super::{Row, RowResult, text};
use crate::base::{Digest, Version, limits::SWAPS_KEPT};

/// A component in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Link {
    #[serde(with = "text::maybe")]
    version: Option<Version>,
    #[serde(with = "text::one")]
    digest: Digest,
    /// The revision that brought it; the start of a chain has none.
    revision: Option<u64>,
}

/// What the history says is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current {
    /// The version.
    pub version: Version,
    /// The component.
    pub digest: Digest,
    /// The component the chain started with: the manifest's, at that time.
    pub base: Digest,
}

/// Where a rollback goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The version.
    pub version: Version,
    /// The component.
    pub digest: Digest,
    /// The revision at whose swap this version's states were kept, if there was one.
    pub swap: Option<u64>,
}

/// The releases of one behaviour that built on one another, the running one last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chain {
    links: Vec<Link>,
    /// The manifest's component when the host was last started with another one.
    #[serde(with = "text::maybe")]
    base: Option<Digest>,
}

impl Chain {
    pub(super) fn follow(&mut self, row: &Row) {
        let (RowResult::Permanent, Some(digest)) = (row.result, row.digest) else { return };
        let top = self.links.last().map(|link| link.digest);
        if top.is_none() || top != row.from_digest {
            // What ran before is not known: a new chain.
            let start = |digest| Link { version: row.from, digest, revision: None };
            self.links = row.from_digest.map(start).into_iter().collect();
            self.base = row.from_digest;
        }
        match self.links.iter().position(|link| link.digest == digest) {
            Some(at) => self.links.truncate(at + 1),
            None => self.links.push(Link { version: row.to, digest, revision: Some(row.revision) }),
        }
        if row.is_start() {
            self.base = Some(digest);
        }
    }

    pub(super) fn current(&self) -> Option<Current> {
        let top = self.links.last()?;
        Some(Current { version: top.version?, digest: top.digest, base: self.base? })
    }

    /// Whether this component is the one the chain ends with. If not, the host was started with
    /// another one, and what the chain knows of states is about a life that is over.
    pub(super) fn ends_with(&self, running: &Digest) -> bool {
        self.links.last().is_some_and(|link| link.digest == *running)
    }

    pub(super) fn before(&self) -> Option<Target> {
        self.target(self.links.len().checked_sub(2)?)
    }

    pub(super) fn back_to(&self, digest: &Digest) -> Option<Target> {
        self.target(self.links.iter().position(|link| link.digest == *digest)?)
    }

    /// The components of the last links: as many as there are states to go back to.
    pub(super) fn digests(&self) -> impl Iterator<Item = Digest> {
        self.links.iter().rev().take(SWAPS_KEPT + 1).map(|link| link.digest)
    }

    fn target(&self, at: usize) -> Option<Target> {
        let link = self.links.get(at)?;
        let swap = self.links.get(at + 1).and_then(|next| next.revision);
        Some(Target { version: link.version?, digest: link.digest, swap })
    }
}
