//! tomte.
pub mod base;
