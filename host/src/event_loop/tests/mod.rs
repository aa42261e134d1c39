//! The loops in one thread under simulated time: real components, real control, no sleep. What the
//! compiler's thread does is waited for.

mod driver;
mod guests;
mod wishes;
mod world;

mod calls;
mod dynamic;
mod endings;
mod fairness;
mod hibernation;
mod orders;
mod random;
mod releases;
mod swaps;
mod sys;
mod topics;
