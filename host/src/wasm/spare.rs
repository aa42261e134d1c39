//! Code that is loaded on a thread of its own, so that whoever serves never waits for it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;

use crate::base::limits::LOAD_STACK_BYTES;

/// Something that is made once, elsewhere, when somebody first asks for it.
pub(super) struct Spare<T> {
    ordered: AtomicBool,
    made: OnceLock<Result<T, String>>,
}

/// How far it is.
#[derive(Debug)]
pub(super) enum Progress<'a, T> {
    /// It is there.
    Made(&'a T),
    /// It is being made; ask again.
    UnderWay,
    /// It cannot be made, for this reason.
    Impossible(String),
}

impl<T> Default for Spare<T> {
    fn default() -> Spare<T> {
        Spare { ordered: AtomicBool::new(false), made: OnceLock::new() }
    }
}

impl<T> Spare<T> {
    /// How far it is. The first to ask has `make` run on another thread; it is to end with [`Spare::set`].
    pub(super) fn get(&self, make: impl FnOnce() + Send + 'static) -> Progress<'_, T> {
        match self.made.get() {
            Some(Ok(made)) => return Progress::Made(made),
            Some(Err(why)) => return Progress::Impossible(why.clone()),
            None => {}
        }
        // The flag guards nothing but the order itself.
        if !self.ordered.swap(true, Ordering::Relaxed)
            && let Err(error) = Builder::new().name("load".to_owned()).stack_size(LOAD_STACK_BYTES).spawn(make)
        {
            // Whoever asks next may find a thread.
            self.ordered.store(false, Ordering::Relaxed);
            return Progress::Impossible(format!("no thread to load it on: {error}"));
        }
        Progress::UnderWay
    }

    /// It is made, or cannot be.
    pub(super) fn set(&self, made: Result<T, String>) {
        // There is one order, so nobody has set it before.
        let _ = self.made.set(made);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;

    #[test]
    fn it_is_made_once_and_elsewhere_and_nobody_waits_for_it() {
        let spare: Arc<Spare<u8>> = Arc::default();
        let (go, wait) = mpsc::channel();
        let (done, made) = mpsc::channel();
        let own = Arc::clone(&spare);
        let here = std::thread::current().id();
        let make = move || {
            wait.recv().expect("the word to go on");
            assert_ne!(std::thread::current().id(), here);
            own.set(Ok(7));
            done.send(()).expect("somebody waits");
        };
        assert!(matches!(spare.get(make), Progress::UnderWay));
        assert!(matches!(spare.get(|| unreachable!("it is ordered")), Progress::UnderWay));
        go.send(()).expect("it waits");
        made.recv().expect("it is made");
        assert!(matches!(spare.get(|| unreachable!("it is made")), Progress::Made(7)));
    }

    #[test]
    fn what_cannot_be_made_says_why() {
        let spare: Spare<u8> = Spare::default();
        spare.set(Err("too large".to_owned()));
        assert!(matches!(spare.get(|| unreachable!("it was tried")), Progress::Impossible(why) if why == "too large"));
    }
}
