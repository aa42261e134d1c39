//! What a release leaves on disk, step by step: its component and its intent, the states at its swap, and
//! the row that completes it.
//!
//! Whatever may find the disk full does so before the row that completes it: [`Records::begin`] and
//! [`Records::write_states`] have room for all that is to come when they return.

use std::collections::{BTreeMap, BTreeSet};

use super::super::whole_file::Draft;
use super::{Blame, Components, History, Ledger, Row, RowResult, Started, StateDir, StateError, States, Swaps, Target};
use crate::base::{Digest, Millis, Name, Version};

/// The history of a state directory, with the components and the states that its rows are about.
#[derive(Debug)]
pub struct Records {
    history: History,
    components: Components,
    swaps: Swaps,
    /// The release that has begun.
    intent: Option<Intent>,
    /// What runs, of each behaviour, once that is known.
    running: Option<BTreeMap<String, Digest>>,
    /// What durable workers step again with, as it was found.
    recorded: BTreeSet<Digest>,
}

#[derive(Debug)]
struct Intent {
    revision: u64,
    /// The component, if nobody knew it before.
    new: Option<Digest>,
    /// The states of the swap, written but not in their place.
    states: Option<Draft>,
}

/// A row that was to be recorded, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The row; with its revision if it is recorded.
    pub row: Row,
    /// Whether it is on disk.
    pub recorded: bool,
}

impl Records {
    /// Those of this state directory, whose workers that are not durable leave no word. The note is that of
    /// [`History::open`].
    ///
    /// # Errors
    /// One of them cannot be read or written, or is damaged.
    pub fn open(state: &StateDir) -> Result<(Records, Option<String>), StateError> {
        Records::open_after(state, &|_| 0)
    }

    /// Those of this state directory, where so many durable workers had `changed` by a release that was not completed.
    /// The note is that of [`History::open`].
    ///
    /// # Errors
    /// One of them cannot be read or written, or is damaged.
    pub fn open_after(
        state: &StateDir,
        changed: &dyn Fn(&Row) -> usize,
    ) -> Result<(Records, Option<String>), StateError> {
        let (history, note) = History::open(state, changed)?;
        let (components, swaps) = (Components::open(state)?, Swaps::open(state)?);
        Ok((Records { history, components, swaps, intent: None, running: None, recorded: BTreeSet::new() }, note))
    }

    /// What has run.
    pub fn history(&self) -> &Ledger {
        self.history.ledger()
    }

    /// The components that run or ran.
    pub fn components(&self) -> &Components {
        &self.components
    }

    /// These run from now on, and durable workers were `recorded` with those. Other components that nobody can go back
    /// to any more are removed, now and after each release that is complete.
    pub fn run(
        &mut self,
        running: impl IntoIterator<Item = (Name, Digest)>,
        recorded: impl IntoIterator<Item = Digest>,
    ) {
        self.running = Some(running.into_iter().map(|(behaviour, digest)| (behaviour.to_string(), digest)).collect());
        self.recorded = recorded.into_iter().collect();
        self.forget_old();
    }

    /// Nothing is forgotten before it is known what runs, nor while a release has begun that may need it.
    fn forget_old(&self) {
        if let Some(running) = self.running.as_ref().filter(|_| self.intent.is_none()) {
            let mut keep = self.history().needed();
            keep.extend(running.values().chain(&self.recorded));
            self.components.keep_only(&keep);
        }
    }

    /// Keeps the component, appends the intent and reserves room for the row that completes it; gives the intent with
    /// its revision. On return all of that is on disk.
    ///
    /// # Errors
    /// It is not, and nothing is to be changed.
    pub fn begin(&mut self, row: Row, component: &[u8]) -> Result<Row, StateError> {
        self.history.in_place()?;
        let digest = super::super::identity::digest(component);
        let new = (!self.components.has(&digest)).then_some(digest);
        let begun = self.components.put(component).and_then(|_| self.history.begin(row).cloned());
        match &begun {
            Ok(row) => self.intent = Some(Intent { revision: row.revision, new, states: None }),
            Err(_) => new.iter().for_each(|digest| self.components.forget(digest)),
        }
        begun
    }

    /// A host starts with this version and component of a behaviour. If another one ran before, that is a row.
    ///
    /// # Errors
    /// The row could not be written.
    pub fn start(
        &mut self,
        started: &Started,
        behaviour: &Name,
        now: (Version, Digest),
        at_ms: Millis,
    ) -> Result<(), StateError> {
        let Some(with) = started.with(behaviour) else { return Ok(()) };
        let current = self.history().current(behaviour.as_str()).filter(|current| current.base == with.1);
        let before = current.map_or(with, |current| (current.version, current.digest));
        if before.1 == now.1 {
            return Ok(());
        }
        self.history.append(Row::of_start(behaviour, before, now, at_ms)).map(drop)
    }

