//! Requests that are done once: what became of each that has an id, for whoever asks again.
//!
//! A request is remembered from its first step on; one that waits in the queue or is turned away is not. What is
//! remembered follows from what was stepped, so that a worker that steps again remembers the same.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::action::{Action, Forwarded};
use crate::base::limits::{PENDING_REPLIES_MAX, REQUEST_BYTES, REQUEST_BYTES_KEPT};
use crate::base::{Failure, HttpReply, Kind, Nanos, Outcome, RequestId};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Became {
    /// It was stepped, and its answer comes in a later step.
    UnderWay,
    /// It was answered.
    Answered(Outcome),
    /// It was answered with what belongs to HTTP.
    AnsweredHttp(Box<HttpReply>),
    /// Another worker answers it.
    Forwarded { to: String, body: Vec<u8> },
}

/// Requests as bytes have them: each with its token and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered(Vec<(u64, RequestId, Became)>);

#[derive(Debug)]
struct Entry<C> {
    id: RequestId,
    became: Became,
    /// Whoever has asked again meanwhile, and until when.
    joined: Vec<(Nanos, C)>,
}

/// The requests of one worker.
#[derive(Debug)]
pub(super) struct Requests<C> {
    /// By token, and so in the order in which they were stepped first.
    entries: BTreeMap<u64, Entry<C>>,
    tokens: HashMap<[u8; 16], u64>,
    bytes: usize,
    /// How many have asked again and wait.
    joined: usize,
    /// How many were forgotten since somebody asked.
    forgotten: u64,
    /// The token of the step under way, if somebody waited for it when it began.
    pub(super) stepping: Option<u64>,
}

impl<C> Default for Requests<C> {
    fn default() -> Requests<C> {
        Requests { entries: BTreeMap::new(), tokens: HashMap::new(), bytes: 0, joined: 0, forgotten: 0, stepping: None }
    }
}

impl Became {
    fn bytes(&self) -> usize {
        REQUEST_BYTES
            + match self {
                Became::UnderWay => 0,
                Became::Answered(Ok(body)) => body.len(),
                Became::Answered(Err(failure)) => failure.text.len(),
                Became::AnsweredHttp(reply) => reply.bytes(),
                Became::Forwarded { to, body } => to.len() + body.len(),
            }
    }

    /// What is to be done for this caller.
    pub(super) fn action<C>(self, caller: C, deadline: Nanos, id: Option<RequestId>) -> Option<Action<C>> {
        match self {
            Became::UnderWay => None,
            Became::Answered(outcome) => Some(Action::Answer(caller, outcome)),
            Became::AnsweredHttp(reply) => Some(Action::AnswerHttp(caller, reply)),
            Became::Forwarded { to, body } => {
                let id = id.map(|id| RequestId { forwarded: true, ..id });
                Some(Action::Forward(Box::new(Forwarded { caller, to, body, deadline, id })))
            }
        }
    }
}

impl<C> Requests<C> {
    /// Whether somebody has asked for this, or for something else under the same id.
    pub(super) fn knows(&self, id: RequestId) -> bool {
        self.tokens.contains_key(&id.id)
    }

    /// Somebody asks for what is known: told now, or together with the first. Whether the caller waits for that.
    pub(super) fn meet(&mut self, id: RequestId, deadline: Nanos, caller: C, told: &mut Vec<Action<C>>) -> bool {
        let Some(entry) = self.tokens.get(&id.id).and_then(|token| self.entries.get_mut(token)) else { return false };
        if entry.id.asked != id.asked {
            let text = "this request id was given to another request; every request needs one of its own";
            told.push(Action::Answer(caller, Err(Failure::new(Kind::BadRequest, text))));
            return false;
        }
        if entry.became != Became::UnderWay {
            told.extend(entry.became.clone().action(caller, deadline, Some(id)));
            return false;
        }
        if self.joined >= PENDING_REPLIES_MAX {
            let text = format!("{PENDING_REPLIES_MAX} callers wait for requests that are under way");
            told.push(Action::Answer(caller, Err(Failure::new(Kind::Overloaded, text))));
            return false;
        }
        self.joined += 1;
        entry.joined.push((deadline, caller));
        true
    }

