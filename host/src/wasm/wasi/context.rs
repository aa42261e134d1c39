//! The WASI half of an instance.

use wasmtime_wasi::ResourceTable;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::sockets::WasiSocketsCtx;

use super::clock::Clock;
use super::random::Random;
use crate::base::{Millis, limits};

/// The WASI half of an instance, made when its guest first uses it.
pub(in crate::wasm) struct Wasi {
    pub(super) table: ResourceTable,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) filesystem: WasiFilesystemCtx,
    pub(super) sockets: WasiSocketsCtx,
}

impl Wasi {
    pub(super) fn new(now_ms: Millis, seed: u64, filesystem: WasiFilesystemCtx) -> Wasi {
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
    pub(in crate::wasm) fn begin(&mut self, now_ms: Millis) {
        self.clock.begin(now_ms);
    }
}
