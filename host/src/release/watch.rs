//! A wake-up for the scanner. What an event says is never looked at: networks, containers and full
//! queues swallow events, so the scanner looks for itself and looks again on its own.

use std::path::{Path, PathBuf};

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

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
        let created = notify::recommended_watcher(move |_: notify::Result<notify::Event>| hint());
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
        let above = self
            .dir
            .parent()
            .filter(|above| !above.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        // A watch on a folder that was removed is dead, but may still be on the books.
        let _ = watcher.unwatch(&self.dir);
        let armed =
            [self.dir.as_path(), above].map(|dir| watcher.watch(dir, RecursiveMode::NonRecursive));
        armed.into_iter().find_map(|result| result.err().map(|error| told(&error)))
    }
}

fn told(error: &notify::Error) -> String {
    let fix = match &error.kind {
        ErrorKind::MaxFilesWatch => "; raise fs.inotify.max_user_watches",
        // inotify's word for "no more instances", which looks like something else.
        ErrorKind::Io(io) if io.raw_os_error() == Some(24) => {
            "; raise fs.inotify.max_user_instances"
        }
        _ => "",
    };
    format!(
        "changes of the folder are not noticed at once, it is looked at every few seconds: {error}{fix}"
    )
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Long enough for the slowest machine; a passing test does not wait for it.
    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn a_drop_wakes_the_scanner_also_after_the_folder_was_made_anew() {
        let above = tempfile::tempdir().expect("a directory");
        let dir = above.path().join("releases");
        std::fs::create_dir(&dir).expect("made");
        let (hint, hinted) = mpsc::channel();
        let (mut watch, note) = Watch::new(&dir, move || {
            let _ = hint.send(());
        });
        if note.is_some() {
            return; // No watching on this machine: then there is nothing to wake.
        }
        std::fs::write(dir.join("a.wasm"), "a").expect("written");
        hinted.recv_timeout(PATIENCE).expect("a hint");
        std::fs::remove_dir_all(&dir).expect("removed");
        std::fs::create_dir(&dir).expect("made anew");
        hinted.recv_timeout(PATIENCE).expect("a hint from above");
        assert_eq!(watch.arm(), None);
    }

    #[test]
    fn a_folder_that_is_not_there_is_noted() {
        let above = tempfile::tempdir().expect("a directory");
        let (_watch, note) = Watch::new(&above.path().join("no/where"), || {});
        assert!(note.is_some_and(|note| note.contains("looked at every few seconds")));
    }
}
