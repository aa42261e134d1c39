//! Components that are made to be a burden: of every section and every nesting that WebAssembly and the
//! component model have, as many as one likes. Pure.

mod bytes;
mod component;
mod kinds;
mod module;

pub(crate) use bytes::unlike;
pub(crate) use component::beside;
pub(crate) use kinds::{KINDS, Kind};
