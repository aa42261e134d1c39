//! Who waits for what of a child. Everyone is told exactly once.

use super::turn::Turn;
use super::{Action, ChildError, ChildId, Tree};
use crate::base::ExitReason;

/// Somebody waits until a child is up, or until it is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) asked: u64,
    /// What is wanted.
    pub(super) up: bool,
    /// What was ordered waits in the supervisor's mail; what happens before that is no answer.
    pub(super) mailed: bool,
}

impl Tree {
    pub(super) fn ask(&mut self, child: ChildId, ask: Ask) {
        if ask.asked != 0 {
            self.asks.entry(child).or_default().push(ask);
        }
    }

    /// What was ordered of this child is being done now.
    pub(super) fn unmail_asks(&mut self, child: ChildId) {
        for ask in self.asks.get_mut(&child).into_iter().flatten() {
            ask.mailed = false;
        }
    }

    /// Tells those who wanted this child up.
    pub(super) fn answer_up(&mut self, child: ChildId, outcome: &Result<(), ChildError>, turn: &mut Turn<'_>) {
        self.answer_where(child, outcome, |ask| ask.up && !ask.mailed, turn);
    }

    /// Tells those who wanted this child down.
    pub(super) fn answer_down(&mut self, child: ChildId, turn: &mut Turn<'_>) {
        self.answer_where(child, &Ok(()), |ask| !ask.up && !ask.mailed, turn);
    }

    /// This child is down and stays so.
    pub(super) fn answer_at_rest(&mut self, child: ChildId, turn: &mut Turn<'_>) {
        self.answer_up(child, &Err(ChildError::Failed(ExitReason::Shutdown)), turn);
        self.answer_down(child, turn);
    }

    /// Nobody will do any more what waits in the mail for this child, which is down.
    pub(super) fn answer_for_good(&mut self, child: ChildId, turn: &mut Turn<'_>) {
        self.unmail_asks(child);
        self.answer_at_rest(child, turn);
    }

    /// What was ordered of this child is refused only now.
    pub(super) fn refuse_all(&mut self, child: ChildId, error: ChildError, turn: &mut Turn<'_>) {
        self.answer_where(child, &Err(error), |ask| !ask.mailed, turn);
    }

    fn answer_where(
        &mut self,
        child: ChildId,
        outcome: &Result<(), ChildError>,
        is_meant: impl Fn(&Ask) -> bool,
        turn: &mut Turn<'_>,
    ) {
        let Some(asks) = self.asks.get_mut(&child) else { return };
        let told: Vec<Ask> = asks.extract_if(.., |ask| is_meant(ask)).collect();
        if asks.is_empty() {
            self.asks.remove(&child);
        }
        for ask in told {
            let outcome = outcome.clone().map(|()| self.name(child).clone());
            turn.actions.push(Action::Answer { asked: ask.asked, outcome });
        }
    }
}
