//! A wake-up for the scanner. What an event says is never trusted: networks, containers and full
//! queues swallow events, so the scanner looks for itself and looks again on its own.

use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::folder::is_marker;
use super::whole_file::is_draft;

/// Watches one folder, and the directory it stands in to notice that it was made anew.
#[derive(Debug)]
pub struct Watch {
    dir: PathBuf,
    watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// Calls `hint` from another thread whenever something may have happened. Where watching is not
    /// possible the note says why, and only the periodic scan remains.
    pub fn new(dir: &Path, hint: impl Fn() + Send + 'static) -> (Watch, Option<String>) {
        let created = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if may_be_news(&event) {
                hint();
            }
        });
        let (watcher, note) = match created {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(told(&error))),
        };
        let mut watch = Watch { dir: dir.to_owned(), watcher };
        let note = note.or_else(|| watch.arm());
        (watch, note)
    }

    /// Watches again after the folder was made anew; what is watched already stays watched. The
    /// note says why it is not possible.
    pub fn arm(&mut self) -> Option<String> {
        let watcher = self.watcher.as_mut()?;
        let above = self.dir.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A watch on a folder that was removed is dead, but may still be on the books.
        let _ = watcher.unwatch(&self.dir);
        let from_above = watcher.watch(above, RecursiveMode::NonRecursive);
        let itself = watcher.watch(&self.dir, RecursiveMode::NonRecursive);
        let failed = match (from_above, itself) {
            // The directory above tells when it is made.
            (Ok(()), Err(_)) if !self.dir.exists() => None,
            (from_above, itself) => itself.err().or(from_above.err()),
        };
        failed.map(|error| told(&error))
    }
}

/// Whether something may have changed. The scanner's own look at the folder is an event, too, and so is every
/// marker that the host writes there: they must not bring the next look. A marker that goes asks for one.
fn may_be_news(event: &notify::Result<Event>) -> bool {
    let Ok(Event { kind, paths, .. }) = event else { return true };
    let is_own = |path: &PathBuf| is_marker(path) || is_draft(path);
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => paths.is_empty() || !paths.iter().all(is_own),
        EventKind::Access(_) => false,
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
            paths.is_empty() || !paths.iter().all(|path| is_draft(path))
        }
        EventKind::Create(_) | EventKind::Modify(_) => paths.is_empty() || !paths.iter().all(is_own),
        EventKind::Any | EventKind::Remove(_) | EventKind::Other => true,
    }
}

fn told(error: &notify::Error) -> String {
    let fix = match &error.kind {
        ErrorKind::MaxFilesWatch => "; raise fs.inotify.max_user_watches",
        // inotify's word for "no more instances", which looks like something else.
        ErrorKind::Io(io) if io.raw_os_error() == Some(24) => "; raise fs.inotify.max_user_instances",
        _ => "",
    };
    format!("changes of the folder are not noticed at once, it is looked at every few seconds: {error}{fix}")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use notify::event::{CreateKind, DataChange, RemoveKind};

    use super::*;

    /// Long enough for the slowest machine; a passing test does not wait for it.
    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn looking_at_the_folder_is_no_news_and_everything_else_may_be() {
        let of = |kind| may_be_news(&Ok(Event::new(kind)));
        for mode in [AccessMode::Any, AccessMode::Read, AccessMode::Execute] {
            assert!(!of(EventKind::Access(AccessKind::Open(mode))));
            assert!(!of(EventKind::Access(AccessKind::Close(mode))));
        }
        assert!(of(EventKind::Access(AccessKind::Close(AccessMode::Write))));
        assert!(of(EventKind::Any) && of(EventKind::Other));
    }

    #[test]
    fn what_the_host_writes_is_no_news_until_somebody_takes_it_away() {
        let of = |kind, name: &str| may_be_news(&Ok(Event::new(kind).add_path(Path::new("in").join(name))));
        let written = [
            EventKind::Create(CreateKind::File),
            EventKind::Modify(ModifyKind::Data(DataChange::Any)),
            EventKind::Modify(ModifyKind::Name(RenameMode::To)),
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
        ];
        for kind in written {
            for own in ["a.wasm.accepted", "a.wasm.refused", ".tomte-x1.tmp"] {
                assert!(!of(kind, own), "{kind:?} {own}");
            }
            for other in ["a.wasm", "a-1.2.3", ".upload.tmp", "refused"] {
                assert!(of(kind, other), "{kind:?} {other}");
            }
        }
        assert!(of(EventKind::Remove(RemoveKind::File), "a.wasm.refused"));
        let away = EventKind::Modify(ModifyKind::Name(RenameMode::From));
        assert!(of(away, "a.wasm.refused") && !of(away, ".tomte-x1.tmp"));
        assert!(may_be_news(&Err(notify::Error::generic("events were lost"))));
    }

    #[test]
    fn a_drop_wakes_the_scanner_also_after_the_folder_was_made_anew() {
        let above = tempfile::tempdir().expect("a directory");
        let dir = above.path().join("releases");
        std::fs::create_dir(&dir).expect("made");
        let (hint, hinted) = mpsc::channel();
        let (mut watch, note) = Watch::new(&dir, move || {
            let _ = hint.send(());
        });
        assert_eq!(note, None, "the folder can be watched");
        std::fs::write(dir.join("a.wasm"), "a").expect("written");
        hinted.recv_timeout(PATIENCE).expect("a hint");
        std::fs::remove_dir_all(&dir).expect("removed");
        std::fs::create_dir(&dir).expect("made anew");
        hinted.recv_timeout(PATIENCE).expect("a hint from above");
        assert_eq!(watch.arm(), None);
        // More hints than all that went before can have left.
        const DROPS: usize = 200;
        (0..DROPS).for_each(|at| std::fs::write(dir.join(format!("{at}.wasm")), "a").expect("written"));
        (0..DROPS).for_each(|_| hinted.recv_timeout(PATIENCE).expect("a hint for each"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_noted_only_if_nothing_can_tell_when_it_is_made() {
        let above = tempfile::tempdir().expect("a directory");
        let (hint, hinted) = mpsc::channel();
        let (watch, note) = Watch::new(&above.path().join("releases"), move || {
            let _ = hint.send(());
        });
        assert_eq!((watch.watcher.is_some(), note), (true, None));
        std::fs::create_dir(above.path().join("releases")).expect("made");
        hinted.recv_timeout(PATIENCE).expect("a hint from above");
        let (_watch, note) = Watch::new(&above.path().join("no/where"), || {});
        assert!(note.is_some_and(|note| note.contains("looked at every few seconds")));
    }
}
