//! A worker and the requests that it does once.

use super::action::Action;
use super::inbox::Once;
use super::requests::{Became, Remembered};
use super::worker::Worker;
use crate::base::{Bug, Failure, Input, Kind, RequestId, Source, is_planted};

/// What whoever asks again is told of a request that will not be done.
const NOT_DONE: &str = "the deadline of the first such request passed before it was done; not executed";

impl<C> Worker<C> {
    /// Takes a request with an id, unless it is known: then what is to be done for whoever asks goes to `told`.
    pub(super) fn taken_once(&mut self, once: Once<C>, told: &mut Vec<Action<C>>) -> Option<(Source, Input)> {
        let (id, deadline) = (once.id, once.deadline);
        if let Some(requests) = self.requests.as_mut().filter(|requests| requests.knows(id))
            && !is_planted(Bug::RequestsDoneAgain)
        {
            if requests.meet(id, deadline, once.caller, told) {
                self.wake_by(deadline);
            }
            return None;
        }
        let (_, input) = self.taken(once.without_id());
        self.begin_request(id, told);
        Some((Source::Request { deadline, id }, input))
    }

    /// The input that is stepped next, whose caller is known, has this id.
    pub(super) fn begin_request(&mut self, id: RequestId, told: &mut Vec<Action<C>>) {
        if let Some(current) = &self.current {
            self.requests.get_or_insert_default().begin(id, current.token, told);
        }
    }

    /// This becomes of the request with this token, if it is one: its id. Whoever has asked again is told.
    pub(super) fn settle_request(
        &mut self,
        token: u64,
        became: &Became,
        actions: &mut Vec<Action<C>>,
    ) -> Option<RequestId> {
        let requests = self.requests.as_mut()?;
        let (id, joined) = requests.settle(token, became)?;
        for (deadline, caller) in joined {
            actions.extend(became.clone().action(caller, deadline, Some(id)));
        }
        requests.forget_oldest(actions);
        Some(id)
    }

    /// The step failed: its caller is told so, and whoever has asked for the same again.
    ///
    /// # Errors
    /// Nobody waits for it: the failure comes back.
    pub fn fail(&mut self, why: Failure, actions: &mut Vec<Action<C>>) -> Result<(), Failure> {
        let before = actions.len();
        let stepping = self.requests.as_ref().and_then(|requests| requests.stepping);
        if let Some(token) = stepping {
            self.settle_request(token, &Became::Answered(Err(why.clone())), actions);
        }
        match self.refused() {
            Some(caller) => actions.push(Action::Answer(caller, Err(why))),
            None if actions.len() == before => return Err(why),
            None => {}
        }
        Ok(())
    }

    /// The request with this token will not be done: it is forgotten, and whoever has asked again is late.
    pub(super) fn drop_request(&mut self, token: u64, late: &mut Vec<C>) {
        if let Some(requests) = &mut self.requests {
            late.extend(requests.remove(token).into_iter().map(|(_, caller)| caller));
        }
    }

    /// How many requests it has forgotten since this was asked last.
    pub fn take_forgotten(&mut self) -> u64 {
        self.requests.as_mut().map_or(0, |requests| requests.take_forgotten())
    }

    /// The requests that it remembers, if there ever was one.
    pub fn remembered(&self) -> Option<Remembered> {
        self.requests.as_ref().map(|requests| requests.remembered())
    }
}

/// Whoever has asked again for a request that will not be done is told.
pub(super) fn not_done<C>(caller: C) -> Action<C> {
    Action::Answer(caller, Err(Failure::new(Kind::TimedOut, NOT_DONE)))
}
