//! A live instance: stepped by plain calls or by tasks, and gone once it crashed. Every function
//! takes it and gives it back only if the guest returned, so that a dead one cannot be entered.

use std::fmt;
use std::time::Duration;

use wasmtime::component::{self, ComponentNamedList, Lift, Lower, TypedFunc};
use wasmtime::{PoolConcurrencyLimitError, Store};

use super::bindings::types;
use super::component::Component;
use super::convert::{self, Bounds};
use super::exports::{Exports, Step};
use super::fault::{Crash, Function, crash};
use super::log::LogLine;
use super::state::{Mode, State, begin};
use super::task::Task;
use crate::base::{Context, Effect, ExitKind, Fault, FaultClass, Input, SavedState, limits};

/// What a step returned: effects, or the refusal of its input.
pub type StepResult = Result<Vec<Effect>, String>;

/// What comes back from an instance that answered: itself and its answer.
pub type Returned<T> = Result<(Instance, T), Crash>;

/// What an instance has left that has terminated.
#[derive(Debug)]
pub struct Terminated {
    /// What it wants done.
    pub effects: Vec<Effect>,
    /// What it logged, oldest first.
    pub log: Vec<LogLine>,
}

/// One live instance of a component, in its own store.
pub struct Instance(Box<Live>);

pub(super) struct Live {
    pub(super) store: Store<State>,
    pub(super) instance: component::Instance,
    pub(super) step: Step,
    pub(super) exports: Exports,
    pub(super) component: Component,
}

/// Calls a guest function whose budget has begun. A task that finds no fiber runs to its end.
pub(super) async fn enter<P, R>(
    store: &mut Store<State>,
    function: TypedFunc<P, R>,
    params: P,
    mode: Mode,
) -> wasmtime::Result<R>
where
    P: ComponentNamedList + Lower + Copy,
    R: ComponentNamedList + Lift + 'static,
{
    if mode == Mode::Sliced {
        match function.call_async(&mut *store, params).await {
            Err(error) if error.is::<PoolConcurrencyLimitError>() => store.data_mut().no_fiber(),
            result => return result,
        }
    }
    function.call(store, params)
}

async fn sliced<P, R>(
    store: &mut Store<State>,
    function: TypedFunc<P, R>,
    params: P,
    budget: Duration,
) -> wasmtime::Result<R>
where
    P: ComponentNamedList + Lower + Copy,
    R: ComponentNamedList + Lift + 'static,
{
    begin(store, Mode::Sliced, budget)?;
    enter(store, function, params, Mode::Sliced).await
}

impl Instance {
    pub(super) fn new(live: Live) -> Instance {
        Instance(Box::new(live))
    }

    /// Steps it by a plain call. Blocks this thread for up to the whole budget; see
    /// [`Component::is_sliced`].
    ///
    /// # Errors
    /// It crashed, and with it everything this step wanted.
    pub fn step(mut self, context: Context, input: Input) -> Returned<StepResult> {
        let input = convert::input(input);
        let live = &mut *self.0;
        live.store.data_mut().now_ms = context.now_ms;
        let budget = live.component.limits().step;
        let result = match begin(&mut live.store, Mode::Plain, budget) {
            Ok(()) => live.step.call(&mut live.store, (convert::context(context), &input)).map(|(result,)| result),
            Err(error) => Err(error),
        };
        self.stepped(result, budget)
    }

    /// Steps it slice by slice.
    pub fn begin_step(self, context: Context, input: Input) -> Task<Returned<StepResult>> {
        let budget = self.0.component.limits().step;
        self.step_within(budget, context, input)
    }

    /// Steps it again: what came to its end once, on this machine or on a faster one, has the time to.
    pub fn begin_step_again(self, context: Context, input: Input) -> Task<Returned<StepResult>> {
        let budget = self.0.component.limits().step.max(limits::AGAIN_TIME);
        self.step_within(budget, context, input)
    }

    fn step_within(mut self, budget: Duration, context: Context, input: Input) -> Task<Returned<StepResult>> {
        self.0.store.data_mut().now_ms = context.now_ms;
        self.task(async move |mut instance| {
            let (context, input) = (convert::context(context), convert::input(input));
            let live = &mut *instance.0;
            let result = sliced(&mut live.store, live.step, (context, &input), budget).await;
            instance.stepped(result.map(|(result,)| result), budget)
        })
    }

