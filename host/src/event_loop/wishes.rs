//! What steps ask of supervisors, and how they are told.

use super::driver::Driver;
use super::event::{Caller, Mail};
use super::shard::{Shard, lock};
use super::slot::Body;
use crate::base::limits::{BODY_BYTES_MAX, CHILDREN_LISTED_MAX, LISTINGS_PER_TURN};
use crate::base::{Failure, Kind, Name, Outcome, SupervisorRequest, Wish};
use crate::supervisor::{ChildError, ChildId, Counts, Event, Listed, NewChild, Order, StartChild};
use crate::worker::Action;

/// The lower part of the number of a question is the shard's own, the upper one names the shard; in
/// those of control it is nothing.
const OWN_BITS: u32 = 48;

impl<D: Driver> Shard<D> {
    /// Does what waited for the end of a visit or of a command, in the order in which it was asked.
    pub(super) fn say(&mut self) {
        while let Some(Unsaid { slot, child, wanted }) = self.unsaid.pop_front() {
            for action in wanted {
                let entry = &self.slots[slot];
                let is_gone = entry.spec.child != child || entry.vacant || matches!(entry.body, Body::Down);
                if !(is_gone && is_its_own(&action)) {
                    self.carry_out_one(slot, action);
                }
            }
            self.schedule(slot);
            self.update_wake(slot);
        }
    }

    /// Asks a supervisor what a step wants of it.
    pub(super) fn wish(&mut self, slot: usize, request: SupervisorRequest, id: Option<u64>) {
        let SupervisorRequest { supervisor, wish, .. } = request;
        let caller = id.map(|call| Caller::Worker { slot, call });
        self.listings += usize::from(matches!(wish, Wish::WhichChildren | Wish::CountChildren));
        let event = match self.event_of(&supervisor, wish) {
            Ok(Asked::Event(event)) => event,
            Ok(Asked::Answer(body)) => {
                if let Some(caller) = caller {
                    self.answer(caller, Ok(body));
                }
                return;
            }
            Err(error) => match caller {
                Some(caller) => return self.answer(caller, refusal(&error)),
                None => return self.log(slot, "warn", format!("asked `{supervisor}` in vain: {error}")),
            },
        };
        let asked = caller.map_or(0, |caller| self.question(caller));
        match event {
            Event::StartChild(start) => self.supervise(Event::StartChild(StartChild { asked, ..start })),
            Event::Order { child, order, .. } => self.supervise(Event::Order { child, order, asked }),
            _ => {}
        }
    }

    fn event_of(&self, supervisor: &str, wish: Wish) -> Result<Asked, ChildError> {
        let tree = lock(&self.tree);
        let none = || ChildError::NoSupervisor(supervisor.to_owned());
        let above = tree.id(supervisor).filter(|&child| tree.is_supervisor(child)).ok_or_else(none)?;
        let order = |name: &str, order| {
            let child = tree.child_named(above, name).ok_or(ChildError::NotFound)?;
            Ok(Asked::Event(Event::Order { child, order, asked: 0 }))
        };
        match wish {
            Wish::WhichChildren | Wish::CountChildren if self.listings > LISTINGS_PER_TURN => Err(ChildError::TooMany),
            Wish::StartChild { key, config } => {
                let key = Name::new(&key).map_err(|error| ChildError::NotAName(error.to_string()))?;
                let new = NewChild::Keyed { key, config: (!config.is_empty()).then(|| config.into()) };
                Ok(Asked::Event(Event::StartChild(StartChild { supervisor: above, new, asked: 0 })))
            }
            Wish::StopChild(name) => order(&name, Order::Terminate),
            Wish::RestartChild(name) => order(&name, Order::Start),
            Wish::DeleteChild(name) => order(&name, Order::Delete),
            Wish::WhichChildren => {
                // Others wait for the tree meanwhile, and no worker is given more than a body may have.
                if tree.children(above).nth(CHILDREN_LISTED_MAX).is_some() {
                    return Err(ChildError::TooMany);
                }
                let listed = tree.which_children(above).unwrap_or_default();
                drop(tree);
                let text = which_json(&listed);
                if text.len() <= BODY_BYTES_MAX { Ok(Asked::Answer(text.into())) } else { Err(ChildError::TooMany) }
            }
            Wish::CountChildren => Ok(Asked::Answer(count_json(tree.count_children(above).unwrap_or_default()).into())),
        }
    }

