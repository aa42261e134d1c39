//! Checking and compiling a component, on a thread that serves nobody.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::candidate::Candidate;
use crate::base::{Name, Version};
use crate::wasm::{Allowance, Component, Engine};

/// What compiles, and what the instances of each behaviour may use and reach.
#[derive(Debug)]
pub(super) struct Compiler {
    pub(super) engine: Engine,
    pub(super) allowances: HashMap<Name, Allowance>,
}

/// A component that is to be checked and compiled.
#[derive(Debug)]
pub struct CompileJob {
    id: u64,
    engine: Engine,
    allowances: HashMap<Name, Allowance>,
    bytes: Arc<[u8]>,
    name_hint: Option<Name>,
    version_hint: Option<Version>,
}

/// A component that was checked and compiled, or why not.
#[derive(Debug)]
pub struct Compiled {
    pub(super) id: u64,
    pub(super) result: Result<Fit, Misfit>,
}

/// A component that fits.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) behaviour: Name,
    pub(super) version: Version,
    pub(super) saves_state: bool,
    pub(super) component: Component,
}

/// A component that does not, as far as it could be told what it is.
#[derive(Debug)]
pub(super) struct Misfit {
    pub(super) behaviour: Option<Name>,
    pub(super) version: Option<Version>,
    pub(super) why: String,
}

impl Compiler {
    pub(super) fn job(&self, id: u64, candidate: &Candidate) -> CompileJob {
        CompileJob {
            id,
            engine: self.engine.clone(),
            allowances: self.allowances.clone(),
            bytes: Arc::clone(&candidate.bytes),
            name_hint: candidate.name_hint.clone(),
            version_hint: candidate.version_hint,
        }
    }
}

impl CompileJob {
    /// Which release it is for.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Does it, within seconds at most.
    pub fn run(self) -> Compiled {
        // A compiler that panics must not hold up the releases behind this one.
        let result = catch_unwind(AssertUnwindSafe(|| self.compile())).unwrap_or_else(|_| {
            let why = "the compiler broke down on it; this is a bug of the host".to_owned();
            Err(Misfit { behaviour: None, version: None, why })
        });
        Compiled { id: self.id, result }
    }

    fn compile(&self) -> Result<Fit, Misfit> {
        let misfit =
            |behaviour: Option<&Name>, version, why: String| Misfit { behaviour: behaviour.cloned(), version, why };
        let checked = crate::wasm::check(&self.bytes)
            .map_err(|why| misfit(self.name_hint.as_ref(), self.version_hint, why.to_string()))?;
        let stamped = checked.name.as_deref().and_then(|name| Name::new(name).ok());
        let Some(name) = stamped.or_else(|| self.name_hint.clone()) else {
            return Err(misfit(None, self.version_hint, nameless("which behaviour")));
        };
        let Some(version) = checked.version.or(self.version_hint) else {
            return Err(misfit(Some(&name), None, nameless("which version")));
        };
        let allowance = self.allowances.get(&name).cloned().unwrap_or_default();
        match self.engine.compile(&self.bytes, allowance) {
            Ok(component) => Ok(Fit { behaviour: name, version, saves_state: checked.saves_state, component }),
            Err(why) => Err(misfit(Some(&name), Some(version), why.to_string())),
        }
    }
}

impl Compiled {
    /// The [`CompileJob`] with this id could not be done, for this reason.
    pub fn not_done(id: u64, why: String) -> Compiled {
        Compiled { id, result: Err(Misfit { behaviour: None, version: None, why }) }
    }
}

fn nameless(what: &str) -> String {
    format!("it does not say {what} it is; build it with `tomte build`, or name the file NAME-1.2.3.wasm")
}
