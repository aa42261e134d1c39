//! OTP's which_children and count_children.

use super::child::State;
use super::{ChildId, Tree};
use crate::base::{ChildKind, Name};

/// What there is of a listed child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// An instance, or a running supervisor.
    Actor,
    /// It is being restarted.
    Restarting,
    /// Nothing runs.
    None,
}

impl Presence {
    /// The word of the contract and of the JSON.
    pub fn word(self) -> &'static str {
        match self {
            Presence::Actor => "running",
            Presence::Restarting => "restarting",
            Presence::None => "none",
        }
    }
}

/// One child of a supervisor, as OTP's which_children shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub child: ChildId,
    /// Its name, or its address.
    pub name: Name,
    /// What there is of it.
    pub presence: Presence,
    /// Whether it is a supervisor.
    pub is_supervisor: bool,
    /// The behaviour of a worker, or the supervisor it is.
    pub behaviour: Name,
}

/// The children of a supervisor in numbers, as OTP's count_children gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildCounts {
    /// Specs, running or not; a template is one.
    pub specs: usize,
    /// Children that run. Those being restarted do not.
    pub active: usize,
    /// Children that are supervisors, running or not.
    pub supervisors: usize,
    /// Children that are workers, running or not.
    pub workers: usize,
}

impl Tree {
    /// The children of a supervisor, newest first; none for a worker.
    pub fn which_children(&self, supervisor: ChildId) -> Option<Vec<Listed>> {
        self.supervises(supervisor)?;
        Some(self.children(supervisor).rev().map(|child| self.listed(child)).collect())
    }

    /// The children of a supervisor in numbers; none for a worker.
    pub fn count_children(&self, supervisor: ChildId) -> Option<ChildCounts> {
        let own = self.supervises(supervisor)?;
        let mut counts = ChildCounts::default();
        for child in self.children(supervisor) {
            counts.active += usize::from(self.presence(child) == Presence::Actor);
            counts.supervisors += usize::from(self.is_supervisor(child));
            counts.workers += usize::from(!self.is_supervisor(child));
        }
        let is_simple = self.supervisor(own).template.is_some();
        counts.specs = if is_simple { 1 } else { counts.supervisors + counts.workers };
        Some(counts)
    }

    fn listed(&self, child: ChildId) -> Listed {
        let (ChildKind::Worker(behaviour) | ChildKind::Supervisor(behaviour)) = &self.spec(child).kind;
        Listed {
            child,
            name: self.name(child).clone(),
            presence: self.presence(child),
            is_supervisor: self.is_supervisor(child),
            behaviour: behaviour.clone(),
        }
    }

    fn presence(&self, child: ChildId) -> Presence {
        match self.child(child).state {
            State::Running | State::Stopping { .. } => Presence::Actor,
            State::Starting { .. } | State::Waiting { .. } | State::Ended(_) => Presence::Restarting,
            State::Down | State::Ignored | State::Gone => Presence::None,
        }
    }
}
