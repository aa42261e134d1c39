//! What is to be done with a worker's instance at a step boundary, before its next input.

use std::collections::VecDeque;

use crate::protocol::{Look, Replacement};

/// One thing to do with an instance at a step boundary.
#[derive(Debug)]
pub(crate) enum Errand {
    /// Go one step further with the change of its code.
    Swap,
    /// Show it to somebody.
    Look(Look),
    /// Take its state out, for the handler that is to take its place.
    HandOver,
    /// Give it this state instead of its own.
    Replace(Replacement),
    /// Let it hibernate.
    Hibernate,
}

/// The errands of one worker, in the order in which they are done.
#[derive(Debug, Default)]
pub(crate) struct Desk(VecDeque<Errand>);

impl Errand {
    /// What is done first has the lowest.
    fn rank(&self) -> u8 {
        match self {
            Errand::Swap => 0,
            Errand::Look(_) => 1,
            Errand::HandOver => 2,
            Errand::Replace(_) => 3,
            Errand::Hibernate => 4,
        }
    }

    /// Whether one of them on a desk is as good as many.
    fn is_idempotent(&self) -> bool {
        matches!(self, Errand::Swap | Errand::HandOver | Errand::Hibernate)
    }
}

impl Desk {
    /// Puts an errand behind those of its rank.
    pub(crate) fn push(&mut self, errand: Errand) {
        let rank = errand.rank();
        if errand.is_idempotent() && self.0.iter().any(|other| other.rank() == rank) {
            return;
        }
        let at = self.0.iter().take_while(|other| other.rank() <= rank).count();
        self.0.insert(at, errand);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next errand that may be done now. A worker whose code is `held` gets no other state; one that
    /// is `busy` with its queue does not hibernate, and one that is to `rest` from inputs neither.
    pub(crate) fn take(&mut self, held: bool, busy: bool, rest: bool) -> Option<Errand> {
        let at = self.0.iter().position(|errand| may_be_done(errand, held, busy, rest))?;
        self.0.remove(at)
    }

    /// Whether [`Desk::take`] would find one.
    pub(crate) fn has(&self, held: bool, busy: bool, rest: bool) -> bool {
        self.0.iter().any(|errand| may_be_done(errand, held, busy, rest))
    }

    /// Whether there is one that a worker without an instance has to be woken for.
    pub(crate) fn wakes(&self, held: bool) -> bool {
        let wakes = |errand: &Errand| !matches!(errand, Errand::Look(_) | Errand::Hibernate);
        self.0.iter().any(|errand| wakes(errand) && may_be_done(errand, held, false, false))
    }

    /// Takes out whoever wants to see the worker.
    pub(crate) fn take_looks(&mut self) -> Vec<Look> {
        let all = std::mem::take(&mut self.0);
        let mut looks = vec![];
        for errand in all {
            match errand {
                Errand::Look(look) => looks.push(look),
                other => self.0.push_back(other),
            }
        }
        looks
    }

    pub(crate) fn has_looks(&self) -> bool {
        self.0.iter().any(|errand| matches!(errand, Errand::Look(_)))
    }

    /// Takes a change of code off the desk that is not to be.
    pub(crate) fn forget_swap(&mut self) {
        self.0.retain(|errand| !matches!(errand, Errand::Swap));
    }

    /// It has something to step: it does not hibernate.
    pub(crate) fn stay_awake(&mut self) {
        self.0.retain(|errand| !matches!(errand, Errand::Hibernate));
    }

    /// All that will not be done.
    pub(crate) fn clear(&mut self) -> impl Iterator<Item = Errand> + use<> {
        std::mem::take(&mut self.0).into_iter()
    }
}

fn may_be_done(errand: &Errand, held: bool, busy: bool, rest: bool) -> bool {
    match errand {
        Errand::Swap | Errand::Look(_) | Errand::HandOver => true,
        Errand::Replace(_) => !held,
        Errand::Hibernate => !held && !busy && !rest,
    }
}
