//! This shard's part in a change of code: every worker of the behaviour gets a new instance beside its
//! old one, carrying its state; then all change at once, or none does.
//!
//! A step of the change ([`SwapStep`](crate::protocol::SwapStep)) is done by each worker at a step boundary.
//! When all have done it, or the first refuses, control is told. Invariant: until the step `Resume` the old
//! instances stand and nothing of the new ones shows.

use std::collections::{BTreeMap, HashMap};

use super::{Part, Want, Wants};
use crate::base::{Name, Nanos, SavedState};
use crate::protocol::{Notice, Swap, SwapRefusal, SwapStepped, WorkerSpec};
use crate::shard::body::{Back, Body, End, InitFor, Next, Ready, Running, SaveAsFor, SaveFor, Untaken, take_up};
use crate::shard::workers::{Errand, Slot, Workers};
use crate::wasm::{Component, InitError, Instance, Started};

/// The step that the workers are at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Load,
    Suspend,
    Save,
    CodeChange,
    Resume,
}

/// One worker's share in a change of code.
#[derive(Debug)]
pub(crate) struct Share {
    name: Name,
    /// Where it goes back to, if it does.
    back: Option<Back>,
    /// What it saved, and the new instance is given.
    pub(crate) state: Option<SavedState>,
    /// Since when it takes no input.
    pub(crate) since: Nanos,
    /// It has done the present step.
    done: bool,
    /// A start that came meanwhile and waits for the outcome.
    pub(crate) start_after: Option<Box<WorkerSpec>>,
}

/// A change of code under way.
#[derive(Debug)]
struct Change {
    id: u64,
    swap: Swap,
    step: Step,
    /// By slot.
    shares: BTreeMap<usize, Share>,
    /// How many have not done the present step.
    waiting: usize,
    /// How many of them go back to a state of before.
    lost: usize,
    /// Control has been told of the present step.
    answered: bool,
    /// The instances that were replaced, until they may be dropped.
    old: Vec<Instance>,
}

/// The changes of code of a shard: one at a time.
#[derive(Debug, Default)]
pub(crate) struct Swaps(Option<Change>);

impl Share {
    fn new(name: Name, since: Nanos, back: Option<Back>) -> Share {
        Share { name, back, state: None, since, done: true, start_after: None }
    }
}

impl Change {
    fn begin(&mut self, step: Step, workers: &mut Workers, wants: &mut Wants) {
        (self.step, self.waiting, self.answered) = (step, 0, false);
        for (&at, share) in &mut self.shares {
            share.done = workers[at].body.is_down();
            if !share.done {
                self.waiting += 1;
                workers[at].desk.push(Errand::Swap);
            }
        }
        self.answer_if_done(wants);
    }

    /// A worker has done the present step, or is down and has nothing to do.
    fn done(&mut self, at: usize, wants: &mut Wants) {
        if let Some(share) = self.shares.get_mut(&at).filter(|share| !share.done) {
            share.done = true;
            self.waiting -= 1;
            self.answer_if_done(wants);
        }
    }

    fn answer_if_done(&mut self, wants: &mut Wants) {
        if self.waiting == 0 && self.step != Step::Resume {
            let saved = |share: &Share| Some((share.name.clone(), share.state.clone()?));
            let has_saved = self.step == Step::Save;
            let states = self.shares.values().filter(|_| has_saved).filter_map(saved).collect();
            let lost = if has_saved { self.lost } else { 0 };
            self.answer(Ok(SwapStepped { states, lost, ..SwapStepped::default() }), wants);
        }
    }

    /// Tells control what the present step came to, once.
    fn answer(&mut self, result: Result<SwapStepped, SwapRefusal>, wants: &mut Wants) {
        if !std::mem::replace(&mut self.answered, true) {
            wants.push(Want::Tell(Notice::SwapStepped(self.id, result)));
        }
    }
}

impl Swaps {
    /// Takes new code in.
    pub(crate) fn load(&mut self, id: u64, swap: Swap, wants: &mut Wants) {
        let (shares, old) = (BTreeMap::new(), vec![]);
        let change =
            self.0.insert(Change { id, swap, step: Step::Load, shares, waiting: 0, lost: 0, answered: false, old });
        change.answer_if_done(wants);
    }

    /// No worker of the behaviour is given an input from here on.
    pub(crate) fn suspend(&mut self, id: u64, workers: &mut Workers, now: Nanos, wants: &mut Wants) {
        let Some(change) = self.0.as_mut().filter(|change| change.id == id) else { return };
        let all = workers.all().filter(|(_, slot)| slot.spec.behaviour == change.swap.behaviour);
        let slots: Vec<usize> = all.map(|(at, _)| at).collect();
        let backs = Backs::of(&change.swap);
        for at in slots {
            workers[at].held = true;
            let name = workers[at].spec.name.clone();
            let back = backs.find(&name);
            change.shares.insert(at, Share::new(name, now, back));
        }
        change.begin(Step::Suspend, workers, wants);
    }

