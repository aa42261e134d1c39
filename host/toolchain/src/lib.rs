//! Finds or makes a Rust that compiles behaviours to components, builds them with it, and stamps
//! name and version into what comes out.
//!
//! [`Toolchain::ensure`] is the toolchain step of `cargo xtask` and `tomte build`;
//! [`doctor_report`] is what `tomte doctor` says of it. Every outside command goes through
//! [`System`], so that each outcome has a test that touches nothing.

mod component;
mod debian;
mod doctor;
mod environment;
mod error;
mod files;
mod guest;
mod guests;
mod package;
mod places;
mod system;
mod toolchain;

pub use component::{Identity, identity, stamp};
pub use doctor::{Finding, doctor_report, doctor_report_with};
pub use environment::Environment;
pub use error::{BuildError, ToolchainError, Tried};
pub use guest::{Artifact, GuestBuild, build_guest, is_cargo_package};
pub use guests::{GuestFile, build_guests};
pub use package::package_name_version;
pub use places::Places;
pub use system::{Finished, Invocation, RealSystem, System};
pub use toolchain::{TARGET, Toolchain};

#[cfg(test)]
mod tests;
