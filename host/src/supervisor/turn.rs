//! One event in, the actions out.

use super::child::State;
use super::id::SupervisorId;
use super::phase::{Phase, Then};
use super::{Action, ChildId, Event, Report, Tree, Why};
use crate::base::{ExitReason, Nanos};

/// What one call of [`Tree::handle`] works with.
pub(super) struct Turn<'a> {
    pub(super) now: Nanos,
    pub(super) random: &'a mut dyn FnMut() -> u64,
    pub(super) actions: Vec<Action>,
}

impl Turn<'_> {
    pub(super) fn report(&mut self, report: Report) {
        self.actions.push(Action::Report(report));
    }
}

impl Tree {
    /// Takes in what happened at `now` and says what to do, in order. `random` gives uniform
    /// numbers, for the jitter of a backoff.
    pub fn handle(&mut self, event: Event, now: Nanos, random: &mut dyn FnMut() -> u64) -> Vec<Action> {
        let mut turn = Turn { now, random, actions: vec![] };
        self.take_in(event, &mut turn);
        while let Some(supervisor) = self.agenda.pop_front() {
            self.advance(supervisor, &mut turn);
        }
        turn.actions
    }

    fn take_in(&mut self, event: Event, turn: &mut Turn<'_>) {
        match event {
            Event::Boot => self.boot(turn),
            Event::Shutdown => self.shut_down(turn),
            Event::Halt => {
                self.shut_down(turn);
                self.hurry(self.root(), turn.now, turn);
            }
            Event::Started { child, outcome } if self.is_worker(child) => {
                self.started(child, outcome, turn);
            }
            Event::Exited { child, reason } if self.is_worker(child) => {
                self.exited(child, reason, turn);
            }
            Event::Stopped { child, reason } if self.is_worker(child) => {
                self.stopped(child, reason, turn);
            }
            Event::Due { child, token } if self.contains(child) => self.due(child, token, turn),
            Event::StartApplication { root } => self.start_application(root, turn),
            Event::StopApplication { root } => self.stop_application(root, turn),
            Event::StartChild(start) => self.start_child(start, turn),
            Event::Order { child, order, asked } => self.order(child, order, asked, turn),
            _ => {}
        }
    }

    fn is_worker(&self, child: ChildId) -> bool {
        self.children.get(child).is_some_and(|child| child.supervises.is_none())
    }

    fn shut_down(&mut self, turn: &mut Turn<'_>) {
        let root = self.root();
        match self.child(root).state {
            State::Starting { .. } | State::Running => {
                self.stop(root, false, turn);
                self.end_starts_below(root, turn);
            }
            State::Down if !self.finished => self.finish(turn),
            _ => {}
        }
    }

    /// The root has ended.
    pub(super) fn finish(&mut self, turn: &mut Turn<'_>) {
        let root = self.root();
        self.child_mut(root).state = State::Down;
        self.finished = true;
        let why = self.supervisor(SupervisorId::ROOT).why.clone().unwrap_or(Why::Ordered);
        turn.actions.push(Action::Finished { reason: ExitReason::Shutdown, why });
    }

    /// Does the next thing a supervisor has to do, if it can be done now.
    fn advance(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        match self.supervisor(id).phase {
            Phase::Down => {}
            Phase::Starting { .. } => self.advance_start(id, turn),
            Phase::Stopping { .. } => self.advance_stop(id, turn),
            Phase::Emptying => self.end_if_empty(id, turn),
            Phase::Running => self.read_mail(id, turn),
        }
    }

    /// Something changed for a child that its busy supervisor may be waiting for.
    pub(super) fn tell_parent(&mut self, parent: Option<SupervisorId>) {
        self.agenda.extend(parent);
    }

    /// Keeps something about a child until its supervisor is free.
    pub(super) fn mail(&mut self, supervisor: SupervisorId, child: ChildId) {
        if !std::mem::replace(&mut self.child_mut(child).mailed, true) {
            self.supervisor_mut(supervisor).mail.push_back(child);
        }
    }

    fn read_mail(&mut self, id: SupervisorId, turn: &mut Turn<'_>) {
        while self.supervisor(id).phase == Phase::Running {
            let Some(child) = self.supervisor_mut(id).mail.pop_front() else { return };
            let Some(found) = self.children.get_mut(child) else { continue };
            found.mailed = false;
            match found.order.take() {
                // Its end came first.
                Some(order) if matches!(found.state, State::Ended(_)) => {
                    found.order = Some(order);
                    self.mail(id, child);
                    self.settle(id, child, turn);
                }
                Some(order) => {
                    self.obey(order, child, turn);
                    self.retry_if_due(id, child, turn);
                }
                None if self.is_due(child) => self.retry(id, child, turn),
                None => self.settle(id, child, turn),
            }
        }
    }

    /// An order that came to nothing has not ended its wait.
    fn retry_if_due(&mut self, id: SupervisorId, child: ChildId, turn: &mut Turn<'_>) {
        if self.is_due(child) && self.supervisor(id).phase == Phase::Running {
            self.retry(id, child, turn);
        }
    }

    fn is_due(&self, child: ChildId) -> bool {
        self.children.get(child).is_some_and(|child| matches!(child.state, State::Waiting { due: true, .. }))
    }

    /// Ends a supervisor once its children have stopped.
    pub(super) fn close(&mut self, id: SupervisorId, why: Why, turn: &mut Turn<'_>) {
        let supervisor = self.supervisor_mut(id);
        if supervisor.is_closing() {
            return;
        }
        let next = match supervisor.phase {
            Phase::Starting { next, .. } | Phase::Stopping { next, .. } => next,
            Phase::Down | Phase::Running | Phase::Emptying => u64::MAX,
        };
        if supervisor.spec.manager.is_some() {
            turn.actions.push(Action::Manager { child: supervisor.child, open: false });
        }
        supervisor.why = Some(why);
        supervisor.phase = Phase::Stopping { next, floor: 0, then: Then::Exit };
        self.agenda.push_back(id);
    }
}
