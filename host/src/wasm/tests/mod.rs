//! The room against a guest that does everything wrong.

mod checking;
mod crashes;
mod determinism;
mod encoding;
mod guests;
mod slices;
