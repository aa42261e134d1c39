//! WASI 0.2 with next to no powers: no sockets, no environment, no files but the assets a behaviour
//! was granted; clocks and randomness are virtual and follow from what the instance was told; output
//! goes to its log.
//!
//! Invariant: no call waits or needs a runtime of tokio, whatever the guest asks for, and none blocks
//! but for the time in which the system reads an asset. wasmtime-wasi provides the types, whatever can
//! only be reached with a power, and the files.

mod cli;
mod clock;
mod filesystem;
mod io;
mod link;
mod random;

use wasmtime_wasi::ResourceTable;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::sockets::{WasiSocketsCtx, WasiSocketsCtxView};

use self::clock::Clock;
use self::random::Random;
use super::allowance::Assets;
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
    fn new(now_ms: Millis, seed: u64, filesystem: WasiFilesystemCtx) -> Wasi {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits::GUEST_RESOURCES_MAX);
        Wasi {
            table,
            clock: Clock::new(now_ms),
            random: Random::new(seed),
            filesystem,
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
        let State { wasi, assets, .. } = self;
        let filesystem = || assets.as_ref().map(Assets::filesystem).unwrap_or_default();
        wasi.get_or_insert_with(|| Box::new(Wasi::new(now_ms, seed, filesystem())))
    }

    /// The same, counted as a call to the host.
    fn wasi_call(&mut self) -> wasmtime::Result<&mut Wasi> {
        Ok(self.host_call()?.wasi())
    }

    fn sockets(&mut self) -> WasiSocketsCtxView<'_> {
        let Wasi { sockets, table, .. } = self.wasi();
        WasiSocketsCtxView { ctx: sockets, table }
    }
}
