//! Every misdeed a host must contain, done where and when it is asked to.
//!
//! `config` names a deed per function, for example `{"init":"spin"}` or `{"save":{"bytes":1073741824}}`;
//! the body of a call is the deed to do in that step. Whatever survives its deed answers with a text.

mod deed;
mod files;

use serde::Deserialize;
use tomte_guest::{
    Behaviour, Context, ExitReason, Input, Refusal, SavedState, Start, StartFailure, export, from_json, log, to_json,
};

pub use deed::Deed;
pub use files::Attempt;

/// What to do in which function besides the deed a call asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// Say in `init` that it is not needed.
    pub ignore: bool,
    /// In `init`.
    pub init: Option<Deed>,
    /// In every step, whatever its body.
    pub step: Option<Deed>,
    /// In each phase of the start of its application.
    pub start_phase: Option<Deed>,
    /// When its application is about to stop.
    pub prep_stop: Option<Deed>,
    /// When its configuration changes.
    pub config_change: Option<Deed>,
    /// In `terminate`.
    pub terminate: Option<Deed>,
    /// In `save`; with `bytes`, the state is that long.
    pub save: Option<Deed>,
}

/// The behaviour.
#[derive(Debug)]
pub struct Hostile {
    plan: Plan,
}

impl Behaviour for Hostile {
    fn init(start: Start, context: &mut Context) -> Result<Hostile, StartFailure> {
        let plan: Plan = start.config()?;
        if plan.ignore {
            return Err(StartFailure::Ignore);
        }
        if let Some(deed) = &plan.init {
            deed.commit(context)?;
        }
        Ok(Hostile { plan })
    }

    fn step(&mut self, input: Input, context: &mut Context) -> Result<(), Refusal> {
        let body = match input {
            Input::Call(request) => request.body,
            Input::Cast(body) => body,
            Input::StartPhase(_) => return commit(self.plan.start_phase.as_ref(), context),
            Input::PrepStop => return commit(self.plan.prep_stop.as_ref(), context),
            Input::ConfigChanged(_) => return commit(self.plan.config_change.as_ref(), context),
            _ => return Ok(()),
        };
        let deed = match &self.plan.step {
            Some(deed) => deed.clone(),
            None => from_json(&body)?,
        };
        let answer = deed.commit(context)?;
        if let Some(caller) = context.caller() {
            context.reply_bytes(caller, answer);
        }
        Ok(())
    }

    fn terminate(&mut self, reason: ExitReason, context: &mut Context) {
        log::info(&format!("terminate {}", word(&reason)));
        if let Some(deed) = &self.plan.terminate {
            let _ = deed.commit(context);
        }
    }

    fn save(&self) -> SavedState {
        let data = match &self.plan.save {
            None => b"null".to_vec(),
            Some(deed) => deed.commit(&mut Context::default()).unwrap_or_else(|error| to_json(&error.into_text())),
        };
        SavedState { schema: "hostile/1".to_owned(), data }
    }

    fn save_as(&self, schema: &str) -> Result<Vec<u8>, Refusal> {
        if schema == "hostile/1" { Ok(self.save().data) } else { Err(Refusal::new("no other schema")) }
    }
}

fn commit(deed: Option<&Deed>, context: &mut Context) -> Result<(), Refusal> {
    deed.map_or(Ok(()), |deed| deed.commit(context).map(drop))
}

fn word(reason: &ExitReason) -> &str {
    match reason {
        ExitReason::Normal => "normal",
        ExitReason::Shutdown => "shutdown",
        ExitReason::Upgrade => "upgrade",
        ExitReason::Crashed(text) => text,
    }
}

export!(behaviour: Hostile);
