//! Callers whose answer comes in a later step, and calls of our own whose response is awaited.

use std::collections::BTreeMap;

use crate::base::Nanos;

/// The caller of the input that is being stepped.
#[derive(Debug)]
pub(super) struct Current<C> {
    pub(super) token: u64,
    pub(super) caller: C,
    pub(super) deadline: Nanos,
    /// It is the host, which waits for the step alone, whatever its effects.
    pub(super) is_host: bool,
}

/// Things that wait under a number until a deadline.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    items: BTreeMap<u64, (Nanos, T)>,
}

impl<T> Default for Waiting<T> {
    fn default() -> Waiting<T> {
        Waiting { items: BTreeMap::new() }
    }
}

impl<T> Waiting<T> {
    pub(super) fn insert(&mut self, number: u64, deadline: Nanos, item: T) {
        self.items.insert(number, (deadline, item));
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<T> {
        self.take(number).map(|(_, item)| item)
    }

    /// The same, with its deadline.
    pub(super) fn take(&mut self, number: u64) -> Option<(Nanos, T)> {
        self.items.remove(&number)
    }

    /// All of them, with their numbers and deadlines.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, Nanos, &T)> {
        self.items.iter().map(|(number, (deadline, item))| (*number, *deadline, item))
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// All of them with their numbers, in that order.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (u64, T)> + use<T> {
        std::mem::take(&mut self.items).into_iter().map(|(number, (_, item))| (number, item))
    }

    pub(super) fn clear(&mut self, mut each: impl FnMut(T)) {
        for (_, (_, item)) in std::mem::take(&mut self.items) {
            each(item);
        }
    }

    /// Takes out what is late; gives the earliest deadline of the rest.
    pub(super) fn expire(&mut self, now: Nanos, mut each: impl FnMut(u64, T)) -> Option<Nanos> {
        for (number, (_, item)) in self.items.extract_if(.., |_, (deadline, _)| *deadline <= now) {
            each(number, item);
        }
        self.items.values().map(|(deadline, _)| *deadline).min()
    }
}
