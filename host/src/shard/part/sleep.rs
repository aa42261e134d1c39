//! Workers without an instance: their state is kept, and the next input wakes them.
//!
//! Queue, timers, callers who wait and topics belong to the worker and stay. Whoever only looks at a
//! worker that hibernates is shown what it saved. A change of code and an ordered end wake it first.
//!
//! Where instances get scarce, a worker that may hibernate when it is idle does so soon: the more
//! workers there are the fewer of them stand idle, and so there may be far more than instances.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::{Part, Want, Wants};
use crate::base::limits::{IDLE_TIME_SCARCE, IDLE_TIME_SCARCER};
use crate::base::{Nanos, SavedState, nanos};
use crate::shard::body::{Asleep, Body, End, InitFor, Next, Running, SaveFor};
use crate::shard::workers::{Errand, Slot, Workers};
use crate::wasm::{Component, Instance, Pressure};

#[derive(Debug, Default)]
struct Rest {
    /// When it last had something to do.
    idle_since: Nanos,
    /// When to look whether it has been idle for long enough, or whether there is room for it to wake.
    /// Not set anew with every input: a look that comes too early sets the next one.
    look: Option<Nanos>,
}

/// When the workers of a shard go to sleep.
#[derive(Debug, Default)]
pub(crate) struct Sleep {
    rests: HashMap<usize, Rest>,
    looks: BTreeSet<(Nanos, usize)>,
}

impl Sleep {
    /// A worker has had something to do.
    pub(crate) fn busy(&mut self, at: usize, now: Nanos) {
        self.rests.entry(at).or_default().idle_since = now;
    }

    /// A visit has left a worker idle.
    pub(crate) fn idle(&mut self, at: usize, slot: &Slot, now: Nanos) {
        let Body::Idle(instance) = &slot.body else { return };
        let Some(after) = idle_time(slot, instance) else { return };
        if self.rests.entry(at).or_default().look.is_none() {
            self.look_at(at, Some(now.saturating_add(nanos(after.max(IDLE_TIME_SCARCER)))));
        }
    }

    /// Lets a worker hibernate that has nothing left to step. A component that saves no state stays as
    /// it is.
    pub(crate) fn begin(&mut self, at: usize, instance: Instance, now: Nanos) -> Next {
        if let Some(rest) = self.rests.get_mut(&at) {
            rest.idle_since = now;
        }
        if instance.component().saves_state() {
            Next::Run(Running::Save(instance.begin_save(), SaveFor::Hibernation))
        } else {
            Next::Stay(Body::Idle(instance))
        }
    }

    /// It has saved its state and sleeps.
    pub(crate) fn asleep(&mut self, at: usize, state: SavedState) -> Next {
        self.look_at(at, None);
        Next::Stay(Body::Asleep(Asleep { state: Box::new(state), crowded: false }))
    }

    /// Wakes a worker that has something to do.
    pub(crate) fn wake(&mut self, at: usize, asleep: Asleep, component: Component, now: Nanos) -> Next {
        if component.engine().is_full() {
            // Its state is worth more than a moment: idle neighbours are about to make room.
            self.look_at(at, Some(now.saturating_add(nanos(IDLE_TIME_SCARCER))));
            return Next::Stay(Body::Asleep(Asleep { crowded: true, ..asleep }));
        }
        Next::Init(component, Some(asleep.state), InitFor::Wake)
    }

    fn look_at(&mut self, at: usize, when: Option<Nanos>) {
        let rest = self.rests.entry(at).or_default();
        if let Some(old) = std::mem::replace(&mut rest.look, when) {
            self.looks.remove(&(old, at));
        }
        self.looks.extend(when.map(|when| (when, at)));
    }

    fn look(&mut self, at: usize, slot: &Slot, now: Nanos, wants: &mut Wants) {
        let instance = match &slot.body {
            Body::Idle(instance) => instance,
            Body::Asleep(_) => return wants.push(Want::Wake(at)),
            _ => return,
        };
        let Some(after) = idle_time(slot, instance) else { return };
        let due = self.rests.entry(at).or_default().idle_since.saturating_add(nanos(after));
        if due <= now {
            wants.push(Want::Errand(at, Errand::Hibernate));
        } else {
            self.look_at(at, Some(due));
        }
    }

    fn forget(&mut self, at: usize) {
        let look = self.rests.remove(&at).and_then(|rest| rest.look);
        if let Some(look) = look {
            self.looks.remove(&(look, at));
        }
    }
}

/// How long a worker may be idle now; none if for ever.
fn idle_time(slot: &Slot, instance: &Instance) -> Option<Duration> {
    let after = slot.spec.hibernate_after.filter(|_| instance.component().saves_state())?;
    Some(match instance.component().engine().pressure() {
        Pressure::Low => after,
        Pressure::Medium => after.min(IDLE_TIME_SCARCE),
        Pressure::High => after.min(IDLE_TIME_SCARCER),
    })
}

impl Part for Sleep {
    fn left(&mut self, at: usize, _: &mut Slot, _: &End, _: &mut Wants) {
        self.forget(at);
    }

    fn forgotten(&mut self, at: usize, _: &mut Slot) {
        self.forget(at);
    }

    fn due(&mut self, now: Nanos, workers: &Workers, wants: &mut Wants) {
        while let Some(&(_, at)) = self.looks.first().filter(|(when, _)| *when <= now) {
            self.look_at(at, None);
            self.look(at, &workers[at], now, wants);
        }
    }

    fn wake_at(&self) -> Option<Nanos> {
        self.looks.first().map(|(when, _)| *when)
    }
}
