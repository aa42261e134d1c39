//! Checking and compiling a component, on a thread that serves nobody.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::candidate::Candidate;
use crate::base::{Digest, Millis, Name, Version};
use crate::release::{self, Direction, NewComponent, Plan, PlanRefusal, plan};
use crate::wasm::{Allowance, CallOff, CalledOff, CompileError, Component, Engine, Trial, TrialStart};

/// What compiles, what the instances of each behaviour may use and reach, and whom a trial starts.
#[derive(Debug)]
pub(super) struct Compiler {
    pub(super) engine: Engine,
    pub(super) allowances: HashMap<Name, Allowance>,
    pub(super) starts: HashMap<Name, Vec<TrialStart>>,
}

/// A component that is to be checked and compiled.
#[derive(Debug)]
pub struct CompileJob {
    id: u64,
    engine: Engine,
    allowances: HashMap<Name, Allowance>,
    starts: HashMap<Name, Vec<TrialStart>>,
    at_ms: Millis,
    bytes: Arc<[u8]>,
    digest: Digest,
    name_hint: Option<Name>,
    version_hint: Option<Version>,
    /// What runs, and which way it is to change: what the plan refuses is not compiled.
    running: Vec<release::Running>,
    direction: Direction,
    called_off: CalledOff,
}

/// A component that was checked and compiled, or why not.
#[derive(Debug)]
pub struct Compiled {
    pub(super) id: u64,
    pub(super) result: Result<Fit, Misfit>,
}

/// A component that fits, and what is to be done to run it. What runs cannot have changed since that was planned:
/// one release is under way at a time.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) plan: Plan,
    pub(super) saves_state: bool,
    pub(super) component: Component,
}

/// A component that does not, as far as it could be told what it is.
#[derive(Debug)]
pub(super) enum Misfit {
    /// It ends too early: perhaps it is still being copied.
    Partial { why: String },
    /// It cannot run here.
    Bad { behaviour: Option<Name>, version: Option<Version>, why: String },
    /// It could, but is not to, so it was not compiled.
    Unwanted { behaviour: Name, version: Version, refusal: PlanRefusal },
}

impl Compiler {
    /// The job for a candidate that is to take this direction, and what calls it off.
    pub(super) fn job(
        &self,
        id: u64,
        candidate: &Candidate,
        running: Vec<release::Running>,
        direction: Direction,
        at_ms: Millis,
    ) -> (CompileJob, CallOff) {
        let (call_off, called_off) = CallOff::new();
        let job = CompileJob {
            id,
            engine: self.engine.clone(),
            allowances: self.allowances.clone(),
            starts: self.starts.clone(),
            at_ms,
            bytes: Arc::clone(&candidate.bytes),
            digest: candidate.digest,
            name_hint: candidate.name_hint.clone(),
            version_hint: candidate.version_hint,
            running,
            direction,
            called_off,
        };
        (job, call_off)
    }
}

impl CompileJob {
    /// Which release it is for.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Does it, within the limits of the engine's compiler.
    pub fn run(self) -> Compiled {
        // What panics must not hold up the releases behind this one.
        let result = catch_unwind(AssertUnwindSafe(|| self.compile())).unwrap_or_else(|_| {
            let why = "the host broke down on it; this is a bug, report it with the component".to_owned();
            Err(Misfit::Bad { behaviour: None, version: None, why })
        });
        Compiled { id: self.id, result }
    }

    /// What is cheap to find out comes first.
    fn compile(&self) -> Result<Fit, Misfit> {
        let bad = |behaviour: Option<&Name>, version, why| Misfit::Bad { behaviour: behaviour.cloned(), version, why };
        let checked = self.engine.compiler().check(&self.bytes, &self.called_off);
        let checked = checked.map_err(|error| match error {
            CompileError::Partial(why) => Misfit::Partial { why },
            error => bad(self.name_hint.as_ref(), self.version_hint, error.to_string()),
        })?;
        let stamped = checked.name.as_deref().and_then(|name| Name::new(name).ok());
        let Some(behaviour) = stamped.or_else(|| self.name_hint.clone()) else {
            return Err(bad(None, self.version_hint, nameless("which behaviour")));
        };
        let Some(version) = checked.version.or(self.version_hint) else {
            return Err(bad(Some(&behaviour), None, nameless("which version")));
        };
        let saves_state = checked.saves_state;
        let plan = self.plan(behaviour.clone(), version, saves_state)?;
        let allowance = self.allowances.get(&behaviour).cloned().unwrap_or_default();
        match self.engine.compile_checked(checked, &self.bytes, allowance, &self.called_off) {
            Ok(component) => match self.try_saving(&component, &behaviour) {
                Ok(()) => Ok(Fit { plan, saves_state, component }),
                Err(trial) => Err(bad(Some(&behaviour), Some(version), trial.to_string())),
            },
            Err(why) => Err(bad(Some(&behaviour), Some(version), why.to_string())),
        }
    }

    /// A version that cannot save what it starts with is not gone up to, since no state could ever leave it again.
    /// One that ran before is gone back to all the same, and at once.
    fn try_saving(&self, component: &Component, behaviour: &Name) -> Result<(), Trial> {
        let starts = self.starts.get(behaviour).filter(|_| self.direction == Direction::Up);
        match component.try_saving(starts.map_or(&[], Vec::as_slice), self.at_ms) {
            trial @ Trial::Fails(..) => Err(trial),
            Trial::Saves | Trial::Unknown(_) => Ok(()),
        }
    }

    /// What is to be done to run the component, if that is what it is.
    pub(super) fn plan(&self, behaviour: Name, version: Version, saves_state: bool) -> Result<Plan, Misfit> {
        let new = NewComponent { behaviour, version, digest: self.digest, saves_state };
        let planned = plan(&self.running, &new, self.direction);
        planned.map_err(|refusal| Misfit::Unwanted { behaviour: new.behaviour, version, refusal })
    }
}

impl Compiled {
    /// The [`CompileJob`] with this id could not be done, for this reason.
    pub fn not_done(id: u64, why: String) -> Compiled {
        Compiled { id, result: Err(Misfit::Bad { behaviour: None, version: None, why }) }
    }
}

fn nameless(what: &str) -> String {
    format!("it does not say {what} it is; build it with `tomte build`, or name the file NAME-1.2.3.wasm")
}
