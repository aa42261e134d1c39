//! What may be ordered of a child: to stop, to start, to be deleted.

use super::child::{Asker, By, Mailed, State};
use super::id::SupervisorId;
use super::phase::Phase;
use super::turn::Turn;
use super::{Action, ChildError, ChildId, Order, Tree};
use crate::base::Nanos;

impl Tree {
    pub(super) fn start_application(&mut self, root: ChildId, turn: &mut Turn<'_>) {
        let may = self.is_application(root) && self.supervisor(SupervisorId::ROOT).phase == Phase::Running;
        if may && self.child(root).state == State::Down {
            self.start(root, By::Order, turn);
        }
    }

    pub(super) fn stop_application(&mut self, root: ChildId, turn: &mut Turn<'_>) {
        if self.is_application(root) && self.supervisor(SupervisorId::ROOT).phase == Phase::Running {
            self.terminate_now(root, turn);
            self.end_starts_below(root, turn);
        }
    }

    pub(super) fn order(&mut self, id: ChildId, order: Order, asked: u64, turn: &mut Turn<'_>) {
        let done = match order {
            Order::Terminate => self.order_terminate(id, asked, None, turn),
            Order::Kill => self.order_terminate(id, asked, Some(turn.now), turn),
            Order::Start => self.order_start(id, asked, turn),
            Order::Restart => self.order_restart(id, asked, turn),
            Order::Delete => self.order_delete(id, asked, turn),
        };
        if let Err(error) = done {
            turn.actions.push(Action::Answer { asked, outcome: Err(error) });
        }
    }