    /// Where no host runs: the next one that is started, whose manifest has the component `declared` for this
    /// behaviour, runs this version. On return that is a row on disk.
    ///
    /// # Errors
    /// It would not, or could not, in words for people.
    pub fn go_back(
        &mut self,
        way: &(String, Target),
        declared: &Digest,
        blame: Option<&Blame>,
        at_ms: Millis,
    ) -> Result<Row, String> {
        let row = Row { at_ms, ..self.way_back_row(way, declared, blame)? };
        self.history.append(row).cloned().map_err(|error| error.to_string())
    }

    /// The row that [`Records::go_back`] would write.
    ///
    /// # Errors
    /// The next start would not run it, in words for people.
    pub fn way_back_row(
        &self,
        (behaviour, target): &(String, Target),
        declared: &Digest,
        blame: Option<&Blame>,
    ) -> Result<Row, String> {
        let current = self.history().current(behaviour).ok_or("the history does not know what ran")?;
        if current.base != *declared {
            return Err(format!(
                "the manifest has another component of `{behaviour}` than the one that ran ({}, that was {}): the next start runs that one, whatever the history says; put the earlier one in its place",
                declared.short(),
                current.base.short()
            ));
        }
        if target.digest != *declared {
            self.components.get(&target.digest).map_err(|error| error.to_string())?;
        }
        let (from, to) = ((current.version, current.digest), (target.version, target.digest));
        Ok(Row::of_way_back(behaviour, from, to, blame))
    }

    /// Writes the states at the swap of the release that has begun. On return there is room for them on
    /// disk, but a power cut may take them: syncing them would make the pause of the workers longer.
    ///
    /// # Errors
    /// They could not be written; then the swap must not be done.
    pub fn write_states(&mut self, states: &States) -> Result<(), StateError> {
        let Some(intent) = &mut self.intent else { return Err(StateError::Broken) };
        intent.states = Some(self.swaps.draft(intent.revision, states)?);
        Ok(())
    }

    /// Completes the release that has begun: on return its states and this row are on disk.
    ///
    /// # Errors
    /// They are not, although there was room. The intent stands alone, so a host that starts comes back to
    /// the version before, and nothing more is recorded until then.
    pub fn complete(&mut self, row: Row) -> Result<Row, StateError> {
        let Some(Intent { revision, states, .. }) = self.intent.take() else { return Err(StateError::Broken) };
        let kept = states.map_or(Ok(()), |states| self.swaps.keep(states));
        let done = kept.and_then(|()| self.history.complete(Row { revision, ..row }).cloned());
        match &done {
            Ok(row) => self.runs(row),
            Err(_) => self.history.close(),
        }
        done
    }

    fn runs(&mut self, row: &Row) {
        if let (Some(running), Some(digest)) = (&mut self.running, row.digest) {
            running.insert(row.behaviour.clone(), digest);
        }
        self.forget_old();
    }

    /// Records what came of a release that had not begun. Not while another one has, which has room for its own end;
    /// nor without room for it.
    pub fn note(&mut self, row: Row) -> Entry {
        if self.intent.is_some() {
            return Entry { row, recorded: false };
        }
        let noted = self.history.append(row.clone()).cloned();
        Entry::of(noted, row)
    }

    /// Records that a release was refused, or rolled back. One that has begun leaves nothing but this row. Without
    /// room for it the row is given back unrecorded, with the revision 0 if it has not begun.
    pub fn refuse(&mut self, row: Row) -> Entry {
        let Some(Intent { revision, new, states }) = self.intent.take() else { return self.note(row) };
        // The file of the states goes with its draft.
        drop(states);
        new.iter().for_each(|digest| self.components.forget(digest));
        let row = Row { revision, ..row };
        let completed = self.history.complete(row.clone()).cloned();
        Entry::of(completed, row)
    }

    /// What workers of this behaviour with this component saved when it was last replaced, as far as that is kept.
    pub fn last_saved(&self, behaviour: &Name, component: &Digest) -> Option<States> {
        let replaced = |row: &&Row| {
            row.result == RowResult::Permanent
                && row.behaviour == behaviour.as_str()
                && row.from_digest.as_ref() == Some(component)
        };
        let rows = self.history().rows().iter().rev().filter(replaced);
        rows.filter_map(|row| self.swaps.load(row.revision).ok().flatten()).find(|states| !states.is_empty())
    }

    /// Reads what a rollback needs: the component of its target, and the states of the swap that it undoes, as far
    /// as they are kept.
    ///
    /// # Errors
    /// The component is not kept, one of them cannot be read or is damaged, or nothing could be recorded.
    pub fn fetch(&self, target: &Target) -> Result<(Vec<u8>, Option<States>), StateError> {
        self.history.in_place()?;
        let bytes = self.components.get(&target.digest)?;
        let states = target.swap.map(|revision| self.swaps.load(revision)).transpose()?;
        Ok((bytes, states.flatten()))
    }
}

impl Entry {
    fn of(recorded: Result<Row, StateError>, row: Row) -> Entry {
        match recorded {
            Ok(row) => Entry { row, recorded: true },
            Err(_) => Entry { row, recorded: false },
        }
    }
}
