//! A compiled component, linked and ready to become instances.

use std::sync::Arc;

use wasmtime::component::InstancePre;

use super::allowance::Allowance;
use super::bindings::{callbacks, state};
use super::check::{CheckError, Checked, check};
use super::engine::{Engine, Maker};
use super::room::Pressure;
use super::spare::{Progress, Spare};
use super::state::State;
use crate::base::{GuestLimits, limits};

/// A compiled component with its allowance. Cheap to clone.
#[derive(Clone)]
pub struct Component(Arc<Inner>);

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
    code: Code,
    /// For the day the pool is full: compiled for the allocator on demand, from these bytes.
    spare: Spare<Code>,
    bytes: Box<[u8]>,
}

/// Machine code for one allocator.
pub(super) struct Code {
    pub(super) pre: InstancePre<State>,
    pub(super) callbacks: callbacks::GuestIndices,
    pub(super) saver: Option<state::GuestIndices>,
}

impl Engine {
    /// Checks and compiles a component for instances that may use and reach this: an [`Allowance`],
    /// or limits alone. Takes from milliseconds to seconds, on every core; meant for a thread that
    /// serves nobody.
    ///
    /// # Errors
    /// The component fails [`check`], or cannot be compiled.
    pub fn compile(&self, bytes: &[u8], allowance: impl Into<Allowance>) -> Result<Component, CheckError> {
        let allowance = allowance.into();
        let checked = check(bytes)?;
        let saves = checked.saves_state;
        let code = match self.pool() {
            _ if allowance.limits.fuel => self.fueled().and_then(|maker| Code::new(maker, bytes, saves)),
            None => self.on_demand().and_then(|maker| Code::new(maker, bytes, saves)),
            Some(maker) => Code::new(maker, bytes, saves).or_else(|error| {
                let code = self.on_demand().and_then(|maker| Code::new(maker, bytes, saves))?;
                tracing::warn!(%error, "a component does not fit the pool; its instances are allocated on demand");
                Ok(code)
            }),
        };
        let code = code.map_err(|error| CheckError::Compile(error.root_cause().to_string()))?;
        let (engine, bytes) = (self.clone(), bytes.into());
        Ok(Component(Arc::new(Inner { engine, allowance, checked, code, spare: Spare::default(), bytes })))
    }
}

impl Code {
    fn new(maker: &Maker, bytes: &[u8], saves: bool) -> wasmtime::Result<Code> {
        let component = wasmtime::component::Component::new(&maker.engine, bytes)?;
        let pre = maker.linker.instantiate_pre(&component)?;
        let callbacks = callbacks::GuestIndices::new(&pre)?;
        let saver = saves.then(|| state::GuestIndices::new(&pre)).transpose()?;
        Ok(Code { pre, callbacks, saver })
    }
}

impl Component {
    /// What [`check`] found.
    pub fn checked(&self) -> &Checked {
        &self.0.checked
    }

    /// Whether the state of an instance can be saved.
    pub fn saves_state(&self) -> bool {
        self.0.checked.saves_state
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

    /// The code for instances that do not fit the pool: there, on its way, or impossible. It is compiled on
    /// a thread of its own, and ordered by the first start that finds a quarter of the pool taken, so that it
    /// is there when the pool is full.
    pub(super) fn spare(&self) -> Progress<'_, Code> {
        let component = self.clone();
        self.0.spare.get(move || component.0.spare.set(component.compile_spare()))
    }

    /// Orders the code for instances that do not fit the pool, where that may fill up.
    pub(super) fn order_spare(&self) {
        if self.0.engine.pool().is_some() && self.0.engine.pressure() != Pressure::Low {
            self.spare();
        }
    }

    fn compile_spare(&self) -> Result<Code, String> {
        let count = self.engine().capacity();
        tracing::info!(
            count,
            "the pool of instances fills up; compiling for further ones, which are allocated on demand"
        );
        let code = self.0.engine.on_demand().and_then(|maker| Code::new(maker, &self.0.bytes, self.saves_state()));
        code.map_err(|error| error.root_cause().to_string())
    }

    /// The engine whose instances it has.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }
}
