//! How guests reach their clocks, their random numbers and the rest of their WASI half.

use std::sync::atomic::Ordering;

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};
use wasmtime_wasi::p2::{DynPollable, subscribe};
use wasmtime_wasi::sockets::WasiSocketsCtxView;

use super::super::allowance::Assets;
use super::super::state::State;
use super::clock::{Jump, LOOK};
use super::context::Wasi;
use crate::base::Nanos;

const NANOS_PER_S: u64 = 1_000_000_000;

impl State {
    pub(super) fn wasi(&mut self) -> &mut Wasi {
        let (now_ms, seed) = (self.now_ms, self.seed);
        let State { wasi, assets, .. } = self;
        let filesystem = || assets.as_ref().map(Assets::filesystem).unwrap_or_default();
        wasi.get_or_insert_with(|| Box::new(Wasi::new(now_ms, seed, filesystem())))
    }

    /// The same, counted as a call to the host.
    pub(super) fn wasi_call(&mut self) -> wasmtime::Result<&mut Wasi> {
        Ok(self.host_call()?.wasi())
    }

    pub(super) fn sockets(&mut self) -> WasiSocketsCtxView<'_> {
        let Wasi { sockets, table, .. } = self.wasi();
        WasiSocketsCtxView { ctx: sockets, table }
    }
}

fn datetime(nanos: Nanos) -> wall_clock::Datetime {
    let nanoseconds = u32::try_from(nanos % NANOS_PER_S).unwrap_or_default();
    wall_clock::Datetime { seconds: nanos / NANOS_PER_S, nanoseconds }
}

impl wall_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(datetime(self.wasi_call()?.clock.wall()))
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.host_call()?;
        Ok(datetime(LOOK))
    }
}

impl monotonic_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.wasi_call()?.clock.monotonic())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.host_call()?;
        Ok(LOOK)
    }

    fn subscribe_instant(&mut self, to: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let wasi = self.wasi_call()?;
        let jump = wasi.table.push(Jump { to, clock: wasi.clock.now.clone() })?;
        subscribe(&mut wasi.table, jump)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let to = self.wasi().clock.now.load(Ordering::Relaxed).saturating_add(duration);
        self.subscribe_instant(to)
    }
}

impl random::Host for State {
    fn get_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.wasi_call()?.random.bytes(length)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.wasi_call()?.random.next())
    }
}

impl insecure::Host for State {
    fn get_insecure_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.wasi_call()?.random.bytes(length)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.wasi_call()?.random.next())
    }
}

impl insecure_seed::Host for State {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        let random = &mut self.wasi_call()?.random;
        Ok((random.next(), random.next()))
    }
}
