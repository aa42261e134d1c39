//! Children that come at run time: OTP's start_child.

use std::sync::Arc;

use super::build::{check_handler, check_significant};
use super::child::Asker;
use super::child::{By, Child, Mailed, Origin, State};
use super::id::SupervisorId;
use super::phase::Phase;
use super::turn::Turn;
use super::{Action, ChildError, ChildId, NewChild, StartChild, Tree};
use crate::base::limits::{DYNAMIC_CHILDREN_MAX, DYNAMIC_CONFIG_BYTES_MAX};
use crate::base::{ChildKind, ChildSpec, Name};

impl Tree {
    pub(super) fn start_child(&mut self, start: StartChild, turn: &mut Turn<'_>) {
        match self.place(start.supervisor, start.new) {
            Ok((parent, id)) => self.take_up(parent, id, start.asked, turn),
            Err(error) => turn.actions.push(Action::Answer { asked: start.asked, outcome: Err(error) }),
        }
    }

    /// Makes room for a new child.
    fn place(&mut self, supervisor: ChildId, new: NewChild) -> Result<(SupervisorId, ChildId), ChildError> {
        let known = self.supervises(supervisor);
        let parent = known.ok_or_else(|| ChildError::NoSupervisor(self.name(supervisor).to_string()))?;
        if self.supervisor(parent).is_closing() {
            return Err(self.is_down(parent));
        }
        let id = match new {
            NewChild::Keyed { key, config } => self.place_keyed(parent, &key, config)?,
            NewChild::Spec(spec) => self.place_spec(parent, *spec)?,
        };
        Ok((parent, id))
    }

    fn place_keyed(
        &mut self,
        parent: SupervisorId,
        key: &Name,
        config: Option<Arc<[u8]>>,
    ) -> Result<ChildId, ChildError> {
        if self.supervisor(parent).template.is_none() {
            return Err(ChildError::NoTemplate(self.own_name(parent).clone()));
        }
        let address = Name::address(self.own_name(parent), key);
        match self.names.get(&address) {
            Some(&id) => Err(self.already(id)),
            None => {
                let place = self.new_place();
                self.adopt(Child::of_template(address, config, parent, place))
            }
        }
    }

    fn place_spec(&mut self, parent: SupervisorId, mut spec: ChildSpec) -> Result<ChildId, ChildError> {
        let supervisor = self.supervisor(parent);
        if supervisor.template.is_some() {
            return Err(ChildError::SimpleOneForOne(self.own_name(parent).clone()));
        }
        if let ChildKind::Supervisor(_) = spec.kind {
            return Err(ChildError::NotAWorker(spec.name));
        }
        // What the errors name.
        spec.under = self.declared_name(parent);
        check_significant(&spec, &supervisor.spec)?;
        check_handler(&spec, &supervisor.spec)?;
        let address = self.address(parent, &spec.name);
        let spec = Arc::new(spec);
        match self.check_free(&address, parent)? {
            Some(id) => Ok(self.revive(id, spec)),
            None => {
                let place = self.new_place();
                self.adopt(Child::new(address, spec, Some(parent), place))
            }
        }
    }

    fn adopt(&mut self, child: Child) -> Result<ChildId, ChildError> {
        let config_bytes = child.own_config();
        if self.dynamic >= DYNAMIC_CHILDREN_MAX || self.dynamic_bytes + config_bytes > DYNAMIC_CONFIG_BYTES_MAX {
            return Err(ChildError::TooMany);
        }
        self.dynamic += 1;
        self.dynamic_bytes += config_bytes;
        let name = child.name.clone();
        let id = self.children.insert(Child { origin: Origin::Dynamic, ..child });
        self.names.insert(name, id);
        Ok(id)
    }

    /// A declared child whose specification was dropped has another one until its supervisor starts
    /// again. It keeps its id, and so its place outside.
    fn revive(&mut self, id: ChildId, spec: Arc<ChildSpec>) -> ChildId {
        self.leave(id);
        let place = self.new_place();
        let child = self.child_mut(id);
        child.reset(spec);
        child.place = place;
        id
    }

    fn take_up(&mut self, parent: SupervisorId, id: ChildId, asked: u64, turn: &mut Turn<'_>) {
        // What was ordered of the one that had its specification before is as done as it can be.
        self.answer_for_good(id, turn);
        let is_free = self.supervisor(parent).phase == Phase::Running;
        self.ask(id, Asker { asked, up: true, mailed: !is_free });
        if is_free {
            return self.join(id, turn);
        }
        self.child_mut(id).order = Some(Mailed::Join);
        self.mail(parent, id);
    }

    /// A child whose start was asked for joins its siblings and starts.
    pub(super) fn join(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        let child = self.child(id);
        let place = child.place;
        if let Some(parent) = child.parent {
            self.supervisor_mut(parent).siblings.insert(place, id);
        }
        self.start(id, By::Newcomer, turn);
    }

    /// A name may be used under this supervisor if nothing has it. A child of this supervisor that
    /// has it and no specification any more takes a new one.
    pub(super) fn check_free(&self, name: &Name, parent: SupervisorId) -> Result<Option<ChildId>, ChildError> {
        let taken = || ChildError::NameTaken(name.clone());
        let Some(&id) = self.names.get(name) else {
            return if self.templates.contains_key(name) { Err(taken()) } else { Ok(None) };
        };
        let child = self.child(id);
        match child.state {
            _ if child.supervises.is_some() || child.parent != Some(parent) => Err(taken()),
            State::Gone => Ok(Some(id)),
            _ => Err(self.already(id)),
        }
    }

    fn already(&self, id: ChildId) -> ChildError {
        let child = self.child(id);
        match child.state {
            State::Down if child.order == Some(Mailed::Join) => ChildError::AlreadyStarted,
            State::Starting { .. } | State::Running | State::Stopping { .. } => ChildError::AlreadyStarted,
            _ => ChildError::AlreadyPresent,
        }
    }
}