    /// The step that follows is to be done by each of them.
    pub(crate) fn begin(&mut self, id: u64, step: Step, workers: &mut Workers, wants: &mut Wants) {
        if let Some(change) = self.0.as_mut().filter(|change| change.id == id) {
            change.begin(step, workers, wants);
        }
    }

    /// A worker stands at a step boundary, and it is its turn to do the present step.
    pub(crate) fn at_boundary(&mut self, at: usize, instance: Instance, now: Nanos, wants: &mut Wants) -> Next {
        let stay = |instance| Next::Stay(Body::Idle(instance));
        let Some(change) = &mut self.0 else { return stay(instance) };
        let Some(share) = change.shares.get_mut(&at) else { return stay(instance) };
        match change.step {
            Step::Save if instance.component().saves_state() => {
                return Next::Run(Running::Save(instance.begin_save(), SaveFor::Swap));
            }
            Step::CodeChange => {
                let component = change.swap.component.clone();
                let state = share.state.clone().map(Box::new);
                return Next::Init(component, state, InitFor::CodeChange(instance));
            }
            Step::Suspend => share.since = now,
            Step::Load | Step::Save | Step::Resume => {}
        }
        change.done(at, wants);
        stay(instance)
    }

    /// A worker has saved. Going back, the older schema is asked for where it differs.
    pub(crate) fn saved(&mut self, at: usize, instance: Instance, state: SavedState, wants: &mut Wants) -> Next {
        if let Some(change) = &mut self.0
            && let Some(share) = change.shares.get_mut(&at)
        {
            if let Some(back) = share.back.take_if(|back| back.schema != state.schema) {
                let task = instance.begin_save_as(back.schema.clone());
                return Next::Run(Running::SaveAs(task, SaveAsFor::Swap(Box::new(back))));
            }
            share.state = Some(state);
            change.done(at, wants);
        }
        Next::Stay(Body::Idle(instance))
    }

    /// A worker has written the schema it once came from, or cannot.
    pub(crate) fn saved_as(
        &mut self,
        at: usize,
        instance: Instance,
        result: Result<Vec<u8>, String>,
        back: Back,
        wants: &mut Wants,
    ) -> Next {
        if let Some(change) = &mut self.0
            && let Some(share) = change.shares.get_mut(&at)
        {
            let Back { schema, state } = back;
            let data = match (result, state) {
                (Ok(data), _) => Ok(data),
                (Err(why), Some(data)) => {
                    change.lost += 1;
                    wants.log(at, "warn", format!("goes back to its state of the upgrade ({schema}): {why}"));
                    Ok(data)
                }
                (Err(why), None) => {
                    Err(format!("`{}` came after the upgrade and cannot go back to {schema}: {why}", share.name))
                }
            };
            match data {
                Ok(data) => share.state = Some(SavedState { schema, data }),
                Err(why) => change.answer(Err(why.into()), wants),
            }
            change.done(at, wants);
        }
        Next::Stay(Body::Idle(instance))
    }

    /// A new instance stands beside the old one, or cannot take over from it.
    pub(crate) fn changed(
        &mut self,
        at: usize,
        slot: &Slot,
        old: Instance,
        result: Result<Started, InitError>,
        wants: &mut Wants,
    ) -> Next {
        let (taken, log) = take_up(&slot.worker, result);
        wants.log_lines(at, log);
        let Some(change) = self.0.as_mut().filter(|change| change.shares.contains_key(&at)) else {
            // The change is not to be.
            wants.drop_later(taken.ok().map(|started| started.instance));
            return Next::Stay(Body::Idle(old));
        };
        let body = match taken {
            Ok(Started { instance: new, effects }) if slot.ending.is_none() => {
                Body::Ready(Box::new(Ready { old, new, effects }))
            }
            Ok(started) => {
                // It ends as what it was.
                wants.drop_later(Some(started.instance));
                Body::Idle(old)
            }
            Err(untaken) => {
                let schema = change.shares.get(&at).and_then(|share| share.state.as_ref());
                let why = refusal(&slot.spec.name, schema.map(|state| state.schema.as_str()), &untaken);
                change.answer(Err(why.into()), wants);
                Body::Idle(old)
            }
        };
        change.done(at, wants);
        Next::Stay(body)
    }

