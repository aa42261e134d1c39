//! The state of a state machine, by name, and what waits because of it: OTP's gen_statem.
//!
//! The order is that of OTP's transition algorithm (gen_statem's manual, "transition actions" and
//! "state enter calls"): on a change of state what was postponed comes first, oldest first; what a
//! step asked to be given next comes before even that; the entered state is told before anything.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::callers::Current;
use super::held::{Held, HeldImage};
use crate::base::limits::ENTER_REPEATS_MAX;
use crate::base::{Effect, Fault, FaultClass, Input, Nanos, Tally, TimerKind};

/// What one step says of the state. The last word counts.
#[derive(Debug, Default)]
pub(super) struct Transition {
    next: Option<Next>,
    postpone: bool,
    enter_calls: bool,
}

#[derive(Debug)]
enum Next {
    State(String),
    Repeat,
}

impl Transition {
    pub(super) fn of(effects: &[Effect]) -> Transition {
        let mut transition = Transition::default();
        for effect in effects {
            match effect {
                Effect::NextState(name) => transition.next = Some(Next::State(name.clone())),
                Effect::RepeatState => transition.next = Some(Next::Repeat),
                Effect::Postpone => transition.postpone = true,
                Effect::EnterCalls => transition.enter_calls = true,
                _ => {}
            }
        }
        transition
    }
}

#[derive(Debug)]
pub(super) struct Machine<C> {
    /// None until a step or an `init` has named one.
    state: Option<String>,
    enter_calls: bool,
    /// A state was entered from this one, and the worker has yet to be told.
    entered: Option<String>,
    /// The step under way is that telling.
    entering: bool,
    repeats: u32,
    /// The input of the step under way, should it be postponed.
    kept: Option<Input>,
    /// The token of its caller, who was told that it is late. Postponed, it does not come again.
    late: Option<u64>,
    postponed: Vec<Held<C>>,
    /// Before everything that is queued.
    front: VecDeque<Held<C>>,
    /// How many of those are internal events, and their bytes.
    internal: (usize, usize),
    /// Timers that were to go off at once: behind `front`, before everything that is queued.
    zero: VecDeque<Fired>,
    /// The bytes of what is postponed and of what comes again.
    tally: Tally,
}

/// A machine as bytes have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MachineImage {
    state: Option<String>,
    enter_calls: bool,
    entered: Option<String>,
    repeats: u32,
    postponed: Vec<HeldImage>,
    front: Vec<HeldImage>,
    zero: Vec<Fired>,
}

/// A timer that has gone off and was not yet stepped.
pub(super) type Fired = (TimerKind, String, Vec<u8>);

impl<C> Machine<C> {
    /// One that has named no state. What it holds is counted here.
    pub(super) fn new(tally: Tally) -> Machine<C> {
        Machine {
            tally,
            state: None,
            enter_calls: false,
            entered: None,
            entering: false,
            repeats: 0,
            kept: None,
            late: None,
            postponed: vec![],
            front: VecDeque::new(),
            internal: (0, 0),
            zero: VecDeque::new(),
        }
    }

    /// It, at a step boundary.
    pub(super) fn image(&self) -> MachineImage {
        MachineImage {
            state: self.state.clone(),
            enter_calls: self.enter_calls,
            entered: self.entered.clone(),
            repeats: self.repeats,
            postponed: self.postponed.iter().map(HeldImage::of).collect(),
            front: self.front.iter().map(HeldImage::of).collect(),
            zero: self.zero.iter().cloned().collect(),
        }
    }

    /// One that has named no state takes on all that this one has.
    pub(super) fn take_on(&mut self, image: MachineImage, nobody: impl Fn() -> C) {
        let MachineImage { state, enter_calls, entered, repeats, postponed, front, zero } = image;
        self.state = state;
        self.enter_calls = enter_calls;
        self.entered = entered;
        self.repeats = repeats;
        self.zero = zero.into();
        for held in postponed {
            let held = held.held(&nobody);
            self.tally.carry(held.bytes());
            self.postponed.push(held);
        }
        for held in front.into_iter().rev() {
            let held = held.held(&nobody);
            self.tally.carry(held.bytes());
            self.push_front(held);
        }
    }

