//! What ties a worker to others until it ends: handlers of its own, workers that it monitors, topics.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Action;
use super::inbox::Own;
use super::manager::OwnerNews;
use super::worker::Worker;
use crate::base::{Down, DownWhy, Input, Source};

impl<C> Worker<C> {
    /// What became of the handler tied to it by this number.
    pub fn owner_told(&mut self, tie: u64, news: OwnerNews) {
        if !self.supervised.contains_key(&tie) {
            return;
        }
        let gone = !matches!(news, OwnerNews::Replaced(_));
        if gone {
            self.supervised.remove(&tie);
        }
        if let OwnerNews::Replaced(end) | OwnerNews::Left(end) = news {
            self.inbox.push_own(Own::Response(Source::Handler { tie, gone }, Input::HandlerEnded(end)));
        }
    }

    /// The worker that is monitored by this number is gone.
    pub fn down(&mut self, number: u64, why: DownWhy) {
        if let Some((tag, worker)) = self.monitors.remove(&number) {
            self.inbox.push_own(Own::Down(number, Box::new(Down { tag, worker, why })));
        }
    }

    /// A worker is to be watched; gives what there is to do.
    pub(super) fn monitor(&mut self, to: String, tag: u64) -> Action<C> {
        let number = self.number();
        self.monitors.insert(number, (tag, to.clone()));
        Action::Monitor { to, number }
    }

    /// What was monitored with this tag is not, nor is heard what of it has ended and was not yet stepped: OTP's
    /// `flush`.
    pub(super) fn demonitor(&mut self, tag: u64, actions: &mut Vec<Action<C>>) {
        self.inbox.forget_down(tag);
        for (number, (_, to)) in self.monitors.extract_if(.., |_, (other, _)| *other == tag) {
            actions.push(Action::Demonitor { to, number });
        }
    }

    /// The managers of the handlers that were tied to it, with its numbers for the ties; from now on
    /// none is.
    pub fn take_supervised(&mut self) -> BTreeMap<u64, String> {
        std::mem::take(&mut self.supervised)
    }

    /// The workers it monitored, with its numbers for the monitors; from now on it monitors none.
    pub fn take_monitors(&mut self) -> impl Iterator<Item = (u64, String)> + use<C> {
        std::mem::take(&mut self.monitors).into_iter().map(|(number, (_, worker))| (number, worker))
    }

    /// The topics it heard; from now on it hears none.
    pub fn take_topics(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.topics)
    }

    /// Handlers that are tied to it, or are to be.
    pub fn ties(&self) -> usize {
        self.supervised.len()
    }

    /// Workers that it monitors.
    pub fn monitors(&self) -> usize {
        self.monitors.len()
    }
}
