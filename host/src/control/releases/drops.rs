//! The watched folder: when it is looked into, and what came of what lay there.

use std::path::Path;
use std::time::Duration;

use super::untaken::Untaken;
use crate::base::{Digest, Millis, Nanos, nanos};
use crate::release::{Dropped, Folder, Row, Sighting, Watch};

/// The watched folder, with the next time it is looked into although nothing was heard of it.
#[derive(Debug)]
pub(super) struct Drops {
    folder: Folder,
    rescan: Duration,
    next_scan: Nanos,
    watch: Option<Watch>,
    untaken: Untaken,
}

impl Drops {
    pub(super) fn new(folder: Folder, rescan: Duration) -> Drops {
        Drops { folder, rescan, next_scan: 0, watch: None, untaken: Untaken::default() }
    }

    /// From now on this tells when to look.
    pub(super) fn watch(&mut self, watch: Watch) {
        self.watch = Some(watch);
    }

    /// When it is to be looked into.
    pub(super) fn look_at(&self) -> Nanos {
        self.folder.next_look().map_or(self.next_scan, |look| look.min(self.next_scan))
    }

    /// What is new and complete, as far as there is room for so many bytes; `ran` says what has run on this host.
    pub(super) fn look(&mut self, now: Nanos, room: u64, ran: &dyn Fn(&Digest) -> bool) -> Vec<Dropped> {
        self.next_scan = now.saturating_add(nanos(self.rescan));
        self.folder.scan(now, room, ran).into_iter().filter_map(|sighting| self.sight(sighting)).collect()
    }

    /// The row of what could not be taken since this was asked before; none if there was nothing.
    pub(super) fn untaken(&mut self, at_ms: Millis) -> Option<Row> {
        self.untaken.take(&self.folder.dir().display().to_string(), at_ms)
    }

    fn sight(&mut self, sighting: Sighting) -> Option<Dropped> {
        match sighting {
            Sighting::Dropped(dropped) => {
                tracing::info!(file = %dropped.path.display(), digest = %dropped.digest.short(), "dropped");
                return Some(dropped);
            }
            Sighting::Refused { path, reason } => {
                tracing::warn!(file = %path.display(), "refused: {reason}");
                self.mark(&path, false, &reason);
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.untaken.add(name, reason);
            }
            Sighting::Absent => {
                let folder = self.folder.dir().display();
                tracing::info!("there is no folder {folder} yet; it is watched as soon as there is");
            }
            Sighting::Gone(why) => tracing::warn!("the watched folder cannot be read: {why}"),
            Sighting::Taken => {
                let folder = self.folder.dir().display();
                tracing::error!("another host takes what is dropped into {folder}; nothing is taken from there");
            }
            Sighting::Back => {
                self.rearm();
                tracing::info!("{} is there and watched", self.folder.dir().display());
            }
            Sighting::Crowded => {
                tracing::warn!("too many components in the watched folder; move some away, since not all are looked at")
            }
        }
        None
    }

    /// A watch on a folder that was made anew is dead.
    fn rearm(&mut self) {
        if let Some(note) = self.watch.as_mut().and_then(Watch::arm) {
            tracing::info!("{note}");
        }
    }

    /// A file that was taken ends too early: it is looked at again when it has changed.
    pub(super) fn await_rest(&mut self, path: &Path, why: &str) {
        tracing::info!(file = %path.display(), "it ends too early, so it may still be copied: {why}");
        self.folder.await_rest(path, why);
    }

    /// Writes what came of a file beside it.
    pub(super) fn mark(&mut self, path: &Path, accepted: bool, text: &str) {
        let marked = if accepted { self.folder.accept(path, text) } else { self.folder.refuse(path, text) };
        if let Err(error) = marked {
            let file = path.display();
            tracing::warn!(%file, "the outcome is not written beside the file yet, which is tried again: {error}");
        }
    }
}