    pub(super) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.entered.is_some() || !self.front.is_empty() || !self.zero.is_empty()
    }

    /// Inputs from outside that are kept here and take their places in the queue.
    pub(super) fn held(&self) -> usize {
        self.postponed.len() + self.front.len() - self.internal.0
    }

    /// Their bytes.
    pub(super) fn held_bytes(&self) -> usize {
        self.tally.bytes()
    }

    pub(super) fn postponed(&self) -> impl ExactSizeIterator<Item = &Input> {
        self.postponed.iter().map(|held| &held.input)
    }

    /// Internal events that wait, and their bytes.
    pub(super) fn internal(&self) -> (usize, usize) {
        self.internal
    }

    /// The state that was entered, which is told before anything else.
    pub(super) fn take_entered(&mut self) -> Option<Input> {
        let old = self.entered.take()?;
        self.entering = true;
        Some(Input::Entered(old))
    }

    /// The next before all that is queued. A call that is late by now goes to `late` instead.
    pub(super) fn take_front(&mut self, now: Nanos, late: &mut Vec<Current<C>>) -> Option<Held<C>> {
        while let Some(held) = self.front.pop_front() {
            self.tally.give(held.bytes());
            if let Input::Internal(body) = &held.input {
                self.internal = (self.internal.0 - 1, self.internal.1 - body.len());
            }
            match held.current {
                Some(current) if current.deadline <= now => late.push(current),
                _ => return Some(held),
            }
        }
        let (_, name, body) = self.zero.pop_front()?;
        Some(Held { input: Input::Timer { name, body }, current: None })
    }

    /// A timer goes off at once. Hands it back where there is no state machine.
    pub(super) fn fire(&mut self, fired: Fired) -> Result<(), Fired> {
        if self.state.is_none() {
            return Err(fired);
        }
        self.zero.push_back(fired);
        Ok(())
    }

    /// How many timers went off at once and were not yet stepped.
    pub(super) fn fired(&self) -> usize {
        self.zero.len()
    }

    /// Forgets those of them for which `gone` says so.
    pub(super) fn cancel_fired(&mut self, mut gone: impl FnMut(TimerKind, &str) -> bool) {
        if !self.zero.is_empty() {
            self.zero.retain(|(kind, name, _)| !gone(*kind, name));
        }
    }

    /// Gives one of them another body. Whether there is one.
    pub(super) fn update_fired(&mut self, of: TimerKind, called: &str, new: &[u8]) -> bool {
        let fired = self.zero.iter_mut().find(|(kind, name, _)| *kind == of && name == called);
        fired.map(|(_, _, body)| *body = new.to_vec()).is_some()
    }

    /// Keeps an input that is being stepped, for a machine that may postpone it.
    pub(super) fn keep(&mut self, input: &Input) {
        self.kept = self.state.is_some().then(|| input.clone());
    }

    /// The caller of the step under way, which has this token, waits no longer.
    pub(super) fn expire_step(&mut self, token: u64) {
        self.late = self.kept.take().map(|_| token);
    }

    /// The token of a late call that the step under way would postpone: it will not be done.
    pub(super) fn dropped(&self, transition: &Transition) -> Option<u64> {
        self.late.filter(|_| transition.postpone)
    }

    /// The caller of a call that waits here, which another step answers. The call comes again all the
    /// same, as in OTP, with nobody waiting.
    pub(super) fn take_caller(&mut self, token: u64) -> Option<(Nanos, C)> {
        let mut held = self.postponed.iter_mut().chain(&mut self.front);
        let found = held.find_map(|held| held.current.take_if(|current| current.token == token));
        found.map(|current| (current.deadline, current.caller))
    }

    /// The step is over, whatever it came to.
    pub(super) fn forget_step(&mut self) {
        self.kept = None;
        self.late = None;
        self.entering = false;
    }

    /// Whether a step may say this now, where so many inputs may be postponed.
    ///
    /// # Errors
    /// It is not a gen_statem's to say in an enter call, there is no state to speak of, or too much
    /// is postponed.
    pub(super) fn admits(&self, transition: &Transition, effects: &[Effect], capacity: usize) -> Result<(), Fault> {
        let Transition { next, postpone, .. } = transition;
        let fault = |text: &str| Err(Fault::new(FaultClass::Contract, text.to_owned()));
        if self.entering {
            if matches!(next, Some(Next::State(name)) if Some(name) != self.state.as_ref()) {
                return fault("asked for another state while it was told which state it has entered");
            }
            if *postpone || effects.iter().any(|effect| matches!(effect, Effect::NextEvent(_))) {
                return fault("asked to postpone or to insert an event while it was told which state it has entered");
            }
            if matches!(next, Some(Next::Repeat)) && self.repeats >= ENTER_REPEATS_MAX {
                return fault("entered its state again and again without end");
            }
            return Ok(());
        }
        // What came from others had a place in the queue; what it asked for itself needs one now.
        if *postpone && self.postponed.len() >= capacity {
            return fault("postponed more inputs than its queue holds");
        }
        if *postpone && self.kept.is_none() && self.late.is_none() {
            return fault("asked to postpone an input, but is in no state that could change");
        }
        if matches!(next, Some(Next::Repeat)) && self.state.is_none() {
            return fault("asked to repeat its state, but is in none");
        }
        Ok(())
    }

    /// A fresh instance says in which state it begins.
    pub(super) fn begin(&mut self, transition: &Transition) {
        self.state = None;
        self.rename(transition);
        self.entered = self.state.clone().filter(|_| self.enter_calls);
    }

    /// An instance that took a state over says under which name; nothing is entered by that.
    pub(super) fn rename(&mut self, transition: &Transition) {
        self.enter_calls = transition.enter_calls;
        if let Some(Next::State(name)) = &transition.next {
            self.state = Some(name.clone());
        }
    }

    /// A step has returned: moves to the next state. Whether that is another one.
    pub(super) fn transit(&mut self, transition: &Transition) -> bool {
        let (old, changed) = match &transition.next {
            None => return false,
            Some(Next::State(name)) if self.state.as_ref() == Some(name) => return false,
            Some(Next::Repeat) => (self.state.clone(), false),
            Some(Next::State(name)) => (self.state.replace(name.clone()), true),
        };
        if self.enter_calls {
            self.repeats = if self.entering { self.repeats + 1 } else { 0 };
            self.entered = old.or_else(|| self.state.clone());
        }
        changed
    }

    /// Postpones the input of the step under way, if that is what it said; then, in another state,
    /// everything postponed comes again; then what the step wants to be given next.
    pub(super) fn queue(
        &mut self,
        transition: &Transition,
        changed: bool,
        current: &mut Option<Current<C>>,
        events: Vec<Vec<u8>>,
    ) {
        if let Some(input) = self.kept.take_if(|_| transition.postpone) {
            let held = Held { input, current: current.take() };
            self.tally.carry(held.bytes());
            self.postponed.push(held);
        }
        if changed {
            while let Some(held) = self.postponed.pop() {
                self.push_front(held);
            }
        }
        for body in events.into_iter().rev() {
            self.push_front(Held { input: Input::Internal(body), current: None });
        }
    }

    fn push_front(&mut self, held: Held<C>) {
        if let Input::Internal(body) = &held.input {
            self.internal = (self.internal.0 + 1, self.internal.1 + body.len());
        }
        self.front.push_front(held);
    }

    /// The instance is gone: hands over every caller and forgets the rest.
    pub(super) fn clear(&mut self, mut each: impl FnMut(C)) {
        let tally = std::mem::replace(&mut self.tally, Tally::new(0, None));
        let gone = std::mem::replace(self, Machine::new(tally));
        self.tally.clear();
        let held = gone.postponed.into_iter().chain(gone.front);
        held.filter_map(|held| held.current).for_each(|current| each(current.caller));
    }

    /// Takes out the calls whose deadline has come; gives the earliest deadline of the rest.
    pub(super) fn expire(&mut self, now: Nanos, mut each: impl FnMut(Current<C>)) -> Option<Nanos> {
        let tally = &mut self.tally;
        let mut kept = |held: &mut Held<C>| match held.current.take_if(|current| current.deadline <= now) {
            Some(late) => {
                tally.give(held.bytes());
                each(late);
                false
            }
            None => true,
        };
        self.postponed.retain_mut(&mut kept);
        self.front.retain_mut(&mut kept);
        let held = self.postponed.iter().chain(&self.front);
        held.filter_map(|held| held.current.as_ref()).map(|current| current.deadline).min()
    }
}
