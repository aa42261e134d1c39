//! Starting: left to right, each child awaited.

use super::backoff::Pace;
use super::child::{By, State};
use super::event::StartOutcome;
use super::phase::{Phase, SupervisorId};
use super::turn::Turn;
use super::{Action, ChildId, Report, StartChildError, Tree, Why};
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
        if by == By::Operator {
            child.pace = Pace::default();
        }
        match child.supervises {
            None => turn.actions.push(Action::Start { child: id }),
            Some(own) => self.init(own),
        }
    }

    /// A supervisor starts afresh: nothing is remembered of the one before.
    fn init(&mut self, id: SupervisorId) {
        let supervisor = &mut self.supervisors[id.index()];
        supervisor.phase = Phase::Starting { next: 0, boot: true };
        supervisor.window.clear();
        supervisor.mail.clear();
        supervisor.deadline = None;
        supervisor.why = None;
        for child in &supervisor.children {
            self.children[child.index()].reset();
        }
        self.agenda.push_back(id);
    }

    pub(super) fn advance_start(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        while let Phase::Starting { next, boot } = self.supervisor(id).phase {
            if self.awaits_child_before(id, next) {
                return;
            }
            let Some(&child) = self.supervisor(id).children.get(next) else {
                return self.all_started(id, boot, turn);
            };
            self.supervisor_mut(id).phase = Phase::Starting { next: next + 1, boot };
            let on_order = self.on_order && id == SupervisorId::ROOT;
            if self.child(child).state == State::Down && !on_order {
                return self.start(child, By::Supervisor, turn);
            }
        }
    }

    fn awaits_child_before(&self, id: SupervisorId, next: usize) -> bool {
        let before = next.checked_sub(1).map(|before| self.supervisor(id).children[before]);
        before.is_some_and(|child| matches!(self.child(child).state, State::Starting { .. }))
    }

    fn all_started(&mut self, id: SupervisorId, boot: bool, turn: &mut Turn<'_>) {
        let supervisor = self.supervisor_mut(id);
        supervisor.phase = Phase::Running;
        let child = supervisor.child;
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
        match outcome {
            StartOutcome::Up => {
                child.starts += 1;
                child.pace.up(turn.now);
                child.state = State::Running;
                self.answer(id, Ok(()), turn);
                if then_stop {
                    return self.stop(id, false, turn);
                }
            }
            StartOutcome::Ignored => self.ignored(id, turn),
            StartOutcome::Failed(reason) => {
                child.state = State::Down;
                if child.parent.is_some() {
                    let child = child.name.clone();
                    turn.report(Report::StartFailed { child, reason: reason.clone() });
                }
                self.answer(id, Err(StartChildError::Failed(reason.clone())), turn);
                if then_stop || by == By::Operator {
                    self.rest(id);
                } else {
                    self.start_failed(id, reason, turn);
                }
            }
        }
        self.tell_parent(id);
    }

    fn ignored(&mut self, id: ChildId, turn: &mut Turn<'_>) {
        self.answer(id, Err(StartChildError::Ignored), turn);
        let child = self.child_mut(id);
        if child.dynamic || child.is_temporary() {
            self.rest(id);
        } else {
            child.state = State::Ignored;
        }
    }

    /// A start that the supervisor wanted has failed: fatal in its own start, counted later.
    fn start_failed(&mut self, id: ChildId, reason: ExitReason, turn: &mut Turn<'_>) {
        let Some(parent) = self.child(id).parent else { return self.finish(turn) };
        match self.supervisor(parent).phase {
            Phase::Starting { boot: true, .. } => {
                let child = self.name(id).clone();
                let because = self.why_ended(id);
                self.close(parent, Why::StartFailed { child, reason, because });
            }
            Phase::Starting { boot: false, .. } | Phase::Running => {
                self.restart(parent, id, reason, true, turn);
            }
            Phase::Stopping { .. } | Phase::Down => {}
        }
    }

    pub(super) fn why_ended(&self, id: ChildId) -> Option<Box<Why>> {
        let own = self.child(id).supervises?;
        self.supervisor(own).why.clone().map(Box::new)
    }
}
