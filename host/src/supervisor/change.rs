//! Change of a supervisor's flags and child specs while it runs: OTP's code_change of a supervisor.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::build::{check_handler, check_significant, check_supervisor, the_template};
use super::child::{Origin, State};
use super::id::SupervisorId;
use super::phase::Phase;
use super::siblings::Siblings;
use super::{ChildError, ChildId, Tree, TreeError};
use crate::base::limits::CHILDREN_MAX;
use crate::base::{ChildKind, ChildSpec, Name, Strategy, SupervisorSpec};

/// What one supervisor is to be from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which.
    pub supervisor: ChildId,
    /// Its flags.
    pub flags: SupervisorSpec,
    /// All its child specs, in start order.
    pub children: Vec<ChildSpec>,
}

/// A change that nothing speaks against.
enum Checked {
    /// One of a template.
    Template(Arc<ChildSpec>),
    /// One of a list, with the children that stay, by name in the list.
    Listed(Vec<ChildSpec>, HashMap<Name, ChildId>),
}

impl Tree {
    /// Gives supervisors new flags and child specs, all of them or none. Nothing is started or
    /// stopped: a child that stays gets its new spec and goes on with what runs; a new one is added
    /// stopped, and is among the ids given back; one that is no longer listed is kept until the
    /// supervisor ends. Listed children come first in the order from now on, kept ones last. The
    /// children of a template go on and are restarted by the new one.
    ///
    /// # Errors
    /// Something is refused, or a supervisor is busy; nothing has changed.
    pub fn change(&mut self, changes: Vec<Change>) -> Result<Vec<ChildId>, ChildError> {
        let checked: Vec<_> = changes.into_iter().map(|change| self.check_change(change)).collect::<Result<_, _>>()?;
        let mut added = vec![];
        for (own, flags, checked) in checked {
            self.supervisor_mut(own).spec = flags;
            match checked {
                Checked::Template(template) => self.change_template(own, template),
                Checked::Listed(children, known) => added.extend(self.change_listed(own, children, &known)),
            }
        }
        Ok(added)
    }

    fn check_change(&self, change: Change) -> Result<(SupervisorId, SupervisorSpec, Checked), ChildError> {
        let Change { supervisor, flags, children } = change;
        let known = self.supervises(supervisor);
        let own = known.ok_or_else(|| ChildError::NoSupervisor(self.name(supervisor).to_string()))?;
        let name = self.declared_name(own);
        check_supervisor(&name, &flags)?;
        let before = self.supervisor(own);
        if !matches!(before.phase, Phase::Running | Phase::Down | Phase::Emptying) {
            return Err(ChildError::Busy(name));
        }
        let (is_simple, is_manager) = (before.template.is_some(), before.spec.manager.is_some());
        if is_simple != (flags.strategy == Strategy::SimpleOneForOne) || is_manager != flags.manager.is_some() {
            return Err(ChildError::OtherKind(name));
        }
        if let Some(other) = children.iter().find(|child| child.under != name) {
            let (child, under) = (other.name.clone(), other.under.clone());
            return Err(TreeError::UnknownSupervisor { child, under }.into());
        }
        if is_simple {
            let template = the_template(&name, &flags, &children)?;
            self.check_template_name(own, &template.name)?;
            return Ok((own, flags, Checked::Template(template)));
        }
        let known = self.check_listed(own, &flags, &children)?;
        Ok((own, flags, Checked::Listed(children, known)))
    }

    fn check_template_name(&self, own: SupervisorId, name: &Name) -> Result<(), ChildError> {
        let is_taken = self.templates.get(name).is_some_and(|&other| other != own) || self.names.contains_key(name);
        if is_taken { Err(ChildError::NameTaken(name.clone())) } else { Ok(()) }
    }

    fn change_template(&mut self, own: SupervisorId, new: Arc<ChildSpec>) {
        self.templates.insert(new.name.clone(), own);
        if let Some(old) = self.supervisor_mut(own).template.replace(Arc::clone(&new))
            && old.name != new.name
        {
            self.templates.remove(&old.name);
        }
    }

