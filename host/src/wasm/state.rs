//! What the store of one instance holds: its budget, its memory account, its log, and WASI once
//! the guest asks for it.

use std::sync::Arc;
use std::time::Duration;

use cpu_time::ThreadTime;
use wasmtime::{Store, StoreContextMut, UpdateDeadline};

use super::allowance::{Allowance, Assets};
use super::bindings::{fault, log};
use super::log::{Level, Log, LogLine};
use super::memory::Memory;
use super::room::Place;
use super::stop::Stop;
use super::ticker::Ticker;
use super::wasi::Wasi;
use crate::base::{GuestLimits, Millis, limits};

/// The grains of one slice.
const SLICE_TICKS: u64 = limits::SLICE.as_micros().div_ceil(limits::TICK.as_micros()) as u64;

/// However little of the processor a guest gets, its budget is over after this many times its length.
const WALL_FACTOR: u64 = 20;

/// Units of fuel that stand for one millisecond.
const FUEL_PER_MS: u128 = 1_000_000;

/// Budgets of fuel are also ended by the clock, but only after this many times their nominal
/// time: some instructions cost far more time than fuel.
const FUEL_TIME_FACTOR: u32 = 20;

/// Bytes that one call may carry from a guest to the host, however much memory it has.
const LIFTED_BYTES_MAX: u64 = 128 << 20;

/// How a guest function is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// By a plain call, which returns when the function does.
    Plain,
    /// On a fiber, which yields after every slice.
    Sliced,
}

/// The data of one store.
pub(super) struct State {
    pub(super) memory: Memory,
    pub(super) wasi: Option<Box<Wasi>>,
    pub(super) assets: Option<Assets>,
    pub(super) seed: u64,
    pub(super) now_ms: Millis,
    ticker: Arc<Ticker>,
    log: Option<Log>,
    mode: Mode,
    /// Processor time left, in ticks.
    ticks: u64,
    /// Time on the clock left, in ticks.
    wall: u64,
    /// Ticks granted last, and what the thread had used of the processor then; nothing before the
    /// first look and after a yield, when others have used the thread meanwhile.
    granted: (u64, Option<Duration>),
    host_calls: u32,
    fuel: bool,
    /// Kept for as long as there is the instance.
    _place: Option<Place>,
}

impl State {
    /// A store for a new instance; without a place only for the words of a failure.
    pub(super) fn store(
        engine: &wasmtime::Engine,
        ticker: &Arc<Ticker>,
        allowance: &Allowance,
        (now_ms, seed): (Millis, u64),
        place: Option<Place>,
    ) -> Store<State> {
        let guest = &allowance.limits;
        let state = State {
            memory: Memory::new(guest.memory),
            wasi: None,
            assets: allowance.assets.clone(),
            seed,
            now_ms,
            ticker: ticker.clone(),
            log: None,
            mode: Mode::Plain,
            ticks: 0,
            wall: 0,
            granted: (0, None),
            host_calls: 0,
            fuel: guest.fuel,
            _place: place,
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.memory);
        store.epoch_deadline_callback(|context| Ok(slice_ended(context)));
        store.set_hostcall_fuel(usize::try_from(lifted_bytes_max(guest)).unwrap_or(usize::MAX));
        store
    }

    /// Counts a call of the guest to the host.
    ///
    /// # Errors
    /// There were too many within the current function.
    #[inline]
    pub(super) fn host_call(&mut self) -> wasmtime::Result<&mut State> {
        self.host_calls += 1;
        if self.host_calls > limits::HOST_CALLS_MAX {
            return Err(Stop::HostCalls.into());
        }
        Ok(self)
    }

    /// No fiber was to be had: the current function runs to its end.
    pub(super) fn no_fiber(&mut self) {
        self.mode = Mode::Plain;
    }

    /// The log, made when first needed.
    pub(super) fn log(&mut self) -> &Log {
        self.log.get_or_insert_default()
    }

