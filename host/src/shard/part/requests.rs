//! What steps ask of supervisors: in what order, how much in a turn, and in which words they are answered.

use std::collections::VecDeque;

use serde::Serialize;

use crate::base::limits::{BODY_BYTES_MAX, CHILDREN_LISTED_MAX, LISTINGS_PER_TURN};
use crate::base::{Failure, Kind, Name, Outcome, Wish};
use crate::protocol::Query;
use crate::shard::caller::Caller;
use crate::supervisor::{ChildCounts, ChildError, ChildId, Event, Listed, NewChild, Order, StartChild, Tree};
use crate::worker::Action;

/// What a step wanted from an order to a supervisor on: it waits until its worker stands still, since the
/// order may be the worker's end.
#[derive(Debug)]
pub(crate) struct Postponed {
    pub(crate) at: usize,
    /// Whose step it was.
    pub(crate) child: ChildId,
    pub(crate) wanted: Vec<Action<Caller>>,
}

/// The requests of a shard's workers to supervisors.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    postponed: VecDeque<Postponed>,
    /// Lists of children that were asked for in this turn.
    listings: usize,
}

/// The children of a supervisor, as they were when somebody asked.
#[derive(Debug)]
pub(crate) enum Listing {
    Which(Vec<Listed>),
    Count(ChildCounts),
    /// The one that is wanted is among them.
    There,
}

impl Requests {
    /// A turn begins.
    pub(crate) fn begin_turn(&mut self) {
        self.listings = 0;
    }

    /// Whether something waits for a worker that is being stepped to stand still.
    pub(crate) fn is_empty(&self) -> bool {
        self.postponed.is_empty()
    }

    /// Takes out of what a step wants all from the first order on.
    pub(crate) fn postpone(&mut self, at: usize, child: ChildId, actions: &mut Vec<Action<Caller>>) {
        if let Some(first) = actions.iter().position(is_order) {
            let wanted = actions.split_off(first);
            self.postponed.push_back(Postponed { at, child, wanted });
        }
    }

    /// The next that waits.
    pub(crate) fn next(&mut self) -> Option<Postponed> {
        self.postponed.pop_front()
    }

    /// Whether one more list of children may be made in this turn.
    pub(crate) fn admits(&mut self, wish: &Wish) -> bool {
        let lists = matches!(wish, Wish::WhichChildren | Wish::CountChildren);
        self.listings += usize::from(lists);
        !lists || self.listings <= LISTINGS_PER_TURN
    }
}

/// What a wish is to the tree. `asked` is the number under which it answers.
///
/// # Errors
/// There is no such supervisor or child, or a list would be too long.
pub(crate) fn wished(tree: &Tree, supervisor: &str, wish: Wish, asked: u64) -> Result<Query<Listing>, ChildError> {
    let none = || ChildError::NoSupervisor(supervisor.to_owned());
    let above = tree.id(supervisor).filter(|&child| tree.is_supervisor(child)).ok_or_else(none)?;
    let order = |name: &str, order| {
        let child = tree.child_named(above, name).ok_or(ChildError::NotFound)?;
        Ok(Query::Event(Event::Order { child, order, asked }))
    };
    match wish {
        Wish::EnsureChild { key, .. } if tree.id(&format!("{supervisor}/{key}")).is_some() => {
            Ok(Query::Answer(Listing::There))
        }
        Wish::StartChild { key, config } | Wish::EnsureChild { key, config } => {
            let key = Name::new(&key).map_err(|error| ChildError::NotAName(error.to_string()))?;
            let new = NewChild::Keyed { key, config: (!config.is_empty()).then(|| config.into()) };
            Ok(Query::Event(Event::StartChild(StartChild { supervisor: above, new, asked })))
        }
        Wish::StopChild(name) => order(&name, Order::Terminate),
        Wish::RestartChild(name) => order(&name, Order::Start),
        Wish::DeleteChild(name) => order(&name, Order::Delete),
        // Others wait for the tree meanwhile.
        Wish::WhichChildren if tree.children(above).nth(CHILDREN_LISTED_MAX).is_some() => Err(ChildError::TooMany),
        Wish::WhichChildren => Ok(Query::Answer(Listing::Which(tree.which_children(above).unwrap_or_default()))),
        Wish::CountChildren => Ok(Query::Answer(Listing::Count(tree.count_children(above).unwrap_or_default()))),
    }
}

impl Listing {
    /// It as JSON, or nothing if there is nothing to say; no worker is given more than a body may have.
    ///
    /// # Errors
    /// It is longer than that.
    pub(crate) fn json(&self) -> Result<Vec<u8>, ChildError> {
        let json = match self {
            Listing::There => Ok(vec![]),
            Listing::Which(all) => serde_json::to_vec(&all.iter().map(Child::from).collect::<Vec<_>>()),
            Listing::Count(ChildCounts { specs, active, supervisors, workers }) => serde_json::to_vec(&Count {
                specs: *specs,
                active: *active,
                supervisors: *supervisors,
                workers: *workers,
            }),
        };
        json.ok().filter(|json| json.len() <= BODY_BYTES_MAX).ok_or(ChildError::TooMany)
    }
}

/// A child as a worker is told of it.
#[derive(Serialize)]
struct Child<'a> {
    child: &'a str,
    state: &'a str,
    r#type: &'a str,
    behaviour: &'a str,
}

impl<'a> From<&'a Listed> for Child<'a> {
    fn from(listed: &'a Listed) -> Child<'a> {
        Child {
            child: listed.name.as_str(),
            state: listed.presence.word(),
            r#type: if listed.is_supervisor { "supervisor" } else { "worker" },
            behaviour: listed.behaviour.as_str(),
        }
    }
}

#[derive(Serialize)]
struct Count {
    specs: usize,
    active: usize,
    supervisors: usize,
    workers: usize,
}

/// What a worker is told that asked a supervisor for something.
pub(crate) fn reply(outcome: Result<Name, ChildError>) -> Outcome {
    outcome.map(|_| vec![]).map_err(|error| refusal(&error))
}

/// What the log is told, if the worker that asked did not ask for an answer.
pub(crate) fn told(outcome: Result<Name, ChildError>) -> Outcome {
    outcome.map(|_| vec![]).map_err(|error| Failure::new(Kind::Refused, error.to_string()))
}

/// A refusal of a supervisor, in OTP's words.
fn refusal(error: &ChildError) -> Failure {
    let text = match error {
        ChildError::Failed(reason) => format!("{}: {reason}", error.code()),
        error => error.code().to_owned(),
    };
    Failure::new(Kind::Refused, text)
}

/// Whether this may come to the end of the worker that asks.
fn is_order(action: &Action<Caller>) -> bool {
    let Action::Supervisor { request, .. } = action else { return false };
    matches!(request.wish, Wish::StopChild(_) | Wish::RestartChild(_) | Wish::DeleteChild(_))
}

/// Whether this concerns the instance that asked for it alone, and means nothing when that is gone.
pub(crate) fn is_its_own(action: &Action<Caller>) -> bool {
    matches!(
        action,
        Action::Subscribe(_)
            | Action::Unsubscribe(_)
            | Action::Handler { .. }
            | Action::Monitor { .. }
            | Action::Demonitor { .. }
            | Action::Hibernate
            | Action::Stop(_)
    )
}
