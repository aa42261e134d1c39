//! The watched folder: what was dropped, whether it is complete, and what came of it.
//!
//! An event is only a hint to look; [`Folder::scan`] alone decides. Nothing that was dropped is
//! deleted or changed: outcomes are written beside it, as `FILE.accepted` or `FILE.refused`.

mod claim;
mod file_name;
mod look;
mod marker;
mod reader;
mod reason;
mod scanner;
mod sighting;

#[cfg(test)]
mod tests;

pub(super) use marker::is_marker;
pub use scanner::Folder;
pub use sighting::{Dropped, FolderError, Sighting};