    /// Checks everything before anything changes; gives the children that stay, by name in the list.
    fn check_listed(
        &self,
        own: SupervisorId,
        flags: &SupervisorSpec,
        children: &[ChildSpec],
    ) -> Result<HashMap<Name, ChildId>, ChildError> {
        let mut known = HashMap::new();
        let mut names = HashSet::new();
        for spec in children {
            if !names.insert(&spec.name) {
                return Err(TreeError::DuplicateName(spec.name.clone()).into());
            }
            check_significant(spec, flags)?;
            check_handler(spec, flags)?;
            let address = self.address(own, &spec.name);
            let here = self.names.get(&address).filter(|&&id| self.child(id).parent == Some(own));
            match here {
                Some(&id) => {
                    self.check_kind(id, spec)?;
                    known.insert(spec.name.clone(), id);
                }
                None => self.check_new(own, spec, &address)?,
            }
        }
        let kept = self.children.len().saturating_sub(self.dynamic);
        if kept + children.len() - known.len() > CHILDREN_MAX {
            return Err(ChildError::TooMany);
        }
        Ok(known)
    }

    /// A worker may change its behaviour; a supervisor is that supervisor for good.
    fn check_kind(&self, id: ChildId, spec: &ChildSpec) -> Result<(), ChildError> {
        match (&self.spec(id).kind, &spec.kind) {
            (ChildKind::Worker(_), ChildKind::Worker(_)) => Ok(()),
            (old, new) if old == new => Ok(()),
            _ => Err(ChildError::NotAWorker(spec.name.clone())),
        }
    }

    fn check_new(&self, own: SupervisorId, spec: &ChildSpec, address: &Name) -> Result<(), ChildError> {
        if let ChildKind::Supervisor(_) = spec.kind {
            return Err(ChildError::NotAWorker(spec.name.clone()));
        }
        self.check_free(address, own).map(drop)
    }

    /// Those listed stand first from now on, in the order of the list; the others last.
    fn change_listed(
        &mut self,
        own: SupervisorId,
        children: Vec<ChildSpec>,
        known: &HashMap<Name, ChildId>,
    ) -> Vec<ChildId> {
        let before: Vec<ChildId> = self.supervisor(own).siblings.ids().collect();
        let supervisor = self.supervisor_mut(own);
        supervisor.siblings = Siblings::default();
        for (id, _) in std::mem::take(&mut supervisor.declared) {
            self.child_mut(id).origin = Origin::Kept;
        }
        let mut added = vec![];
        for spec in children.into_iter().map(Arc::new) {
            match known.get(&spec.name) {
                Some(&id) => added.extend(self.relist(own, id, spec).then_some(id)),
                None => added.push(self.declare(spec, own)),
            }
        }
        for id in before {
            if self.child(id).origin != Origin::Declared {
                self.place_last(own, id);
            }
        }
        added
    }

    /// Gives a child that is there its new spec; says whether it had none.
    fn relist(&mut self, own: SupervisorId, id: ChildId, spec: Arc<ChildSpec>) -> bool {
        let child = self.child_mut(id);
        let was_gone = child.state == State::Gone;
        if was_gone {
            child.state = State::Down;
        }
        let config_bytes = child.own_config();
        child.spec = Some(Arc::clone(&spec));
        if std::mem::replace(&mut child.origin, Origin::Declared) == Origin::Dynamic {
            self.dynamic -= 1;
            self.dynamic_bytes -= config_bytes;
        }
        self.place_last(own, id);
        self.supervisor_mut(own).declared.push((id, spec));
        was_gone
    }

    fn place_last(&mut self, own: SupervisorId, id: ChildId) {
        let place = self.new_place();
        self.child_mut(id).place = place;
        self.supervisor_mut(own).siblings.insert(place, id);
    }
}
