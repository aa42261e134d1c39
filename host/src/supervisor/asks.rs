//! Who waits for what of a child. Everyone is told exactly once.

use super::child::Asker;
use super::turn::Turn;
use super::{Action, ChildError, ChildId, Tree};
use crate::base::ExitReason;

impl Tree {
    pub(super) fn ask(&mut self, child: ChildId, asker: Asker) {
        if asker.asked != 0 {
            self.askers.entry(child).or_default().push(asker);
        }
    }

    /// What was ordered of this child is being done now.
    pub(super) fn unmail_asks(&mut self, child: ChildId) {
        for asker in self.askers.get_mut(&child).into_iter().flatten() {
            asker.mailed = false;
        }
    }

    /// Tells those who wanted this child up.
    pub(super) fn answer_up(&mut self, child: ChildId, outcome: &Result<(), ChildError>, turn: &mut Turn<'_>) {
        self.answer_where(child, outcome, |asker| asker.up && !asker.mailed, turn);
    }

    /// Tells those who wanted this child down.
    pub(super) fn answer_down(&mut self, child: ChildId, turn: &mut Turn<'_>) {
        self.answer_where(child, &Ok(()), |asker| !asker.up && !asker.mailed, turn);
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
        self.answer_where(child, &Err(error), |asker| !asker.mailed, turn);
    }

    fn answer_where(
        &mut self,
        child: ChildId,
        outcome: &Result<(), ChildError>,
        is_meant: impl Fn(&Asker) -> bool,
        turn: &mut Turn<'_>,
    ) {
        let Some(askers) = self.askers.get_mut(&child) else { return };
        let told: Vec<Asker> = askers.extract_if(.., |asker| is_meant(asker)).collect();
        if askers.is_empty() {
            self.askers.remove(&child);
        }
        for asker in told {
            let outcome = outcome.clone().map(|()| self.name(child).clone());
            turn.actions.push(Action::Answer { asked: asker.asked, outcome });
        }
    }
}
