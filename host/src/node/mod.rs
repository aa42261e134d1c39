//! The front door: a running node as a library.
//!
//! Assembles the rooms and shows none of them: nothing of the engine, of the loops or of the folder
//! appears in a public signature. What users read are the plain records of [`view`].

mod applications;
mod assemble;
mod backup;
mod check;
mod children;
mod descriptors;
mod error;
mod guests;
mod handle;
mod handlers;
mod journal;
mod life;
mod offline;
mod releases;
mod reload;
mod show;
mod show_sys;
mod start;
mod sys;
pub mod view;

pub use crate::protocol::Depth;
pub use crate::wasm::{CONTRACT_FILES, CompileTask, serve_compiler};
pub use backup::backup;
pub use check::{
    ApplicationReport, BehaviourView, BuildView, ComponentReport, ConfigError, ManifestView, admin_socket,
    check_application, check_applications, check_component, check_manifest, component_of, load_manifest,
    recorded_history,
};
pub use error::StartError;
pub use handle::Handle;
pub use offline::rollback_recorded;
pub use releases::Upload;
pub(crate) use start::HALT_TIME;
pub use start::{Ended, Node, Options};
#[cfg(test)]
pub(crate) use sys::stand_in;
pub use sys::{Trace, TraceLimits};
pub use view::{
    ApplicationView, BackupView, CancelView, ChildView, ChildrenView, ConfigView, CountsView, DoingView, DueView,
    DurableView, HeadView, InputView, PostponedView, ReloadView, ReplacedView, SettingView, StartedApplicationView,
    StatisticsView, StoppedView, TraceEventView, TraceView, TreeView, UpgradeReport, UpgradeResult, WorkerView,
};
