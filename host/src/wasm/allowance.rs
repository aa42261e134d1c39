//! What the instances of one behaviour may use and reach.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use crate::base::GuestLimits;

/// What the guests see the files as.
const ASSETS_DIR: &str = "/assets";

/// The read-only files of an application, which its guests see under `/assets`. Cheap to clone.
#[derive(Clone)]
pub struct Assets(Arc<WasiFilesystemCtx>);

impl Assets {
    /// Opens a directory; from then on it may be moved.
    ///
    /// # Errors
    /// Why it cannot be opened, or that it is none.
    pub fn open(dir: &Path) -> Result<Assets, String> {
        let mut context = WasiCtxBuilder::new();
        // A file is read by the thread that steps the guest, so that nothing needs a runtime.
        context.allow_blocking_current_thread(true);
        context.preopened_dir(dir, ASSETS_DIR, FsPerms::ReadOnly).map_err(|error| error.root_cause().to_string())?;
        Ok(Assets(Arc::new(context.build().filesystem().clone())))
    }

    /// What a guest that may read them is given.
    pub(super) fn filesystem(&self) -> WasiFilesystemCtx {
        WasiFilesystemCtx::clone(&self.0)
    }
}

impl fmt::Debug for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Assets")
    }
}

/// What the instances of one behaviour may use and reach.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    /// What they may use.
    pub limits: GuestLimits,
    /// The files they may read.
    pub assets: Option<Assets>,
}

/// Nothing but limits.
impl From<&GuestLimits> for Allowance {
    fn from(limits: &GuestLimits) -> Allowance {
        Allowance { limits: *limits, assets: None }
    }
}
