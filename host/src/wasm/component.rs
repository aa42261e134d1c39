//! A compiled component, linked and ready to become instances.

use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};
use tomte_precompiled::Sealed;

use super::allowance::Allowance;
use super::check::{CheckError, Checked};
use super::code::Code;
use super::compiler::{CalledOff, CompileError};
use super::engine::Engine;
use super::room::Pressure;
use super::spare::{Progress, Spare};
use crate::base::{Digest, GuestLimits, limits};

/// A compiled component with its allowance. Cheap to clone.
#[derive(Clone)]
pub struct Component(Arc<Inner>, Unsavable);

/// Why nobody is asked for a state who need not be; shared by whoever runs this code.
type Unsavable = Arc<OnceLock<String>>;

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Component")
            .field("name", &self.0.checked.name)
            .field("version", &self.0.checked.version)
            .finish()
    }
}

struct Inner {
    engine: Engine,
    allowance: Allowance,
    checked: Checked,
    digest: Digest,
    code: Code,
    /// For the day the pool is full: the same code for the allocator on demand.
    spare: Spare<Code>,
    compiled: Sealed,
}

impl Engine {
    /// Checks and compiles a component for instances that may use and reach this: an [`Allowance`],
    /// or limits alone. Takes from milliseconds to seconds, on every core; meant for a thread that
    /// serves nobody.
    ///
    /// # Errors
    /// The component fails the check, or cannot be compiled within the limits of the
    /// [`Compiler`](super::Compiler).
    pub fn compile(&self, bytes: &[u8], allowance: impl Into<Allowance>) -> Result<Component, CompileError> {
        let checked = self.compiler().check(bytes, &CalledOff::never())?;
        self.compile_checked(checked, bytes, allowance, &CalledOff::never())
    }

    /// Compiles a component that was checked, unless that is called off.
    ///
    /// # Errors
    /// The component cannot be compiled within the limits.
    pub fn compile_checked(
        &self,
        checked: Checked,
        bytes: &[u8],
        allowance: impl Into<Allowance>,
        called_off: &CalledOff,
    ) -> Result<Component, CompileError> {
        let allowance = allowance.into();
        let compiled = self.compiler().compile(bytes, allowance.limits.fuel, called_off)?;
        let code = self.load(&compiled, &allowance, checked.saves_state);
        let code = code.map_err(CheckError::from_engine)?;
        let engine = self.clone();
        let digest = Digest(Sha256::digest(bytes).into());
        let inner = Inner { engine, allowance, checked, digest, code, spare: Spare::default(), compiled };
        Ok(Component(Arc::new(inner), Unsavable::default()))
    }

    fn load(&self, compiled: &Sealed, allowance: &Allowance, saves: bool) -> wasmtime::Result<Code> {
        let on_demand = || self.on_demand().and_then(|maker| Code::load(maker, compiled, saves));
        match self.pool() {
            _ if allowance.limits.fuel => self.fueled().and_then(|maker| Code::load(maker, compiled, saves)),
            None => on_demand(),
            Some(maker) => Code::load(maker, compiled, saves).or_else(|error| {
                let code = on_demand()?;
                tracing::warn!(%error, "a component does not fit the pool; its instances are allocated on demand");
                Ok(code)
            }),
        }
    }
}

impl Component {
    /// What the check found.
    pub fn checked(&self) -> &Checked {
        &self.0.checked
    }

    /// Which component it is.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// Whether the state of an instance can be saved.
    pub fn saves_state(&self) -> bool {
        self.0.checked.saves_state
    }

    /// An instance was lost in its `save`, for this reason. The first reason stays.
    pub fn note_unsavable(&self, why: String) {
        // One is as good as another.
        let _ = self.1.set(why);
    }

    /// Why an instance that need not save is not to be asked to: one was lost by it. Its state may have been the
    /// reason and another's may be fine, but the next may be lost as well.
    pub fn unsavable(&self) -> Option<&str> {
        self.1.get().map(String::as_str)
    }

    /// The same code for another node, none of whose workers was lost.
    #[cfg(test)]
    pub(crate) fn for_another_node(&self) -> Component {
        Component(Arc::clone(&self.0), Unsavable::default())
    }

    /// The limits of its instances.
    pub fn limits(&self) -> &GuestLimits {
        &self.0.allowance.limits
    }

    /// Whether a step may take longer than a slice, so that it is to be run as a
    /// [`Task`](super::Task) ([`begin_step`](super::Instance::begin_step)) rather than by a plain call
    /// ([`step`](super::Instance::step)).
    pub fn is_sliced(&self) -> bool {
        self.0.allowance.limits.fuel || self.0.allowance.limits.step > limits::SLICE
    }

    /// What its instances may use and reach.
    pub(super) fn allowance(&self) -> &Allowance {
        &self.0.allowance
    }

    /// The code that its instances run.
    pub(super) fn code(&self) -> &Code {
        &self.0.code
    }

    /// The code for instances that do not fit the pool: there, on its way, or impossible. It is loaded on
    /// a thread of its own, and ordered by the first start that finds a quarter of the pool taken, so that it
    /// is there when the pool is full.
    pub(super) fn spare(&self) -> Progress<'_, Code> {
        let component = self.clone();
        self.0.spare.get(move || component.0.spare.set(component.load_spare()))
    }

    /// Orders the code for instances that do not fit the pool, where that may fill up.
    pub(super) fn order_spare(&self) {
        if self.0.engine.pool().is_some() && self.0.engine.pressure() != Pressure::Low {
            self.spare();
        }
    }

    fn load_spare(&self) -> Result<Code, String> {
        let count = self.engine().capacity();
        tracing::info!(count, "the pool of instances fills up; further ones are allocated on demand");
        let engine = &self.0.engine;
        let code = engine.on_demand().and_then(|maker| Code::load(maker, &self.0.compiled, self.saves_state()));
        code.map_err(|error| error.root_cause().to_string())
    }

    /// The engine whose instances it has.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }
}