    /// Asks for its state, within [`limits::SAVE_TIME`].
    pub fn begin_save(self) -> Task<Returned<SavedState>> {
        self.task(async |mut instance| {
            let live = &mut *instance.0;
            let Some(saver) = live.exports.saver else { return Err(instance.0.stateless()) };
            let saved = async {
                let save = saver.save(&mut live.store, live.instance)?;
                sliced(&mut live.store, save, (), limits::SAVE_TIME).await
            };
            match saved.await {
                Ok((saved,)) if saved.data.len() <= limits::STATE_BYTES_MAX => {
                    let types::SavedState { schema, data } = saved;
                    Ok((instance, SavedState { schema, data }))
                }
                Ok((saved,)) => Err(instance.0.too_large(Function::Save, saved.data.len())),
                Err(error) => Err(instance.0.crash(&error, Function::Save, limits::SAVE_TIME)),
            }
        })
    }

    /// Asks for its state in an older schema, within [`limits::SAVE_TIME`]; an inner error is the
    /// guest's reason why it cannot.
    pub fn begin_save_as(self, schema: String) -> Task<Returned<Result<Vec<u8>, String>>> {
        self.task(async move |mut instance| {
            let live = &mut *instance.0;
            let Some(saver) = live.exports.saver else { return Err(instance.0.stateless()) };
            let saved = async {
                let save_as = saver.save_as(&mut live.store, live.instance)?;
                sliced(&mut live.store, save_as, (&*schema,), limits::SAVE_TIME).await
            };
            match saved.await {
                Ok((Ok(data),)) if data.len() > limits::STATE_BYTES_MAX => {
                    Err(instance.0.too_large(Function::SaveAs, data.len()))
                }
                Ok((result,)) => Ok((instance, result)),
                Err(error) => Err(instance.0.crash(&error, Function::SaveAs, limits::SAVE_TIME)),
            }
        })
    }

    /// Lets it put its things in order, within this time, and drops it.
    pub fn begin_terminate(
        mut self,
        context: Context,
        reason: ExitKind,
        budget: Duration,
    ) -> Task<Result<Terminated, Crash>> {
        self.0.store.data_mut().now_ms = context.now_ms;
        self.task(async move |mut instance| {
            let reason = convert::exit_reason(reason);
            let live = &mut *instance.0;
            let params = (convert::context(context), &reason);
            let terminated = async {
                let terminate = live.exports.terminate(&mut live.store, live.instance)?;
                sliced(&mut live.store, terminate, params, budget).await
            };
            match terminated.await {
                Ok((effects,)) => instance.terminated(effects),
                Err(error) => Err(instance.0.crash(&error, Function::Terminate, budget)),
            }
        })
    }

    /// Takes what it logged since the last time, oldest first.
    pub fn take_log(&mut self) -> Vec<LogLine> {
        self.0.store.data_mut().take_log()
    }

    /// Bytes of linear memory it has.
    pub fn memory_bytes(&self) -> u64 {
        self.0.store.data().memory.used()
    }

    /// The component it is an instance of.
    pub fn component(&self) -> &Component {
        &self.0.component
    }

    fn stepped(
        self,
        result: wasmtime::Result<Result<Vec<types::Effect>, String>>,
        budget: Duration,
    ) -> Returned<StepResult> {
        let bounds = Bounds::new(Function::Step.word(), self.0.component.limits());
        let result = match result {
            Ok(Ok(effects)) => bounds.effects(effects).map(Ok),
            Ok(Err(refusal)) => bounds.refusal(refusal).map(Err),
            Err(error) => return Err(self.0.crash(&error, Function::Step, budget)),
        };
        match result {
            Ok(result) => Ok((self, result)),
            Err(fault) => Err(self.0.faulty(fault)),
        }
    }

    fn terminated(mut self, effects: Vec<types::Effect>) -> Result<Terminated, Crash> {
        let bounds = Bounds::new(Function::Terminate.word(), self.0.component.limits());
        match bounds.effects(effects) {
            Ok(effects) => Ok(Terminated { effects, log: self.take_log() }),
            Err(fault) => Err(self.0.faulty(fault)),
        }
    }

    fn task<T, F>(self, run: impl FnOnce(Instance) -> F) -> Task<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let ticker = self.0.component.engine().ticker().clone();
        Task::new(&ticker, run(self))
    }
}

impl Live {
    #[cold]
    fn crash(mut self, error: &wasmtime::Error, function: Function, budget: Duration) -> Crash {
        crash(error, self.store.data_mut(), self.component.limits(), function, budget)
    }

    fn faulty(mut self, fault: Fault) -> Crash {
        Crash { fault, log: self.store.data_mut().take_log() }
    }

    fn stateless(self) -> Crash {
        self.faulty(Fault::new(FaultClass::Contract, "has no state to save: it does not export `state`"))
    }

    fn too_large(self, function: Function, bytes: usize) -> Crash {
        let text = format!("{} returned {bytes} bytes of state, limit {}", function.word(), limits::STATE_BYTES_MAX);
        self.faulty(Fault::new(FaultClass::Contract, text))
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("memory_bytes", &self.memory_bytes()).finish_non_exhaustive()
    }
}