    /// This request is stepped now for the first time, with this token.
    pub(super) fn begin(&mut self, id: RequestId, token: u64, told: &mut Vec<Action<C>>) {
        // One that a replay knows was dropped before its step was over.
        if let Some(before) = self.tokens.insert(id.id, token) {
            self.remove(before);
        }
        self.bytes += Became::UnderWay.bytes();
        self.entries.insert(token, Entry { id, became: Became::UnderWay, joined: vec![] });
        self.forget_oldest(told);
    }

    /// The request with this token has come to this. Its id, and whoever has asked again.
    pub(super) fn settle(&mut self, token: u64, became: &Became) -> Option<(RequestId, Vec<(Nanos, C)>)> {
        let entry = self.entries.get_mut(&token).filter(|entry| entry.became == Became::UnderWay)?;
        self.bytes = self.bytes - entry.became.bytes() + became.bytes();
        entry.became = became.clone();
        let joined = std::mem::take(&mut entry.joined);
        self.joined -= joined.len();
        Some((entry.id, joined))
    }

    /// The oldest give way to what is new.
    pub(super) fn forget_oldest(&mut self, told: &mut Vec<Action<C>>) {
        while self.bytes > REQUEST_BYTES_KEPT
            && let Some((token, _)) = self.entries.first_key_value()
        {
            let token = *token;
            self.forgotten += 1;
            for (_, caller) in self.remove(token) {
                let text = "the request is under way, but so many have come since that its answer is not awaited";
                told.push(Action::Answer(caller, Err(Failure::new(Kind::TimedOut, text))));
            }
        }
    }

    /// The request with this token will not be done. Whoever has asked again.
    pub(super) fn remove(&mut self, token: u64) -> Vec<(Nanos, C)> {
        let Some(entry) = self.entries.remove(&token) else { return vec![] };
        if self.tokens.get(&entry.id.id) == Some(&token) {
            self.tokens.remove(&entry.id.id);
        }
        self.bytes -= entry.became.bytes();
        self.joined -= entry.joined.len();
        entry.joined
    }

    /// Takes out whoever waits no longer; gives the earliest deadline of the rest.
    pub(super) fn expire(&mut self, now: Nanos, mut each: impl FnMut(C)) -> Option<Nanos> {
        if self.joined == 0 {
            return None;
        }
        let mut earliest = None;
        for entry in self.entries.values_mut() {
            for (_, caller) in entry.joined.extract_if(.., |(deadline, _)| *deadline <= now) {
                self.joined -= 1;
                each(caller);
            }
            earliest = entry.joined.iter().map(|(deadline, _)| *deadline).chain(earliest).min();
        }
        earliest
    }

    /// Whoever has asked again and waits; nothing is remembered any more.
    pub(super) fn into_joined(self) -> impl Iterator<Item = C> {
        self.entries.into_values().flat_map(|entry| entry.joined).map(|(_, caller)| caller)
    }

    /// How many were forgotten since this was asked last.
    pub(super) fn take_forgotten(&mut self) -> u64 {
        std::mem::take(&mut self.forgotten)
    }

    /// As bytes have them.
    pub(super) fn remembered(&self) -> Remembered {
        let entries = self.entries.iter();
        Remembered(entries.map(|(token, entry)| (*token, entry.id, entry.became.clone())).collect())
    }

    /// What bytes have.
    pub(super) fn of(remembered: Remembered) -> Requests<C> {
        let mut requests = Requests::default();
        for (token, id, became) in remembered.0 {
            requests.bytes += became.bytes();
            requests.tokens.insert(id.id, token);
            requests.entries.insert(token, Entry { id, became, joined: vec![] });
        }
        requests
    }
}