    /// The old instance of a worker crashed while it saved, of which these words tell.
    pub(crate) fn crashed(&mut self, lost: &str, wants: &mut Wants) {
        if let Some(change) = &mut self.0 {
            let why = format!("the running version could not save: {lost}");
            change.answer(Err(SwapRefusal { why, crashed: true }), wants);
        }
    }

    /// One more worker comes while its code may be changing: then it starts when that is decided.
    pub(crate) fn opened(&mut self, at: usize, slot: &mut Slot, now: Nanos) {
        let is_under_way = |change: &&mut Change| {
            change.swap.behaviour == slot.spec.behaviour && !matches!(change.step, Step::Load | Step::Resume)
        };
        if let Some(change) = self.0.as_mut().filter(is_under_way) {
            slot.held = true;
            change.shares.insert(at, Share::new(slot.spec.name.clone(), now, None));
        }
    }

    /// A worker whose code is changing is to start when that is decided, or not any more.
    pub(crate) fn start_after(&mut self, at: usize, spec: Option<Box<WorkerSpec>>) {
        if let Some(share) = self.0.as_mut().and_then(|change| change.shares.get_mut(&at)) {
            share.start_after = spec;
        }
    }

    /// All shards are ready: the code of this behaviour is another one from here on, for these workers.
    pub(crate) fn resume(&mut self, id: u64) -> Option<(Name, Component, BTreeMap<usize, Share>)> {
        let change = self.0.as_mut().filter(|change| change.id == id)?;
        change.step = Step::Resume;
        let Swap { behaviour, component, .. } = &change.swap;
        Some((behaviour.clone(), component.clone(), std::mem::take(&mut change.shares)))
    }

    /// An instance that was replaced, until the change is complete.
    pub(crate) fn keep_old(&mut self, old: Instance) {
        if let Some(change) = &mut self.0 {
            change.old.push(old);
        }
    }

    /// The change is complete: what was replaced may be dropped.
    pub(crate) fn purge(&mut self, id: u64, wants: &mut Wants) {
        if let Some(change) = self.0.take_if(|change| change.id == id) {
            wants.drop_later(change.old);
            wants.push(Want::Tell(Notice::SwapStepped(id, Ok(SwapStepped::default()))));
        }
    }

    /// The step under way takes too long: the first worker that has not done it is named.
    pub(crate) fn give_up(&mut self, id: u64, workers: &Workers, wants: &mut Wants) {
        let Some(change) = self.0.as_mut().filter(|change| change.id == id) else { return };
        if let Some((&at, share)) = change.shares.iter().find(|(_, share)| !share.done) {
            let doing = workers[at].seen.underway.map_or("step", |(_, function)| function);
            let why = format!("`{}` did not come to the end of its {doing} in time", share.name);
            change.answer(Err(why.into()), wants);
        }
    }

    /// The change is not to be: the shares of those workers that go on as before.
    pub(crate) fn undo(&mut self, id: u64) -> BTreeMap<usize, Share> {
        self.0.take_if(|change| change.id == id).map(|change| change.shares).unwrap_or_default()
    }
}

/// Where workers go back to.
struct Backs<'a> {
    states: HashMap<&'a Name, &'a SavedState>,
    /// What a worker that came later goes back to has its siblings' schema.
    schema: Option<&'a str>,
}

impl Backs<'_> {
    fn of(swap: &Swap) -> Backs<'_> {
        let all = || swap.back.iter().flat_map(|states| states.iter());
        Backs {
            states: all().map(|(name, state)| (name, state)).collect(),
            schema: all().next().map(|(_, state)| state.schema.as_str()),
        }
    }

    fn find(&self, name: &Name) -> Option<Back> {
        let state = self.states.get(name);
        let schema = state.map(|state| state.schema.as_str()).or(self.schema)?;
        Some(Back { schema: schema.to_owned(), state: state.map(|state| state.data.clone()) })
    }
}

fn refusal(name: &Name, schema: Option<&str>, untaken: &Untaken) -> String {
    match untaken {
        Untaken::Contract(fault) => format!("its `init` for `{name}` broke the contract: {fault}"),
        Untaken::Schema => {
            let schema = schema.unwrap_or("none");
            format!("it cannot read the state of `{name}`, which is in the schema {schema:?}")
        }
        Untaken::Init(fault) => format!("its `init` could not take over the state of `{name}`: {fault}"),
    }
}

impl Part for Swaps {
    /// One without an instance has nothing to do.
    fn left(&mut self, at: usize, _: &mut Slot, _: &End, wants: &mut Wants) {
        if let Some(change) = &mut self.0 {
            change.done(at, wants);
        }
    }

    fn forgotten(&mut self, at: usize, slot: &mut Slot) {
        slot.held = false;
        if let Some(change) = &mut self.0 {
            change.shares.remove(&at);
        }
    }
}
