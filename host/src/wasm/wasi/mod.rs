//! WASI 0.2 with empty powers: no files, no sockets, no environment; clocks and randomness are
//! virtual and follow from what the instance was told; output goes to its log.
//!
//! Invariant: no call blocks, waits on the system or needs a runtime of tokio, whatever the guest
//! asks for. wasmtime-wasi provides the types and whatever can only be reached with a power.

mod cli;
mod clock;
mod io;
mod link;
mod random;

use wasmtime_wasi::ResourceTable;
use wasmtime_wasi::filesystem::{WasiFilesystemCtx, WasiFilesystemCtxView};
use wasmtime_wasi::sockets::{WasiSocketsCtx, WasiSocketsCtxView};

use self::clock::Clock;
use self::random::Random;
use super::state::State;
use crate::base::{Millis, limits};

pub(super) use link::{link, provides};

/// The WASI half of an instance, made when its guest first uses it.
pub(super) struct Wasi {
    table: ResourceTable,
    clock: Clock,
    random: Random,
    filesystem: WasiFilesystemCtx,
    sockets: WasiSocketsCtx,
}

impl Wasi {
    fn new(now_ms: Millis, seed: u64) -> Wasi {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits::GUEST_RESOURCES_MAX);
        Wasi {
            table,
            clock: Clock::new(now_ms),
            random: Random::new(seed),
            filesystem: WasiFilesystemCtx::default(),
            sockets: WasiSocketsCtx::default(),
        }
    }

    /// A guest function begins at this time.
    pub(super) fn begin(&mut self, now_ms: Millis) {
        self.clock.begin(now_ms);
    }
}

impl State {
    fn wasi(&mut self) -> &mut Wasi {
        let (now_ms, seed) = (self.now_ms, self.seed);
        self.wasi.get_or_insert_with(|| Box::new(Wasi::new(now_ms, seed)))
    }

    /// The same, counted as a call to the host.
    fn wasi_call(&mut self) -> wasmtime::Result<&mut Wasi> {
        Ok(self.host_call()?.wasi())
    }

    fn filesystem(&mut self) -> WasiFilesystemCtxView<'_> {
        let Wasi { filesystem, table, .. } = self.wasi();
        WasiFilesystemCtxView { ctx: filesystem, table }
    }

    fn sockets(&mut self) -> WasiSocketsCtxView<'_> {
        let Wasi { sockets, table, .. } = self.wasi();
        WasiSocketsCtxView { ctx: sockets, table }
    }
}