    /// A number for the tree, under which this caller is found again.
    fn question(&mut self, caller: Caller) -> u64 {
        let (asked, id) = self.new_question();
        self.remote.insert(id, caller);
        asked
    }

    /// A number for the tree, and what is this shard's own of it.
    pub(super) fn new_question(&mut self) -> (u64, u64) {
        self.remotes += 1;
        ((self.index as u64 + 1) << OWN_BITS | self.remotes, self.remotes)
    }

    /// The tree has answered a worker or a manager; false if it is none of this shard's.
    pub(super) fn told(&mut self, asked: u64, outcome: &Result<Name, ChildError>) -> bool {
        let Some((_, id)) = asker(asked).filter(|(shard, _)| *shard == self.index) else { return false };
        match self.manager_that_asked(id) {
            Some(at) => self.handler_started(at, outcome.clone()),
            None => self.mail(Mail::Answer { id, outcome: told(outcome) }),
        }
        true
    }
}

/// What a step wanted from an order on.
#[derive(Debug)]
pub(super) struct Unsaid {
    pub(super) slot: usize,
    /// Whose step it was.
    pub(super) child: ChildId,
    pub(super) wanted: Vec<Action<Caller>>,
}

/// Whether this may come to the end of the worker that asks.
pub(super) fn is_order(action: &Action<Caller>) -> bool {
    let Action::Supervisor { request, .. } = action else { return false };
    matches!(request.wish, Wish::StopChild(_) | Wish::RestartChild(_) | Wish::DeleteChild(_))
}

/// Whether this concerns the instance that asked for it alone, and means nothing when that is gone.
fn is_its_own(action: &Action<Caller>) -> bool {
    matches!(
        action,
        Action::Subscribe(_) | Action::Unsubscribe(_) | Action::Handler { .. } | Action::Hibernate | Action::Stop(_)
    )
}

/// What becomes of a wish.
enum Asked {
    Event(Event),
    Answer(Vec<u8>),
}

/// The shard that asked, and its number for whom.
pub(super) fn asker(asked: u64) -> Option<(usize, u64)> {
    let shard = usize::try_from(asked >> OWN_BITS).ok()?.checked_sub(1)?;
    Some((shard, asked & ((1 << OWN_BITS) - 1)))
}

/// What a worker is told.
pub(super) fn told(outcome: &Result<Name, ChildError>) -> Outcome {
    match outcome {
        Ok(_) => Ok(vec![]),
        Err(error) => refusal(error),
    }
}

fn refusal(error: &ChildError) -> Outcome {
    let text = match error {
        ChildError::Failed(reason) => format!("{}: {reason}", error.code()),
        error => error.code().to_owned(),
    };
    Err(Failure::new(Kind::Refused, text))
}

/// Names have no character that JSON would want escaped.
fn which_json(all: &[Listed]) -> String {
    let one = |listed: &Listed| {
        let kind = if listed.is_supervisor { "supervisor" } else { "worker" };
        let (child, state, behaviour) = (&listed.name, listed.presence.word(), &listed.behaviour);
        format!(r#"{{"child":"{child}","state":"{state}","type":"{kind}","behaviour":"{behaviour}"}}"#)
    };
    format!("[{}]", all.iter().map(one).collect::<Vec<_>>().join(","))
}

fn count_json(Counts { specs, active, supervisors, workers }: Counts) -> String {
    format!(r#"{{"specs":{specs},"active":{active},"supervisors":{supervisors},"workers":{workers}}}"#)
}