    /// It must have ended by this time, if one is named.
    fn order_terminate(
        &mut self,
        id: ChildId,
        asked: u64,
        by: Option<Nanos>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ChildError> {
        let parent = self.find_child(id)?;
        let supervisor = self.supervisor(parent);
        let (is_free, is_down) = (supervisor.phase == Phase::Running, supervisor.phase == Phase::Down);
        // One that ends stops its children anyway.
        let is_mailed = !is_free && !supervisor.is_closing();
        self.ask(id, Asker { asked, up: false, mailed: is_mailed });
        if self.child(id).order == Some(Mailed::Join) {
            self.never_joins(id, turn);
        } else if is_free {
            self.terminate_by(id, by, turn);
        } else if is_down {
            self.answer_at_rest(id, turn);
        } else if is_mailed {
            self.mail_order(parent, id, Mailed::Terminate);
        }
        if let Some(by) = by.filter(|_| !is_free && self.contains(id)) {
            self.hurry(id, by, turn);
        }
        Ok(())
    }

    fn order_restart(&mut self, id: ChildId, asked: u64, turn: &mut Turn<'_>) -> Result<(), ChildError> {
        let parent = self.find_child(id)?;
        if self.supervisor(parent).is_closing() {
            return Err(self.is_down(parent));
        }
        if self.supervisor(parent).phase == Phase::Running {
            return self.restart_now(id, asked, turn);
        }
        if self.child(id).order == Some(Mailed::Join) {
            return Err(ChildError::Restarting);
        }
        self.ask(id, Asker { asked, up: true, mailed: true });
        self.mail_order(parent, id, Mailed::Restart);
        Ok(())
    }

    fn order_start(&mut self, id: ChildId, asked: u64, turn: &mut Turn<'_>) -> Result<(), ChildError> {
        self.find_stopped(id)?;
        self.ask(id, Asker { asked, up: true, mailed: false });
        self.start(id, By::Order, turn);
        Ok(())
    }

    fn order_delete(&mut self, id: ChildId, asked: u64, turn: &mut Turn<'_>) -> Result<(), ChildError> {
        self.find_stopped(id)?;
        self.ask(id, Asker { asked, up: false, mailed: false });
        self.drop_spec(id, turn);
        Ok(())
    }

    /// The last order wins; whoever gave the one before is told what comes of this one.
    fn mail_order(&mut self, parent: SupervisorId, id: ChildId, order: Mailed) {
        self.child_mut(id).order = Some(order);
        self.mail(parent, id);
    }

    pub(super) fn obey(&mut self, order: Mailed, id: ChildId, turn: &mut Turn<'_>) {
        self.unmail_asks(id);
        match order {
            Mailed::Terminate => self.terminate_now(id, turn),
            Mailed::Join => self.join(id, turn),
            Mailed::Restart => {
                if let Err(error) = self.restart_now(id, 0, turn) {
                    self.refuse_all(id, error, turn);
                }
            }
        }
    }

    /// A new child is called off before it has joined its siblings.
    fn never_joins(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        self.child_mut(id).order = None;
        self.drop_spec(id, turn);
        if self.contains(id) {
            self.answer_for_good(id, turn);
        }
    }

    fn terminate_now(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        self.terminate_by(id, None, turn);
    }

    fn terminate_by(&mut self, id: ChildId, by: Option<Nanos>, turn: &mut Turn<'_>) {
        let drops = self.is_dropped_at_rest(id);
        let child = self.child_mut(id);
        let is_supervisor = child.supervises.is_some();
        match &mut child.state {
            State::Starting { then_stop, .. } if !is_supervisor => {
                *then_stop = true;
                by.into_iter().for_each(|by| self.hurry(id, by, turn));
            }
            State::Starting { .. } | State::Running => self.stop_by(id, false, by, turn),
            State::Stopping { again, .. } => {
                *again = false;
                by.into_iter().for_each(|by| self.hurry(id, by, turn));
            }
            State::Down | State::Ignored if drops => self.drop_spec(id, turn),
            State::Down | State::Ignored | State::Gone => self.answer_at_rest(id, turn),
            State::Waiting { .. } | State::Ended(_) => self.rest(id, turn),
        }
    }

    fn restart_now(&mut self, id: ChildId, asked: u64, turn: &mut Turn<'_>) -> Result<(), ChildError> {
        let parent = self.find_child(id)?;
        let child = self.child_mut(id);
        match &mut child.state {
            State::Stopping { again, .. } => *again = true,
            State::Starting { .. } => return Err(ChildError::Restarting),
            State::Waiting { .. } | State::Running | State::Down => {}
            State::Ignored | State::Ended(_) | State::Gone => {}
        }
        self.ask(id, Asker { asked, up: true, mailed: false });
        match self.child(id).state {
            State::Stopping { .. } => {}
            State::Running => self.stop(id, true, turn),
            // As at the end of the wait: its siblings may have to restart with it.
            State::Waiting { .. } => self.retry(parent, id, turn),
            _ => {
                self.answer_down(id, turn);
                self.start(id, By::Order, turn);
            }
        }
        Ok(())
    }

    /// A child that has a spec; gives its supervisor.
    fn find_child(&self, id: ChildId) -> Result<SupervisorId, ChildError> {
        let child = self.children.get(id).filter(|child| child.state != State::Gone);
        let parent = child.ok_or(ChildError::NotFound)?.parent;
        parent.filter(|_| !self.is_application(id)).ok_or(ChildError::Root)
    }

    /// Why nothing can be asked of a supervisor that does not run.
    pub(super) fn is_down(&self, parent: SupervisorId) -> ChildError {
        let name = self.own_name(parent).clone();
        let is_root = self.id(name.as_str()).is_some_and(|id| self.is_application(id));
        if is_root { ChildError::ApplicationDown(name) } else { ChildError::SupervisorDown(name) }
    }

    /// A stopped child of a supervisor that is free and will not start it by itself.
    fn find_stopped(&self, id: ChildId) -> Result<(), ChildError> {
        let parent = self.find_child(id)?;
        let supervisor = self.supervisor(parent);
        if supervisor.template.is_some() {
            return Err(ChildError::SimpleOneForOne(self.own_name(parent).clone()));
        }
        if supervisor.is_closing() {
            return Err(self.is_down(parent));
        }
        match self.child(id).state {
            State::Running | State::Stopping { .. } => Err(ChildError::Running),
            State::Starting { .. } | State::Waiting { .. } | State::Ended(_) => Err(ChildError::Restarting),
            State::Down | State::Ignored | State::Gone if supervisor.phase == Phase::Running => Ok(()),
            // The siblings' restart may be about to start it.
            State::Down | State::Ignored | State::Gone => Err(ChildError::Restarting),
        }
    }
}