    /// What the guest wrote to stderr in the current function.
    pub(super) fn last_words(&self) -> String {
        self.log.as_ref().map(Log::last_words).unwrap_or_default()
    }

    /// Takes what the guest logged.
    pub(super) fn take_log(&mut self) -> Vec<LogLine> {
        self.log.as_ref().map(Log::take).unwrap_or_default()
    }
}

/// The most bytes one call of this guest may carry to the host: what it may have in memory, with
/// room for the same as values of the host.
pub(super) fn lifted_bytes_max(guest: &GuestLimits) -> u64 {
    guest.memory.saturating_mul(2).min(LIFTED_BYTES_MAX)
}

/// A guest function is about to be called: gives it this much time, or fuel.
///
/// # Errors
/// None in practice; fuel is only set where the engine counts it.
#[inline]
pub(super) fn begin(store: &mut Store<State>, mode: Mode, budget: Duration) -> wasmtime::Result<()> {
    let state = store.data_mut();
    let time = if state.fuel { budget.saturating_mul(FUEL_TIME_FACTOR) } else { budget };
    state.mode = mode;
    state.ticks = ticks(time);
    state.wall = state.ticks.saturating_mul(WALL_FACTOR);
    state.granted = (1, None);
    state.host_calls = 0;
    state.memory.begin();
    if let Some(log) = &state.log {
        log.begin();
    }
    if let Some(wasi) = &mut state.wasi {
        wasi.begin(state.now_ms);
    }
    state.ticker.enter();
    let fuel = state.fuel;
    // One more than granted, since the current grain has partly passed.
    store.set_epoch_deadline(1 + 1);
    if fuel { store.set_fuel(fuel_units(budget)) } else { Ok(()) }
}

/// What this time is in fuel.
pub(super) fn fuel_units(budget: Duration) -> u64 {
    u64::try_from(budget.as_micros().saturating_mul(FUEL_PER_MS / 1000)).unwrap_or(u64::MAX)
}

fn ticks(time: Duration) -> u64 {
    u64::try_from(time.as_micros().div_ceil(limits::TICK.as_micros())).unwrap_or(u64::MAX).max(1)
}

/// The ticks granted are over. What counts against the budget is what this thread got of the
/// processor in them, so that a busy machine kills nobody.
fn slice_ended(mut context: StoreContextMut<'_, State>) -> UpdateDeadline {
    let state = context.data_mut();
    let (granted, since) = state.granted;
    let used =
        since.zip(processor_time()).map_or(granted, |(since, now)| ticks(now.saturating_sub(since)).min(granted));
    state.ticks = state.ticks.saturating_sub(used);
    state.wall = state.wall.saturating_sub(granted);
    if state.ticks == 0 || state.wall == 0 {
        return UpdateDeadline::Interrupt;
    }
    state.ticker.enter();
    if state.mode == Mode::Sliced && since.is_some() {
        state.granted = (1, None);
        return UpdateDeadline::Yield(1);
    }
    let slice = state.ticks.min(SLICE_TICKS);
    state.granted = (slice, processor_time());
    UpdateDeadline::Continue(slice)
}

/// What this thread has used of the processor, where the system tells.
fn processor_time() -> Option<Duration> {
    ThreadTime::try_now().ok().map(|time| time.as_duration())
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Error => Level::Error,
            log::Level::Warn => Level::Warn,
            log::Level::Info => Level::Info,
            log::Level::Debug => Level::Debug,
            log::Level::Trace => Level::Trace,
        };
        self.host_call()?.log().line(level, &message);
        Ok(())
    }
}

impl fault::Host for State {
    fn crash(&mut self, mut reason: String) -> wasmtime::Result<()> {
        reason.truncate(reason.floor_char_boundary(limits::REASON_BYTES_MAX));
        Err(Stop::Crash(reason).into())
    }
}
