//! A compiled component, linked and ready to become instances, and how an instance starts.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use wasmtime::component::InstancePre;
use wasmtime::{PoolConcurrencyLimitError, Store, Trap};

use super::allowance::Allowance;
use super::bindings::{callbacks, state, types};
use super::check::{CheckError, Checked, check};
use super::convert::{self, Bounds};
use super::engine::{Engine, Maker};
use super::fault::{Crash, Function, Stop, crash};
use super::instance::{Instance, Live, enter};
use super::log::LogLine;
use super::room::Place;
use super::state::{Mode, State, begin};
use super::task::{Task, pause};
use crate::base::{Effect, GuestLimits, Start, StartFailure, limits};

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
    spare: OnceLock<Code>,
    bytes: Box<[u8]>,
}

struct Code {
    pre: InstancePre<State>,
    callbacks: callbacks::GuestIndices,
    saver: Option<state::GuestIndices>,
}

/// A worker that started.
#[derive(Debug)]
pub struct Started {
    /// The instance.
    pub instance: Instance,
    /// What its `init` wants done.
    pub effects: Vec<Effect>,
}

/// Why an instance did not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitError {
    /// `init` gave up, and what it logged.
    Failure(StartFailure, Vec<LogLine>),
    /// `init` crashed.
    Crash(Crash),
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
        Ok(Component(Arc::new(Inner { engine, allowance, checked, code, spare: OnceLock::new(), bytes })))
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

/// What came of starting an instance in one way.
enum Attempt {
    Done(Result<Started, InitError>),
    /// It needs more than a slice.
    Slow,
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

    /// Whether a step may take longer than a slice, so that it is to be run as a [`Task`]
    /// ([`Instance::begin_step`]) rather than by a plain call ([`Instance::step`]).
    pub fn is_sliced(&self) -> bool {
        self.0.allowance.limits.fuel || self.0.allowance.limits.step > limits::SLICE
    }

    /// Makes an instance and runs its `init` within [`GuestLimits::init`]. A start that takes no
    /// longer than a slice ends with the first [`Task::resume`].
    pub fn start(&self, start: Start) -> Task<Result<Started, InitError>> {
        let component = self.clone();
        Task::new(self.0.engine.ticker(), async move {
            let start = convert::start(start);
            // A fiber's stack stays with its store, so most instances should never have one: what
            // is slow is thrown away and starts again on a fiber. Nobody has seen the first try.
            if !component.0.allowance.limits.fuel {
                if let Attempt::Done(result) = component.attempt(&start, Mode::Plain).await {
                    return result;
                }
                pause().await;
            }
            match component.attempt(&start, Mode::Sliced).await {
                Attempt::Done(result) => result,
                Attempt::Slow => unreachable!("only plain attempts are given up"),
            }
        })
    }

    async fn attempt(&self, start: &types::Start, mode: Mode) -> Attempt {
        let whole = self.0.allowance.limits.init;
        let budget = if mode == Mode::Plain { whole.min(limits::SLICE) } else { whole };
        let failed = |error: &wasmtime::Error, mut store: Store<State>| {
            if budget < whole && matches!(error.downcast_ref(), Some(Trap::Interrupt)) {
                return Attempt::Slow;
            }
            let crash = crash(error, store.data_mut(), &self.0.allowance.limits, Function::Init, budget);
            Attempt::Done(Err(InitError::Crash(crash)))
        };
        let mut live = match self.instantiate(start, mode, budget).await {
            Ok(live) => live,
            Err((error, store)) => return failed(&error, store),
        };
        let init = live.callbacks.func_init();
        match enter(&mut live.store, init, (start,), mode).await {
            Ok((result,)) => Attempt::Done(self.started(live, result)),
            Err(error) => failed(&error, live.store),
        }
    }

    fn started(
        &self,
        mut live: Live,
        result: Result<Vec<types::Effect>, types::StartFailure>,
    ) -> Result<Started, InitError> {
        match result.map(|effects| Bounds::new(Function::Init.word(), &self.0.allowance.limits).effects(effects)) {
            Ok(Ok(effects)) => Ok(Started { instance: Instance::new(live), effects }),
            Ok(Err(fault)) => Err(InitError::Crash(Crash { fault, log: live.store.data_mut().take_log() })),
            Err(failure) => Err(InitError::Failure(convert::start_failure(failure), live.store.data_mut().take_log())),
        }
    }

    async fn instantiate(
        &self,
        start: &types::Start,
        mode: Mode,
        budget: Duration,
    ) -> Result<Live, (wasmtime::Error, Store<State>)> {
        match self.instantiate_from(&self.0.code, start, mode, budget).await {
            Err((error, store)) if error.is::<PoolConcurrencyLimitError>() => {
                drop(store);
                match self.spare() {
                    Ok(code) => self.instantiate_from(code, start, mode, budget).await,
                    Err(error) => Err((error, self.store(&self.0.code, start, None))),
                }
            }
            result => result,
        }
    }

    async fn instantiate_from(
        &self,
        code: &Code,
        start: &types::Start,
        mode: Mode,
        budget: Duration,
    ) -> Result<Live, (wasmtime::Error, Store<State>)> {
        let room = self.0.engine.room();
        let Some(place) = room.take() else {
            return Err((Stop::NoRoom(room.most()).into(), self.store(code, start, None)));
        };
        let mut store = self.store(code, start, Some(place));
        let result = async {
            begin(&mut store, mode, budget)?;
            let instance = match mode {
                Mode::Plain => code.pre.instantiate(&mut store)?,
                Mode::Sliced => code.pre.instantiate_async(&mut store).await?,
            };
            let callbacks = code.callbacks.load(&mut store, &instance)?;
            let saver = code.saver.as_ref().map(|saver| saver.load(&mut store, &instance)).transpose()?;
            Ok((callbacks, saver))
        };
        match result.await {
            Ok((callbacks, saver)) => Ok(Live { store, callbacks, saver, component: self.clone() }),
            Err(error) => Err((error, store)),
        }
    }

    fn store(&self, code: &Code, start: &types::Start, place: Option<Place>) -> Store<State> {
        let told = (start.now_ms, start.seed);
        State::store(code.pre.engine(), self.0.engine.ticker(), &self.0.allowance, told, place)
    }

    fn spare(&self) -> wasmtime::Result<&Code> {
        if let Some(code) = self.0.spare.get() {
            return Ok(code);
        }
        let count = self.engine().capacity();
        tracing::warn!(count, "the pool of instances is full; further ones are allocated on demand");
        let code = Code::new(self.0.engine.on_demand()?, &self.0.bytes, self.saves_state())?;
        Ok(self.0.spare.get_or_init(|| code))
    }

    /// The engine whose instances it has.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }
}
