//! How a component becomes an instance.

use std::time::Duration;

use wasmtime::{PoolConcurrencyLimitError, Store, Trap};

use super::bindings::types;
use super::code::Code;
use super::component::Component;
use super::convert::{self, Bounds};
use super::exports::Init;
use super::fault::{Crash, Function, crash};
use super::instance::{Instance, Live, enter};
use super::log::LogLine;
use super::room::Place;
use super::spare::Progress;
use super::state::{Mode, State, begin};
use super::stop::Stop;
use super::task::{Task, pause};
use crate::base::{Effect, Start, StartFailure, limits};

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

/// What came of starting an instance in one way.
enum Attempt {
    Done(Result<Started, InitError>),
    /// It needs more than a slice.
    Slow,
}

impl Component {
    /// Makes an instance and runs its `init` within [`GuestLimits::init`](crate::base::GuestLimits::init). A start that takes no
    /// longer than a slice ends with the first [`Task::resume`].
    pub fn start(&self, start: Start) -> Task<Result<Started, InitError>> {
        self.start_within(self.allowance().limits.init, start)
    }

    /// The same for a worker that has started so before: what came to its end once has the time to.
    pub fn start_again(&self, start: Start) -> Task<Result<Started, InitError>> {
        self.start_within(self.allowance().limits.init.max(limits::AGAIN_TIME), start)
    }

    fn start_within(&self, whole: Duration, start: Start) -> Task<Result<Started, InitError>> {
        let component = self.clone();
        Task::new(self.engine().ticker(), async move {
            let start = convert::start(start);
            // A fiber's stack stays with its store, so most instances should never have one: what
            // is slow is thrown away and starts again on a fiber. Nobody has seen the first try.
            if !component.allowance().limits.fuel {
                if let Attempt::Done(result) = component.attempt(whole, &start, Mode::Plain).await {
                    return result;
                }
                pause().await;
            }
            match component.attempt(whole, &start, Mode::Sliced).await {
                Attempt::Done(result) => result,
                Attempt::Slow => unreachable!("only plain attempts are given up"),
            }
        })
    }

    async fn attempt(&self, whole: Duration, start: &types::Start, mode: Mode) -> Attempt {
        let budget = if mode == Mode::Plain { whole.min(limits::SLICE) } else { whole };
        let failed = |error: &wasmtime::Error, mut store: Store<State>| {
            if budget < whole && matches!(error.downcast_ref(), Some(Trap::Interrupt)) {
                return Attempt::Slow;
            }
            let crash = crash(error, store.data_mut(), &self.allowance().limits, Function::Init, budget);
            Attempt::Done(Err(InitError::Crash(crash)))
        };
        let (mut live, init) = match self.instantiate(start, mode, budget).await {
            Ok(made) => made,
            Err((error, store)) => return failed(&error, store),
        };
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
        match result.map(|effects| Bounds::new(Function::Init.word(), &self.allowance().limits).effects(effects)) {
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
    ) -> Result<(Live, Init), (wasmtime::Error, Store<State>)> {
        match self.instantiate_from(self.code(), start, mode, budget).await {
            Err((error, store)) if error.is::<PoolConcurrencyLimitError>() => {
                drop(store);
                loop {
                    match self.spare() {
                        Progress::Made(code) => return self.instantiate_from(code, start, mode, budget).await,
                        Progress::UnderWay => pause().await,
                        Progress::Impossible(why) => {
                            return Err((wasmtime::Error::msg(why), self.store(self.code(), start, None)));
                        }
                    }
                }
            }
            result => {
                self.order_spare();
                result
            }
        }
    }

    async fn instantiate_from(
        &self,
        code: &Code,
        start: &types::Start,
        mode: Mode,
        budget: Duration,
    ) -> Result<(Live, Init), (wasmtime::Error, Store<State>)> {
        let room = self.engine().room();
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
            let init = code.exports.init(&mut store, instance)?;
            Ok((instance, code.exports.step(&mut store, instance)?, init))
        };
        match result.await {
            Ok((instance, step, init)) => {
                let (exports, component) = (code.exports, self.clone());
                Ok((Live { store, instance, step, exports, component }, init))
            }
            Err(error) => Err((error, store)),
        }
    }

    fn store(&self, code: &Code, start: &types::Start, place: Option<Place>) -> Store<State> {
        let told = (start.now_ms, start.seed);
        State::store(code.pre.engine(), self.engine().ticker(), self.allowance(), told, place)
    }
}
