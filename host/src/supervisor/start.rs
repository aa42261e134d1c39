//! Starting: left to right, each child awaited.

use std::sync::Arc;

use super::backoff::Pace;
use super::child::{By, Child, State};
use super::event::StartOutcome;
use super::id::SupervisorId;
use super::phase::Phase;
use super::siblings::Siblings;
use super::turn::Turn;
use super::{Action, ChildError, ChildId, Report, Tree, Why};
use crate::base::ExitReason;

impl Tree {
    pub(super) fn boot(&mut self, turn: &mut Turn<'_>) {
        let root = self.root();
        if self.child(root).state == State::Down && !self.finished {
            self.start(root, By::Supervisor, turn);
        }
    }

    pub(super) fn start(&mut self, id: ChildId, by: By, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        child.state = State::Starting { by, then_stop: false };
        if by == By::Order {
            child.pace = Pace::default();
        }
        match child.supervises {
            None => turn.actions.push(Action::Start { child: id }),
            Some(own) => self.init(own, turn),
        }
    }

    /// A supervisor starts afresh, with what is declared: nothing is remembered of the one before.
    fn init(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        self.forget_undeclared(id, turn);
        let supervisor = &mut self.supervisors[id.index()];
        supervisor.phase = Phase::Starting { next: 0, boot: true };
        supervisor.window.clear();
        supervisor.deadline = None;
        supervisor.why = None;
        supervisor.siblings = Siblings::default();
        for (child, spec) in &supervisor.declared {
            if let Some(found) = self.children.get_mut(*child) {
                self.next_place += 1;
                found.reset(Arc::clone(spec));
                found.place = self.next_place;
                supervisor.siblings.insert(found.place, *child);
            }
        }
        self.agenda.push_back(id);
    }

    pub(super) fn advance_start(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        while let Phase::Starting { next, boot } = self.supervisor(id).phase {
            if self.awaits_child_before(id, next) {
                return;
            }
            let Some((place, child)) = self.supervisor(id).siblings.first_from(next) else {
                return self.all_started(id, boot, turn);
            };
            self.supervisor_mut(id).phase = Phase::Starting { next: place + 1, boot };
            let on_order = self.on_order && id == SupervisorId::ROOT;
            if self.child(child).state == State::Down && !on_order {
                return self.start(child, By::Supervisor, turn);
            }
        }
    }

    fn awaits_child_before(&self, id: SupervisorId, next: u64) -> bool {
        let before = self.supervisor(id).siblings.last_of(0, next);
        before.is_some_and(|(_, child)| matches!(self.child(child).state, State::Starting { .. }))
    }

    fn all_started(&mut self, id: SupervisorId, boot: bool, turn: &mut Turn<'_>) {
        let supervisor = self.supervisor_mut(id);
        supervisor.phase = Phase::Running;
        let (child, is_manager) = (supervisor.child, supervisor.spec.manager.is_some());
        if boot && is_manager {
            turn.actions.push(Action::Manager { child, open: true });
        }
        if boot {
            self.started(child, StartOutcome::Up, turn);
            if self.is_application(child) {
                turn.actions.push(Action::ApplicationUp { root: child });
            }
        }
        self.agenda.push_back(id);
    }

    /// A start is over, of a worker or of a supervisor.
    pub(super) fn started(&mut self, id: ChildId, outcome: StartOutcome, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        let State::Starting { by, then_stop } = child.state else { return };
        let parent = child.parent;
        match outcome {
            StartOutcome::Up => {
                let is_restart = self.child(id).starts > 0 && !self.is_ordered(parent, by);
                let child = self.child_mut(id);
                child.starts = child.starts.saturating_add(1);
                child.restarts = child.restarts.saturating_add(u32::from(is_restart));
                child.pace.up(turn.now);
                child.state = State::Running;
                self.answer_up(id, &Ok(()), turn);
                if then_stop {
                    return self.stop(id, false, turn);
                }
            }
            StartOutcome::Ignored => self.ignored(id, turn),
            StartOutcome::Failed(reason) => self.failed(id, by, then_stop, reason, turn),
        }
        self.tell_parent(parent);
    }

    /// Whether somebody has ordered this start, or that of a supervisor which starts its children now.
    fn is_ordered(&self, parent: Option<SupervisorId>, by: By) -> bool {
        let above = parent
            .map(|parent| self.supervisor(parent))
            .filter(|above| matches!(above.phase, Phase::Starting { boot: true, .. }));
        match (by, above.map(|above| self.child(above.child))) {
            (By::Order | By::Newcomer, _) => true,
            (By::Supervisor, Some(Child { state: State::Starting { by, .. }, parent, .. })) => {
                self.is_ordered(*parent, *by)
            }
            (By::Supervisor, _) => false,
        }
    }

    fn ignored(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        self.child_mut(id).state = State::Ignored;
        self.answer_up(id, &Err(ChildError::Ignored), turn);
        if self.is_dropped_at_rest(id) {
            self.drop_spec(id, turn);
        } else {
            self.answer_down(id, turn);
        }
    }

    fn failed(&mut self, id: ChildId, by: By, then_stop: bool, reason: ExitReason, turn: &mut Turn<'_>) {
        let child = self.child_mut(id);
        child.state = State::Down;
        self.answer_up(id, &Err(ChildError::Failed(reason.clone())), turn);
        if self.child(id).parent.is_some() {
            turn.report(Report::StartFailed { child: self.name(id).clone(), reason: reason.clone() });
        }
        match by {
            By::Newcomer => self.drop_spec(id, turn),
            By::Order => self.rest(id, turn),
            By::Supervisor if then_stop => self.rest(id, turn),
            By::Supervisor => self.start_failed(id, reason, turn),
        }
    }

    /// A start that the supervisor wanted has failed: fatal in its own start, counted later.
    fn start_failed(&mut self, id: ChildId, reason: ExitReason, turn: &mut Turn<'_>) {
        let Some(parent) = self.child(id).parent else { return self.finish(turn) };
        match self.supervisor(parent).phase {
            Phase::Starting { boot: true, .. } => {
                let child = self.name(id).clone();
                let because = self.why_ended(id);
                self.close(parent, Why::StartFailed { child, reason, because }, turn);
            }
            Phase::Starting { boot: false, .. } | Phase::Running => {
                self.restart(parent, id, reason, true, turn);
            }
            Phase::Stopping { .. } | Phase::Emptying | Phase::Down => {}
        }
    }

    pub(super) fn why_ended(&self, id: ChildId) -> Option<Box<Why>> {
        let own = self.child(id).supervises?;
        self.supervisor(own).why.clone().map(Box::new)
    }
}
